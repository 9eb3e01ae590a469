/** Values in files of their own, which are always whole. */

import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { replaceFile } from './replace-file.ts';

/** What a file holds. One that is missing or not what it should be holds nothing: what it says can be made anew. */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Replaces what a file holds. */
export async function writeJson(path: string, value: object): Promise<void> {
  await replaceFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
