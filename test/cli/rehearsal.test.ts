import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDocument } from '../../engine/document/parse.ts';
import { type LegoProject, makeLegoProject } from '../helpers/lego-project.ts';

/** The statuses of the sandbox last only as long as the work behind them, and nobody waits for the next look at them. */
function hurry(project: LegoProject): void {
  const settings = join(project.root, 'runbook.yaml');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('sandbox: true', 'sandbox: true\n    delays: 0'));
  const document = join(project.root, 'runbooks/database-operations.md');
  writeFileSync(document, readFileSync(document, 'utf8').replaceAll(/\bevery=\d+s\b/g, 'every=1s'));
}

async function ask(project: LegoProject, sql: string): Promise<readonly string[]> {
  const client = await project.connect();
  const { rows } = await client.query<{ answer: string }>(sql);
  await client.end();
  return rows.map(({ answer }) => answer);
}

test('on an empty sandbox every procedure passes, and leaves nothing behind but the tables', { timeout: 480_000 }, async () => {
  await using project = makeLegoProject();
  hurry(project);
  const { code, stdout, stderr } = await project.runbook(['run', 'database-operations', '--stage', 'local', '--all', '--yes']);
  expect(code, stdout + stderr).toBe(0);

  const path = 'runbooks/database-operations.md';
  const { document } = parseDocument(path, readFileSync(join(project.root, path), 'utf8'));
  const due = (document.frontMatter.rehearsal ?? []).flatMap((anchor) => document.procedures.find((each) => each.anchor === anchor)?.steps ?? []);
  const here = due.filter(({ stages }) => stages === undefined || stages.includes('local')).map(({ id }) => id);
  const ended = [...stdout.matchAll(/step \d+\/\d+ (\S+) (?:check )?ok exit=0/g)].map(([, id]) => id);
  expect(ended.filter((id) => here.includes(String(id)))).toEqual(here);
  expect(stdout).not.toMatch(/skipped, (?!only on )/);

  // What was deleted comes back by the recovery; the live cluster is not deleted, and everything that was made for a rehearsal is gone.
  expect(stdout).toMatch(/\| +3 rows are back/);
  expect(stdout).toMatch(/\| refused: cluster-is-live: lego-api-restored is the live cluster/);
  expect(await ask(project, "SELECT table_name AS answer FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")).toEqual([
    'bricks',
    'sets',
    'users',
  ]);
  expect(globSync('.runbook/runs/*/{journal.jsonl,report.md}', { cwd: project.root })).toHaveLength(2);
  expect(globSync('.runbook/runs/*/attempts/*/log', { cwd: project.root }).length).toBeGreaterThan(here.length);
  expect(globSync('.runbook/runs/*/**/private', { cwd: project.root })).toEqual([]);
});
