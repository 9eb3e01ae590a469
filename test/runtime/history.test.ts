import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { historyOf, leaveHistory } from '../../engine/runtime/history.ts';
import { createJournal } from '../../engine/runtime/journal.ts';
import { openProject, type Project } from '../../engine/runtime/project.ts';
import { stateFolder } from '../../engine/runtime/root.ts';
import { createRunFolder, discardUnbegun, newestRuns, runFolder } from '../../engine/runtime/run-store.ts';
import { faultOf } from '../helpers/fault.ts';
import { makeProject, type TestProject } from '../helpers/project.ts';

let sample: TestProject;
let project: Project;
let minute = 0;

beforeEach(() => {
  sample = makeProject({}, { spoilsRecords: true });
  project = openProject(sample.root);
  minute = 0;
});
afterEach(() => sample[Symbol.dispose]());

const begun = {
  type: 'run-started',
  document: 'runbooks/tidy.md',
  asIs: false,
  procedures: [],
  stage: 'dev',
  selection: { readOnly: false },
  variables: {},
  files: {},
  operator: 'admin',
  host: 'h',
  engine: '1',
} as const;

/** What the journal of a run says, as far as it has come. */
function write(run: string, path: string, end?: 'ended' | 'stopped'): void {
  const journal = createJournal(path, () => new Date(Date.UTC(2026, 10, 22, 12, minute++)));
  journal.append([{ ...begun, run }], { durable: false });
  if (end === 'ended') journal.append([{ type: 'run-ended', result: 'finished' }], { durable: false });
  if (end === 'stopped') journal.append([{ type: 'run-stopped', because: 'failure' }], { durable: false });
  journal.close();
}

/** A run as the engine makes one. */
function engineRun(end?: 'ended' | 'stopped'): string {
  const folder = createRunFolder(project, new Date(Date.UTC(2026, 10, 22, 12, minute)));
  write(folder.run, folder.journal, end);
  if (end === 'ended') leaveHistory(project, folder.run);
  return folder.run;
}

/** A run that somebody copied here, which nobody noted. */
function foreignRun(run: string, end?: 'ended' | 'stopped'): string {
  const folder = runFolder(project, run);
  mkdirSync(folder.path, { recursive: true });
  write(run, folder.journal, end);
  // File systems do not tell times that are too close to each other apart.
  const later = new Date(Date.now() + 60_000);
  utimesSync(dirname(folder.path), later, later);
  return run;
}

function listed(): { readonly unfinished: readonly string[]; readonly finished: readonly string[] } {
  const { unfinished, finished } = historyOf(project);
  return { unfinished: unfinished.map(({ run }) => run), finished: [...finished()].map(({ run }) => run) };
}

const state = (): string => stateFolder(project);
const ended = (): string => join(state(), 'history.jsonl');

