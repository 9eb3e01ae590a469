import { beforeEach, describe, expect, test } from 'vitest';
import { apply, type LegoApi, legoApi } from './lego-api.ts';

const open = legoApi();
let app: LegoApi;
beforeEach(async () => {
  app = await open('migrated');
});

const list = async () => (await app.run('node scripts/list-migrations.mjs')).out;
const inOrder = () => app.run('node scripts/check-migrations.mjs in-order');

describe('files and database that disagree', () => {
  test('are seen when a migration was applied twice', async () => {
    await app.database.query(
      `INSERT INTO drizzle.__drizzle_migrations (hash, created_at) SELECT hash, created_at FROM drizzle.__drizzle_migrations WHERE id = 2`,
    );
    expect(await list()).toContain('doubled: 0001_bricks\n');
    expect(await inOrder()).toMatchObject({ code: 1, error: 'migration-doubled applied more than once: 0001_bricks\n' });
    expect(await app.run('node scripts/check-migrations.mjs none-doubled')).toMatchObject({ code: 1 });
  });

  test('are seen when an older migration came later and drizzle-kit passes it over', async () => {
    await app.addMigration('0003_late', 'CREATE TABLE "themes" ("id" int);', 'oldest');
    expect(await app.run(apply)).toMatchObject({ code: 0 });
    expect(await app.tables()).not.toContain('themes');
    expect(await list()).toContain('skipped: 0003_late\n');
    expect(await inOrder()).toMatchObject({ code: 1, error: expect.stringMatching(/^migration-skipped .*0003_late/) });
  });

  test('are seen when the checkout is older than the database', async () => {
    await app.database.query(`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('cafe', 1895353175436)`);
    expect(await list()).toContain('unknown: row 4 (created_at 1895353175436)\n');
    expect(await inOrder()).toMatchObject({ code: 1, error: expect.stringMatching(/^migration-unknown /) });
  });

  test('are told, and nothing more, when an applied file was changed', async () => {
    await app.run(`echo '-- a comment' >> drizzle/0001_bricks.sql`);
    expect(await list()).toContain('edited:  0001_bricks\n');
    expect(await inOrder()).toMatchObject({ code: 0, error: '' });
  });

  test('are seen by what is missing and what is extra', async () => {
    await app.database.query('DROP INDEX bricks_set_id_index; ALTER TABLE sets ADD COLUMN theme text; CREATE TABLE themes (id int)');
    const compared = await app.run('node scripts/compare-schema.mjs');
    expect(compared).toMatchObject({ code: 1, error: 'schema-differs missing objects: 1, objects that no migration made: 3\n' });
    expect(compared.out.split('\n').toSorted()).toMatchInlineSnapshot(`
      [
        "extra:   column public.sets.theme",
        "extra:   column public.themes.id",
        "extra:   table public.themes",
        "missing: index public.bricks_set_id_index",
      ]
    `);
    expect(await app.run('node scripts/compare-schema.mjs --show')).toMatchObject({ code: 0, out: compared.out, error: '' });
  });
});

describe('the list of pending migrations', () => {
  test('marks the statements that one must look at twice', async () => {
    await app.addMigration(
      '0003_rename',
      'ALTER TABLE "sets" RENAME COLUMN "name" TO "title";--> statement-breakpoint\nALTER TABLE "bricks" DROP COLUMN "colour";',
    );
    expect((await app.run('node scripts/list-migrations.mjs --sql')).out).toMatchInlineSnapshot(`
      "-- drizzle/0003_rename.sql (look twice: RENAME, DROP COLUMN)
      ALTER TABLE "sets" RENAME COLUMN "name" TO "title";
      ALTER TABLE "bricks" DROP COLUMN "colour";
      "
    `);
  });
});

describe('a check', () => {
  test('cannot tell, and says so by exit code 2, when the question or the tag is unknown', async () => {
    expect(await app.run('node scripts/check-migrations.mjs all-fine')).toMatchObject({ code: 2, error: expect.stringMatching(/^usage /) });
    expect(await app.run('node scripts/check-migrations.mjs not-applied 0009_nothing')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^unknown-tag /),
    });
  });
});
