import { beforeEach, describe, expect, test } from 'vitest';
import { apply, type LegoApi, legoApi } from './lego-api.ts';

const allApplied = 'node scripts/check-migrations.mjs all-applied';

const open = legoApi();
let app: LegoApi;
beforeEach(async () => {
  app = await open('migrated');
});

describe('rolling back', () => {
  test('takes the newest migration away, and migrating brings it back', async () => {
    expect(await app.run('node scripts/list-migrations.mjs --newest')).toMatchObject({ code: 0, out: '0002_set_owners' });
    expect(await app.run('node scripts/roll-back-migration.mjs 0002_set_owners')).toMatchObject({ code: 0, error: '' });
    expect(await app.run('node scripts/check-migrations.mjs not-applied 0002_set_owners')).toMatchObject({ code: 0 });
    expect(await app.run(allApplied)).toMatchObject({ code: 1, error: 'migration-pending pending: 0002_set_owners\n' });
    expect(await app.run('node scripts/compare-schema.mjs')).toMatchObject({ code: 0 });
    expect(await app.run(apply)).toMatchObject({ code: 0, error: '' });
    expect(await app.run(allApplied)).toMatchObject({ code: 0 });
    expect(await app.run('node scripts/compare-schema.mjs')).toMatchObject({ code: 0 });
  });

  test('goes all the way down, one after the other', async () => {
    for (const tag of ['0002_set_owners', '0001_bricks', '0000_users_and_sets']) {
      expect(await app.run(`node scripts/roll-back-migration.mjs ${tag}`)).toMatchObject({ code: 0, out: `${tag} is rolled back.` });
    }
    expect(await app.tables()).toEqual([]);
    expect(await app.run('node scripts/list-migrations.mjs --newest')).toMatchObject({ code: 1, error: expect.stringMatching(/^nothing-applied /) });
  });

  test('changes nothing when it is only tried', async () => {
    const tried = await app.run('node scripts/roll-back-migration.mjs --dry-run 0002_set_owners');
    expect(tried).toMatchObject({ code: 0, out: '0002_set_owners could be rolled back. Nothing was changed.' });
    expect(await app.run(allApplied)).toMatchObject({ code: 0 });
    expect(await app.run('node scripts/compare-schema.mjs')).toMatchObject({ code: 0 });
  });

  test.each([
    ['a migration that is not the newest', 'true', '0001_bricks', 'not-newest'],
    ['a migration that nobody knows', 'true', '0009_minifigs', 'unknown-tag'],
    ['a migration without a file', 'rm rollback/0002_set_owners.down.sql', '0002_set_owners', 'no-down-file'],
    ['a file that keeps the row', 'sed -i.bak /DELETE/d rollback/0002_set_owners.down.sql', '0002_set_owners', 'down-file-wrong'],
    ['a file that deletes every row', `sed -i.bak 's/WHERE.*;/;/' rollback/0002_set_owners.down.sql`, '0002_set_owners', 'down-file-wrong'],
    ['a file whose SQL fails', `echo 'DROP TABLE minifigs;' >> rollback/0002_set_owners.down.sql`, '0002_set_owners', '42P01'],
  ])('is refused for %s, and nothing changes', async (_what, prepare, tag, code) => {
    await app.run(prepare);
    expect(await app.run(`node scripts/roll-back-migration.mjs ${tag}`)).toMatchObject({
      code: 1,
      error: expect.stringMatching(new RegExp(`^${code} `)),
    });
    expect(await app.run(allApplied)).toMatchObject({ code: 0 });
    expect(await app.run('node scripts/compare-schema.mjs')).toMatchObject({ code: 0 });
  });

  test('gives up where a second connection holds the table, names it, and waits behind nobody who migrates', async () => {
    const report = await app.connect('monthly report');
    await report.query('BEGIN; SELECT count(*) FROM sets;');
    const pid = (await report.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    const ended = await app.run('PGOPTIONS="-c lock_timeout=1s" node scripts/roll-back-migration.mjs 0002_set_owners');
    expect(ended).toMatchObject({ code: 1, error: expect.stringMatching(/^55P03 /) });
    expect(ended.err).toContain(`blocked by pid ${pid}, app, "monthly report"`);
    // Nothing is pending, so it is the rollback whose way is looked at.
    expect(await app.run('PGOPTIONS="-c lock_timeout=500ms" node scripts/migration-blockers.mjs')).toMatchObject({ out: String(pid) });
    await report.query('ROLLBACK; SELECT pg_advisory_lock(1279608655)');
    expect(await app.run('node scripts/roll-back-migration.mjs 0002_set_owners')).toMatchObject({
      error: expect.stringMatching(/^migration-running /),
    });
  });
});
