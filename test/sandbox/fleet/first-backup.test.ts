import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asSuperuser, prepareOwner } from '../../../engine/sandbox/access.ts';
import { newDraft, newRecord, removeCluster } from '../../../engine/sandbox/draft.ts';
import { readBackups } from '../../../engine/sandbox/fleet/base-backup.ts';
import { passes } from '../../../engine/sandbox/fleet/copy.ts';
import { copyClosed } from '../../../engine/sandbox/fleet/first-backup.ts';
import { ensureBase, groundOf } from '../../../engine/sandbox/fleet/ground.ts';
import { pack } from '../../../engine/sandbox/fleet/pack.ts';
import { restoreFiles } from '../../../engine/sandbox/fleet/restore.ts';
import { initialise } from '../../../engine/sandbox/initialise.ts';
import { launch } from '../../../engine/sandbox/launch.ts';
import { freePort, loopback } from '../../../engine/sandbox/place.ts';
import { at, connections, sharedSandbox } from './rig.ts';

const rig = sharedSandbox();
const folderOf = (id: string): string => join(rig.home.folder, 'backups', id);

/** A new cluster that no server has opened. */
async function unopened() {
  const ground = groundOf(rig.home);
  const engine = await ground.engine();
  const cluster = await newDraft(rig.home, engine.account);
  const record = newRecord({ user: 'app', password: 'a-password' });
  await initialise(cluster, engine, record.superuser);
  const serve = async () => launch(cluster, engine, { place: { host: loopback, port: await freePort() } });
  return { ground, engine, cluster, record, serve, [Symbol.asyncDispose]: () => removeCluster(cluster) };
}

describe('the first base backup of a cluster', () => {
  it('is of files that no server had open, and brings back what was there when the sandbox first answered', async () => {
    const [first] = await readBackups(rig.home, 'local');
    if (first === undefined) throw new Error('There is no base backup.');
    const packed = execFileSync('tar', ['-tf', join(folderOf(first.id), 'data.tar')], { encoding: 'utf8' }).split('\n');
    expect(packed).toEqual(expect.arrayContaining(['./', 'PG_VERSION', 'global/pg_control', 'pg_wal/', 'pg_tblspc/']));
    expect(packed.filter((name) => /backup_label|postmaster|pg_wal\/0/.test(name))).toEqual([]);
    expect(new Set(packed).size).toBe(packed.length);
    expect(readdirSync(join(folderOf(first.id), 'wal'))).toEqual([first.firstWal]);
    const restorable = await rig.fleet.restorable('local');
    expect(restorable?.earliest.toISOString()).toBe(first.endedAt);
    await at(rig, rig.database, 'CREATE TABLE later (id int)');
    await rig.fleet.recover('local', 'earliest', new Date(first.endedAt));
    const address = await rig.fleet.start('earliest', connections);
    expect(await at(rig, address, "SELECT to_regclass('later') AS later, current_user::text AS who")).toEqual([
      { later: null, who: rig.database.user },
    ]);
    await rig.fleet.remove('earliest');
  });

  it.each([
    ['has made a checkpoint', ['CHECKPOINT', 'SELECT pg_switch_wal()']],
    ['has written no segment of WAL', []],
  ])('is taken from the server where that %s meanwhile', async (_, statements) => {
    await using made = await unopened();
    const { ground, cluster, record } = made;
    const first = await copyClosed(rig.home, cluster);
    const address = await made.serve();
    if (statements.length > 0) await prepareOwner(address, record, 'app');
    await asSuperuser(address, record.superuser, async (client) => {
      for (const statement of statements) await client.query(statement);
    });
    const id = `moved-${statements.length}`;
    await ensureBase(ground, { id, cluster, record }, address, first);
    const [base] = await readBackups(rig.home, id);
    expect(existsSync(join(folderOf(base?.id ?? ''), 'data', 'backup_label'))).toBe(true);
    // Nothing is left of the copy.
    expect(existsSync(first.draft)).toBe(false);
  });

  it('is copied file by file on a system without tar, and can be restored as well', async () => {
    await using made = await unopened();
    const { ground, engine, cluster, record } = made;
    const first = await copyClosed(rig.home, cluster, '/nowhere/tar');
    const address = await made.serve();
    await prepareOwner(address, record, 'app');
    await ensureBase(ground, { id: 'by-file', cluster, record }, address, first);
    const [base] = await readBackups(rig.home, 'by-file');
    if (base === undefined) throw new Error('There is no base backup.');
    expect(existsSync(join(folderOf(base.id), 'data', 'PG_VERSION'))).toBe(true);
    expect(existsSync(join(folderOf(base.id), 'data.tar'))).toBe(false);
    const restored = await restoreFiles(rig.home, engine, base);
    const server = await launch(restored.draft, engine, { place: { host: loopback, port: await freePort() } });
    expect(await asSuperuser(server, record.superuser, async (client) => (await client.query('SELECT 1 AS one')).rows)).toEqual([{ one: 1 }]);
    await removeCluster(restored.draft);
  });

  it('leaves nothing behind when it cannot be copied', async () => {
    await using made = await unopened();
    const drafts = () => readdirSync(join(rig.home.folder, 'backups')).filter((name) => name.startsWith('draft-'));
    const before = drafts();
    await expect(copyClosed(rig.home, { ...made.cluster, data: join(made.cluster.folder, 'missing') })).rejects.toThrow('missing');
    await expect(copyClosed(rig.home, made.cluster, 'false')).rejects.toThrow('tar ended with 1');
    expect(drafts()).toEqual(before);
  });

  it('says what tar said when it cannot be packed', async () => {
    await using made = await unopened();
    const to = join(made.cluster.folder, 'missing', 'data.tar');
    await expect(pack(made.cluster.data, to, { without: passes, tar: 'tar' })).rejects.toThrow(/^tar ended with \d+: .*missing/s);
  });
});