describe('the history of a project', () => {
  test('is empty before the first run, and nothing is written for it', () => {
    expect(listed()).toEqual({ unfinished: [], finished: [] });
    expect(existsSync(state())).toBe(false);
  });

  test('holds unfinished runs newest first, and the others as they ended', () => {
    const first = engineRun('ended');
    const stopped = engineRun('stopped');
    const open = engineRun();
    const last = engineRun('ended');
    expect(listed()).toEqual({ unfinished: [open, stopped], finished: [last, first] });
    expect(historyOf(project).unfinished.map(({ result }) => result)).toEqual(['not ended', 'stopped (failure)']);
    expect([...historyOf(project).finished()][0]).toEqual({
      run: last,
      document: 'runbooks/tidy.md',
      stage: 'dev',
      operator: 'admin',
      startedAt: '2026-11-22T12:05:00.000Z',
      lastAt: '2026-11-22T12:06:00.000Z',
      result: 'finished',
      finished: true,
    });
  });

  test('holds unfinished runs that began in one second in the order in which they began', () => {
    const second = Date.UTC(2026, 10, 22, 12);
    const runs = Array.from({ length: 8 }, (_, index) => {
      const folder = createRunFolder(project, new Date(second + index));
      const journal = createJournal(folder.journal, () => new Date(second + index));
      journal.append([{ ...begun, run: folder.run }], { durable: false });
      journal.close();
      return folder.run;
    });
    expect(listed().unfinished).toEqual(runs.toReversed());
  });

  test('does not read the journals of runs that have ended', () => {
    const run = engineRun('ended');
    writeFileSync(runFolder(project, run).journal, 'damaged\n');
    expect(listed()).toEqual({ unfinished: [], finished: [run] });
  });

  test('is made anew when it is not there, as for runs of an older engine', () => {
    const runs = [engineRun('ended'), engineRun('ended'), engineRun('stopped')] as const;
    rmSync(ended());
    expect(listed()).toEqual({ unfinished: [runs[2]], finished: [runs[1], runs[0]] });
    rmSync(join(state(), 'unfinished'), { recursive: true });
    expect(listed()).toEqual({ unfinished: [runs[2]], finished: [runs[1], runs[0]] });
    expect(existsSync(ended())).toBe(true);
    expect(readdirSync(join(state(), 'unfinished'))).toEqual([runs[2]]);
  });

  test('is made anew when somebody put runs there or took them away', () => {
    const own = engineRun('ended');
    expect(listed().finished).toEqual([own]);
    const copied = foreignRun('20260101-000000-aaaa', 'ended');
    expect(listed().finished).toEqual([copied, own]);
    foreignRun('20260101-000000-bbbb');
    rmSync(runFolder(project, copied).path, { recursive: true });
    expect(listed()).toEqual({ unfinished: ['20260101-000000-bbbb'], finished: [own] });
  });

  test('does not miss a run that somebody put there before the engine made another one', () => {
    const own = engineRun('ended');
    const copied = foreignRun('20260101-000000-aaaa', 'ended');
    const last = engineRun('ended');
    utimesSync(join(state(), 'runs'), new Date(0), new Date(0));
    expect(new Set(listed().finished)).toEqual(new Set([last, copied, own]));
  });

  test('takes the end of a run from its journal where the engine died before it noted it', () => {
    const folder = createRunFolder(project, new Date());
    write(folder.run, folder.journal, 'ended');
    expect(readdirSync(join(state(), 'unfinished'))).toEqual([folder.run]);
    expect(listed()).toEqual({ unfinished: [], finished: [folder.run] });
    expect(readdirSync(join(state(), 'unfinished'))).toEqual([]);
    expect(listed()).toEqual({ unfinished: [], finished: [folder.run] });
  });

  test('passes over lines that are not whole, and over the second line for a run', () => {
    const [first, last] = [engineRun('ended'), engineRun('ended')];
    const lines = readFileSync(ended(), 'utf8');
    appendFileSync(ended(), `{"run":"half\n42\nnull\n${lines}{"run":"torn"`);
    expect(listed().finished).toEqual([last, first]);
  });

  test('keeps a run whose record is damaged among those that have not ended', () => {
    const run = engineRun('stopped');
    writeFileSync(runFolder(project, run).journal, 'damaged\n');
    expect(historyOf(project).unfinished).toMatchObject([{ run, result: 'record not intact' }]);
  });

  test('forgets a run that never began', () => {
    const folder = createRunFolder(project, new Date());
    discardUnbegun(project, folder);
    expect(readdirSync(join(state(), 'unfinished'))).toEqual([]);
    expect(listed()).toEqual({ unfinished: [], finished: [] });
  });

  test.skipIf(userInfo().uid === 0)('can be read by who may not write it', () => {
    const run = engineRun('ended');
    rmSync(ended());
    chmodSync(state(), 0o500);
    expect(listed().finished).toEqual([run]);
    chmodSync(state(), 0o700);
  });

  test('cannot be told where the runs cannot be read', () => {
    sample.write({ '.runbook/runs': 'a file' });
    expect(faultOf(() => historyOf(project))).toMatchObject({ exit: 'record' });
  });
});

test('the newest runs are those that have not ended and those that ended last, by their time', () => {
  const runs = [engineRun('ended'), engineRun('stopped'), engineRun('ended'), engineRun()];
  expect(newestRuns(project, 3)).toEqual([runs[3], runs[2], runs[1]]);
  expect(newestRuns(project, 9)).toEqual(runs.toReversed());
});

test('a history of 100,000 runs is read from its end', () => {
  const run = engineRun('ended');
  const line = JSON.parse(readFileSync(ended(), 'utf8'));
  const many = Array.from({ length: 100_000 }, (_, index) => `${JSON.stringify({ ...line, run: `earlier-${index}` })}\n`);
  writeFileSync(ended(), `${many.join('')}${JSON.stringify({ ...line, run })}\n`);
  const [last, before] = historyOf(project).finished();
  expect([last?.run, before?.run]).toEqual([run, 'earlier-99999']);
  let count = 0;
  for (const { run: _ } of historyOf(project).finished()) count += 1;
  expect(count).toBe(100_001);
});
