/** New clusters from the data of others: a backup as it is, or brought up to a second by the WAL archived since. */

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { asSuperuser, letsIn } from '../access.ts';
import { type Cluster, type ClusterRecord, writeRecord } from '../cluster.ts';
import { newDraft, removeCluster } from '../draft.ts';
import type { Home } from '../home.ts';
import type { Engine } from '../initialise.ts';
import { launch } from '../launch.ts';
import { freePort, loopback } from '../place.ts';
import { stopServer } from '../server.ts';
import { closeSegment, segmentsBetween } from './archive.ts';
import { backupFolder, type KeptBackup, keep, orRemove, packedData } from './base-backup.ts';
import { copyFolder, copyOne } from './copy.ts';
import { copyClosed } from './first-backup.ts';
import { unpack } from './pack.ts';

/** Replaying days of WAL takes a while. */
const recoveryMs = 30 * 60 * 1000;

/** A cluster that is ready to appear. */
export type Made = { readonly draft: Cluster; readonly record: ClusterRecord };

/** The folder of a new cluster with the files of a backup; its server makes them consistent when it starts. */
export async function restoreFiles(home: Home, { account }: Engine, backup: KeptBackup): Promise<Made> {
  const draft = await newDraft(home, account);
  try {
    const folder = backupFolder(home, backup.id);
    if (existsSync(packedData(folder))) await unpack(packedData(folder), draft.data, account);
    else await copyFolder(join(folder, 'data'), draft.data, { account });
    const wal: Cluster = { ...draft, wal: join(folder, 'wal') };
    for (const name of await segmentsBetween(wal, backup.firstWal, backup.lastWal)) {
      await copyOne(join(wal.wal, name), join(draft.data, 'pg_wal', name), { account });
    }
    await writeRecord(draft, backup.record);
    return { draft, record: backup.record };
  } catch (error) {
    await removeCluster(draft);
    throw error;
  }
}

/** What is brought back, and as what. */
export type Recovery = {
  readonly home: Home;
  readonly engine: Engine;
  readonly base: KeptBackup;
  readonly source: Cluster;
  readonly sourceRecord: ClusterRecord;
  /** The name of the new cluster. */
  readonly name: string;
  /** As PostgreSQL reads it: commits up to then are in, later ones are not; undefined: everything. */
  readonly target: string | undefined;
};

/** Replays the source's archive on a base backup until the target, takes a first base backup of the result, and leaves it stopped. */
export async function recoverFiles(recovery: Recovery): Promise<Made> {
  const { home, engine, base, source, name, target } = recovery;
  const { draft } = await restoreFiles(home, engine, base);
  try {
    await writeFile(join(draft.data, 'recovery.signal'), '', { mode: 0o644 });
    // Folders of clusters stand side by side, and their names need no quoting.
    const archive = `../../${basename(source.folder)}/wal/%f`;
    const until = target === undefined ? {} : { recovery_target_time: target, recovery_target_inclusive: 'on', recovery_target_action: 'promote' };
    const settings = { restore_command: `test -f ${archive} && cp ${archive} "%p"`, hot_standby: 'off', ...until };
    const place = { host: loopback, port: await freePort() };
    const server = await launch(draft, engine, { place, settings, patienceMs: recoveryMs });
    const record = await recordOf(recovery, server);
    const wal = await asSuperuser(server, record.superuser, (client) => closeSegment(draft, client, 0));
    await stopServer(draft.data);
    const { draft: copy, ...copied } = await copyClosed(home, draft);
    const endedAt = new Date().toISOString();
    // It is closed behind that segment, so its archive has all that follows.
    const order = { home, id: `base.${name}.${Date.now()}`, kind: 'base', name, cluster: draft, record } as const;
    await orRemove(copy, () => keep(order, copy, { ...copied, endedAt, firstWal: wal, lastWal: wal }));
    return { draft, record };
  } catch (error) {
    await removeCluster(draft);
    throw error;
  }
}

/** The master password is the one of that second. It may have been changed since the backup, or before now. */
async function recordOf({ base, sourceRecord }: Recovery, server: { readonly host: string; readonly port: number }): Promise<ClusterRecord> {
  const { owner } = sourceRecord;
  const { record } = base;
  return (await letsIn(server, owner, record.database ?? 'postgres')) ? { ...record, owner } : record;
}
