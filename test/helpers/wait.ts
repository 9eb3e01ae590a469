/** Waiting for something that another process does. */

import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Resolves when the condition holds; gives up after half a minute with what was waited for. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await pause(20);
  }
}

/** Resolves when a file is there. */
export async function untilFile(path: string): Promise<void> {
  await until(`the file ${path}`, () => existsSync(path));
}
