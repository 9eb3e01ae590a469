import { globSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type LegoProject, makeLegoProject } from '../helpers/lego-project.ts';
import { cli } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';

const app = 'test/fixtures/lego-api';

function file(project: LegoProject, pattern: string): string {
  const [found] = globSync(pattern, { cwd: project.root });
  return readFileSync(join(project.root, String(found)), 'utf8');
}

async function tables(project: LegoProject): Promise<readonly string[]> {
  const client = await project.connect();
  const { rows } = await client.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
  );
  await client.end();
  return rows.map((row) => row.name);
}

const migrationSql = (project: LegoProject): string => join(project.root, String(globSync(`${app}/drizzle/0001*.sql`, { cwd: project.root })[0]));

test('on an empty sandbox every procedure passes, and a second rehearsal finds nothing pending', { timeout: 240_000 }, async () => {
  await using project = makeLegoProject();
  const first = await project.runbook(['run', 'database-operations', '--stage', 'local', '--all', '--yes']);
  expect(first.code, first.stdout + first.stderr).toBe(0);
  expect(await tables(project)).toEqual(['bricks', 'sets', 'users']);
  expect(globSync('.runbook/runs/*/{journal.jsonl,report.md}', { cwd: project.root })).toHaveLength(2);
  expect(globSync('.runbook/runs/*/attempts/*/log', { cwd: project.root }).length).toBeGreaterThan(15);
  expect(globSync('.runbook/runs/*/**/private', { cwd: project.root })).toEqual([]);
  const second = await project.runbook(['run', 'database-operations', '--stage', 'local', '--all', '--yes']);
  expect(second.stdout).toMatch(/\| pending: +none/);
  expect(second.code, second.stdout + second.stderr).toBe(0);
});

test('a migration whose SQL is wrong is mended in its playbook entry, and the step recovers', { timeout: 240_000 }, async () => {
  await using project = makeLegoProject();
  const path = migrationSql(project);
  const good = readFileSync(path, 'utf8');
  writeFileSync(path, good.replace('CREATE TABLE', 'CREATE TABEL'));
  using terminal = openTerminal(['node', cli, 'run', 'database-operations#run-migrations', '--stage', 'local', '--yes', '--on-failure', 'ask'], {
    cwd: project.root,
  });
  await terminal.shows('What next?');
  expect(terminal.screen()).toContain('42601');
  expect(terminal.screen()).toMatch(/› 1 {2}Playbook: A migration fails/);
  await terminal.answer('What next?', '\r');
  await terminal.shows('Change the file that the error names');
  writeFileSync(path, good);
  await terminal.answer('Change the file that the error names', 'd');
  await terminal.answer('Anything to note?', '\r');
  await terminal.answer(/changed since/i, 'y');
  await terminal.answer('Back to step', '\r');
  await terminal.shows('Next:');
  expect(await terminal.ended).toBe(0);
  const report = file(project, '.runbook/runs/*/report.md');
  expect(report).toMatch(/↻ \| Apply the migrations .*recovered by its playbook/);
  expect(report).toContain('playbook A migration fails');
  expect(report).toContain('`42601`');
  expect(file(project, '.runbook/runs/*/journal.jsonl')).toContain('"type":"changes-accepted"');
  expect(await tables(project)).toEqual(['bricks', 'sets', 'users']);
});

test('a migration that waits for a lock of a second connection is led to the entry that ends it, without a person', {
  timeout: 240_000,
}, async () => {
  await using project = makeLegoProject();
  const down = globSync(`${app}/drizzle/0002*.sql`, { cwd: project.root }).map((name) => join(project.root, name));
  expect(down).toHaveLength(1);
  // All but the newest migration are applied, so that there is a table to hold.
  const journal = join(project.root, app, 'drizzle/meta/_journal.json');
  const whole = readFileSync(journal, 'utf8');
  const { entries, ...rest } = JSON.parse(whole);
  writeFileSync(journal, JSON.stringify({ ...rest, entries: entries.slice(0, -1) }));
  renameSync(String(down[0]), `${down[0]}.later`);
  const first = await project.runbook(['run', 'database-operations#run-migrations', '--stage', 'local', '--yes', '--only', 'apply-migrations']);
  expect(first.code, first.stdout + first.stderr).toBe(0);
  renameSync(`${down[0]}.later`, String(down[0]));
  writeFileSync(journal, whole);
  const holder = await project.connect();
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE sets IN ACCESS EXCLUSIVE MODE');
  const second = await project.runbook([
    'run',
    'database-operations#run-migrations',
    '--stage',
    'local',
    '--yes',
    '--only',
    'apply-migrations',
    '--on-failure',
    'playbook',
  ]);
  await holder.end().catch(() => {});
  expect(second.stdout).toContain('playbook entered: A migration waits for a lock');
  expect(second.stdout).toContain('55P03');
  expect(second.stdout).toMatch(/apply-migrations check recovered/);
  expect(second.code, second.stdout + second.stderr).toBe(0);
  const [, newest] = globSync('.runbook/runs/*/report.md', { cwd: project.root }).sort();
  expect(readFileSync(join(project.root, String(newest)), 'utf8')).toMatch(
    /↻ \| Apply the migrations[\s\S]*playbook A migration waits for a lock[\s\S]*End them/,
  );
});
