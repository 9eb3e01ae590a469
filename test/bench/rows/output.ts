/** What much output costs: a step that does nothing but `cat` a file of 1 GB. */

import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../../helpers/project.ts';
import { openTerminal } from '../../helpers/terminal.ts';
import { peakOf, type Row, ratios, tellingPeak, timed } from '../measure.ts';
import { highWater } from '../process.ts';

const bytes = 1e9;
const rounds = 3;
/** Ten secrets, as the inputs of a runbook. */
const secrets = Array.from({ length: 10 }, (_, index) => `secret_${index}`);
const inputs = [
  '| Input | Meaning | Allowed | Default |',
  '| --- | --- | --- | --- |',
  ...secrets.map((name) => `| \`${name}\` | a secret | secret | |`),
];
const uses = secrets.map((name) => `: "$${name.toUpperCase()}"`).join('\n');
const block = `${uses}\nbegun=$EPOCHREALTIME\ncat flood.txt\necho "$begun $EPOCHREALTIME" > took`;

/** A project with a runbook `flood` whose only step writes `size` bytes of lines and, to the file `took`, when it began and ended. */
function makeOutput(size: number): TestProject {
  const step = fence('bash step=flood risk=low timeout=10m', block);
  const project = makeProject({
    'runbooks/flood.md': runbookOf(`## Inputs\n\n${inputs.join('\n')}\n\n## Go\n\n${step}`),
    ...Object.fromEntries(secrets.map((name, index) => [name, `pa55word-of-number-${index}-${'z'.repeat(12)}`])),
  });
  const line = 'a line such as programs write them, with a number 1234567890 and a path /var/log/x';
  execFileSync('sh', ['-c', `yes '${line}' | head -c ${size} > flood.txt`], { cwd: project.root });
  return project;
}

const command = ['run', 'flood', '--stage', 'dev', '--yes', ...secrets.flatMap((name) => ['--secret-file', `${name}=${name}`])];

/** Runs it and gives what its step took, in ms: by itself, and until its output was stored and sealed. */
function run({ root }: TestProject): { readonly step: number; readonly stored: number } {
  timed(['node', cli, ...command], { cwd: root });
  const [begun = Number.NaN, ended = Number.NaN] = readFileSync(join(root, 'took'), 'utf8').trim().split(' ').map(Number);
  const [journal = ''] = globSync('.runbook/runs/*/journal.jsonl', { cwd: root });
  const lines = readFileSync(join(root, journal), 'utf8').trim().split('\n');
  const events = lines.map((line): { readonly type: string; readonly at: string } => JSON.parse(line));
  const at = (type: string): number => Date.parse(events.find((event) => event.type === type)?.at ?? '');
  rmSync(join(root, '.runbook'), { recursive: true });
  return { step: 1000 * (ended - begun), stored: at('attempt-ended') - at('attempt-started') };
}

function peakRow(size: number): number {
  using project = makeOutput(size);
  const { status, stderr } = spawnSync('node', [tellingPeak, cli, ...command], {
    cwd: project.root,
    env: cleanEnvironment(),
    encoding: 'utf8',
    // A pipe would be read up to a limit, and then the engine be stopped.
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`The run ended with ${status}:\n${stderr}`);
  return peakOf(stderr);
}

/** The most memory of an engine with its terminal UI, in MB, at its last screen. */
async function peakInTerminal(size: number): Promise<number> {
  using project = makeOutput(size);
  using terminal = openTerminal(['node', cli, ...command], { cwd: project.root, env: { NO_COLOR: '' } });
  let peak = 0;
  let over = false;
  void terminal.ended.then(() => (over = true));
  while (!over) {
    peak = Math.max(peak, highWater(terminal.pid));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return peak;
}

export const outputRows: readonly Row[] = [
  {
    what: 'a step with 1 GB of output, by itself',
    against: '`cat f \\| cat > g`',
    goal: 1.1,
    unit: 'x',
    async measure() {
      using project = makeOutput(bytes);
      const copy = (): number => timed(['sh', '-c', 'cat flood.txt | cat > copy'], { cwd: project.root });
      return await ratios(rounds, () => run(project).step, copy);
    },
  },
  {
    what: 'the same until its output is redacted, hashed and stored',
    against: '`cat f \\| cat > g`',
    goal: 3,
    unit: 'x',
    async measure() {
      using project = makeOutput(bytes);
      const copy = (): number => timed(['sh', '-c', 'cat flood.txt | cat > copy'], { cwd: project.root });
      return await ratios(rounds, () => run(project).stored, copy);
    },
  },
  { what: 'peak memory at 1 GB of output, headless', against: '', goal: 130, unit: 'MB', measure: async () => [peakRow(bytes), peakRow(bytes)] },
  {
    what: 'the same',
    against: 'at 1 MB of output',
    goal: 1.1,
    unit: 'x',
    measure: async () =>
      await ratios(
        2,
        () => peakRow(bytes),
        () => peakRow(1e6),
      ),
  },
  {
    what: 'the same, with the terminal UI',
    against: 'at 1 MB of output',
    goal: 1.1,
    unit: 'x',
    measure: async () =>
      await ratios(
        2,
        () => peakInTerminal(bytes),
        () => peakInTerminal(1e6),
      ),
  },
];
