/**
 * The last look at what a run has written, while its secrets are still known: one that came to be known only later, such as a rotated password,
 * may stand there in clear. What is found is masked and told in the journal; private files go.
 */

import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Event, LogSeal } from '../core/event.ts';
import { type Redactor, secretIn } from '../core/redact.ts';
import type { Attempt, Run } from '../core/run.ts';
import { Fault, messageOf } from '../fault.ts';
import { sweepAttempt } from './attempt/attempt.ts';
import { type Journal, syncFolder } from './journal.ts';
import type { RunFolder } from './run-store.ts';
import type { Secrets } from './secrets.ts';

/** Watches what is written, and looks at it when the run stops or ends. */
export type FinalScan = {
  /** Told of every event: a log that was begun when all secrets were known need not be looked at again. */
  readonly noted: (event: Event) => void;
  /**
   * Looks at everything, just before `run-stopped` or `run-ended` is recorded. Gives the events that tell what was found; `masked` is true when
   * events before were changed.
   * @throws Fault `record` when what was found cannot be masked.
   */
  readonly look: (run: Run, ends: boolean) => { readonly events: readonly Event[]; readonly masked: boolean };
};

type Scanned = { readonly folder: RunFolder; readonly secrets: Secrets; readonly journal: Journal };

/** `resumed`: an engine before this one wrote a part, and nobody knows which secrets it knew. */
export function finalScan(scanned: Scanned, resumed: boolean): FinalScan {
  const { folder, secrets } = scanned;
  const since = new Map<number, number>();
  const first = secrets.grown;
  return {
    noted(event) {
      if (event.type === 'attempt-started') since.set(event.attempt, secrets.grown);
    },
    look(run, ends) {
      const attempts = attemptsOf(run).filter(({ end }) => end !== undefined);
      const unsure = attempts.filter(({ attempt }) => since.get(attempt) !== secrets.grown);
      try {
        const looked = repair(scanned, { run, attempts, unsure, ends, events: resumed || secrets.grown !== first });
        for (const attempt of attempts) sweepAttempt(join(folder.path, attempt.folder));
        if (ends) rmSync(folder.session, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
        return looked;
      } catch (cause) {
        if (cause instanceof Fault) throw cause;
        throw new Fault('record', `What was written could not be searched for secrets: ${messageOf(cause)}`, {
          hint: `Check the rights and the room of ${folder.path}, then go on with: runbook resume ${folder.run}`,
          cause,
        });
      }
    },
  };
}

/** What may hold a secret: attempts of which that is not sure, and whether the journal may. */
type Suspects = {
  readonly run: Run;
  readonly attempts: readonly Attempt[];
  readonly unsure: readonly Attempt[];
  readonly ends: boolean;
  readonly events: boolean;
};

function repair({ folder, secrets, journal }: Scanned, suspects: Suspects): ReturnType<FinalScan['look']> {
  const { run, attempts, unsure, ends } = suspects;
  const path = (attempt: Attempt, name: string): string => join(folder.path, attempt.folder, name);
  const logs = unsure.flatMap((attempt) => maskedLog(path(attempt, 'log'), attempt.attempt, secrets));
  const small = [...attempts.map((attempt) => path(attempt, 'block')), ...unsure.map((attempt) => path(attempt, 'result.json'))];
  const files = [...small.filter((file) => maskFile(file, secrets)), ...(ends ? [] : droppedState(folder, secrets))];
  const left = copiesWithSecrets(folder, run, secrets);
  if (logs.length + files.length + left.length === 0 && !suspects.events) return { events: [], masked: false };
  let masked = false;
  const told = new Set<string>();
  const clean = (event: Event): Event => {
    if (event.type === 'record-repaired') for (const copy of event.left ?? []) told.add(copy);
    return suspects.events ? secrets.cleanEvent(event) : event;
  };
  const events = journal.repair(clean, (changed, head) => {
    masked = changed.length > 0;
    if (logs.length + files.length + changed.length === 0 && left.every((copy) => told.has(copy))) return undefined;
    return {
      type: 'record-repaired',
      logs: logs.map(({ attempt, log }) => ({ attempt, log })),
      events: changed,
      ...(masked && { head }),
      ...(files.length > 0 && { files: files.map((file) => relative(folder.path, file)) }),
      ...(left.length > 0 && { left }),
    };
  });
  // After the journal has told of it: an engine that dies in between leaves what the next look finds again.
  for (const { draft, file } of logs) {
    renameSync(draft, file);
    syncFolder(dirname(file));
  }
  return { events, masked };
}

function attemptsOf(run: Run): readonly Attempt[] {
  return run.frames.flatMap((frame) => Object.values(frame.steps).flatMap((step) => step.attempts));
}

type MaskedLog = { readonly attempt: number; readonly file: string; readonly draft: string; readonly log: LogSeal };

/** A log that holds a secret, masked, in a draft. Looked at first, since most hold none; in pieces, whatever its size. */
function maskedLog(file: string, attempt: number, secrets: Secrets): readonly MaskedLog[] {
  if (!existsSync(file)) return [];
  const looking = secrets.redactor();
  for (const chunk of chunksOf(file)) {
    looking.push(chunk);
    if (looking.found()) break;
  }
  looking.end();
  if (!looking.found()) return [];
  const draft = `${file}.draft`;
  const descriptor = openSync(draft, 'w', 0o644);
  try {
    const log = writeMasked(file, descriptor, secrets.redactor());
    fsyncSync(descriptor);
    return [{ attempt, file, draft, log }];
  } finally {
    closeSync(descriptor);
  }
}

function writeMasked(file: string, to: number, redactor: Redactor): LogSeal {
  const sum = createHash('sha256');
  let bytes = 0;
  const put = (chunk: Uint8Array): void => {
    for (let done = 0; done < chunk.length; ) done += writeSync(to, chunk, done);
    sum.update(chunk);
    bytes += chunk.length;
  };
  for (const chunk of chunksOf(file)) put(redactor.push(chunk));
  put(redactor.end());
  return { bytes, sha256: sum.digest('hex') };
}

const chunkBytes = 256 * 1024;

function* chunksOf(file: string): Generator<Uint8Array> {
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const size = readSync(descriptor, chunk);
      if (size === 0) return;
      yield chunk.subarray(0, size);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Masks a small file, in whole or not at all. True when there was something to mask. */
function maskFile(file: string, secrets: Secrets): boolean {
  if (!existsSync(file)) return false;
  const text = readFileSync(file, 'utf8');
  const clean = secrets.clean(text);
  if (clean === text) return false;
  writeFileSync(`${file}.draft`, clean, { flush: true });
  renameSync(`${file}.draft`, file);
  syncFolder(dirname(file));
  return true;
}

/** The state of the shell, where it holds a secret, is dropped: masked, a block would take the mask for the value. */
function droppedState(folder: RunFolder, secrets: Secrets): readonly string[] {
  const file = join(folder.session, 'state');
  if (!existsSync(file) || secretIn(readFileSync(file, 'utf8'), secrets.exact) === undefined) return [];
  rmSync(file);
  return [file];
}

/** Kept copies of documents and declared files that hold a secret, by the paths of these. They stay: their names are their hashes. */
function copiesWithSecrets(folder: RunFolder, run: Run, secrets: Secrets): readonly string[] {
  const names = new Map(Object.entries(run.files).map(([path, sha]) => [sha, path]));
  const copies = existsSync(folder.copies) ? readdirSync(folder.copies) : [];
  const { exact } = secrets;
  return copies
    .filter((name) => secretIn(readFileSync(join(folder.copies, name), 'utf8'), exact) !== undefined)
    .map((name) => names.get(name) ?? `files/${name}`)
    .sort();
}
