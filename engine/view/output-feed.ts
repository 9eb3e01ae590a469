/** Output on its way to the screen, in portions that the screen can follow. */

import { type LineTail, lineTail } from '../core/escape.ts';

/** Collects output and passes it on as often as the screen is drawn: React must not see every chunk. */
export class OutputFeed {
  readonly #everyMs: number;
  readonly #show: (attempt: number, tail: LineTail) => void;
  #current: { readonly attempt: number; readonly tail: LineTail } | undefined;
  #pending: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #fresh = false;

  constructor(everyMs: number, show: (attempt: number, tail: LineTail) => void) {
    this.#everyMs = everyMs;
    this.#show = show;
  }

  /** Takes what an attempt wrote. */
  push(attempt: number, chunk: Uint8Array): void {
    if (this.#current?.attempt !== attempt) this.#current = { attempt, tail: lineTail() };
    this.#current.tail.push(chunk);
    this.#fresh = true;
    this.#schedule();
  }

  /** Does something with the next flush; only the last of several is done. */
  later(work: () => void): void {
    this.#pending = [work];
    this.#schedule();
  }

  /** Passes on what has come. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#fresh && this.#current !== undefined) this.#show(this.#current.attempt, this.#current.tail);
    this.#fresh = false;
    for (const work of this.#pending.splice(0)) work();
  }

  /** Nothing is passed on any more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.flush(), this.#everyMs);
  }
}

/**
 * Lines in which the file of an attempt's block is only called `block`: bash puts its path in front of what it has to say, and on a screen that
 * would be all there is to see. `folder` is the run's.
 */
export function withoutLongNames(lines: readonly string[], folder: string): readonly string[] {
  const above = `${folder}/attempts/`;
  return lines.map((line) => {
    const [start = '', ...rest] = line.split(above);
    return start + rest.map((text) => (/^[\w.-]+\/block\b/.test(text) ? text.slice(text.indexOf('/') + 1) : above + text)).join('');
  });
}
