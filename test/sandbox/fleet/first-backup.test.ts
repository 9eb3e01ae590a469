import { existsSync, globSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asSuperuser, prepareOwner } from '../../../engine/sandbox/access.ts';
import { newDraft, newRecord, removeCluster } from '../../../engine/sandbox/draft.ts';
import { readBackups } from '../../../engine/sandbox/fleet/base-backup.ts';
import { copyUnopened } from '../../../engine/sandbox/fleet/first-backup.ts';
import { ensureBase, groundOf } from '../../../engine/sandbox/fleet/ground.ts';
import { initialise } from '../../../engine/sandbox/initialise.ts';
import { launch } from '../../../engine/sandbox/launch.ts';
import { freePort, loopback } from '../../../engine/sandbox/place.ts';
import { at, connections, sharedSandbox } from './rig.ts';

const rig = sharedSandbox();
const dataOf = (id: string): string => join(rig.home.folder, 'backups', id, 'data');

describe('the first base backup of a cluster', () => {
  it('is of files that no server had open, and brings back what was there when the sandbox first answered', async () => {
    const [first] = await readBackups(rig.home, 'local');
    if (first === undefined) throw new Error('There is no base backup.');
    expect(existsSync(join(dataOf(first.id), 'backup_label'))).toBe(false);
    expect(readdirSync(join(dataOf(first.id), '../wal'))).toEqual([first.firstWal]);
    expect(globSync('{postmaster.pid,pg_wal/0*}', { cwd: dataOf(first.id) })).toEqual([]);
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
    const ground = groundOf(rig.home);
    const engine = await ground.engine();
    const cluster = await newDraft(rig.home, engine.account);
    try {
      const record = newRecord({ user: 'app', password: 'a-password' });
      await initialise(cluster, engine, record.superuser);
      const first = await copyUnopened(rig.home, cluster);
      const address = await launch(cluster, engine, { place: { host: loopback, port: await freePort() } });
      if (statements.length > 0) await prepareOwner(address, record, 'app');
      await asSuperuser(address, record.superuser, async (client) => {
        for (const statement of statements) await client.query(statement);
      });
      const id = `moved-${statements.length}`;
      await ensureBase(ground, { id, cluster, record }, address, first);
      const [base] = await readBackups(rig.home, id);
      expect(existsSync(join(dataOf(base?.id ?? ''), 'backup_label'))).toBe(true);
      // Nothing is left of the copy.
      expect(existsSync(first.draft)).toBe(false);
    } finally {
      await removeCluster(cluster);
    }
  });
});
