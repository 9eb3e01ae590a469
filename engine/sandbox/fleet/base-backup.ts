/** Base backups: taken from a running server without stopping anybody, kept with the WAL that makes them consistent. */

import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { asSuperuser } from '../access.ts';
import { type Cluster, type ClusterRecord, clusterRecord, draftPrefix } from '../cluster.ts';
import { leftDrafts } from '../draft.ts';
import type { Home } from '../home.ts';
import { writeJson } from '../json-file.ts';
import { syncFolder } from '../replace-file.ts';
import { archived, segmentsBetween } from './archive.ts';
import { copyFolder, copyOne, passes, settle } from './copy.ts';
import type { Address } from './fleet.ts';

const keptBackup = z.object({
  id: z.string(),
  /** Whose data it is. */
  cluster: z.string(),
  /** `base`: taken by the fleet for restores to a time, and deleted by it. `named`: somebody asked for it. */
  kind: z.enum(['base', 'named']),
  startedAt: z.string(),
  endedAt: z.string(),
  bytes: z.number(),
  /** The segments that a server needs before the copied files are consistent. */
  firstWal: z.string(),
  lastWal: z.string(),
  record: clusterRecord,
});

/** What is known of a base backup. */
export type KeptBackup = z.infer<typeof keptBackup>;

/** What is backed up, and as what. */
export type BackupOrder = {
  readonly home: Home;
  readonly id: string;
  readonly kind: KeptBackup['kind'];
  readonly name: string;
  readonly cluster: Cluster;
  readonly record: ClusterRecord;
  readonly address: Address;
};

/** The folder of a backup. Only the operator may enter it: a server gets copies. */
export function backupFolder(home: Home, id: string): string {
  return join(home.folder, 'backups', id);
}

/** Where in the folder of a backup its data is, if it was packed; else it is in the folder `data`. */
export function packedData(folder: string): string {
  return join(folder, 'data.tar');
}

/** A folder for a backup that is being made. What is left of earlier tries that were killed goes away. */
export async function draftOf(home: Home): Promise<string> {
  const parent = join(home.folder, 'backups');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const left of await leftDrafts(parent)) await rm(left, { recursive: true, force: true, maxRetries: 3 });
  return mkdtemp(join(parent, `${draftPrefix}${process.pid}-`));
}

/** Takes a base backup from a running server. */
export async function takeBackup(order: BackupOrder): Promise<KeptBackup> {
  const { home, id, cluster, record } = order;
  const draft = await draftOf(home);
  return orRemove(draft, async () => {
    const startedAt = new Date().toISOString();
    const copied = await asSuperuser(order.address, record.superuser, async (client) => {
      await client.query('SELECT pg_backup_start($1, fast => true)', [id]);
      const files = await copyFolder(cluster.data, join(draft, 'data'), { without: passes });
      await settleControlFile(cluster, draft);
      const { rows } = await client.query<{ label: string; map: string; wal: string }>(
        'SELECT labelfile AS label, spcmapfile AS map, pg_walfile_name(lsn) AS wal FROM pg_backup_stop(wait_for_archive => false)',
      );
      const [{ label = '', map = '', wal: lastWal = '' } = {}] = rows;
      const endedAt = new Date().toISOString();
      await writeFile(join(draft, 'data', 'backup_label'), label, { mode: 0o600, flush: true });
      if (map !== '') await writeFile(join(draft, 'data', 'tablespace_map'), map, { mode: 0o600, flush: true });
      await archived(cluster, lastWal, client);
      return { files, endedAt, firstWal: /^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)/m.exec(label)?.[1] ?? lastWal, lastWal };
    });
    return keep(order, draft, { startedAt, ...copied });
  });
}

/** Nothing is left of a backup that could not be made. */
export async function orRemove<T>(draft: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await removeDraft(draft);
    throw error;
  }
}

/** Deletes what was copied for a backup that will not be. */
export async function removeDraft(draft: string): Promise<void> {
  await rm(draft, { recursive: true, force: true, maxRetries: 3 });
}

/** What was copied, when, and the WAL that belongs to it. */
type Copied = Pick<KeptBackup, 'startedAt' | 'endedAt' | 'firstWal' | 'lastWal'> & { readonly files: readonly string[] };

/** Makes a backup of what was copied into a draft. It appears by one rename when it is whole and on disk. */
export async function keep(
  { home, id, name, kind, cluster, record }: Omit<BackupOrder, 'address'>,
  draft: string,
  { files, ...copied }: Copied,
): Promise<KeptBackup> {
  await mkdir(join(draft, 'wal'), { mode: 0o700 });
  const segments = await segmentsBetween(cluster, copied.firstWal, copied.lastWal);
  const wal = await Promise.all(segments.map((segment) => copyOne(join(cluster.wal, segment), join(draft, 'wal', segment))));
  const bytes = await settle([...files, ...wal.flat(), join(draft, 'wal')]);
  const kept: KeptBackup = { id, cluster: name, kind, ...copied, bytes, record: portable(record) };
  await writeJson(join(draft, 'backup.json'), kept);
  await rename(draft, backupFolder(home, id));
  await syncFolder(join(home.folder, 'backups'));
  return kept;
}

/** A backup, if there is one of this name. */
export async function readBackup(home: Home, id: string): Promise<KeptBackup | undefined> {
  const path = join(backupFolder(home, id), 'backup.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return keptBackup.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} is not what the engine wrote there.`, { cause });
  }
}

/** The backups of a cluster, or of all, oldest first. One that cannot be read is none. */
export async function readBackups(home: Home, cluster?: string): Promise<readonly KeptBackup[]> {
  const names = (await readdir(join(home.folder, 'backups')).catch(() => [])).filter((name) => !name.startsWith(draftPrefix));
  const found = await Promise.all(names.map((name) => readBackup(home, name).catch(() => undefined)));
  return found
    .filter((backup) => backup !== undefined)
    .filter((backup) => cluster === undefined || backup.cluster === cluster)
    .sort((a, b) => (a.endedAt < b.endedAt ? -1 : 1));
}

/** Deletes a backup, so that half of it is never taken for a whole one. */
export async function deleteBackup(home: Home, id: string): Promise<void> {
  const aside = join(home.folder, 'backups', `${draftPrefix}0-${randomUUID()}`);
  await rename(backupFolder(home, id), aside);
  await rm(aside, { recursive: true, force: true, maxRetries: 3 });
}

/** The control file is the only one that a copy may catch half written and that WAL does not mend. */
async function settleControlFile(cluster: Cluster, draft: string): Promise<void> {
  const read = (): Promise<Buffer> => readFile(join(cluster.data, 'global', 'pg_control'));
  let found = await read();
  for (let again = await read(); !again.equals(found); again = await read()) found = again;
  const path = join(draft, 'data', 'global', 'pg_control');
  await writeFile(path, found, { flush: true });
  await chmod(path, 0o600);
}

/** Where a server listened says nothing about the cluster that is made from its data. */
function portable({ superuser, owner, database }: ClusterRecord): ClusterRecord {
  return { superuser, owner, ...(database !== undefined && { database }) };
}
