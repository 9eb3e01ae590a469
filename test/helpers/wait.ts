/** Waiting for something that another process does. */

import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Resolves when the condition holds; gives up after half a minute, or the time that is given, with what was waited for. */
export async function until(what: string, condition: () => boolean, limitMs = 30_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await pause(20);
  }
}

/** Resolves when a file is there. */
export async function untilFile(path: string): Promise<void> {
  await until(`the file ${path}`, () => existsSync(path));
}
