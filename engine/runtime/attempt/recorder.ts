/** Follows what the pumps write down: redacts it, writes and hashes the log, feeds the view, keeps the last 1 MB. By chunk, never by line. */

import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { ByteTail } from '../../core/byte-tail.ts';
import type { LogSeal } from '../../core/event.ts';
import type { Redactor } from '../../core/redact.ts';
import { pause } from '../pause.ts';
import { readProgress } from './answers.ts';
import type { AttemptPaths } from './folder.ts';
import { isInPlace, openPlain } from './plain-file.ts';

/**
 * Whoever watches an attempt. `redact` gives a new redactor for each stream; a chunk of `output` is good until it returns; `stop` asks the step to
 * end, `kill` waits for it no longer.
 */
export type AttemptWatch = {
  readonly redact: () => Redactor;
  readonly output: (chunk: Uint8Array) => void;
  readonly progress: (percent: number | undefined, message: string) => void;
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
};

/**
 * What became of the output. `failure`: the log could not be written to its end. `cut`: somebody shortened a spool. `replaced`: the log was no
 * longer in its place.
 */
export type Recorded = {
  readonly seal: LogSeal;
  readonly tail: string;
  readonly failure?: unknown;
  readonly cut: boolean;
  readonly replaced: boolean;
};

type Stream = { readonly file: number; readonly redactor: Redactor; offset: number; held: Uint8Array };

/** How often the spool is looked at: fast for the eye, and next to nothing for the processor. Watches (inotify) are limited in number per user. */
const lookEveryMs = 50;
/** More at a time would not be faster: V8 puts texts and buffers that are larger where they cost more to make. */
const chunkBytes = 64 * 1024;
const tailBytes = 1024 * 1024;

/** Records one attempt: `follow` until its end, then `finish`. */
export class Recorder {
  readonly #paths: AttemptPaths;
  readonly #watch: AttemptWatch;
  readonly #streams: readonly Stream[];
  readonly #log: number;
  readonly #hash = createHash('sha256');
  readonly #chunk = Buffer.allocUnsafeSlow(chunkBytes);
  readonly #tail = new ByteTail(tailBytes);
  #bytes = 0;
  #failure: unknown;
  #cut = false;
  #progress = '';

  /** Throws when the spool cannot be read or the log cannot be opened. No log may be there. */
  constructor(paths: AttemptPaths, capture: boolean, watch: AttemptWatch) {
    this.#paths = paths;
    this.#watch = watch;
    const spools = capture ? (['spool', 'spool.out'] as const) : (['spool'] as const);
    // On resume a spool may be gone, or something else: remarks.ts says so.
    this.#streams = spools.flatMap((name) => {
      const file = openPlain(paths.file(name));
      return file === undefined ? [] : [{ file, redactor: watch.redact(), offset: 0, held: new Uint8Array() }];
    });
    this.#log = openSync(paths.log, 'wx+', 0o644);
  }

  /** Records what comes, until `over`, and then what is there. */
  async follow(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#catchUp();
      this.#lookAtProgress();
      await pause(lookEveryMs, over);
    }
    await this.#catchUp();
    this.#lookAtProgress();
  }

  /** Closes the log. */
  finish(): Recorded {
    for (const stream of this.#streams) {
      this.#keep(join(stream.held, stream.redactor.end()));
      closeSync(stream.file);
    }
    const replaced = this.#putBack();
    this.#sync();
    closeSync(this.#log);
    const tail = this.#tail.bytes().toString('utf8');
    const seal = { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
    return { seal, tail, cut: this.#cut, replaced, ...(this.#failure !== undefined && { failure: this.#failure }) };
  }

  /** A log that the step deleted, or put something else in the place of, is written once more. True when that was so. */
  #putBack(): boolean {
    if (isInPlace(this.#paths.log, this.#log)) return false;
    try {
      rmSync(this.#paths.log, { recursive: true, force: true });
      const anew = openSync(this.#paths.log, 'wx', 0o644);
      const chunk = Buffer.allocUnsafe(chunkBytes);
      for (let done = 0, read = 1; read > 0; done += read) {
        read = readSync(this.#log, chunk, 0, chunk.length, done);
        for (let written = 0; written < read; ) written += writeSync(anew, chunk, written, read - written);
      }
      fdatasyncSync(anew);
      closeSync(anew);
    } catch (error) {
      this.#failure ??= error;
    }
    return true;
  }

  /** Up to the sizes of now: a process that survives the step could write for ever. */
  async #catchUp(): Promise<void> {
    for (const stream of this.#streams) {
      const size = fstatSync(stream.file).size;
      if (size < stream.offset) {
        this.#cut = true;
        stream.offset = size;
      }
      while (stream.offset < size) {
        const read = readSync(stream.file, this.#chunk, 0, Math.min(chunkBytes, size - stream.offset), stream.offset);
        if (read === 0) break;
        stream.offset += read;
        this.#take(stream, stream.redactor.pushOver(this.#chunk.subarray(0, read)));
        if (stream.offset < size) await setImmediate();
      }
    }
  }

  /** With two streams only whole lines go on, so that none is cut in two by the other stream. */
  #take(stream: Stream, clean: Uint8Array): void {
    if (this.#streams.length === 1) {
      this.#keep(clean);
      return;
    }
    const all = join(stream.held, clean);
    const end = all.length > chunkBytes ? all.length : Math.max(all.lastIndexOf(0x0a), all.lastIndexOf(0x0d)) + 1;
    stream.held = Buffer.from(all.subarray(end));
    this.#keep(all.subarray(0, end));
  }

  #keep(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#write(chunk);
    this.#tail.push(chunk);
    this.#watch.output(chunk);
  }

  /** A log that cannot be written must not disturb the step, so the first failure is kept for its end. */
  #write(chunk: Uint8Array): void {
    if (this.#failure !== undefined) return;
    try {
      for (let done = 0; done < chunk.length; ) done += writeSync(this.#log, chunk, done);
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
    } catch (error) {
      this.#failure = error;
    }
  }

  /** On disk before the journal speaks of its hash: after a power cut a hash without its log would look like a log that somebody changed. */
  #sync(): void {
    try {
      fdatasyncSync(this.#log);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #lookAtProgress(): void {
    try {
      const { size, mtimeMs } = statSync(this.#paths.file('progress'));
      const seen = `${size} ${mtimeMs}`;
      if (size === 0 || seen === this.#progress) return;
      this.#progress = seen;
      const progress = readProgress(this.#paths.file('progress'));
      if (progress !== undefined) this.#watch.progress(progress.percent, redacted(progress.message, this.#watch));
    } catch {
      // The block deleted the file: there is no progress to show.
    }
  }
}

/** A short text without secrets. */
export function redacted(text: string, watch: AttemptWatch): string {
  const redactor = watch.redact();
  return Buffer.from(join(redactor.push(Buffer.from(text)), redactor.end())).toString('utf8');
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  return second.length === 0 ? first : Buffer.concat([first, second]);
}
