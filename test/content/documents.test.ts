import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Document, Stage, Step } from '../../engine/core/plan.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { buildPlan } from '../../engine/document/plan.ts';
import { apply, type LegoApi, legoApi } from './lego-api.ts';

const root = join(import.meta.dirname, '../..');
const runbookPath = 'runbooks/database-operations.md';
const playbookPath = 'playbooks/database-operations-failure.md';

const source = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined);
const read = (path: string) => parseDocument(path, source(path) ?? '');
const stepsOf = ({ before, procedures }: Document): readonly Step[] => [...(before?.steps ?? []), ...procedures.flatMap(({ steps }) => steps)];

const runbook = read(runbookPath).document;
const playbook = read(playbookPath).document;
const stages = ['local', 'dev', 'staging', 'production'];
const proceduresOf = (path: string) => read(path).document.procedures.map(({ anchor }) => anchor);
const steps = [...stepsOf(runbook), ...stepsOf(playbook)];
const step = (id: string): Step => {
  const found = steps.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`No step ${id}.`);
  return found;
};

describe('the database documents', () => {
  test.each([runbookPath, playbookPath])('have no diagnostics: %s', (path) => {
    expect(read(path).diagnostics).toEqual([]);
  });

  test.each(stages)('make a plan without a word of complaint on %s', (name) => {
    const stage: Stage = { name, sandbox: name === 'local', confirm: 'ask', onFailure: 'ask', variables: {} };
    for (const document of [runbookPath, playbookPath]) {
      const request = { document, procedures: proceduresOf(document), stage, knownStages: stages, selection: { readOnly: false } };
      const { plan, diagnostics } = buildPlan(request, source);
      expect(diagnostics).toEqual([]);
      expect(Object.keys(plan?.documents ?? {})).toContain(playbookPath);
    }
  });

  test('have the procedures and entries that are due, and rehearse all of them', () => {
    expect(runbook.before?.steps.every(({ risk }) => risk === 'low')).toBe(true);
    expect(runbook.procedures.map(({ title }) => title)).toEqual(['Run migrations', 'Roll back a migration', 'Check connections']);
    expect(runbook.frontMatter.rehearsal?.toSorted()).toEqual(runbook.procedures.map(({ anchor }) => anchor).toSorted());
    expect(playbook.procedures.map(({ title }) => title)).toEqual([
      'A migration fails',
      'A migration waits for a lock',
      'Another runner migrates',
      'The schema has drifted',
    ]);
  });

  test('lead from each failure link to an entry', () => {
    const anchors = playbook.procedures.map(({ anchor }) => anchor);
    for (const { failureLink } of steps) if (failureLink !== undefined) expect(anchors, failureLink.anchor).toContain(failureLink.anchor);
  });

  test('name only steps that exist in the symptoms, and route each entry', () => {
    for (const { steps: named } of playbook.symptoms) if (named !== 'any') for (const id of named) step(id);
    expect(new Set(playbook.symptoms.map(({ entry }) => entry))).toEqual(new Set(playbook.procedures.map(({ anchor }) => anchor)));
  });

  test('warn before each dangerous step, verify it, and say whether it can be undone', () => {
    for (const dangerous of steps.filter(({ risk }) => risk === 'high')) {
      expect(dangerous.prose, dangerous.id).toMatch(/> \[!(WARNING|CAUTION)\]\n> \*\*High risk\.\*\*/);
      expect(dangerous.check, dangerous.id).toBeDefined();
    }
  });

  test('apply migrations by the block that the tests of the scripts run', () => {
    for (const id of ['apply-migrations', 'bring-back']) expect(step(id).block.source.trim().replace('5s', '1s')).toBe(apply);
  });

  test('hold no shell block with a mistake in its syntax', async () => {
    const blocks = steps.flatMap(({ block, check, rollback, dryRun }) => [block, check?.block, rollback?.block, dryRun?.block]);
    for (const block of blocks) if (block?.language === 'bash') await execa('bash', ['-n'], { input: block.source });
  });
});

describe('the SQL of the database documents', () => {
  const open = legoApi();
  let app: LegoApi;
  beforeEach(async () => {
    app = await open('migrated');
  });

  const reading = steps.filter(({ block, risk }) => block.language === 'sql' && risk === 'low');
  test.each(reading.map(({ id }) => id))('only reads where it says so: %s', async (id) => {
    await app.database.query('BEGIN READ ONLY');
    const { rows } = await app.database.query(step(id).block.source);
    const output = rows.map((row) => Object.values(row).join(' ')).join('\n');
    for (const { value } of step(id).expect) expect(output).toMatch(new RegExp(value));
    await app.database.query('ROLLBACK');
  });

  test('shows who holds a table, and ends exactly the sessions that were found', async () => {
    const [report, bystander] = [await app.connect('monthly report'), await app.connect('bystander')];
    await report.query('BEGIN; SELECT count(*) FROM sets;');
    await bystander.query('BEGIN; SELECT count(*) FROM sets;');
    const { pid } = (await report.query('SELECT pg_backend_pid() AS pid')).rows[0];
    // The blocks speak of transactions older than 5 seconds; a test need not wait for that.
    const sql = (id: string) => step(id).block.source.replace('5 seconds', '0 seconds').replace('{blockers}', String(pid));
    const holders = await app.database.query(sql('lock-holders'));
    expect(holders.rows).toMatchObject([
      { application_name: 'monthly report', tables: 'sets' },
      { application_name: 'bystander', tables: 'sets' },
    ]);
    const ended = await app.database.query(sql('end-blockers'));
    expect(ended.rows).toMatchObject([{ pid, application_name: 'monthly report', ended: true }]);
    expect((await app.database.query(sql('end-blockers'))).rows).toEqual([]);
    expect((await bystander.query('SELECT 1 AS alive')).rows).toEqual([{ alive: 1 }]);
  });

  test('ends nobody when nobody was found', async () => {
    const { rows } = await app.database.query(step('end-blockers').block.source.replace('{blockers}', 'none'));
    expect(rows).toEqual([]);
  });

  test('shows a runner with its drizzle-kit, and ends both once it is taken for dead', async () => {
    await app.addMigration('0003_endless', 'SELECT pg_sleep(600);');
    const running = app.start(apply);
    const holder = () => app.database.query(step('lock-holder').block.source);
    await vi.waitFor(async () => expect((await holder()).rows).toHaveLength(2), { timeout: 20_000 });
    expect((await holder()).rows.map(({ holds_lock }) => holds_lock).toSorted()).toEqual([false, true]);
    const end = step('end-dead-runner').block.source;
    expect((await app.database.query(end)).rows).toEqual([]);
    // The explanation, which comes after the failure, would start the endless statement again.
    await app.run(`echo 'SELECT 1;' > drizzle/0003_endless.sql`);
    const ended = await app.database.query(end.replace('20 minutes', '0 seconds'));
    expect(ended.rows.map((row) => row.ended)).toEqual([true, true]);
    expect((await running).exitCode).toBe(1);
    expect((await holder()).rows).toEqual([]);
  });

  test('removes doubled rows and keeps the oldest', async () => {
    await app.database.query('INSERT INTO drizzle.__drizzle_migrations (hash, created_at) SELECT hash, created_at FROM drizzle.__drizzle_migrations');
    const { rows } = await app.database.query(step('remove-doubles').block.source);
    expect(rows.map(({ id }) => id).toSorted()).toEqual([4, 5, 6]);
    expect(await app.run(String(step('remove-doubles').check?.block.source))).toMatchObject({ code: 0 });
  });
});
