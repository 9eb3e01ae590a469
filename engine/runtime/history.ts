/**
 * The history of a project, so that nobody has to read every journal to list its runs or to find the one to go on with.
 *
 *     .runbook/unfinished/<run>   empty; from the making of a run's folder until its last event is on disk
 *     .runbook/history.jsonl      a line for each run that has ended, in the order in which they ended
 *
 * The run folders stay the truth. Where this is missing or older than they are, it is made from them anew; what one of two engines at work
 * leaves out or writes twice does no harm: a marker leads to the journal, and of a run that stands there twice the last line counts.
 */

import { appendFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../core/event.ts';
import { isRecord } from '../core/is-record.ts';
import { Fault, hasCode, messageOf } from '../fault.ts';
import { firstLine, linesFromEnd } from './lines-of-file.ts';
import { type Rooted, stateFolder } from './root.ts';

/** A run as a list shows it. */
export type ListedRun = {
  readonly run: string;
  readonly document: string;
  readonly stage: string;
  readonly operator: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly lastAt: string;
  readonly result: string;
  readonly finished: boolean;
};

/** The runs of a project. */
export type History = {
  /** Newest first. One whose record cannot be read is among them: nobody knows that it has ended. */
  readonly unfinished: readonly ListedRun[];
  /** The one that ended last first. Read from the disk as far as it is asked for. */
  finished(): Iterable<ListedRun>;
};

type Places = { readonly runs: string; readonly unfinished: string; readonly ended: string };

function placesIn(project: Rooted): Places {
  const state = stateFolder(project);
  return { runs: join(state, 'runs'), unfinished: join(state, 'unfinished'), ended: join(state, 'history.jsonl') };
}

/** The path of a run's journal below the folder that holds all runs. */
function journalIn({ runs }: Places, run: string): string {
  return join(runs, run, 'journal.jsonl');
}

/**
 * Makes the folder of a run and notes that it has not ended.
 * What somebody else put beside the runs must not seem older than this, so it is looked at before.
 */
export function enterHistory(project: Rooted, run: string, make: () => void): void {
  const places = placesIn(project);
  const complete = !isOutdated(places);
  make();
  mkdirSync(places.unfinished, { recursive: true });
  writeFileSync(join(places.unfinished, run), '');
  if (complete) appendFileSync(places.ended, '');
  else rmSync(places.ended, { force: true });
}

/** Notes that a run has ended. Where that cannot be written, whoever lists the runs next finds it in the journal. */
export function leaveHistory(project: Rooted, run: string): void {
  const places = placesIn(project);
  const listed = describe(places, run);
  if (listed?.finished) settle(places, listed);
}

/** Forgets a run that never began and whose folder is gone. */
export function forgetInHistory(project: Rooted, run: string): void {
  rmSync(join(placesIn(project).unfinished, run), { force: true });
}

/**
 * The runs of a project.
 * @throws Fault `record` when the folder of the runs is there and cannot be read.
 */
export function historyOf(project: Rooted): History {
  const places = placesIn(project);
  if (!existsSync(places.runs)) return { unfinished: [], finished: () => [] };
  try {
    const known = isOutdated(places) ? rebuilt(places) : undefined;
    const open = (known?.unfinished ?? namesOf(places.unfinished)).flatMap((run) => describe(places, run) ?? []);
    const ended = open.filter(({ finished }) => finished);
    for (const run of ended) settle(places, run);
    return {
      unfinished: open.filter(({ finished }) => !finished).sort((a, b) => (orderOf(a) < orderOf(b) ? 1 : -1)),
      finished: () => withoutTwins([...ended, ...(known?.ended ?? [])], known === undefined ? places.ended : undefined),
    };
  } catch (cause) {
    throw new Fault('record', `The runs of this project cannot be read: ${messageOf(cause)}`, { hint: `Check the rights of ${places.runs}.`, cause });
  }
}

/** An id begins with the second in which the run was made; its end is random. */
function orderOf({ run, startedAt }: ListedRun): string {
  return `${run.slice(0, '20261122-140233'.length)} ${startedAt}`;
}

function* withoutTwins(first: readonly ListedRun[], path: string | undefined): Generator<ListedRun> {
  const seen = new Set<string>();
  const fresh = ({ run }: ListedRun): boolean => seen.size < seen.add(run).size;
  yield* first.filter(fresh);
  if (path === undefined) return;
  for (const line of linesFromEnd(path)) {
    const listed = parseListed(line);
    if (listed !== undefined && fresh(listed)) yield listed;
  }
}

/** A line that is not whole, because two were written at once or an engine died, is passed over. */
function parseListed(line: string): ListedRun | undefined {
  const value = parsed(line);
  const texts = ['run', 'document', 'stage', 'operator', 'startedAt', 'lastAt', 'result'] as const;
  if (!isRecord(value) || !texts.every((key) => typeof value[key] === 'string')) return undefined;
  return { ...(value as Omit<ListedRun, 'finished'>), finished: true };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** True where runs were added or removed by anybody who did not note it, or nothing was ever noted. */
function isOutdated({ runs, unfinished, ended }: Places): boolean {
  const [made, open, closed] = [runs, unfinished, ended].map(changedAt);
  if (made === undefined) return false;
  return open === undefined || closed === undefined || (made > open && made > closed);
}

function changedAt(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
}

/** Makes the history from the journals, and writes it where that is possible. */
function rebuilt(places: Places): { readonly unfinished: readonly string[]; readonly ended: readonly ListedRun[] } {
  const all = namesOf(places.runs).flatMap((run) => describe(places, run) ?? []);
  const ended = all.filter(({ finished }) => finished).sort((a, b) => (a.lastAt < b.lastAt ? -1 : 1));
  const unfinished = all.filter(({ finished }) => !finished).map(({ run }) => run);
  written(() => {
    const draft = `${places.ended}.${process.pid}.draft`;
    writeFileSync(draft, ended.map(lineOf).join(''));
    renameSync(draft, places.ended);
    mkdirSync(places.unfinished, { recursive: true });
    for (const run of unfinished) writeFileSync(join(places.unfinished, run), '');
    for (const { run } of ended) rmSync(join(places.unfinished, run), { force: true });
  });
  return { unfinished, ended: ended.reverse() };
}

/** Moves a run from the unfinished ones to those that have ended. */
function settle(places: Places, listed: ListedRun): void {
  written(() => {
    // Where it is not there it is made from all journals, not begun with this run.
    if (!existsSync(places.ended)) return;
    appendFileSync(places.ended, lineOf(listed));
    rmSync(join(places.unfinished, listed.run), { force: true });
  });
}

function lineOf({ finished: _, ...listed }: ListedRun): string {
  return `${JSON.stringify(listed)}\n`;
}

/** Who only reads a project may list its runs all the same. */
function written(write: () => void): void {
  try {
    write();
  } catch {
    // Made anew, or taken from the journal, by the next who may write.
  }
}

function namesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** What the first and the last event of a journal say of its run; undefined for a folder without a journal. */
function describe(places: Places, run: string): ListedRun | undefined {
  const path = journalIn(places, run);
  if (!existsSync(path)) return undefined;
  const [first, last] = ends(path);
  if (first?.type !== 'run-started' || last === undefined)
    return { run, document: '?', stage: '?', operator: '?', startedAt: '?', lastAt: '?', result: 'record not intact', finished: false };
  const { document, stage, operator, at } = first;
  return { run, document, stage, operator, startedAt: at, lastAt: last.at, result: resultOf(last), finished: last.type === 'run-ended' };
}

function resultOf(last: Event): string {
  if (last.type === 'run-ended') return last.result;
  return last.type === 'run-stopped' ? `stopped (${last.because})` : 'not ended';
}

/** Notes may come when a run has stopped. Whether all between the first and the last event is intact, only reading all of it can tell. */
function ends(path: string): readonly [Event | undefined, Event | undefined] {
  try {
    let last: Event | undefined;
    for (const line of linesFromEnd(path)) {
      last = eventOf(line);
      if (last?.type !== 'note-added') break;
    }
    return [eventOf(firstLine(path)), last];
  } catch {
    return [undefined, undefined];
  }
}

function eventOf(line: string | undefined): Event | undefined {
  const value = line === undefined ? undefined : parsed(line);
  return isRecord(value) && typeof value.type === 'string' && typeof value.at === 'string' ? (value as Event) : undefined;
}
