/** The runs of a project on disk: where a run's folder is, how a new one is made, how one is found and read. */

import { randomInt } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../core/event.ts';
import { nearest } from '../document/nearest.ts';
import { Fault } from '../fault.ts';
import { type JournalText, readJournal } from './journal.ts';
import type { Project } from './project.ts';

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

/** The folder for everything that the engine keeps in a project. It ignores itself for git. */
export function stateFolder(project: Project): string {
  return join(project.root, '.runbook');
}

/** The folder of a run, whether it exists or not. */
export function runFolder(project: Project, run: string): RunFolder {
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
export function createRunFolder(project: Project, now: Date): RunFolder {
  const run = `${now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0')}`;
  const folder = runFolder(project, run);
  try {
    const state = stateFolder(project);
    mkdirSync(state, { recursive: true });
    if (!existsSync(join(state, '.gitignore'))) writeFileSync(join(state, '.gitignore'), '*\n');
    mkdirSync(join(state, 'runs'), { recursive: true });
    mkdirSync(folder.path);
    mkdirSync(folder.session, { mode: 0o700 });
    mkdirSync(folder.attempts);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('record', `The folder of the run cannot be made: ${why}`, {
      hint: `Check the rights and the room of ${stateFolder(project)}. Without a record no step is run.`,
      cause,
    });
  }
  return folder;
}

/** Ids of all runs, newest first. */
export function runIds(project: Project): readonly string[] {
  const folder = join(stateFolder(project), 'runs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'journal.jsonl')))
    .sort()
    .reverse();
}

/**
 * The id that is meant by a whole id or by its end (`7f3k`).
 * @throws Fault `usage` when there is no such run, or more than one.
 */
export function findRun(project: Project, wanted: string): string {
  const ids = runIds(project);
  const found = ids.filter((id) => id === wanted || id.endsWith(`-${wanted}`));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  if (found.length > 1) throw new Fault('usage', `"${wanted}" can mean ${found.join(' or ')}.`, { hint: 'Give the whole id.' });
  const meant = nearest(wanted, ids);
  throw new Fault('usage', `Unknown run "${wanted}".`, {
    hint: meant === undefined ? 'runbook runs shows what there is.' : `Did you mean "${meant}"?`,
  });
}

/**
 * The journal of a run.
 * @throws Fault `record` when it cannot be read, is not intact, or has no first event.
 */
export function readRun(folder: RunFolder): JournalText {
  try {
    accessSync(folder.journal, constants.R_OK);
  } catch (cause) {
    throw new Fault('record', `The journal ${folder.journal} cannot be read.`, { hint: 'Check the rights of the run folder.', cause });
  }
  return readJournal(folder.journal);
}

/** The first event of a journal. */
export type RunStarted = Extract<Event, { type: 'run-started' }>;

/** @throws Fault `record` when the journal does not begin with `run-started`. */
export function startOf(folder: RunFolder, text: JournalText): RunStarted {
  const first = text.events[0];
  if (first?.type === 'run-started') return first;
  throw new Fault('record', `${folder.journal} does not begin with run-started.`, { hint: 'The run ended before its first step. Start a new one.' });
}

/** The folders of a run's attempts (absolute) by the attempt's number, which begins the folder's name. */
export function attemptFolders(folder: RunFolder): ReadonlyMap<number, string> {
  if (!existsSync(folder.attempts)) return new Map();
  return new Map(readdirSync(folder.attempts).map((name) => [Number.parseInt(name, 10), join(folder.attempts, name)]));
}
