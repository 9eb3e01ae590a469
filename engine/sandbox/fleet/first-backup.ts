/**
 * The first base backup of a new cluster: its files while no server has them open, which takes no checkpoint and no wait for the archive. A
 * server that is told to recover goes on from where such files were closed.
 */

import { join } from 'node:path';
import { asSuperuser } from '../access.ts';
import type { Cluster } from '../cluster.ts';
import type { Home } from '../home.ts';
import { archived } from './archive.ts';
import { type BackupOrder, draftOf, type KeptBackup, keep, orRemove, packedData, removeDraft } from './base-backup.ts';
import { copyFolder, passes } from './copy.ts';
import { pack } from './pack.ts';

/** Files that were copied, and are no backup yet. */
export type FirstBackup = { readonly draft: string; readonly startedAt: string; readonly files: readonly string[] };

/** Copies the files of a cluster that no server has open: into one archive, or, on a system without `tar`, one by one. */
export async function copyClosed(home: Home, cluster: Cluster, tar = 'tar'): Promise<FirstBackup> {
  const startedAt = new Date().toISOString();
  const draft = await draftOf(home);
  return orRemove(draft, async () => ({ draft, startedAt, files: await copied(cluster.data, draft, tar) }));
}

async function copied(data: string, draft: string, tar: string): Promise<readonly string[]> {
  const packed = packedData(draft);
  return (await pack(data, packed, { without: passes, tar })) ? [packed] : copyFolder(data, join(draft, 'data'), { without: passes });
}

/** The segment in which the files were closed, once it is full. Only the checkpoint of a shutdown begins where it stands itself. */
const closedAt = `SELECT pg_walfile_name(redo_lsn) AS wal FROM pg_control_checkpoint()
WHERE redo_lsn = checkpoint_lsn AND pg_walfile_name(redo_lsn) < pg_walfile_name(pg_current_wal_lsn())`;

/**
 * Makes them a base backup, once the server runs and has written more than a segment of WAL since. From now on, not from before, the cluster can
 * be brought back: whatever was made until now, such as its owner, is there then. Undefined where the server has gone on from somewhere else.
 */
export async function completeFirst({ draft, startedAt, files }: FirstBackup, order: BackupOrder): Promise<KeptBackup | undefined> {
  const { cluster, record, address } = order;
  const firstWal = await asSuperuser(address, record.superuser, async (client) => {
    const { rows } = await client.query<{ wal: string }>(closedAt);
    const wal = rows[0]?.wal;
    if (wal !== undefined) await archived(cluster, wal, client);
    return wal;
  });
  if (firstWal === undefined) {
    await removeDraft(draft);
    return undefined;
  }
  return orRemove(draft, () => keep(order, draft, { files, startedAt, endedAt: new Date().toISOString(), firstWal, lastWal: firstWal }));
}
