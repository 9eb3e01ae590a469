/** Keeps the state in one file, which is replaced as a whole after each change. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault, hasCode } from '../../fault.ts';
import { emptyState, readState, type State } from './state.ts';

/** The state in memory, and the way to make it last. */
export class Store {
  readonly state: State;
  readonly #path: string;
  #written: string;
  /** Writes one after the other: each replaces the same file. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, state: State, written: string) {
    this.#path = path;
    this.state = state;
    this.#written = written;
  }

  /** Reads the file; where there is none, the state is empty. */
  static async open(path: string): Promise<Store> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw new Fault('preflight', `The state of the sandbox's control plane in ${path} cannot be read.`, { hint: `ls -l ${path}`, cause: error });
    });
    if (text === undefined) return new Store(path, emptyState(), '');
    try {
      return new Store(path, readState(JSON.parse(text)), text);
    } catch (cause) {
      throw new Fault('preflight', `${path} is not what the sandbox's control plane wrote there.`, {
        hint: 'runbook sandbox reset deletes it; the next start makes a new one.',
        cause,
      });
    }
  }

  /** Writes the state if it changed. It may hold secrets, so nobody else may read the file. */
  save(): Promise<void> {
    const next = this.#writing.then(() => this.#write());
    this.#writing = next.catch(() => {});
    return next;
  }

  async #write(): Promise<void> {
    const text = `${JSON.stringify(this.state)}\n`;
    if (text === this.#written) return;
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await writeFile(`${this.#path}.draft`, text, { mode: 0o600 });
    await rename(`${this.#path}.draft`, this.#path);
    this.#written = text;
  }
}
