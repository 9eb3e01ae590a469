/** The files of a recorded run, wherever they are: in its folder, or in a bundle. */

import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unzipSync } from 'fflate';
import type { LogSeal } from '../core/event.ts';
import { Fault, hasCode, messageOf } from '../fault.ts';
import { openPlain, readPlain } from './attempt/plain-file.ts';

/** The files of a run. Paths are relative to its folder, with `/`. */
export type RecordFiles = {
  /** Where it is, for people. */
  readonly place: string;
  /** True for a journal that stands by itself: nothing but its chain can be looked at. */
  readonly alone: boolean;
  /** Names in one of its folders, none where it is not there. */
  readonly names: (folder: 'attempts' | 'files') => readonly string[];
  /** The bytes of a file; undefined where it is not there. */
  readonly read: (path: string) => Buffer | undefined;
  /** Size and hash of a file of any length; undefined where it is not there. */
  readonly seal: (path: string) => LogSeal | undefined;
  /** Bundles: the sums that stand beside the files, by path, and whatever else is wrong with the bundle itself. */
  readonly bundle?: { readonly sums: ReadonlyMap<string, string>; readonly paths: readonly string[]; readonly wrong: readonly string[] };
};

const chunkBytes = 1024 * 1024;

/** More than this is not unpacked: a few bytes can stand for any number of them. */
const largestBundle = 4 * 1024 ** 3;

/**
 * The record at a path: a run folder, a journal, or a bundle.
 * @throws Fault `usage` when it is none of them, `record` when it cannot be read.
 */
export function recordAt(path: string): RecordFiles {
  try {
    if (!statSync(path).isDirectory()) return startsAsZip(path) ? bundleOf(path) : besideJournal(path);
    if (statSync(join(path, 'journal.jsonl'), { throwIfNoEntry: false }) !== undefined) return folderOf(path, 'journal.jsonl');
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw unreadable(path, cause);
  }
  throw new Fault('usage', `${path} has no journal.jsonl.`, {
    hint: 'Expected a run, its folder, a journal or a bundle: runbook runs shows the runs.',
  });
}

/** The record in a folder of its own. `journal` is the name of its journal. */
function folderOf(path: string, journal = 'journal.jsonl'): RecordFiles {
  const at = (name: string): string => join(path, name === 'journal.jsonl' ? journal : name);
  return {
    place: path,
    alone: false,
    names: (folder) => orNothing(at(folder), (inside) => readdirSync(inside)) ?? [],
    read: (name) => orNothing(at(name), (file) => readPlain(file)),
    seal: (name) => orNothing(at(name), sealOf),
  };
}

function besideJournal(path: string): RecordFiles {
  const folder = folderOf(join(path, '..'), basename(path));
  const alone = folder.names('attempts').length === 0 && folder.names('files').length === 0;
  return { ...folder, place: path, alone };
}

function orNothing<T>(path: string, read: (path: string) => T | undefined): T | undefined {
  try {
    return read(path);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return undefined;
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): Fault {
  return new Fault('record', `${path} cannot be read: ${messageOf(cause)}`, { hint: `ls -ld '${path}'`, cause });
}

function sealOf(path: string): LogSeal | undefined {
  const descriptor = openPlain(path);
  if (descriptor === undefined) return undefined;
  try {
    const sum = createHash('sha256');
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let bytes = 0;
    for (let size = readSync(descriptor, chunk); size > 0; size = readSync(descriptor, chunk)) {
      sum.update(chunk.subarray(0, size));
      bytes += size;
    }
    return { bytes, sha256: sum.digest('hex') };
  } finally {
    closeSync(descriptor);
  }
}

function startsAsZip(path: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const start = Buffer.alloc(4);
    readSync(descriptor, start);
    return start.toString('latin1') === 'PK\x03\x04';
  } finally {
    closeSync(descriptor);
  }
}

/** A bundle is not unpacked onto the disk, so its names can lead nowhere. */
function bundleOf(path: string): RecordFiles {
  const entries: string[] = [];
  let room = largestBundle;
  const unzipped = unzip(path, (name, size) => {
    entries.push(name);
    room -= size;
    if (room < 0) throw new Fault('record', `${path} holds more than ${largestBundle / 1024 ** 3} GB.`, { hint: `unzip it and verify the folder` });
  });
  const tops = new Set(entries.map((name) => name.split('/')[0] ?? ''));
  const [top = ''] = tops;
  const files = new Map(
    Object.entries(unzipped)
      .filter(([name]) => !name.endsWith('/'))
      .map(([name, bytes]) => [name.slice(top.length + 1), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]),
  );
  const wrong = [
    ...(tops.size > 1 ? [`expected one folder, found ${[...tops].join(', ')}.`] : []),
    ...entries.filter((name, index) => entries.indexOf(name) < index).map((name) => `${name} is in it twice, so two readers may see two files.`),
    ...(files.has('SHA256SUMS') ? [] : ['SHA256SUMS is missing.']),
  ];
  if (!files.has('journal.jsonl'))
    throw new Fault('usage', `${path} has no journal.jsonl in its folder.`, { hint: 'Expected a bundle as runbook report --format zip writes it.' });
  const seal = (bytes: Buffer): LogSeal => ({ bytes: bytes.length, sha256: hash('sha256', bytes) });
  return {
    place: path,
    alone: false,
    names: (folder) => [...new Set([...files.keys()].flatMap((name) => (name.startsWith(`${folder}/`) ? [name.split('/')[1] ?? ''] : [])))],
    read: (name) => files.get(name),
    seal: (name) => {
      const bytes = files.get(name);
      return bytes === undefined ? undefined : seal(bytes);
    },
    bundle: { sums: sumsIn(files.get('SHA256SUMS')?.toString('utf8') ?? '', top), paths: [...files.keys()], wrong },
  };
}

function unzip(path: string, entry: (name: string, size: number) => void): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(readFileSync(path), {
      filter: ({ name, originalSize }) => {
        entry(name, originalSize);
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('record', `${path} is not a whole zip file: ${messageOf(cause)}`, { hint: 'Fetch it anew from where it was kept.', cause });
  }
}

/** The lines of `sha256sum`; paths as they are, or below the bundle's own folder. */
function sumsIn(text: string, top: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').flatMap((line) => {
    const [, sum, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    return sum === undefined || name === undefined
      ? []
      : [[name.startsWith(`${top}/`) ? name.slice(top.length + 1) : name.replace(/^\.\//, ''), sum] as const];
  });
  return new Map(lines);
}
