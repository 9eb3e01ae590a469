/** The one who waits for an operator's answer. */

import type { Answer } from '../core/need.ts';

/** What was given: an answer to a question, or whether changed files are accepted or credentials renewed. */
type Given = { readonly answer?: Answer; readonly accepted?: boolean };

/** Holds the promise of the answer that is open; there is never more than one. */
export class Waiting {
  #promise: PromiseWithResolvers<Given> | undefined;
  #failed: { readonly error: unknown } | undefined;

  /** The next answer. */
  next(): Promise<Given> {
    this.#promise = Promise.withResolvers();
    if (this.#failed !== undefined) this.#promise.reject(this.#failed.error);
    return this.#promise.promise;
  }

  /** Passes the answer on. */
  give(given: Given): void {
    this.#promise?.resolve(given);
    this.#promise = undefined;
  }

  /** Nobody can answer any more. */
  fail(error: unknown): void {
    this.#failed = { error };
    this.#promise?.reject(error);
    this.#promise = undefined;
  }
}
