/** The log of an attempt: hashed as it is written, and on disk before anybody speaks of its hash. */

import { createHash } from 'node:crypto';
import { closeSync, fdatasync, fdatasyncSync, openSync, readSync, rmSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { LogSeal } from '../../core/event.ts';
import { isInPlace } from './plain-file.ts';

/** `failure`: the log could not be written to its end. `replaced`: the log was no longer in its place. */
export type LogWritten = { readonly seal: LogSeal; readonly failure?: unknown; readonly replaced: boolean };

const pieceBytes = 512 * 1024;
/** So much is synced while more comes: the end need not wait for all of it. */
const syncBytes = 64 * 1024 * 1024;
const writeTo = promisify(write);
const sync = promisify(fdatasync);

/** Gathers what is pushed, and has one piece written by another thread while it gathers the next. */
export class LogFile {
  readonly #path: string;
  readonly #file: number;
  readonly #hash = createHash('sha256');
  #gathering: Buffer = Buffer.allocUnsafeSlow(pieceBytes);
  #spare: Buffer = Buffer.allocUnsafeSlow(pieceBytes);
  #gathered = 0;
  #writing = Promise.resolve();
  #syncing = Promise.resolve();
  #bytes = 0;
  #synced = 0;
  #failure: unknown;

  /** Throws when it cannot be opened. No log may be there. */
  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'wx+', 0o644);
  }

  /** Takes a chunk, which must stay as it is until this resolves. */
  async push(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      const part = rest.subarray(0, pieceBytes - this.#gathered);
      this.#gathering.set(part, this.#gathered);
      this.#gathered += part.length;
      rest = rest.subarray(part.length);
      if (this.#gathered === pieceBytes) await this.begin();
    }
  }

  /** Begins to write what is gathered, when the piece before it is written. */
  async begin(): Promise<void> {
    if (this.#gathered === 0) return;
    await this.#writing;
    const piece = this.#gathering.subarray(0, this.#gathered);
    [this.#gathering, this.#spare, this.#gathered] = [this.#spare, this.#gathering, 0];
    this.#writing = this.#write(piece).catch(this.#keepFailure);
  }

  /** Resolves when all is written. */
  async written(): Promise<void> {
    await this.begin();
    await this.#writing;
    await this.#syncing;
  }

  /** After `written`. */
  close(): LogWritten {
    const replaced = this.#putBack();
    try {
      // After a power cut a hash without its log would look like a log that somebody changed.
      fdatasyncSync(this.#file);
    } catch (error) {
      this.#keepFailure(error);
    }
    closeSync(this.#file);
    const seal = { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
    return { seal, replaced, ...(this.#failure !== undefined && { failure: this.#failure }) };
  }

  async #write(piece: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return;
    for (let done = 0; done < piece.length; ) done += (await writeTo(this.#file, piece, done)).bytesWritten;
    this.#hash.update(piece);
    this.#bytes += piece.length;
    if (this.#bytes - this.#synced < syncBytes) return;
    this.#synced = this.#bytes;
    // Its failure is kept, as the sync at the end would not tell it again.
    this.#syncing = this.#syncing.then(() => sync(this.#file)).catch(this.#keepFailure);
  }

  /** A log that the step deleted, or put something else in the place of, is written once more. True when that was so. */
  #putBack(): boolean {
    if (isInPlace(this.#path, this.#file)) return false;
    try {
      rmSync(this.#path, { recursive: true, force: true });
      const anew = openSync(this.#path, 'wx', 0o644);
      const chunk = Buffer.allocUnsafe(pieceBytes);
      for (let done = 0, read = 1; read > 0; done += read) {
        read = readSync(this.#file, chunk, 0, chunk.length, done);
        for (let written = 0; written < read; ) written += writeSync(anew, chunk, written, read - written);
      }
      fdatasyncSync(anew);
      closeSync(anew);
    } catch (error) {
      this.#keepFailure(error);
    }
    return true;
  }

  /** A log that cannot be written must not disturb the step, so the first failure is kept for its end. */
  readonly #keepFailure = (error: unknown): void => {
    this.#failure ??= error;
  };
}
