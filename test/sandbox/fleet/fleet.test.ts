import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { packageFor } from '../../../engine/sandbox/engine-of.ts';
import { installPrograms } from '../../../engine/sandbox/install.ts';
import { findServer } from '../../../engine/sandbox/server.ts';
import { at, connections, fileOf, noted, recordOf, sharedSandbox } from './rig.ts';

const rig = sharedSandbox();

/** The rows of a query that a user of some cluster runs. */
async function as(login: { host: string; port: number; user: string; password: string; database: string }, sql: string): Promise<unknown[]> {
  const client = new Client(login);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a snapshot', () => {
  it('brings back the data of its moment into a new cluster, also when it was taken while somebody wrote', async () => {
    const { fleet, database } = rig;
    await at(rig, database, 'CREATE TABLE sets (id int PRIMARY KEY, name text)', "INSERT INTO sets VALUES (0, 'Galaxy Explorer')");
    const writing = at(rig, database, "INSERT INTO sets SELECT n, repeat('x', 200) FROM generate_series(1, 20000) AS n");
    const backup = await fleet.backUp('local', 'rds:local-2026-11-22-10-00');
    await writing;
    await at(rig, database, 'TRUNCATE sets');
    expect(Date.parse(backup.endedAt)).toBeGreaterThanOrEqual(Date.parse(backup.startedAt));
    expect(backup.bytes).toBeGreaterThan(20_000_000);
    await fleet.restoreBackup(backup.id, 'from-snapshot');
    expect(await fleet.running('from-snapshot')).toBeUndefined();
    const address = await fleet.start('from-snapshot', connections);
    const [rows] = await at(rig, address, 'SELECT count(*)::int AS count, min(id) AS first FROM sets');
    // The insert is one statement: all of it is in, or nothing.
    expect([1, 20_001]).toContain(rows?.count);
    expect(rows?.first).toBe(0);
    expect(await at(rig, database, 'SELECT * FROM sets')).toEqual([]);
    await expect(fleet.backUp('local', backup.id)).rejects.toThrow(`There is a backup ${backup.id} already.`);
    await fleet.removeBackup(backup.id);
    await expect(fleet.restoreBackup(backup.id, 'again')).rejects.toThrow(`There is no backup ${backup.id}`);
  });

  it('takes away what tries left that were killed, and nothing of one that is under way', async () => {
    const { fleet, home } = rig;
    const backups = join(home.folder, 'backups');
    // No process has the first number; the second is that of somebody who still works.
    const drafts = ['draft-0-5f0c1c4e-left', 'draft-4999999-left', `draft-${process.ppid}-live`];
    for (const name of drafts) mkdirSync(join(backups, name, 'data'), { recursive: true });
    const { id } = await fleet.backUp('local', 'clean');
    expect(readdirSync(backups).filter((name) => name.startsWith('draft-'))).toEqual(drafts.slice(2));
    await fleet.removeBackup(id);
  });

  it('can be taken of a cluster whose server does not run, and outlives the cluster', async () => {
    const { fleet } = rig;
    const address = await fleet.start('from-snapshot', connections);
    await at(rig, address, "INSERT INTO sets VALUES (-1, 'Blacktron')");
    await fleet.stop('from-snapshot');
    await fleet.backUp('from-snapshot', 'final');
    expect(await fleet.running('from-snapshot')).toBeUndefined();
    await fleet.remove('from-snapshot');
    expect(await fleet.clusters()).toEqual(['local']);
    expect(readdirSync(join(rig.home.folder, 'backups')).filter((name) => name.includes('from-snapshot'))).toEqual([]);
    await fleet.restoreBackup('final', 'revived');
    expect(await at(rig, await fleet.start('revived', connections), 'SELECT name FROM sets WHERE id = -1')).toEqual([{ name: 'Blacktron' }]);
    await fleet.remove('revived');
  });
});

