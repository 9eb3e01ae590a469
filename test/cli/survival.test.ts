import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { until, untilFile } from '../helpers/wait.ts';

/** A step that says when it runs, goes on when it may, and counts how often it ran. */
const patient = 'echo began; echo ran >> counter; : > running; until [ -e go ]; do sleep 0.02; done; seq 1 3000; : > over';
const tidy = runbookOf(
  `## Tidy up\n\n### Sort\n\n${fence('bash step=sort risk=medium timeout=1m', patient)}\n### Look\n\n${fence('bash step=look risk=low', 'echo looked')}`,
);

function start(project: TestProject, args: readonly string[]): ChildProcess {
  return spawn('node', [cli, ...args], { cwd: project.root, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
}

function text(project: TestProject, pattern: string): string {
  return globSync(pattern, { cwd: project.root })
    .map((path) => readFileSync(join(project.root, path), 'utf8'))
    .join('');
}

const wholeOutput = `began\n${Array.from({ length: 3000 }, (_, index) => `${index + 1}\n`).join('')}`;

function expectOneWholeAttempt(project: TestProject): void {
  expect(text(project, 'counter')).toBe('ran\n');
  expect(text(project, '.runbook/runs/*/attempts/01-sort.1/log')).toBe(wholeOutput);
  expect(text(project, '.runbook/runs/*/journal.jsonl').match(/"step":"sort","type":"attempt-started"/g)).toHaveLength(1);
}

test('a step outlives a killed engine; resume finds its end and its whole output, and nothing runs twice', async () => {
  using project = makeProject({ 'runbooks/tidy.md': tidy });
  const engine = start(project, ['run', 'tidy', '--stage', 'dev', '--yes']);
  await untilFile(join(project.root, 'running'));
  engine.kill('SIGKILL');
  await once(engine, 'exit');
  project.write({ go: '' });
  await untilFile(join(project.root, 'over'));
  const { code, stdout, stderr } = await project.runbook(['resume', '--yes']);
  expect(stderr).toBe('');
  expect(stdout).toContain('look ok');
  expect(code).toBe(0);
  // How long it took is told by its own end, not by when somebody came to see it.
  const events = text(project, '.runbook/runs/*/journal.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ended = events.find(({ type, step }) => type === 'attempt-ended' && step === 'sort');
  expect(ended.endedAt < events.find(({ type }) => type === 'run-resumed').at).toBe(true);
  expectOneWholeAttempt(project);
});

test('resume follows a step that still runs, with its output from the first byte', async () => {
  using project = makeProject({ 'runbooks/tidy.md': tidy });
  const engine = start(project, ['run', 'tidy', '--stage', 'dev', '--yes']);
  await untilFile(join(project.root, 'running'));
  engine.kill('SIGKILL');
  await once(engine, 'exit');
  const second = start(project, ['resume', '--yes']);
  let seen = '';
  second.stdout?.on('data', (chunk) => {
    seen += chunk;
  });
  await until('the first line of the step that was running', () => seen.includes('| began'));
  project.write({ go: '' });
  const [code] = await once(second, 'exit');
  expect(code).toBe(0);
  expectOneWholeAttempt(project);
});

test.for([
  { signal: 'SIGTERM', expected: 143 },
  { signal: 'SIGHUP', expected: 129 },
] as const)('$signal leaves the step running and the run ready for resume: exit code $expected', async ({ signal, expected }) => {
  using project = makeProject({ 'runbooks/tidy.md': tidy });
  const engine = start(project, ['run', 'tidy', '--stage', 'dev', '--yes']);
  await untilFile(join(project.root, 'running'));
  engine.kill(signal);
  expect(await once(engine, 'exit')).toEqual([expected, null]);
  project.write({ go: '' });
  const { code } = await project.runbook(['resume', '--yes']);
  expect(code).toBe(0);
  expectOneWholeAttempt(project);
});

test('Ctrl+C ends the step, whose effect nobody knows then: exit code 130, and resume without a person stops at it', async () => {
  using project = makeProject({ 'runbooks/tidy.md': tidy });
  const engine = start(project, ['run', 'tidy', '--stage', 'dev', '--yes']);
  await untilFile(join(project.root, 'running'));
  engine.kill('SIGINT');
  expect(await once(engine, 'exit')).toEqual([130, null]);
  const { code, stdout } = await project.runbook(['resume', '--yes']);
  expect(stdout).toContain('UNKNOWN');
  expect(code).toBe(6);
  expect(text(project, 'counter')).toBe('ran\n');
});
