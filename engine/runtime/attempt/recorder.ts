/** Follows what the pumps write down: redacts it, writes the log, feeds the view, keeps the last 1 MB. By chunk, never by line. */

import { closeSync, fstatSync, readSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { ByteTail } from '../../core/byte-tail.ts';
import type { Redactor } from '../../core/redact.ts';
import { pause } from '../pause.ts';
import { readProgress } from './answers.ts';
import type { AttemptPaths } from './folder.ts';
import { LogFile, type LogWritten } from './log-file.ts';
import { openPlain } from './plain-file.ts';

/**
 * Whoever watches an attempt. `redact` gives a new redactor for each stream; a chunk of `output` is good until it returns, and no more comes before
 * its promise is kept; `stop` asks the step to end, `kill` waits for it no longer.
 */
export type AttemptWatch = {
  readonly redact: () => Redactor;
  readonly output: (chunk: Uint8Array) => void | Promise<void>;
  readonly progress: (percent: number | undefined, message: string) => void;
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
};

/** What became of the output. `cut`: somebody shortened a spool. */
export type Recorded = LogWritten & { readonly tail: string; readonly cut: boolean };

type Stream = { readonly file: number; readonly redactor: Redactor; offset: number; held: Uint8Array };

/** How often the spool is looked at: fast for the eye, and next to nothing for the processor. Watches (inotify) are limited in number per user. */
const lookEveryMs = 50;
/** More at a time would not be faster: V8 puts texts and buffers that are larger where they cost more to make. */
const chunkBytes = 64 * 1024;
/** After so many bytes, a millisecond's work, others get their turn. */
const breathBytes = 4 * chunkBytes;
const tailBytes = 1024 * 1024;

/** Records one attempt: `follow` until its end, then `finish`. */
export class Recorder {
  readonly #paths: AttemptPaths;
  readonly #watch: AttemptWatch;
  readonly #streams: readonly Stream[];
  readonly #log: LogFile;
  readonly #chunk = Buffer.allocUnsafeSlow(chunkBytes);
  readonly #tail = new ByteTail(tailBytes);
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
    this.#log = new LogFile(paths.log);
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
    for (const { held, redactor } of this.#streams) await this.#keep(join(held, redactor.end()));
    await this.#log.written();
  }

  /** Closes the log, after `follow`. */
  finish(): Recorded {
    for (const { file } of this.#streams) closeSync(file);
    return { ...this.#log.close(), tail: this.#tail.bytes().toString('utf8'), cut: this.#cut };
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
        await this.#take(stream, stream.redactor.pushOver(this.#chunk.subarray(0, read)));
        if (stream.offset < size && stream.offset % breathBytes < read) await setImmediate();
      }
    }
    await this.#log.begin();
  }

  /** With two streams only whole lines go on, so that none is cut in two by the other stream. */
  async #take(stream: Stream, clean: Uint8Array): Promise<void> {
    if (this.#streams.length === 1) return await this.#keep(clean);
    const all = join(stream.held, clean);
    const end = all.length > chunkBytes ? all.length : Math.max(all.lastIndexOf(0x0a), all.lastIndexOf(0x0d)) + 1;
    stream.held = Buffer.from(all.subarray(end));
    await this.#keep(all.subarray(0, end));
  }

  async #keep(chunk: Uint8Array): Promise<void> {
    if (chunk.length === 0) return;
    this.#tail.push(chunk);
    const shown = this.#watch.output(chunk);
    await this.#log.push(chunk);
    await shown;
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
