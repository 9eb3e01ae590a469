import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resetSandbox } from '../../engine/sandbox/sandbox.ts';
import { makeProject, type TestProject } from '../helpers/project.ts';

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/sandbox/${name}`, import.meta.url), 'utf8');

/** A project with a sandbox whose statuses change as fast as the work is done. */
function sandboxProject(document: string): TestProject & AsyncDisposable {
  const project = makeProject({
    'runbook.yaml': 'stages:\n  local: { sandbox: true, delays: 0, database: { name: lego, cluster: "lego-api-{stage}" } }\n',
    [`runbooks/${document}`]: fixture(document),
  });
  return {
    ...project,
    async [Symbol.asyncDispose]() {
      await resetSandbox(project.root);
      project[Symbol.dispose]();
    },
  };
}

function events(project: TestProject): readonly Record<string, unknown>[] {
  const [journal = ''] = globSync('.runbook/runs/*/journal.jsonl', { cwd: project.root });
  const lines = readFileSync(join(project.root, journal), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

test('rows that were deleted are back in a cluster restored to the second before, and the live one is not touched', async () => {
  await using project = sandboxProject('restore.md');
  const { code, stdout, stderr } = await project.runbook(['run', 'restore', '--stage', 'local', '--all', '--yes']);
  expect(code, stdout + stderr).toBe(0);
  // On this machine, under an address of its own, by the port of the stage: what connects by mistake connects to nothing.
  expect(stdout).toMatch(/find-endpoint.*\n9\| 127\.0\.1\.\d+\n/);
  expect(stdout).toMatch(/10\| +500 \| +100\n/);
  expect(stdout).toMatch(/11\| +400 \| +0\n/);
  const requests = events(project).flatMap(({ requests: found }) => (Array.isArray(found) ? found : []));
  expect(requests).toContainEqual({ operation: 'rds:RestoreDBClusterToPointInTime', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect((await project.runbook(['sandbox', 'status'])).stdout).toMatch(
    /^ {2}cluster {3}lego-api-local-restored on 127\.0\.1\.\d+:\d+, process \d+$/m,
  );
  const [report = ''] = globSync('.runbook/runs/*/report.md', { cwd: project.root });
  expect(readFileSync(join(project.root, report), 'utf8')).toContain('- request `rds:CreateDBInstance`');
});
