import { beforeEach, describe, expect, test, vi } from 'vitest';
import { apply, type LegoApi, legoApi } from './lego-api.ts';

const explain = 'PGOPTIONS="-c lock_timeout=1s" node scripts/explain-migration.mjs';

const open = legoApi();
let app: LegoApi;
beforeEach(async () => {
  app = await open('migrated');
});

describe('a table that a second connection holds', () => {
  let pid: number;
  beforeEach(async () => {
    await app.addMigration('0003_theme', 'ALTER TABLE "sets" ADD COLUMN "theme" text;');
    const report = await app.connect('monthly report');
    await report.query('BEGIN; SELECT count(*) FROM sets;');
    pid = (await report.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  });

  test('makes the migration give up with 55P03 and names the session', async () => {
    const ended = await app.run(apply);
    expect(ended).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^55P03 drizzle\/0003_theme\.sql:1: canceling statement due to lock timeout/),
    });
    expect(ended.err).toMatch(
      new RegExp(`blocked by pid ${pid}, app, "monthly report" from 127\\.0\\.0\\.1, idle in transaction, .*SELECT pg_backend_pid`),
    );
  });

  test('is free again after the sessions that were found have been ended', async () => {
    const blockers = await app.run('PGOPTIONS="-c lock_timeout=500ms" node scripts/migration-blockers.mjs');
    expect(blockers).toMatchObject({ code: 0, out: String(pid), error: '' });
    expect(await app.run(`node scripts/migration-blockers.mjs --gone ${pid}`)).toMatchObject({ code: 1 });
    await app.database.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
    expect(await app.run(`node scripts/migration-blockers.mjs --gone ${pid}`)).toMatchObject({ code: 0 });
    expect(await app.run('node scripts/migration-blockers.mjs')).toMatchObject({ code: 0, out: 'none' });
    expect(await app.run(apply)).toMatchObject({ code: 0, error: '' });
  });

  test('is blamed on the head of the queue only, not on who waits in it', async () => {
    const queued = await app.connect('waits as well');
    const waiting = queued.query('ALTER TABLE sets ADD COLUMN price integer').catch(() => {});
    await vi.waitFor(async () => {
      const { rows } = await app.database.query(`SELECT FROM pg_stat_activity WHERE application_name = 'waits as well' AND wait_event_type = 'Lock'`);
      expect(rows).toHaveLength(1);
    });
    expect(await app.run('PGOPTIONS="-c lock_timeout=500ms" node scripts/migration-blockers.mjs')).toMatchObject({ out: String(pid) });
    await app.database.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
    await waiting;
  });
});

describe('two runners at once', () => {
  const slow = `INSERT INTO "sets" ("number", "name") VALUES ('10497', 'Galaxy Explorer');--> statement-breakpoint\nSELECT pg_sleep(2);`;
  const setsAndRows = async () => {
    const { rows } = await app.database.query(
      'SELECT (SELECT count(*)::int FROM sets) AS sets, (SELECT count(*)::int FROM drizzle.__drizzle_migrations) AS migrations',
    );
    return rows[0];
  };

  test('of drizzle-kit alone apply the same migration twice, which is why there is a lock', async () => {
    await app.addMigration('0003_first_set', slow);
    const both = await Promise.all([app.run('pnpm drizzle-kit migrate'), app.run('pnpm drizzle-kit migrate')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await setsAndRows()).toEqual({ sets: 2, migrations: 5 });
  });

  test('apply it once: the other one is refused and told who is at work', async () => {
    await app.addMigration('0003_first_set', slow);
    const both = await Promise.all([app.run(apply), app.run(apply)]);
    const [winner, loser] = both.toSorted((a, b) => a.code - b.code);
    expect(winner).toMatchObject({ code: 0, error: '' });
    expect(loser?.code).toBe(1);
    expect(loser?.error).toMatch(
      /^migration-running another runner holds the migration lock: pid \d+, "migration \d+@.+", app from 127\.0\.0\.1, since 20.+Z\n$/,
    );
    expect(await setsAndRows()).toEqual({ sets: 1, migrations: 4 });
  });

  test('show the sessions of the one at work under one name', async () => {
    await app.addMigration('0003_first_set', slow);
    const running = app.start(apply);
    await vi.waitFor(
      async () => {
        const { rows } = await app.database.query(
          `SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'migration %' GROUP BY application_name`,
        );
        expect(rows).toEqual([{ sessions: 2 }]);
      },
      { timeout: 20_000 },
    );
    expect(await app.run(explain)).toMatchObject({ code: 1, error: expect.stringMatching(/^migration-running /) });
    const nobody = 'node scripts/check-migrations.mjs nobody-migrates';
    expect(await app.run(nobody)).toMatchObject({ code: 1, error: expect.stringMatching(/^migration-running /) });
    expect(await running).toMatchObject({ exitCode: 0 });
    expect(await app.run(nobody)).toMatchObject({ code: 0, error: '' });
  });
});

describe('the migration lock', () => {
  const lockHeld = async () => {
    const { rows } = await app.database.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 1279608655 AND granted`);
    return rows.length === 1;
  };
  const untilHeld = () => vi.waitFor(async () => expect(await lockHeld()).toBe(true), { timeout: 20_000 });

  test('is kept until the command has ended, although the runner hears a signal', async () => {
    const running = app.start('exec node scripts/with-migration-lock.mjs sleep 2');
    await untilHeld();
    running.kill('SIGTERM');
    expect(await lockHeld()).toBe(true);
    expect(await running).toMatchObject({ exitCode: 0 });
    expect(await lockHeld()).toBe(false);
  });

  test('passes on how the command ended', async () => {
    expect(await app.run('node scripts/with-migration-lock.mjs bash -c "exit 7"')).toMatchObject({ code: 7, error: '' });
    expect(await app.run(`node scripts/with-migration-lock.mjs bash -c 'kill -KILL $$'`)).toMatchObject({ code: 137 });
    expect(await app.run('node scripts/with-migration-lock.mjs no-such-program')).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^ENOENT /),
    });
    expect(await app.run('node scripts/with-migration-lock.mjs')).toMatchObject({ code: 1, error: expect.stringMatching(/^usage /) });
  });

  test('that was lost on the way fails the step, although the command ended well', async () => {
    const running = app.run('node scripts/with-migration-lock.mjs sleep 2');
    await untilHeld();
    await app.database.query(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1279608655`);
    expect(await running).toMatchObject({ code: 1, error: expect.stringMatching(/^migration-lock-lost /) });
  });
});
