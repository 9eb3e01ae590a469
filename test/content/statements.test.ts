import { beforeEach, describe, expect, test, vi } from 'vitest';
import { step, steps } from './database-documents.ts';
import { apply, type LegoApi, legoApi } from './lego-api.ts';

describe('the SQL of the database documents', () => {
  const open = legoApi();
  let app: LegoApi;
  beforeEach(async () => {
    app = await open('migrated');
  });

  test('only reads where it says so, and shows what is expected', async () => {
    for (const id of ['rehearsal-data', 'rehearsal-rows', 'drill-amcheck']) await app.database.query(step(id).block.source);
    for (const { id, block, expect: expected } of steps.filter(({ block: { language }, risk }) => language === 'sql' && risk === 'low')) {
      await app.database.query('BEGIN READ ONLY');
      const answers = [await app.database.query(block.source).catch((error: unknown) => expect.fail(`${id}: ${error}`))].flat();
      const output = answers.flatMap(({ rows }) => rows.map((row) => Object.values(row).join(' '))).join('\n');
      for (const { value } of expected) expect(output, id).toMatch(new RegExp(value));
      await app.database.query('ROLLBACK');
    }
  });

  test('fills the tables once, and loses only the rows that were made to be lost', async () => {
    const fill = step('rehearsal-data').block.source;
    const check = (id: string) => app.run(String(step(id).check?.block.source));
    expect(await check('rehearsal-data')).toMatchObject({ code: 1, error: 'tables-empty there are no rows in users, sets, bricks\n' });
    await app.database.query(fill);
    expect(await check('rehearsal-data')).toMatchObject({ code: 0 });
    const counts = async () => (await app.run('node scripts/count-rows.mjs')).out;
    const filled = await counts();
    expect(filled).toMatch(/bricks\D+1000/);
    await app.database.query(fill);
    expect(await counts()).toBe(filled);
    await app.database.query(step('rehearsal-rows').block.source);
    expect(await counts()).not.toBe(filled);
    expect([(await check('rehearsal-rows')).code, (await check('rehearsal-loss')).code]).toEqual([0, 1]);
    await app.database.query(step('rehearsal-loss').block.source);
    expect([(await check('rehearsal-rows')).code, (await check('rehearsal-loss')).code]).toEqual([1, 0]);
    expect(await counts()).toBe(filled);
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
