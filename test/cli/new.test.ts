import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeProject } from '../helpers/project.ts';

test('a new runbook and a new playbook are valid at once, know the stages and the day, and lint says what is left of the template', async () => {
  using project = makeProject({});
  for (const [kind, name] of [
    ['runbook', 'flush-the-cache'],
    ['playbook', 'flush-the-cache-failure'],
  ] as const) {
    const { code, stdout } = await project.runbook(['new', kind, name]);
    expect(stdout).toContain(`Written: ${kind}s/${name}.md\n`);
    expect(code).toBe(0);
    const text = readFileSync(join(project.root, `${kind}s/${name}.md`), 'utf8');
    expect(text).toMatch(/^# Flush the cache/m);
    expect(text).toContain('stages: [dev, staging, production]');
    expect(text).toContain(`reviewed: ${new Date().toISOString().slice(0, 4)}`);
  }
  const plan = await project.runbook(['plan', 'flush-the-cache', '--stage', 'dev', '--var', 'subject=red']);
  expect(plan.stderr).toBe('');
  expect(plan.code).toBe(0);
  expect((await project.runbook(['lint'])).stdout).toContain('[template-text]');
});

test('a document that is there is kept, and so is a bad name from making one', async () => {
  using project = makeProject({ 'runbooks/tidy.md': 'mine' });
  const again = await project.runbook(['new', 'runbook', 'tidy']);
  expect(again.stderr).toContain('runbooks/tidy.md is there already');
  expect(again.code).toBe(2);
  expect(readFileSync(join(project.root, 'runbooks/tidy.md'), 'utf8')).toBe('mine');
  for (const name of ['Flush the Cache.md', '../tidy', ''])
    expect(await project.runbook(['new', 'runbook', name])).toMatchObject({ code: 2, stderr: expect.stringContaining('Try: ') });
  expect((await project.runbook(['new', 'runbok', 'x'])).stderr).toContain('found "runbok"');
});

test("the team's own template is taken where it has one", async () => {
  using project = makeProject({
    'docs/operations/RUNBOOK-TEMPLATE.md': '---\nkind: runbook\n---\n\n# Name of the runbook\n\nOurs.\n',
    'docs/operations/runbooks/other.md': '---\nkind: runbook\n---\n\n# Other\n',
  });
  const { stdout } = await project.runbook(['new', 'runbook', 'tidy'], { cwd: join(project.root, 'docs') });
  expect(stdout).toContain('Written: operations/runbooks/tidy.md from docs/operations/RUNBOOK-TEMPLATE.md\n');
  expect(readFileSync(join(project.root, 'docs/operations/runbooks/tidy.md'), 'utf8')).toBe('---\nkind: runbook\n---\n\n# Tidy\n\nOurs.\n');
});
