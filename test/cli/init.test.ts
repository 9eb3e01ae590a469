import { cpSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { resetSandbox } from '../../engine/sandbox/sandbox.ts';
import { makeProject } from '../helpers/project.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The repository of lego-api as it is without runbooks. */
function host() {
  const project = makeProject({ '.git/HEAD': 'ref: refs/heads/main\n' });
  rmSync(join(project.root, 'runbook.yaml'));
  for (const path of ['drizzle', 'drizzle.config.ts', 'package.json', 'rollback', 'src'])
    cpSync(join(repository, 'test/fixtures/lego-api', path), join(project.root, path), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(project.root, 'node_modules'));
  return project;
}

test('puts documents, templates and scripts into a repository, where they are found, planned and run', { timeout: 120_000 }, async () => {
  using project = host();
  const { code, stdout, stderr } = await project.runbook(['init', 'docs/operations']);
  expect(code, stdout + stderr).toBe(0);
  expect(globSync('docs/operations/**/*.md', { cwd: project.root }).toSorted()).toEqual([
    'docs/operations/PLAYBOOK-TEMPLATE.md',
    'docs/operations/RUNBOOK-TEMPLATE.md',
    'docs/operations/playbooks/database-operations-failure.md',
    'docs/operations/runbooks/database-operations.md',
  ]);
  expect((await project.runbook(['list'])).stdout).toContain('database-operations');
  try {
    const run = await project.runbook(['run', 'database-operations#check-connections', '--stage', 'local', '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
  } finally {
    await resetSandbox(project.root);
  }
});

test('touches nothing that is there, and shows what it would have written', async () => {
  using project = host();
  await project.runbook(['init', 'docs/operations']);
  const runbook = join(project.root, 'docs/operations/runbooks/database-operations.md');
  const own = readFileSync(runbook, 'utf8').replace('# Database operations', '# Our database');
  writeFileSync(runbook, own);
  const { code, stdout } = await project.runbook(['init', 'docs/operations']);
  expect(code).toBe(0);
  expect(readFileSync(runbook, 'utf8')).toBe(own);
  expect(stdout).toContain('! kept      docs/operations/runbooks/database-operations.md');
  expect(stdout).toContain('○ is there  docs/operations/RUNBOOK-TEMPLATE.md');
  expect(stdout).toMatch(/^-# Our database$\n^\+# Database operations$/m);
});

test('refuses a folder outside the repository', async () => {
  using project = host();
  const { code, stderr } = await project.runbook(['init', '../elsewhere']);
  expect(code).toBe(2);
  expect(stderr).toContain('../elsewhere is outside the repository');
});
