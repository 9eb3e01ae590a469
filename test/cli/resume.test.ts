import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

/** What one block leaves to the next: a variable, a function, a folder. The second step fails until it may not. */
const state = 'bricks=12; count() { echo "$bricks bricks in $(basename "$PWD")"; }; mkdir -p box; cd box';
const document = (last: string): string =>
  runbookOf(`## Before you start

### Look

${fence('bash step=look risk=low', 'echo looked >> "$HERE/looks"')}
## Tidy up

### Prepare

${fence('bash step=prepare risk=low', state)}
### Sort

${fence('bash step=sort risk=medium timeout=1m', 'echo sorted >> "$HERE/sorted"; [ -e "$HERE/may" ]')}
### Count

${fence('bash step=count risk=low', last)}`);

function projectOf(): TestProject {
  const project = makeProject({ 'runbooks/tidy.md': document('count') });
  project.write({ 'runbook.yaml': `stages:\n  dev: { variables: { here: ${project.root} } }\n` });
  return project;
}

const events = (project: TestProject): readonly Record<string, unknown>[] =>
  globSync('.runbook/runs/*/journal.jsonl', { cwd: project.root }).flatMap((path) =>
    readFileSync(join(project.root, path), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );

test('resume says how the run was left, what is the same and what is not, and goes on where it was with the state of earlier blocks', async () => {
  using project = projectOf();
  const git = (...args: readonly string[]) => execa('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], { cwd: project.root });
  await git('init', '-q');
  await git('add', '.');
  await git('commit', '-qm', 'one');
  expect((await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes'], { env: { SUDO_USER: 'first' } })).code).toBe(4);
  await git('commit', '-q', '--allow-empty', '-m', 'two');
  project.write({ may: '' });
  const { code, stdout } = await project.runbook(['resume', '--yes', '--on-failure', 'stop'], { env: { SUDO_USER: 'second' } });
  expect(stdout).toMatch(/stopped [\d.]+ s ago after a failure\n/);
  expect(stdout).toContain('so far: ok 1   recovered 0   skipped 0   failed 1\n');
  expect(stdout).toContain('the same: host, engine, documents and files\n');
  expect(stdout).toContain('different: operator was first, is second\n');
  expect(stdout).toMatch(/different: commit was [0-9a-f]{12}( with uncommitted changes)?, is [0-9a-f]{12} with uncommitted changes\n/);
  expect(stdout).toContain('first: the steps of "Before you start" again\n');
  expect(code).toBe(4);
  expect(readFileSync(join(project.root, 'looks'), 'utf8')).toBe('looked\nlooked\n');
});

test('a run that was stopped goes on with variables, functions and the folder of its earlier blocks', async () => {
  using project = projectOf();
  project.write({ may: '' });
  await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--to', 'prepare']);
  // The whole run, stopped before its second change by who may not confirm it.
  project.write({ 'runbook.yaml': `stages:\n  dev: { confirm: typed, variables: { here: ${project.root} } }\n` });
  const typed = ['--confirm', 'dev'];
  project.write({ 'runbooks/tidy.md': document('count').replace('risk=medium', 'risk=high') });
  expect((await project.runbook(['run', 'tidy', '--stage', 'dev', ...typed])).code).toBe(6);
  const { code, stdout } = await project.runbook(['resume', ...typed, '--allow', 'sort']);
  expect(stdout).toContain('12 bricks in box');
  expect(code).toBe(0);
});

test('files that changed meanwhile are named on resume, and stop a run that nobody watches', async () => {
  using project = projectOf();
  await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
  project.write({ 'runbooks/tidy.md': document('count; echo more') });
  const { code, stdout } = await project.runbook(['resume', '--yes']);
  expect(stdout).toContain('different: runbooks/tidy.md was changed; the difference is shown before the next step\n');
  expect(events(project).find(({ type }) => type === 'run-resumed')).toMatchObject({ changed: ['runbooks/tidy.md'] });
  expect(code).toBe(6);
});

test('documents that are not valid any more stop the run before its next step, and it says how to go on', async () => {
  using project = projectOf();
  project.write({ 'runbook.yaml': `stages:\n  dev: { confirm: typed, variables: { here: ${project.root} } }\n` });
  project.write({ 'runbooks/tidy.md': document('count').replace('risk=medium', 'risk=high') });
  expect((await project.runbook(['run', 'tidy', '--stage', 'dev', '--confirm', 'dev'])).code).toBe(6);
  project.write({ 'runbooks/tidy.md': document('count').replace('step=count', 'step=sort') });
  const { code, stderr } = await project.runbook(['resume', '--confirm', 'dev']);
  expect(stderr).toMatch(/No further step was started\. Correct that, then go on with: runbook resume \d{8}-\d{6}-\w{4}\n/);
  expect(code).toBe(3);
  expect(events(project).at(-1)).toMatchObject({ type: 'run-stopped', because: 'changes' });
});

test('a stage that wants a clean tree wants it on resume as well', async () => {
  using project = projectOf();
  project.write({
    'runbook.yaml': `stages:\n  dev: { git: { clean: true }, variables: { here: ${project.root} } }\n`,
    '.gitignore': 'looks\nsorted\nbox\n',
  });
  const git = (...args: readonly string[]) => execa('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], { cwd: project.root });
  await git('init', '-q');
  await git('add', '.');
  await git('commit', '-qm', 'one');
  expect((await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes'])).code).toBe(4);
  project.write({ dirt: '' });
  const { code, stderr } = await project.runbook(['resume', '--yes']);
  expect(stderr).toContain('Stage dev wants a clean work tree');
  expect(code).toBe(7);
});
