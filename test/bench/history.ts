/** What a long history and a long journal cost: the built command line beside itself in a small project; prints figures. */

import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJournal, reopenJournal } from '../../engine/runtime/journal.ts';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

const rounds = 9;
/** Says at its end how much memory it has had at most, in kB. */
const telling = "--import=data:text/javascript,process.on('exit',()=>process._rawDebug('peak',process.resourceUsage().maxRSS))";

type Measured = { readonly ms: number; readonly peakMB: number };

function runbook(project: TestProject, args: readonly string[]): Measured {
  const begun = performance.now();
  const { stderr } = spawnSync('node', [telling, cli, ...args], { cwd: project.root, env: cleanEnvironment(), encoding: 'utf8' });
  return { ms: performance.now() - begun, peakMB: Number(/peak (\d+)/.exec(stderr)?.[1] ?? Number.NaN) / 1024 };
}

/** A run that has stopped before its only step, and that nobody may confirm: to resume it is to read it. */
function makeStopped(): TestProject {
  const project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=burn risk=high timeout=1m', 'true')}`) });
  runbook(project, ['run', 'tidy', '--stage', 'production', '--confirm', 'production']);
  return project;
}

/** As many finished runs as wanted, each with a folder and a journal. */
function addFinished({ root }: TestProject, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const at = new Date(Date.UTC(2020, 0, 1) + index * 60_000).toISOString();
    const run = `${at.replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${index.toString(36).padStart(4, '0')}`;
    const folder = join(root, '.runbook/runs', run);
    mkdirSync(folder);
    const started = { at, document: 'runbooks/tidy.md', operator: 'admin', run, stage: 'dev', type: 'run-started' };
    writeFileSync(join(folder, 'journal.jsonl'), `${JSON.stringify(started)}\n${JSON.stringify({ at, result: 'finished', type: 'run-ended' })}\n`);
  }
}

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

function compare(title: string, [small, large]: readonly [TestProject, TestProject], args: readonly string[], goal: number): void {
  const ratios: number[] = [];
  const [times, peaks]: [number[], number[]] = [[], []];
  for (const project of [small, large]) runbook(project, args);
  for (let round = 0; round < rounds; round += 1) {
    const [before, after] = [runbook(small, args), runbook(large, args)];
    ratios.push(after.ms / before.ms);
    times.push(after.ms);
    peaks.push(after.peakMB);
  }
  const ratio = median(ratios);
  process.stdout.write(
    `${title.padEnd(58)} ${ratio.toFixed(2).padStart(6)}x (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}), goal ${goal}x: ${ratio <= goal ? 'met' : 'MISSED'}; ${median(times).toFixed(0)} ms, ${median(peaks).toFixed(0)} MB\n`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

using few = makeStopped();
using many = makeStopped();
addFinished(few, 100);
addFinished(many, 100_000);
compare('`runs` with 100,000 finished runs, against 100', [few, many], ['runs'], 1.15);
compare('`resume` with 100,000 finished runs, against 100', [few, many], ['resume', '--confirm', 'production'], 1.15);

using short = makeStopped();
using long = makeStopped();
addEvents(short, 1000);
addEvents(long, 100_000);
compare('`resume` of a journal of 100,000 events, against 1,000', [short, long], ['resume', '--confirm', 'production'], 110);
