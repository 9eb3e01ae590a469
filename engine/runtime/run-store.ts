/** The runs of a project on disk: where a run's folder is, how a new one is made, how one is found and read. */

import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../core/event.ts';
import { nearest } from '../document/nearest.ts';
import { Fault, hasCode, messageOf } from '../fault.ts';
import { enterHistory, forgetInHistory, historyOf } from './history.ts';
import { type JournalText, readJournal, syncFolder } from './journal.ts';
import { type Rooted, stateFolder } from './root.ts';

/** Where the parts of one run are. */
export type RunFolder = {
  readonly run: string;
  readonly path: string;
  readonly journal: string;
  readonly copies: string;
  readonly attempts: string;
  readonly session: string;
  readonly report: string;
};

/** The folder of a run, whether it exists or not. */
export function runFolder(project: Rooted, run: string): RunFolder {
  const path = join(stateFolder(project), 'runs', run);
  return {
    run,
    path,
    journal: join(path, 'journal.jsonl'),
    copies: join(path, 'files'),
    attempts: join(path, 'attempts'),
    session: join(path, 'private'),
    report: join(path, 'report.md'),
  };
}

/**
 * Makes the folder of a new run. Its name sorts by time and may be pasted anywhere: `20261122-140233-7f3k`.
 * @throws Fault `record` when the folder cannot be made.
 */
export function createRunFolder(project: Rooted, now: Date): RunFolder {
  const state = stateFolder(project);
  const runs = join(state, 'runs');
  const end = randomInt(36 ** 4).toString(36);
  const folder = runFolder(project, `${now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${end.padStart(4, '0')}`);
  try {
    enterHistory(project, folder.run, () => {
      for (const shared of [state, runs]) makeShared(shared);
      mkdirSync(folder.path);
    });
    if (!existsSync(join(state, '.gitignore'))) writeFileSync(join(state, '.gitignore'), '*\n');
    mkdirSync(folder.session, { mode: 0o700 });
    mkdirSync(folder.attempts);
    // The journal syncs its own folder; after a power cut that folder must still have its name.
    for (const parent of [runs, state, project.root]) syncFolder(parent);
  } catch (cause) {
    throw new Fault('record', `The folder of the run cannot be made: ${messageOf(cause)}`, {
      hint: `Check the rights and the room of ${state}. Without a record no step is run.`,
      cause,
    });
  }
  return folder;
}

/** A folder that another run may have made. (With `recursive`, Node says of a read-only disk that the folder above is not there.) */
function makeShared(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/** Deletes the folder of a run that never began: one without a journal holds nothing. */
export function discardUnbegun(project: Rooted, folder: RunFolder): void {
  if (existsSync(folder.journal)) return;
  rmSync(folder.path, { recursive: true, force: true });
  forgetInHistory(project, folder.run);
}

/** Ids of the newest runs, newest first: all that have not ended, and of the others those that ended last. At most `count`. */
export function newestRuns(project: Rooted, count: number): readonly string[] {
  const { unfinished, finished } = historyOf(project);
  const ids = unfinished.map(({ run }) => run);
  let left = count;
  for (const { run } of finished()) {
    if (left-- === 0) break;
    ids.push(run);
  }
  return ids.sort().reverse().slice(0, count);
}

/**
 * Ids of all runs, newest first.
 * @throws Fault `record` when their folder cannot be read.
 */
export function runIds(project: Rooted): readonly string[] {
  const folder = join(stateFolder(project), 'runs');
  if (!existsSync(folder)) return [];
  return namesIn(folder)
    .filter((name) => existsSync(join(folder, name, 'journal.jsonl')))
    .sort()
    .reverse();
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new Fault('record', `The runs of this project cannot be read: ${messageOf(cause)}`, { hint: `Check the rights of ${folder}.`, cause });
  }
}

/**
 * The id that is meant by a whole id or by its end (`7f3k`).
 * @throws Fault `usage` when there is no such run, or more than one.
 */
export function findRun(project: Rooted, wanted: string): string {
  if (/^[\w-]+$/.test(wanted) && existsSync(runFolder(project, wanted).journal)) return wanted;
  const ids = runIds(project);
  const found = ids.filter((id) => id === wanted || id.endsWith(`-${wanted}`));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  if (found.length > 1) throw new Fault('usage', `"${wanted}" can mean ${found.join(' or ')}.`, { hint: 'Give the whole id.' });
  throw new Fault('usage', `Unknown run "${wanted}".`, { hint: didYouMean(wanted, ids) });
}

/** Whoever types the end of an id slips in the end of an id. */
function didYouMean(wanted: string, ids: readonly string[]): string {
  const byEnd = new Map(ids.map((id) => [id.slice(id.lastIndexOf('-') + 1), id]));
  const meant = nearest(wanted, ids) ?? byEnd.get(nearest(wanted, byEnd.keys()) ?? '');
  return meant === undefined ? 'runbook runs shows what there is.' : `Did you mean "${meant}"?`;
}

/**
 * The journal of a run.
 * @throws Fault `record` when it cannot be read, or is not intact.
 */
export function readRun(folder: RunFolder): JournalText {
  return readJournal(folder.journal);
}

/** The first event of a journal. */
export type RunStarted = Extract<Event, { type: 'run-started' }>;

/** @throws Fault `record` when the journal does not begin with `run-started`. */
export function startOf(folder: RunFolder, text: Pick<JournalText, 'events'>): RunStarted {
  const first = text.events[0];
  if (first?.type === 'run-started') return first;
  throw new Fault('record', `${folder.journal} does not begin with run-started.`, { hint: 'The run ended before its first step. Start a new one.' });
}

/** The folders of a run's attempts (absolute) by the attempt's number, which begins the folder's name. */
export function attemptFolders(folder: RunFolder): ReadonlyMap<number, string> {
  if (!existsSync(folder.attempts)) return new Map();
  return new Map(namesIn(folder.attempts).map((name) => [Number.parseInt(name, 10), join(folder.attempts, name)]));
}
