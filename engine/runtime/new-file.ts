/** Files that are made in a project: never over what is there, and never outside it. */

import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { Fault, hasCode, messageOf } from '../fault.ts';

/** What stands where a file is to be made: nothing, a file with this text, or something that is not a plain file. */
export type Place = { readonly kind: 'free' } | { readonly kind: 'file'; readonly text: string } | { readonly kind: 'other' };

/**
 * Looks at the place of a file, and at the folders above it.
 * @param path relative to the root.
 * @throws Fault `usage` where a link leads out of the root, or a folder above is none.
 */
export function lookAt(root: string, path: string): Place {
  stayInside(root, path);
  const file = join(root, path);
  const about = reading(path, () => lstatSync(file, { throwIfNoEntry: false }));
  if (about === undefined) return { kind: 'free' };
  // A link is somebody's decision: neither what it leads to nor the link itself is replaced.
  return about.isFile() ? { kind: 'file', text: reading(path, () => readFileSync(file, 'utf8')) } : { kind: 'other' };
}

/**
 * Makes a file and the folders above it. False where somebody else made one in between; then nothing is written.
 * @throws Fault `usage` when it cannot be written, and `lookAt`'s.
 */
export function createFile(root: string, path: string, text: string): boolean {
  stayInside(root, path);
  const file = join(root, path);
  writing(path, file, () => mkdirSync(dirname(file), { recursive: true }));
  try {
    create(file, text);
    return true;
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) return false;
    throw notWritten(path, file, cause);
  }
}

/**
 * Replaces a file as a whole. What was there is kept beside it; gives the path of that.
 * @throws Fault `usage` when it cannot be written, and `lookAt`'s.
 */
export function replaceFile(root: string, path: string, text: string): string {
  stayInside(root, path);
  const file = join(root, path);
  const draft = `${file}.${randomUUID().slice(0, 8)}.draft`;
  try {
    return writing(path, file, () => {
      const backup = keep(file);
      create(draft, text);
      renameSync(draft, file);
      return relative(root, backup).split(sep).join('/');
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Adds a line at the end of a file, which is made where there is none.
 * @throws Fault `usage` when it cannot be written, and `lookAt`'s.
 */
export function appendLine(root: string, path: string, line: string): void {
  const place = lookAt(root, path);
  const file = join(root, path);
  const open = place.kind === 'file' && place.text !== '' && !place.text.endsWith('\n');
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  writing(path, file, () => {
    const descriptor = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o666);
    try {
      writeFileSync(descriptor, `${open ? '\n' : ''}${line}\n`);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** With `x` neither a file nor the end of a link is written over. One that could be written in part only is not left behind. */
function create(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) rmSync(file, { force: true });
    throw error;
  }
}

function keep(file: string): string {
  for (let count = 1; ; count += 1) {
    const backup = count === 1 ? `${file}.bak` : `${file}.bak${count}`;
    try {
      copyFileSync(file, backup, constants.COPYFILE_EXCL);
      return backup;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
}

/** A folder above the file may lead elsewhere inside the root, but not out of it. */
function stayInside(root: string, path: string): void {
  const folder = nearestAbove(join(root, path), path);
  const found = reading(path, () => realpathSync(folder));
  if (!statSync(found).isDirectory()) throw new Fault('usage', `${path} cannot be written: ${folder} is no folder.`, { hint: `ls -ld '${folder}'` });
  const way = relative(realpathSync(root), found);
  if (way !== '..' && !way.startsWith(`..${sep}`)) return;
  throw new Fault('usage', `${path} would be written to ${found}: a link leads there, out of ${root}.`, { hint: `ls -ld '${folder}'` });
}

/** The nearest thing above a file that is there, a link that leads nowhere among it. */
function nearestAbove(file: string, path: string): string {
  const folder = dirname(file);
  return reading(path, () => lstatSync(folder, { throwIfNoEntry: false })) === undefined ? nearestAbove(folder, path) : folder;
}

function reading<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (cause) {
    throw new Fault('usage', `${path} cannot be read: ${messageOf(cause)}`, { hint: `ls -ld '${dirname(path)}'`, cause });
  }
}

function writing<T>(path: string, file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw notWritten(path, file, cause);
  }
}

function notWritten(path: string, file: string, cause: unknown): Fault {
  return new Fault('usage', `${path} cannot be written: ${messageOf(cause)}`, { hint: `ls -ld '${dirname(file)}'`, cause });
}
