/** What the terminal UI costs, and how soon it answers. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../../helpers/project.ts';
import { openTerminal, type TestTerminal } from '../../helpers/terminal.ts';
import { type Row, ratios } from '../measure.ts';
import { processorTime } from '../process.ts';

const question = 'Run this on DEV?';

/** Starts a program in a pty and waits for the question. Gives how long that took in ms, and the bytes until then. */
async function untilAsked(command: readonly string[], cwd: string): Promise<{ readonly ms: number; readonly bytes: string }> {
  const [program = '', ...args] = command;
  const begun = performance.now();
  const pty = spawn(program, args, { cols: 120, rows: 40, cwd, env: cleanEnvironment({ TERM: 'xterm-256color', NO_COLOR: '' }) });
  const ended = new Promise((resolve) => pty.onExit(resolve));
  let bytes = '';
  const ms = await new Promise<number>((resolve, reject) => {
    pty.onData((data) => {
      bytes += data;
      if (bytes.includes(question)) resolve(performance.now() - begun);
    });
    pty.onExit(() => reject(new Error(`${command.join(' ')} ended without its question:\n${bytes}`)));
  });
  pty.kill('SIGKILL');
  await ended;
  return { ms, bytes };
}

/** A step that writes 2,000 lines a second, twenty at a time, until it is stopped. */
const flood = `for ((n = 0; ; n += 20)); do
  printf 'brick %d of the tower, white\\n' {1..20}
  sleep 0.01
done`;

function makeTower(): TestProject {
  return makeProject({ 'runbooks/tower.md': runbookOf(`## Go\n\n${fence('bash step=pile-up risk=low timeout=5m', flood)}`) });
}

async function whileFlooded(measure: (terminal: TestTerminal) => Promise<readonly number[]>): Promise<readonly number[]> {
  using project = makeTower();
  using terminal = openTerminal(['node', cli, 'run', 'tower', '--stage', 'dev'], {
    cwd: project.root,
    columns: 120,
    rows: 40,
    env: { NO_COLOR: '' },
  });
  await terminal.answer(question, 'y');
  await terminal.shows('brick');
  await pause(3000);
  const samples = await measure(terminal);
  terminal.press('\u0003');
  await terminal.answer('What next?', '\u0003');
  await terminal.answer(/[Ss]top here/u, 'y');
  await terminal.ended;
  return samples;
}

export const terminalRows: readonly Row[] = [
  {
    what: 'first frame of the terminal UI with a question',
    against: 'a node script that writes the same bytes',
    goal: 4,
    unit: 'x',
    async measure() {
      using project = makeTower();
      const ours = ['node', cli, 'run', 'tower', '--stage', 'dev'];
      const { bytes } = await untilAsked(ours, project.root);
      writeFileSync(join(project.root, 'frame'), bytes);
      writeFileSync(
        join(project.root, 'frame.mjs'),
        "import fs from 'node:fs'; process.stdout.write(fs.readFileSync('frame')); setTimeout(() => {}, 10_000);",
      );
      return await ratios(
        9,
        async () => (await untilAsked(ours, project.root)).ms,
        async () => (await untilAsked(['node', 'frame.mjs'], project.root)).ms,
      );
    },
  },
  {
    what: 'terminal UI at 10 frames a second under 2,000 lines a second, 120x40',
    against: 'one core',
    goal: 20,
    unit: '%',
    measure: () =>
      whileFlooded(async ({ pid }) => {
        const samples: number[] = [];
        for (let round = 0; round < 5; round += 1) {
          const [before, begun] = [processorTime(pid), performance.now()];
          await pause(3000);
          samples.push((100 * (processorTime(pid) - before)) / (performance.now() - begun));
        }
        return samples;
      }),
  },
  {
    what: 'a key pressed meanwhile, until its answer is on the screen',
    against: '',
    goal: 50,
    unit: 'ms',
    measure: () =>
      whileFlooded(async (terminal) => {
        const samples: number[] = [];
        for (let round = 0; round < 20; round += 1) {
          await pause(500);
          const begun = performance.now();
          terminal.press('?');
          const help = round % 2 === 0;
          while (terminal.screen().includes('── Keys') !== help) await pause(1);
          samples.push(performance.now() - begun);
        }
        return samples;
      }),
  },
];
