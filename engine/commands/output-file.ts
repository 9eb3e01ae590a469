/** Where a command writes what it made: standard output, or the file after `-o`. */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault, messageOf } from '../fault.ts';
import type { Io } from './io.ts';

/**
 * Writes pieces to a file, or to standard output where there is no name or the name is `-`. A file is replaced as a whole or not at all.
 * @throws Fault `usage` when the file cannot be written.
 */
export async function writeOutput(io: Io, output: string | undefined, pieces: Iterable<string | Uint8Array>): Promise<void> {
  if (output !== undefined && output !== '-') writeFile(resolve(io.cwd, output), pieces);
  else await writeAll(io.stdout, pieces);
}

/** No faster than the reader takes it; one that goes away, as `head` does, wants no more. */
async function writeAll(stream: Io['stdout'], pieces: Iterable<string | Uint8Array>): Promise<void> {
  for (const piece of pieces) {
    if (!stream.writable) return;
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => undefined);
  }
}

function writeFile(path: string, pieces: Iterable<string | Uint8Array>): void {
  const target = real(path);
  // A device or a pipe cannot be replaced, only written to.
  const inPlace = target.other;
  const draft = inPlace ? target.path : `${target.path}.${randomUUID().slice(0, 8)}.draft`;
  const descriptor = writing(path, () => openSync(draft, inPlace ? 'w' : 'wx', 0o666));
  try {
    for (const piece of pieces) writing(path, () => writeWhole(descriptor, typeof piece === 'string' ? Buffer.from(piece) : piece));
    writing(path, () => closeSync(descriptor));
    if (!inPlace) writing(path, () => renameSync(draft, target.path));
  } catch (error) {
    if (!inPlace) rmSync(draft, { force: true });
    throw error;
  }
}

/** A link leads to the file that is to be replaced. */
function real(path: string): { readonly path: string; readonly other: boolean } {
  try {
    const found = realpathSync(path);
    const about = statSync(found);
    return { path: found, other: !about.isFile() && !about.isDirectory() };
  } catch {
    return { path, other: false };
  }
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

/** Runs a step of writing. What goes wrong while the pieces are made is not among it. */
function writing<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    throw new Fault('usage', `${path} cannot be written: ${messageOf(cause)}`, { hint: 'Name a file in a folder that is there, with -o.', cause });
  }
}
