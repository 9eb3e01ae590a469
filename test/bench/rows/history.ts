/** What a long history and a long journal cost. */

import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, globSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fold } from '../../../engine/core/apply.ts';
import { createJournal, readJournal, reopenJournal } from '../../../engine/runtime/journal.ts';
import { type LongRun, longRuns } from '../../core/long-runs.ts';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../../helpers/project.ts';
import { peakOf, type Row, ratios, tellingPeak, timed } from '../measure.ts';

const rounds = 9;
const resume = ['resume', '--confirm', 'production'];

/** A run that has stopped before its only step, and that nobody may confirm: to resume it is to read it. */
function makeStopped(): TestProject {
  const files = { 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=burn risk=high timeout=1m', 'true')}`) };
  const project = makeProject(files, { spoilsRecords: true });
  timed(['node', cli, 'run', 'tidy', '--stage', 'production', '--confirm', 'production'], { cwd: project.root }, 6);
  return project;
}

/** As many finished runs as wanted, each with a folder and a journal. */
export function addFinished({ root }: TestProject, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const at = new Date(Date.UTC(2020, 0, 1) + index * 60_000).toISOString();
    const run = `${at.replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${index.toString(36).padStart(4, '0')}`;
    const folder = join(root, '.runbook/runs', run);
    mkdirSync(folder, { recursive: true });
    const started = { at, document: 'runbooks/tidy.md', operator: 'admin', run, stage: 'dev', type: 'run-started' };
    writeFileSync(join(folder, 'journal.jsonl'), `${JSON.stringify(started)}\n${JSON.stringify({ at, result: 'finished', type: 'run-ended' })}\n`);
  }
}

/** Makes the journal of the project's only run this many events longer. */
function addEvents({ root }: TestProject, count: number): void {
  const [path = ''] = globSync('.runbook/runs/*/journal.jsonl', { cwd: root });
  const journal = reopenJournal(join(root, path), readJournal(join(root, path)), () => new Date());
  for (let left = count; left > 0; left -= 1000)
    journal.append(
      Array.from({ length: Math.min(left, 1000) }, (_, index) => ({ type: 'note-added', operator: 'admin', text: `${index}`.padEnd(100, '.') })),
      { durable: false },
    );
  journal.close();
}

function compare(what: string, args: readonly string[], expected: number): Row {
  return {
    what: `\`${what}\` with 100,000 finished runs`,
    against: 'with 100',
    goal: 1.15,
    unit: 'x',
    async measure() {
      using few = makeStopped();
      using many = makeStopped();
      addFinished(few, 100);
      addFinished(many, 100_000);
      const run = ({ root }: TestProject): number => timed(['node', cli, ...args], { cwd: root }, expected);
      return await ratios(
        rounds,
        () => run(many),
        () => run(few),
      );
    },
  };
}

/** Durable records one by one, in ms, and as many bytes by `write` and `fdatasync`. */
function recordRow(): Row {
  return {
    what: 'one durable record of the journal',
    against: '`write` and `fdatasync` of as many bytes',
    goal: 1.2,
    unit: 'x',
    async measure() {
      using project = makeProject({});
      const count = 1000;
      let number = 0;
      const journalled = (): number => {
        number += 1;
        const journal = createJournal(join(project.root, `journal-${number}`), () => new Date());
        const begun = performance.now();
        for (let index = 0; index < count; index += 1)
          journal.append([{ type: 'note-added', operator: 'admin', text: 'x'.repeat(100) }], { durable: true });
        const ms = performance.now() - begun;
        journal.close();
        return ms;
      };
      const bare = (): number => {
        const file = openSync(join(project.root, `bare-${number}`), 'ax');
        const line = 'x'.repeat(270);
        const begun = performance.now();
        for (let index = 0; index < count; index += 1) {
          writeSync(file, line);
          fdatasyncSync(file);
        }
        const ms = performance.now() - begun;
        closeSync(file);
        return ms;
      };
      return await ratios(rounds, journalled, bare);
    },
  };
}

/** What it costs to fold so many events, with ten times as many. */
function foldRow({ name, plan, journal }: LongRun): Row {
  return {
    what: `100,000 events folded: ${name}`,
    against: '10,000',
    goal: 30,
    unit: 'x',
    async measure() {
      const took = (count: number): number => {
        const events = journal(count);
        const begun = performance.now();
        fold(plan, events);
        return performance.now() - begun;
      };
      return await ratios(
        rounds,
        () => took(100_000),
        () => took(10_000),
      );
    },
  };
}

export const historyRows: readonly Row[] = [
  recordRow(),
  ...longRuns.map(foldRow),
  compare('runbook runs', ['runs'], 0),
  compare('runbook resume', resume, 6),
  {
    what: '`runbook resume` of a journal of 100,000 events',
    against: 'of one of 1,000',
    goal: 110,
    unit: 'x',
    async measure() {
      using short = makeStopped();
      using long = makeStopped();
      addEvents(short, 1000);
      addEvents(long, 100_000);
      const run = ({ root }: TestProject): number => timed(['node', cli, ...resume], { cwd: root }, 6);
      return await ratios(
        rounds,
        () => run(long),
        () => run(short),
      );
    },
  },
  {
    what: 'peak memory of the same',
    against: '',
    goal: 200,
    unit: 'MB',
    async measure() {
      using long = makeStopped();
      addEvents(long, 100_000);
      const peak = (): number =>
        peakOf(spawnSync('node', [tellingPeak, cli, ...resume], { cwd: long.root, env: cleanEnvironment(), encoding: 'utf8' }).stderr);
      return [peak(), peak(), peak()];
    },
  },
];
