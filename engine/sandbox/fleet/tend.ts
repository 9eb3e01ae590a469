/** Keeps what restores to the last days need, and no more. */

import { asSuperuser } from '../access.ts';
import { clusterNames } from '../cluster.ts';
import type { Home } from '../home.ts';
import { settledServer } from '../server.ts';
import { bytesSince, forgetBefore, hasSegment } from './archive.ts';
import { deleteBackup, readBackups, takeBackup } from './base-backup.ts';
import type { Found, Ground } from './ground.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Replaying less than this costs less time and room than another base backup. */
const worthwhileBytes = 64 * 1024 * 1024;

/** A new base backup where the last is old and much was written since; then goes what is older than the oldest that is needed. */
export async function tend({ home }: Ground, { id, cluster, record }: Found, days: number): Promise<void> {
  await forgetOrphans(home);
  const server = await settledServer(cluster.data);
  const newest = (await readBackups(home, id)).findLast((backup) => backup.kind === 'base');
  if (server !== undefined && newest !== undefined && age(newest.endedAt) > dayMs) {
    await asSuperuser(server, record.superuser, (client) => client.query('SELECT pg_switch_wal()'));
    if ((await bytesSince(cluster, newest.firstWal)) > worthwhileBytes) {
      await takeBackup({ home, id: `base.${id}.${Date.now()}`, kind: 'base', name: id, cluster, record, address: server });
    }
  }
  const bases = (await readBackups(home, id)).filter((backup) => backup.kind === 'base');
  // Times within the retention are reached from the newest base backup that is older than all of them.
  const oldest = bases.findLast((backup) => age(backup.endedAt) > days * dayMs) ?? bases[0];
  if (oldest === undefined || !(await hasSegment(cluster, oldest.firstWal))) return;
  for (const backup of bases) if (backup.endedAt < oldest.endedAt) await deleteBackup(home, backup.id);
  await forgetBefore(cluster, oldest.firstWal);
}

/** Left where an engine was killed between the backup of a new cluster and the moment it appeared. */
async function forgetOrphans(home: Home): Promise<void> {
  const names = await clusterNames(home);
  for (const backup of await readBackups(home)) {
    if (backup.kind === 'base' && !names.includes(backup.cluster) && age(backup.endedAt) > dayMs) await deleteBackup(home, backup.id);
  }
}

function age(at: string): number {
  return Date.now() - Date.parse(at);
}
