import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Event } from '../../engine/core/event.ts';
import { sha256 } from '../../engine/runtime/approved.ts';
import { readJournal } from '../../engine/runtime/journal.ts';
import { pidOf, runs } from '../helpers/attempts.ts';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal, type TestTerminal } from '../helpers/terminal.ts';
import { until, untilFile } from '../helpers/wait.ts';
import { draws } from '../torture/draws.ts';

/** What the step prints it writes outside of the engine as well. It ends when it may, with a code of its own. */
const pileUp = `say() { printf '%s of the tower\\n' "$1"; printf '%s of the tower\\n' "$1" >> outside; }
echo ran >> counter
number=0
until [ -e go ]; do
  number=$((number + 1))
  say "brick $number"
  : > running
  sleep 0.01
done
for last in {1..500}; do say "last $last"; done
exit 7`;

const files = { 'runbooks/tower.md': runbookOf(`## Build\n\n### Pile up\n\n${fence('bash step=pile-up risk=medium timeout=5m', pileUp)}`) };

const modes = ['', '--fullscreen', '--plain'] as const;
/** How an engine loses its terminal or its life. A shell that is told of the end of the terminal need not pass it on. */
const ways = ['closed', 'closed behind a silent shell', 'SIGHUP', 'SIGTERM', 'SIGKILL'] as const;
type Way = (typeof ways)[number];

const question = 'Run this on DEV?';

/** An engine in a terminal of its own. */
type Seat = { readonly terminal: TestTerminal; readonly pid: number; readonly code: () => Promise<number> };

async function sit(project: TestProject, args: string, way: Way): Promise<Seat> {
  for (const name of ['pid', 'code']) rmSync(join(project.root, name), { force: true });
  const number = (name: string): number => Number(readFileSync(join(project.root, name), 'utf8'));
  const behind = way === 'closed behind a silent shell';
  const start = `echo $BASHPID > pid; exec node '${cli}' ${args}`;
  const shell = behind ? `trap '' HUP; (${start}); echo $? > code` : start;
  const terminal = openTerminal(['bash', '-c', shell], { cwd: project.root });
  await until('the number of the engine', () => globSync('pid', { cwd: project.root }).length > 0 && number('pid') > 0);
  return {
    terminal,
    pid: number('pid'),
    async code() {
      if (!behind) return terminal.ended;
      await until('the exit code', () => globSync('code', { cwd: project.root }).length > 0 && readFileSync(join(project.root, 'code')).length > 0);
      return number('code');
    },
  };
}

async function take({ terminal, pid }: Seat, way: Way): Promise<void> {
  if (way === 'closed' || way === 'closed behind a silent shell') terminal.close();
  else if (runs(pid)) process.kill(pid, way);
  await until(`the end of the engine (${way})`, () => !runs(pid));
}

function eventsOf({ root }: TestProject): readonly Event[] {
  return readJournal(join(root, String(globSync('.runbook/runs/*/journal.jsonl', { cwd: root })[0]))).events;
}

test.each(modes)('run %s: terminals closed and engines killed at any moment lose no output, and the step runs once', async (mode) => {
  const seed = Number(process.env.CLOSING_SEED ?? 20261122) + modes.indexOf(mode);
  const draw = draws(seed);
  using project = makeProject(files);
  const read = (name: string): string => readFileSync(join(project.root, name), 'utf8');
  const order = ways.map((way) => ({ way, at: draw(1000) })).sort((one, other) => one.at - other.at);
  for (const [index, { way }] of order.entries()) {
    const seat = await sit(project, index === 0 ? `run tower --stage dev ${mode}` : `resume ${mode}`, way);
    using terminal = seat.terminal;
    if (index === 0) {
      await terminal.answer(question, 'y');
      if (mode === '--plain') terminal.press('\r');
      await untilFile(join(project.root, 'running'));
    } else if (draw(2) === 0) await terminal.shows('of the tower');
    await pause(draw(800));
    await take(seat, way);
  }
  const last = spawn('node', [cli, 'resume', '--yes'], { cwd: project.root, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] });
  let seen = '';
  last.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
  await until('output of the step that still runs', () => seen.includes('of the tower'));
  const folder = join(project.root, String(globSync('.runbook/runs/*/attempts/01-pile-up.1', { cwd: project.root })[0]));
  const launcher = pidOf({ folder }, 'claim');
  project.write({ go: '' });
  const [code] = await once(last, 'close');
  expect(code).toBe(4);
  const outside = read('outside');
  expect(outside).toContain('last 500 of the tower\n');
  expect(read(String(globSync('.runbook/runs/*/attempts/01-pile-up.1/log', { cwd: project.root })[0]))).toBe(outside);
  // Followed from the first byte.
  expect(seen.split('\n').filter((line) => line.includes('of the tower'))).toHaveLength(outside.trimEnd().split('\n').length);
  expect(read('counter')).toBe('ran\n');
  const events = eventsOf(project);
  expect(events.filter(({ type }) => type === 'attempt-started')).toHaveLength(1);
  expect(events.find(({ type }) => type === 'attempt-ended')).toMatchObject({
    outcome: { kind: 'exited', code: 7 },
    log: { bytes: Buffer.byteLength(outside), sha256: sha256(outside) },
  });
  await until('the end of the launcher', () => !runs(launcher));
});

test.each(modes.flatMap((mode) => ways.slice(0, 2).map((way) => [mode, way] as const)))(
  'run %s: a terminal that is %s at a question is the end of the engine, which says so in the record',
  async (mode, way) => {
    using project = makeProject(files);
    const seat = await sit(project, `run tower --stage dev ${mode}`, way);
    using terminal = seat.terminal;
    await terminal.shows(question);
    await take(seat, way);
    expect(await seat.code()).toBe(129);
    expect(eventsOf(project).at(-1)).toMatchObject({ type: 'run-stopped', because: 'signal' });
    expect(globSync('counter', { cwd: project.root })).toEqual([]);
  },
);

test.each(ways.slice(0, 2))('the picker ends with its terminal, %s', async (way) => {
  using project = makeProject(files);
  const seat = await sit(project, '', way);
  using terminal = seat.terminal;
  await terminal.shows('Choose a runbook');
  await take(seat, way);
  expect(runs(seat.pid)).toBe(false);
});
