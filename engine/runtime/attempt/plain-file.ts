/**
 * Files that a block may have put something else in the place of: a link would lead elsewhere, and a pipe would be waited for without end. Only
 * plain files are read, and nothing is written through a link.
 */

import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hasCode } from '../../fault.ts';

/** More of a file than this is read by nobody. */
const largest = 256 * 1024 * 1024;

/** A plain file, open for reading; undefined when there is none of that name. Throws when it may not be read. */
export function openPlain(path: string): number | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
    return undefined;
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO', 'ENOTDIR'].some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}

/** The bytes of a plain file; undefined when there is none of that name, or when it is larger than `most` bytes. Throws when it may not be read. */
export function readPlain(path: string, most: number = largest): Buffer | undefined {
  const file = openPlain(path);
  if (file === undefined) return undefined;
  try {
    return fstatSync(file).size > most ? undefined : readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes a file anew, whatever was in its place. */
export function writeAnew(path: string, content: string | Uint8Array): void {
  rmSync(path, { recursive: true, force: true });
  writeFileSync(path, content, { flag: 'wx' });
}

/** True when that path still leads to the open file. */
export function isInPlace(path: string, file: number): boolean {
  const [there, own] = [lstatSync(path, { throwIfNoEntry: false }), fstatSync(file)];
  return there?.ino === own.ino && there.dev === own.dev;
}