describe('a cluster that is created', () => {
  it('is empty, belongs to its master user, takes as many connections as it was started with, and can be recovered', async () => {
    const { fleet } = rig;
    const master = { database: 'shop', user: 'shop_admin', password: "it's: a \\ pass" };
    await fleet.create('shop', master);
    expect(await fleet.running('shop')).toBeUndefined();
    const address = await fleet.start('shop', { maxConnections: 17 });
    const login = { ...address, ...master };
    expect(await as(login, "SELECT current_user AS name, current_setting('max_connections') AS connections")).toEqual([
      { name: 'shop_admin', connections: '17' },
    ]);
    expect(await fleet.query('shop', 'SELECT rolname AS name FROM pg_roles WHERE rolsuper')).toEqual([{ name: 'rdsadmin' }]);
    expect(readFileSync(fileOf(rig, 'shop', 'pgpass'), 'utf8')).toBe(`${address.host}:${address.port}:*:shop_admin:it's\\: a \\\\ pass\n`);
    await fleet.setPassword('shop', 'shop_admin', 'rotated');
    const then = await noted();
    await as({ ...login, password: 'rotated' }, 'SELECT 1');
    await expect(as(login, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await recordOf(rig, 'shop')).toEqual({ user: 'shop_admin', password: 'rotated' });
    await fleet.recover('shop', 'shop-2', then);
    expect(await recordOf(rig, 'shop-2')).toEqual({ user: 'shop_admin', password: 'rotated' });
    await as({ ...login, ...(await fleet.start('shop-2', connections)), password: 'rotated' }, 'SELECT 1');
    await fleet.remove('shop-2');
  });

  it('keeps its data and its address when its server is killed', async () => {
    const { fleet } = rig;
    const address = await fleet.start('shop', connections);
    const owner = { ...address, ...(await recordOf(rig, 'shop')), database: 'shop' };
    await as(owner, "CREATE TABLE sets AS SELECT 'Ice Planet' AS name");
    const { pid = 0 } = (await findServer(fileOf(rig, 'shop', 'data'))) ?? {};
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => fleet.running('shop'), { interval: 10, timeout: 10_000 }).toBeUndefined();
    expect(await fleet.start('shop', connections)).toEqual(address);
    expect(await as(owner, 'SELECT name FROM sets')).toEqual([{ name: 'Ice Planet' }]);
  });

  it('starts once where two ask for it at the same moment', async () => {
    const { fleet } = rig;
    await fleet.stop('shop');
    const [first, second] = await Promise.all([fleet.start('shop', connections), fleet.start('shop', connections)]);
    expect(second).toEqual(first);
  });

  it('lets the programs that its server runs from be, whatever version the sandbox gets', async () => {
    const { fleet, home } = rig;
    await fleet.start('shop', connections);
    const source = await packageFor(home);
    const folders = (): string[] => readdirSync(home.folder).filter((name) => name.startsWith('postgres-'));
    await installPrograms(home, { ...source, version: '18.99.0' });
    expect(folders().sort()).toEqual([`postgres-${source.version}`, 'postgres-18.99.0'].sort());
    await installPrograms(home, source);
    expect(folders()).toEqual([`postgres-${source.version}`]);
  });
});

describe('a name', () => {
  it.each(['../local', 'a b', "a'b", '', '.hidden', 'draft-x'])('that would not be plain in a path is refused: "%s"', async (name) => {
    await expect(rig.fleet.create(name, { database: 'a', user: 'b', password: 'c' })).rejects.toThrow('cannot be the name of a cluster');
    await expect(rig.fleet.backUp('local', name)).rejects.toThrow('cannot be the name of a backup');
  });

  it('of a cluster that is not there, or there already, is told', async () => {
    await expect(rig.fleet.start('missing', connections)).rejects.toThrow('There is no cluster missing');
    await expect(rig.fleet.restoreBackup('any', 'local')).rejects.toThrow('There is a cluster local already.');
  });
});

describe('tending', () => {
  it('deletes backups and WAL that restores within the retention do not need, and takes a new backup where much was written', async () => {
    const { fleet, home } = rig;
    const backups = join(home.folder, 'backups');
    const bases = (): string[] => readdirSync(backups).filter((name) => name.startsWith('base.shop.'));
    const [first = ''] = bases();
    const file = join(backups, first, 'backup.json');
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
    await fleet.tend('shop', { days: 7 });
    expect(bases()).toEqual([first]);
    // The same backup, as it will be in nine days, after much was written.
    writeFileSync(file, JSON.stringify({ ...kept, endedAt: daysAgo(9) }));
    await fleet.query('shop', "CREATE TABLE bulk AS SELECT repeat('x', 500) AS text FROM generate_series(1, 150000)");
    // The archive is filled by another process, in its own time.
    await expect.poll(() => readdirSync(fileOf(rig, 'shop', 'wal')).length, { timeout: 30_000 }).toBeGreaterThan(70);
    await fleet.tend('shop', { days: 7 });
    expect(bases()).toHaveLength(2);
    expect(existsSync(fileOf(rig, 'shop', `wal/${kept.firstWal}`))).toBe(true);
    // Two days later the second is older than the retention as well, and nobody needs the first.
    const [second = ''] = bases().filter((name) => name !== first);
    const next = JSON.parse(readFileSync(join(backups, second, 'backup.json'), 'utf8'));
    writeFileSync(join(backups, second, 'backup.json'), JSON.stringify({ ...next, endedAt: daysAgo(8) }));
    await fleet.tend('shop', { days: 7 });
    expect(bases()).toEqual([second]);
    expect(existsSync(fileOf(rig, 'shop', `wal/${kept.firstWal}`))).toBe(false);
    expect(statSync(fileOf(rig, 'shop', `wal/${next.firstWal}`)).size).toBe(1024 * 1024);
    await fleet.recover('shop', 'after', undefined);
    await fleet.remove('after');
  });
});
