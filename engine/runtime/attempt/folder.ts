/** The files of an attempt: what each is called, and writing and reading those that the launcher shares with the engine. */

import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../../fault.ts';
import { bootId, type ProcessIdentity } from '../process-identity.ts';
import { readPlain } from './plain-file.ts';

/** Where the files of an attempt are. Everything in `private` is for the engine alone and is deleted at the end of the run. */
export type AttemptPaths = {
  readonly folder: string;
  readonly block: string;
  readonly log: string;
  readonly result: string;
  readonly private: string;
  /** A file in `private`. */
  readonly file: (name: PrivateFile) => string;
};

type PrivateFile = (typeof blankFiles)[number] | (typeof emptyFiles)[number] | 'start' | 'claim' | 'spool.out' | 'state' | 'began';

/** Written over in place by the launcher, so that a full disk cannot lose them: they take up their room from the beginning. */
const blankFiles = ['kernel', 'end', 'notice', 'spool.pump', 'spool.out.pump'] as const;

/**
 * `launcher`: its standard error. `failed`: status, line and command. `requests`: those that a service answered. `remarks`: what the kernel wants
 * the operator to know.
 */
const emptyFiles = ['spool', 'progress', 'output', 'error', 'failed', 'requests', 'remarks', 'launcher'] as const;

/** What the engine knows before the process exists. On resume it decides what the absence of other files means. */
export type StartRecord = {
  /** Milliseconds since 1970. The time limit counts from here, whoever applies it. */
  readonly at: number;
  readonly boot: string;
  readonly timeoutMs: number;
  readonly capture: boolean;
  /** It has a terminal of its own, which is gone with the engine that started it. */
  readonly tty?: true;
  readonly session?: string;
};

/** How the launcher saw the kernel end. */
export type RecordedEnd = { readonly kind: 'exited' | 'signalled'; readonly number: number };

/** The paths of an attempt's files. */
export function pathsOf(folder: string): AttemptPaths {
  const inside = join(folder, 'private');
  return {
    folder,
    block: join(folder, 'block'),
    log: join(folder, 'log'),
    result: join(folder, 'result.json'),
    private: inside,
    file: (name) => join(inside, name),
  };
}

/**
 * Creates the folder of a new attempt.
 * @throws Fault `record` when that is not possible, or when the folder is there: no two attempts share one.
 */
export function createFolder(paths: AttemptPaths, block: string, start: Omit<StartRecord, 'at' | 'boot'>): StartRecord {
  const record: StartRecord = { at: Date.now(), boot: bootId(), ...start };
  try {
    mkdirSync(dirname(paths.folder), { recursive: true });
    mkdirSync(paths.folder, { mode: 0o755 });
    mkdirSync(paths.private, { mode: 0o700 });
    writeFileSync(paths.file('start'), JSON.stringify(record), { mode: 0o600 });
    writeFileSync(paths.block, block);
    for (const name of emptyFiles) writeFileSync(paths.file(name), '', { mode: 0o600 });
    if (record.capture) writeFileSync(paths.file('spool.out'), '', { mode: 0o600 });
    for (const name of blankFiles) writeFileSync(paths.file(name), `${' '.repeat(511)}\n`, { mode: 0o600 });
    return record;
  } catch (error) {
    throw new Fault('record', `The folder of the attempt cannot be written: ${paths.folder}`, {
      hint: 'See that the disk has room and the run folder may be written, then go on with: runbook resume',
      cause: error,
    });
  }
}

/** The start record, unless it is missing or torn (the machine lost power). */
export function readStart(paths: AttemptPaths): StartRecord | undefined {
  try {
    // Written by `createFolder` alone, in one piece; a torn one does not parse.
    return JSON.parse(readText(paths.file('start'))) as StartRecord;
  } catch {
    return undefined;
  }
}

/** The launcher (`claim`) or the kernel, as the launcher wrote them down. */
export function readProcess(paths: AttemptPaths, name: 'claim' | 'kernel', boot: string): ProcessIdentity | undefined {
  const found = /^(\d+) ?(.*?) *\n/.exec(readText(paths.file(name)));
  return found === null ? undefined : { pid: Number(found[1]), born: found[2] ?? '', boot };
}

/** The end as the launcher wrote it down. */
export function readEnd(paths: AttemptPaths): RecordedEnd | undefined {
  const found = /^(exited|signalled) (\d{1,3})\n/.exec(readText(paths.file('end')));
  return found === null ? undefined : { kind: found[1] === 'exited' ? 'exited' : 'signalled', number: Number(found[2]) };
}

/** Sees to it that the launcher never starts the step. False when it has already claimed it, or somebody took its claim away. */
export function claimNeverStarted(paths: AttemptPaths): boolean {
  if (hasTraces(paths)) return false;
  try {
    writeFileSync(paths.file('claim'), 'never started\n', { flag: 'wx', mode: 0o600 });
    return true;
  } catch {
    return readText(paths.file('claim')).startsWith('never started');
  }
}

/** What a launcher leaves when it starts a step. A step can delete files, so one that is missing among others that are there is a trace too. */
function hasTraces(paths: AttemptPaths): boolean {
  const there = (name: PrivateFile): boolean => lstatSync(paths.file(name), { throwIfNoEntry: false }) !== undefined;
  // `createFolder` makes it before the last one.
  if (!there('kernel')) return there('spool.out.pump');
  return (['kernel', 'end', 'spool.pump'] as const).some((name) => readText(paths.file(name)).trim() !== '');
}

/** The text of a plain file, empty when it cannot be read. */
export function readText(path: string): string {
  try {
    return readPlain(path)?.toString('utf8') ?? '';
  } catch {
    return '';
  }
}
