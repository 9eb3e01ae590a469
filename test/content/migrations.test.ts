import { beforeEach, describe, expect, test } from 'vitest';
import { apply, type LegoApi, legoApi } from './lego-api.ts';

const open = legoApi();
let app: LegoApi;

describe('a database without migrations', () => {
  beforeEach(async () => {
    app = await open('empty');
  });

  test('has all of them pending, although drizzle made no table yet', async () => {
    const { code, out } = await app.run('node scripts/list-migrations.mjs');
    expect(code).toBe(0);
    expect(out).toContain('pending: 0000_users_and_sets 0001_bricks 0002_set_owners');
    expect(await app.tables()).toEqual([]);
  });

  test('gets the tables, and says on the second run that nothing is pending', async () => {
    expect(await app.run(apply)).toMatchObject({ code: 0, error: '' });
    expect(await app.tables()).toEqual(['bricks', 'sets', 'users']);
    expect(await app.run(apply)).toMatchObject({ code: 0, error: '' });
    const { out } = await app.run('node scripts/list-migrations.mjs\nnode scripts/list-migrations.mjs --sql');
    expect(out).toMatchInlineSnapshot(`
      "0000_users_and_sets  applied
      0001_bricks          applied
      0002_set_owners      applied

      pending: none
      skipped: none
      doubled: none
      edited:  none
      unknown: none

      Nothing is pending: the database has all 3 migrations of the journal.
      Nothing is pending: there is no SQL to read."
    `);
    expect(await app.run('node scripts/check-migrations.mjs all-applied')).toMatchObject({ code: 0, out: 'Yes: all-applied' });
    expect(await app.run('node scripts/compare-schema.mjs')).toMatchObject({ code: 0 });
  });

  test('makes an explanation say that it finds nothing wrong, and fail all the same', async () => {
    const ended = await app.run('node scripts/explain-migration.mjs');
    expect(ended.code).toBe(1);
    expect(ended.error).toMatch(/^unexplained the pending SQL runs without an error now/);
    expect(await app.tables()).toEqual([]);
  });

  test('that nobody can reach is explained by the name of the system error', async () => {
    const ended = await app.run('DATABASE_URL=postgres://app:x@127.0.0.1:1/lego node scripts/check-migrations.mjs all-applied');
    expect(ended).toMatchObject({ code: 2, error: expect.stringMatching(/^ECONNREFUSED .*127\.0\.0\.1:1/) });
  });

  test('is not touched when the migrations are only tried', async () => {
    expect(await app.run('node scripts/try-migrations.mjs')).toMatchObject({ code: 0, error: '' });
    expect(await app.tables()).toEqual([]);
    const { rows } = await app.database.query(`SELECT to_regclass('drizzle.__drizzle_migrations') AS bookkeeping`);
    expect(rows).toEqual([{ bookkeeping: null }]);
  });
});

describe('a pending migration that fails', () => {
  beforeEach(async () => {
    app = await open('migrated');
    await app.database.query(`INSERT INTO sets (number, name) VALUES ('10497', 'Galaxy Explorer'), ('10497', 'Galaxy Explorer')`);
  });

  test.each([
    ['syntax that is wrong', 'ALTER TABLE "sets" ADD COLUM "theme" text nothing;', '42601'],
    ['a statement that cannot run in a transaction', 'CREATE INDEX CONCURRENTLY "sets_name" ON "sets" ("name");', '25001'],
    ['a column that is there already', 'ALTER TABLE "sets" ADD COLUMN "owner_id" integer;', '42701'],
    ['a table that is there already', 'CREATE TABLE "sets" ("id" serial);', '42P07'],
    ['a table that is not there', 'ALTER TABLE "minifigs" ADD COLUMN "name" text;', '42P01'],
    ['rows that are not unique', 'CREATE UNIQUE INDEX "sets_number_key" ON "sets" ("number");', '23505'],
    ['rows without a value', 'ALTER TABLE "sets" ALTER COLUMN "owner_id" SET NOT NULL;', '23502'],
    ['rows without a parent', 'INSERT INTO "bricks" ("set_id", "design", "colour") VALUES (-1, $$3001$$, $$red$$);', '23503'],
  ])('is explained by its SQLSTATE: %s', async (_what, sql, code) => {
    await app.addMigration('0003_good', 'CREATE TABLE "themes" ("id" serial PRIMARY KEY);');
    await app.addMigration('0004_bad', `SELECT 1,\n  2;--> statement-breakpoint\n${sql}`);
    const ended = await app.run(apply);
    expect(ended.code).toBe(1);
    expect(ended.error).toMatch(new RegExp(`^${code} drizzle/0004_bad\\.sql:3: .+\\n$`));
    expect(ended.err).toContain('statement: 2 of 2');
    expect(ended.err).toContain(sql);
    expect(await app.tables()).toEqual(['bricks', 'sets', 'users']);
    expect((await app.run('node scripts/list-migrations.mjs')).out).toContain('pending: 0003_good 0004_bad');
  });

  test('is explained when a statement takes longer than its limit', async () => {
    await app.addMigration('0003_slow', 'SELECT pg_sleep(60);');
    const ended = await app.run(apply.replace('15min', '300ms'));
    expect(ended.error).toMatch(/^57014 drizzle\/0003_slow\.sql:1: /);
  });

  test('is explained when only a deferred constraint is against it', async () => {
    await app.database.query('ALTER TABLE bricks ALTER CONSTRAINT bricks_set_id_sets_id_fk DEFERRABLE INITIALLY DEFERRED');
    await app.addMigration('0003_orphans', `INSERT INTO "bricks" ("set_id", "design", "colour") VALUES (-1, '3001', 'red');`);
    expect((await app.run(apply)).error).toMatch(/^23503 /);
  });

  test('leaves nothing behind when it is tried, even with a COMMIT or a ROLLBACK in the file', async () => {
    await app.addMigration('0003_commit', 'CREATE TABLE "themes" ("id" int); COMMIT; CREATE TABLE "colours" ("id" int);');
    expect((await app.run('node scripts/try-migrations.mjs')).error).toMatch(/^25001 drizzle\/0003_commit\.sql:1: COMMIT in a migration/);
    await app.addMigration('0004_rollback', 'ROLLBACK; CREATE TABLE "colours" ("id" int);');
    await app.run(`echo 'SELECT 1;' > drizzle/0003_commit.sql`);
    expect((await app.run('node scripts/try-migrations.mjs')).error).toMatch(/^25006 /);
    expect(await app.tables()).toEqual(['bricks', 'sets', 'users']);
  });

  test('is shown without failing on request', async () => {
    await app.addMigration('0003_bad', 'ALTER TABLE "minifigs" ADD COLUMN "name" text;');
    const shown = await app.run('node scripts/try-migrations.mjs --show');
    expect(shown).toMatchObject({ code: 0, error: '' });
    expect(shown.err).toContain('error:     42P01 relation "minifigs" does not exist');
  });

  test('can be mended in its file, and then passes', async () => {
    await app.addMigration('0003_themes', 'CREATE TABEL "themes" ("id" serial PRIMARY KEY);');
    expect((await app.run(apply)).error).toMatch(/^42601 /);
    await app.run(`echo 'CREATE TABLE "themes" ("id" serial PRIMARY KEY);' > drizzle/0003_themes.sql`);
    expect(await app.run('node scripts/try-migrations.mjs')).toMatchObject({ code: 0 });
    expect(await app.run(apply)).toMatchObject({ code: 0, error: '' });
    expect(await app.tables()).toContain('themes');
  });
});
