import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

const lookForBox = fence('bash step=look-for-box risk=medium timeout=1m', 'test -e box');
const failing = runbookOf(`## Tidy up\n\n### Look for the box\n\n${lookForBox}`, 'playbook: ../playbooks/lost.md\n');
const playbook = `---\nkind: playbook\n---\n\n# Lost\n\nSomething is not there.\n\n## Symptoms\n\n| Step | Error | Go to | Then |\n| --- | --- | --- | --- |\n| \`look-for-box\` | \`exit 1\` | [No box](#no-box) | retry |\n\n## No box\n\n### Make one\n\n${fence('bash step=make-box risk=medium timeout=1m', ': > box')}`;
const recovering = { 'runbook.yaml': 'stages:\n  dev: { on-failure: playbook }\n', 'runbooks/tidy.md': failing, 'playbooks/lost.md': playbook };

function journalOf(project: TestProject): string {
  return join(project.root, String(globSync('.runbook/runs/*/journal.jsonl', { cwd: project.root })[0]));
}

test('a run whose steps all end well: 0', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=count risk=low', 'echo 42')}`) });
  const { code, stdout } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
  expect(stdout).toMatch(/Next: runbook report \S+\n$/);
  expect(code).toBe(0);
});

test('a step that recovered by its playbook: 0, and 5 with --strict', async () => {
  using project = makeProject(recovering);
  const first = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'playbook']);
  expect(first.stdout).toContain('look-for-box recovered');
  expect(first.code).toBe(0);
  using strict = makeProject(recovering);
  expect((await strict.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'playbook', '--strict'])).code).toBe(5);
});

test('a step that failed and stopped the run: 4, whatever its own code was', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=count risk=low', 'exit 77')}`) });
  const { code, stdout } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
  expect(stdout).toMatch(/Next: runbook resume \S+\n$/);
  expect(code).toBe(4);
});

test('a playbook opened without a person where the stage does not allow it: 2', async () => {
  using project = makeProject({ ...recovering, 'runbook.yaml': 'stages:\n  dev: {}\n' });
  const { code, stderr } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'playbook']);
  expect(stderr).toContain('stages.dev.on-failure: playbook');
  expect(code).toBe(2);
});

test('a step of risk high that --yes does not cover: 6, and it did not run', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=burn risk=high timeout=1m', ': > burnt')}`) });
  const { code, stdout } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
  expect(stdout).toContain('step burn (risk high) was not confirmed');
  expect(code).toBe(6);
  expect(globSync('burnt', { cwd: project.root })).toEqual([]);
});

test('a step of risk high on a typed stage runs with its name and the name of the stage given: 0', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=burn risk=high timeout=1m', ': > burnt')}`) });
  const { code } = await project.runbook(['run', 'tidy', '--stage', 'production', '--confirm', 'production', '--allow', 'burn']);
  expect(code).toBe(0);
  expect(globSync('burnt', { cwd: project.root })).toEqual(['burnt']);
});

test('a step that ran out of time and may have changed something is unknown, not failed: 6', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=wait risk=medium timeout=1s', 'sleep 60')}`) });
  const { code, stdout } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'stop']);
  expect(stdout).toContain('UNKNOWN');
  expect(code).toBe(6);
});

test('a step that needs the terminal is not run without one: 4, and it says what to do', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=look risk=low tty', ': > looked')}`) });
  const { code, stdout } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
  expect(stdout).toContain('It needs a terminal, and this run has none');
  expect(code).toBe(4);
  expect(globSync('looked', { cwd: project.root })).toEqual([]);
});

test('a stage that another run holds: 7, with who holds it', async () => {
  using project = makeProject({
    'runbooks/tidy.md': runbookOf(
      `## Tidy up\n\n${fence('bash step=nested risk=medium timeout=1m', 'code=0; node "$CLI" run tidy --stage dev --yes || code=$?; node "$CLI" runs; test "$code" = 7')}`,
    ),
  });
  const { code, stdout } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes'], { env: { CLI: cli } });
  expect(stdout).toContain('Stage dev is held by run');
  expect(stdout).toMatch(/1\| \d{8}-\d{6}-\w{4} {2}dev +running \(process \d+\)/);
  expect(code).toBe(0);
});

test('a journal that was changed after it was written: 9', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=count risk=low', 'false')}`) });
  await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
  writeFileSync(journalOf(project), readFileSync(journalOf(project), 'utf8').replace('"exited"', '"Exited"'));
  const { code, stderr } = await project.runbook(['resume', '--yes']);
  expect(stderr).toContain('the hash of the line before does not match');
  expect(code).toBe(9);
});

test('a run that ended cannot be resumed: 2', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=count risk=low', 'true')}`) });
  await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
  const { code, stderr } = await project.runbook(['resume', basename(dirname(journalOf(project)))]);
  expect(stderr).toContain('has ended: finished');
  expect(code).toBe(2);
});

test('a document that changed since it was approved stops the run before the next step: 6, and the record says which', async () => {
  const steps = (title: string): string => runbookOf(`## Tidy up\n\n### ${title}\n\n${fence('bash step=burn risk=high timeout=1m', ': > burnt')}`);
  using project = makeProject({ 'runbooks/tidy.md': steps('Burn the box') });
  await project.runbook(['run', 'tidy', '--stage', 'production', '--confirm', 'production']);
  project.write({ 'runbooks/tidy.md': steps('Burn the house') });
  const { code, stdout } = await project.runbook(['resume', '--confirm', 'production', '--allow', 'burn']);
  expect(stdout).toContain('changed since it was accepted: runbooks/tidy.md');
  expect(code).toBe(6);
  expect(globSync('burnt', { cwd: project.root })).toEqual([]);
});
