import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { until, untilFile } from '../helpers/wait.ts';

const waiting = (risk: string): string =>
  fence(`bash step=count risk=${risk} timeout=1m`, `echo ran >> counter-${risk}; : > "running-$RUN"; until [ -e go ]; do sleep 0.02; done`);
const files = {
  'runbooks/tidy.md': runbookOf(`## Tidy up\n\n### Count\n\n${waiting('medium')}`),
  'runbooks/look.md': runbookOf(`## Look\n\n### Count\n\n${waiting('low')}`),
};

/** An engine without a terminal. */
type Engine = { readonly child: ChildProcess; readonly said: { out: string; err: string }; readonly ended: Promise<unknown> };

function start(project: TestProject, ...args: readonly string[]): Engine {
  const child = spawn('node', [cli, ...args], { cwd: project.root, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  return { child, said, ended: once(child, 'close').then(([code, signal]) => code ?? signal) };
}

const runsOf = ({ root }: TestProject): readonly string[] => readdirSync(join(root, '.runbook', 'runs'));

async function underWay(project: TestProject, ...args: readonly string[]): Promise<Engine & { readonly run: string }> {
  const engine = start(project, ...args);
  await until('the number of the run', () => /run (\S+) (started|resumed)/.test(engine.said.out));
  const run = /run (\S+) (?:started|resumed)/.exec(engine.said.out)?.[1] ?? '';
  await untilFile(join(project.root, `running-${run}`));
  return { ...engine, run };
}

test('of twenty that start at once on one stage one runs; the others say who does, where and since when; when it dies, the stage is free to go on', async () => {
  using project = makeProject(files);
  const racers = Array.from({ length: 20 }, () => start(project, 'run', 'tidy', '--stage', 'dev', '--yes'));
  await until('the end of nineteen', () => racers.filter(({ child }) => child.exitCode !== null).length === 19, 60_000);
  const winner = racers.find(({ child }) => child.exitCode === null);
  const [run = '', ...others] = runsOf(project);
  expect(others).toEqual([]);
  await untilFile(join(project.root, `running-${run}`));
  expect(winner?.said.out).toMatch(/^\S+ dev lock: this host only$/m);
  const who = new RegExp(
    `^Stage dev is held by run ${run} of \\S+ on ${hostname()} since \\d{4}-\\d\\d-\\d\\dT\\S+Z \\(process ${winner?.child.pid}\\)\\.\n.*runbook runs\n$`,
  );
  for (const loser of racers.filter((racer) => racer !== winner)) {
    expect(await loser.ended).toBe(7);
    expect(loser.said.err).toMatch(who);
  }
  winner?.child.kill('SIGKILL');
  await winner?.ended;
  project.write({ go: '' });
  const { code, stdout } = await project.runbook(['resume', '--yes']);
  expect(stdout).toContain(`run ${run} resumed`);
  expect(stdout).toMatch(/^\S+ dev lock: this host only$/m);
  expect(code).toBe(0);
  expect(readFileSync(join(project.root, 'counter-medium'), 'utf8')).toBe('ran\n');
});

test('runs that only read, also when they are gone on with, neither hold a stage nor wait for it; but one engine only goes on with a run', async () => {
  using project = makeProject(files);
  const changing = await underWay(project, 'run', 'tidy', '--stage', 'dev', '--yes');
  const reading = await underWay(project, 'run', 'look', '--stage', 'dev', '--yes');
  expect(reading.said.out).not.toContain('lock:');
  for (const { run } of [changing, reading]) {
    const second = await project.runbook(['resume', run, '--yes']);
    expect(second.stderr).toMatch(new RegExp(`^Run ${run} is driven by \\S+ on ${hostname()} since \\S+Z \\(process \\d+\\)\\.\n`));
    expect(second.code).toBe(7);
  }
  reading.child.kill('SIGKILL');
  await reading.ended;
  const again = start(project, 'resume', reading.run, '--yes');
  await until('the resumed run', () => again.said.out.includes('resumed by'));
  project.write({ go: '' });
  expect(await again.ended).toBe(0);
  expect(await changing.ended).toBe(0);
  expect(readFileSync(join(project.root, 'counter-low'), 'utf8')).toBe('ran\n');
});

test('a run that only read, and whose document now changes something, needs the stage before that is accepted', async () => {
  using project = makeProject(files);
  using terminal = openTerminal(['node', cli, 'run', 'look', '--stage', 'dev'], { cwd: project.root });
  await terminal.shows('Run this on DEV?');
  const changing = await underWay(project, 'run', 'tidy', '--stage', 'dev', '--yes');
  project.write({ 'runbooks/look.md': files['runbooks/look.md'].replace('risk=low', 'risk=medium') });
  await terminal.answer('Run this on DEV?', 'y');
  await terminal.shows(`Stage dev is held by run ${changing.run}`);
  expect(await terminal.ended).toBe(7);
  project.write({ go: '' });
  expect(await changing.ended).toBe(0);
  expect(readdirSync(project.root)).not.toContain('counter-low');
});

test('a playbook that only a step links to, and that changes something, makes a run that needs its stage', async () => {
  using project = makeProject({
    ...files,
    'runbooks/look.md': `${files['runbooks/look.md']}\n**If this fails:** [Lost](../playbooks/lost.md#no-box)\n`,
    'playbooks/lost.md': `---\nkind: playbook\n---\n\n# Lost\n\n## No box\n\n${fence('bash step=mend risk=medium timeout=1m', 'true')}`,
    go: '',
  });
  const { stdout, stderr } = await project.runbook(['run', 'look', '--stage', 'dev', '--yes']);
  expect(stderr).toBe('');
  expect(stdout).toContain('dev lock: this host only');
});
