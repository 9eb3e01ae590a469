/** The log of a process that outlives the engine: it writes there itself, to a file that only the operator can open. */

import { type FileHandle, open, readFile, rename, stat } from 'node:fs/promises';

/** A log larger than this is put aside at the next start; one older log is kept. */
const mostBytes = 5 * 1024 * 1024;

/** Puts a log aside that has grown large, and makes the file where it is missing. */
export async function prepareLog(path: string): Promise<void> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size > mostBytes) await rename(path, `${path}.old`);
  await (await openLog(path)).close();
}

/** A log that a process can be started with. */
export function openLog(path: string): Promise<FileHandle> {
  return open(path, 'a', 0o600);
}

/** How much was said so far: from here on stands what is said next. */
export async function endOf(path: string): Promise<number> {
  return (await stat(path)).size;
}

/** What was said since then. */
export async function saidSince(path: string, from: number): Promise<string> {
  return (await readFile(path)).subarray(from).toString();
}
