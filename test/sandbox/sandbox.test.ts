import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resetSandbox, type SandboxDatabase, startSandbox, stopSandbox } from '../../engine/sandbox/sandbox.ts';
import { sandboxStatus } from '../../engine/sandbox/status.ts';
import { details, engine, listeningSockets, newProject, project, query, removeProject, start, urlOf } from './rig.ts';

const linux = process.platform === 'linux';

describe('a sandbox that was started', () => {
  let root: string;
  let database: SandboxDatabase;
  beforeAll(async () => {
    root = newProject();
    database = await start(root);
  });
  afterAll(() => removeProject(root));

  it('is an empty database behind a plain URL, whose owner may do what a master user may', async () => {
    expect(urlOf(database)).toMatch(/^postgres:\/\/app:[\w-]{32}@127\.0\.0\.1:\d+\/lego_api$/);
    expect(await query(database, "SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'")).toEqual([{ tables: 0 }]);
    const [role] = await query(
      database,
      `SELECT rolsuper, rolcreaterole, rolcreatedb, pg_has_role('pg_monitor', 'MEMBER') AS monitor, pg_has_role('pg_signal_backend', 'MEMBER') AS signal,
        pg_has_role('pg_read_all_stats', 'MEMBER') AS stats, (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()) AS owner
        FROM pg_roles WHERE rolname = current_user`,
    );
    expect(role).toEqual({ rolsuper: false, rolcreaterole: true, rolcreatedb: true, monitor: true, signal: true, stats: true, owner: 'app' });
    await query(database, 'CREATE TABLE sets (id int PRIMARY KEY)', 'CREATE ROLE reader', 'CREATE DATABASE other', 'CREATE EXTENSION pgcrypto');
    await query(database, 'CREATE EXTENSION amcheck', "SELECT bt_index_check('sets_pkey')");
  });

  it('is durable, small, and speaks English and UTC', async () => {
    const names = [
      'fsync',
      'synchronous_commit',
      'full_page_writes',
      'data_checksums',
      'shared_buffers',
      'max_connections',
      'TimeZone',
      'lc_messages',
    ];
    const rows = await query(database, `SELECT name, current_setting(name) AS value FROM unnest(ARRAY['${names.join("','")}']) AS name`);
    expect(Object.fromEntries(rows.map((row) => [row.name, row.value]))).toEqual({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      data_checksums: 'on',
      shared_buffers: '32MB',
      max_connections: '189',
      TimeZone: 'UTC',
      lc_messages: 'C',
    });
    expect(await query(database, "SELECT upper('ä') AS upper, current_setting('server_encoding') AS encoding")).toEqual([
      { upper: 'Ä', encoding: 'UTF8' },
    ]);
  });

  it.runIf(linux)('listens on one port of loopback and nowhere else', async () => {
    expect(listeningSockets((await details(root)).pid)).toEqual([`tcp 127.0.0.1:${database.port}`]);
  });

  it('lets nobody in without the password, and keeps the password in files that only the operator can read', async () => {
    for (const user of ['app', 'rdsadmin']) {
      await expect(query({ ...database, user, password: 'wrong' }, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    }
    const { passwords = '', folder = '' } = await sandboxStatus(root);
    expect(readFileSync(passwords, 'utf8')).toBe(`127.0.0.1:${database.port}:*:app:${database.password}\n`);
    for (const file of [passwords, join(folder, 'clusters', 'local', 'cluster.json'), join(folder, 'clusters', 'local', 'log')]) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(existsSync(join(folder, 'clusters', 'local', 'password'))).toBe(false);
  });

  it('logs when, which process, who and what, in UTC, and never a password', async () => {
    await expect(query(database, 'SELECT nothing')).rejects.toThrow('column "nothing" does not exist');
    const { log = '' } = await sandboxStatus(root);
    const text = readFileSync(log, 'utf8');
    expect(text).toMatch(/^\d{4}-\d\d-\d\d [\d:.]+ UTC \[\d+\] app@lego_api \S.* ?ERROR: {2}column "nothing" does not exist/m);
    expect(text).not.toContain(database.password);
  });

  it('does not depend on the PG… variables of the operator', async () => {
    for (const [name, value] of [
      ['PGSSLMODE', 'require'],
      ['PGUSER', 'nobody'],
      ['PGOPTIONS', '-c nonsense=1'],
      ['PGPORT', '1'],
    ] as const) {
      process.env[name] = value;
    }
    try {
      expect(await stopSandbox(root)).toBe(true);
      await expect(start(root)).resolves.toEqual(database);
    } finally {
      for (const name of ['PGSSLMODE', 'PGUSER', 'PGOPTIONS', 'PGPORT']) delete process.env[name];
    }
  });
});

describe('the next run of the same project', () => {
  it('gets the same server, database and password', async () => {
    const root = project();
    const first = await start(root);
    const { pid } = await details(root);
    expect(await start(root)).toEqual(first);
    expect((await details(root)).pid).toBe(pid);
  });

  it('finds what was committed after a stop, on the same port, and says nothing about making anything', async () => {
    const root = project();
    const first = await start(root);
    await query(first, 'CREATE TABLE sets (name text)', "INSERT INTO sets VALUES ('Galaxy Explorer')");
    expect(await stopSandbox(root)).toBe(true);
    const said: string[] = [];
    const second = await startSandbox(root, { onProgress: (message) => said.push(message) });
    expect(second).toEqual(first);
    expect(said).toEqual([expect.stringMatching(/^Starting PostgreSQL \d+\.\d+$/)]);
    expect(await query(second, 'SELECT name FROM sets')).toEqual([{ name: 'Galaxy Explorer' }]);
  });

  it('may ask for another database beside the first', async () => {
    const root = project();
    const first = await start(root);
    const second = await startSandbox(root, { database: 'lego_shop' });
    expect(second).toEqual({ ...first, database: 'lego_shop' });
    expect(await query(second, 'SELECT current_database() AS name')).toEqual([{ name: 'lego_shop' }]);
    expect(await query(first, 'SELECT current_database() AS name')).toEqual([{ name: 'lego_api' }]);
  });

  it('finds the server that an engine left behind which is gone, and which no Ctrl-C in its terminal reaches', async () => {
    const root = project();
    const { answer, group = 0 } = await engine(root, 'start');
    expect(() => process.kill(-group, 'SIGINT')).toThrow('ESRCH');
    const { pid } = await details(root);
    expect(await start(root)).toEqual(answer);
    expect((await details(root)).pid).toBe(pid);
  });
});

describe('a name that is not plain', () => {
  it.each(['', 'postgres', 'template1', '1st', 'a b', "a'b", 'a/b', 'ä', 'x'.repeat(64)])('is refused as a database: "%s"', async (database) => {
    await expect(startSandbox(project(), { database })).rejects.toMatchObject({ exit: 'invalid', message: expect.stringContaining(`"${database}"`) });
  });
});

describe('stop and reset', () => {
  it('end a session in the middle of a transaction, which is rolled back', async () => {
    const root = project();
    const database = await start(root);
    await query(database, 'CREATE TABLE bricks (id int)');
    const client = new Client({ connectionString: urlOf(database) });
    const cut = new Promise<Error>((resolve) => client.on('error', resolve));
    await client.connect();
    await client.query('BEGIN; INSERT INTO bricks VALUES (1)');
    expect(await stopSandbox(root)).toBe(true);
    expect((await cut).message).toContain('terminating connection due to administrator command');
    expect(await query(await start(root), 'SELECT * FROM bricks')).toEqual([]);
  });

  it('say so when nothing ran or nothing is there', async () => {
    const root = project();
    expect(await stopSandbox(root)).toBe(false);
    await resetSandbox(root);
    expect(existsSync(join(root, '.runbook'))).toBe(false);
    expect(await sandboxStatus(root)).toEqual({ running: false });
  });

  it('leave nothing of it on disk after a reset, and a new start has a new password', async () => {
    const root = project();
    const first = await start(root);
    const { pid, folder } = await details(root);
    await resetSandbox(root);
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect((await start(root)).password).not.toBe(first.password);
  });
});
