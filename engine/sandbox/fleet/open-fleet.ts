/** The fleet of a sandbox: its clusters on disk, and PostgreSQL's own backup and recovery. */

import { messageOf } from '../../fault.ts';
import { asSuperuser, changePassword, prepareOwner } from '../access.ts';
import { clusterNames, readRecord, writeRecord } from '../cluster.ts';
import { newDraft, newRecord, removeCluster } from '../draft.ts';
import type { Home } from '../home.ts';
import { initialise } from '../initialise.ts';
import { launch } from '../launch.ts';
import { freePort, loopback } from '../place.ts';
import { settledServer, stopServer } from '../server.ts';
import { closeSegment, hasSegment } from './archive.ts';
import { deleteBackup, type KeptBackup, readBackup, readBackups, takeBackup } from './base-backup.ts';
import { copyClosed } from './first-backup.ts';
import type { Address, Backup, Fleet, Master } from './fleet.ts';
import { appear, ask, ensureBase, type Found, find, type Ground, groundOf, plain, stand, unused, withServer } from './ground.ts';
import { recoverFiles, restoreFiles } from './restore.ts';
import { endOf, pointIn, utc } from './target.ts';
import { tend } from './tend.ts';

/** The fleet of a home. Nothing is started, and nothing made, before it is asked for. */
export function openFleet(home: Home): Fleet {
  const ground = groundOf(home);
  const { inTurn } = ground;
  return {
    create: (id, master) => inTurn(id, () => create(ground, id, master)),
    start: (id, { maxConnections }) => inTurn(id, () => start(ground, id, maxConnections)),
    stop: (id) =>
      inTurn(id, async () => {
        await stopServer((await find(ground, id)).cluster.data);
      }),
    running: async (id) => {
      const server = await settledServer((await find(ground, id)).cluster.data);
      return server?.state === 'ready' ? { host: server.host, port: server.port } : undefined;
    },
    remove: (id) => inTurn(id, () => remove(ground, id)),
    clusters: () => clusterNames(home),
    backUp: (id, backup) => inTurn(id, () => backUp(ground, id, backup)),
    backup: async (name) => {
      const kept = await readBackup(home, name);
      return kept && { id: kept.id, startedAt: kept.startedAt, endedAt: kept.endedAt, bytes: kept.bytes };
    },
    removeBackup: async (backup) => deleteBackup(home, (await findBackup(ground, backup)).id),
    restoreBackup: (backup, into) => inTurn(into, () => restoreBackup(ground, backup, into)),
    recover: (source, into, at) => inTurn(into, () => recover(ground, { source, into, at })),
    restorable: async (id) => {
      const [oldest] = await bases(ground, await find(ground, id));
      return oldest && { earliest: new Date(oldest.endedAt), latest: new Date() };
    },
    tend: (id, { days }) => inTurn(id, async () => tend(ground, await find(ground, id), days)),
    setPassword: (id, user, password) => inTurn(id, () => setPassword(ground, id, { user, password })),
    query: async (id, sql) => ask(await find(ground, id), sql),
  };
}

async function start(ground: Ground, id: string, maxConnections: number): Promise<Address> {
  const found = await find(ground, id);
  const address = await stand(ground, found, maxConnections);
  await ensureBase(ground, found, address);
  return address;
}

async function create(ground: Ground, id: string, { database, user, password }: Master): Promise<void> {
  await unused(ground, id);
  const engine = await ground.engine();
  const draft = await newDraft(ground.home, engine.account);
  try {
    const record = { ...newRecord({ user, password }), database };
    await initialise(draft, engine, record.superuser);
    const first = await copyClosed(ground.home, draft);
    const server = await launch(draft, engine, { place: { host: loopback, port: await freePort() } });
    await prepareOwner(server, record, database);
    await ensureBase(ground, { id, cluster: draft, record }, server, first);
    await stopServer(draft.data);
    await appear(ground, id, { draft, record });
  } catch (error) {
    await removeCluster(draft);
    throw error;
  }
}

async function remove(ground: Ground, id: string): Promise<void> {
  const { cluster } = await find(ground, id);
  await removeCluster(cluster);
  for (const backup of await readBackups(ground.home, id)) if (backup.kind === 'base') await deleteBackup(ground.home, backup.id);
}

async function backUp(ground: Ground, id: string, backup: string): Promise<Backup> {
  const found = await find(ground, id);
  if (!/^(?!draft-)[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/.test(backup)) throw new Error(`"${backup}" cannot be the name of a backup.`);
  if ((await readBackup(ground.home, backup)) !== undefined) throw new Error(`There is a backup ${backup} already.`);
  const { cluster, record } = found;
  const order = { home: ground.home, id: backup, kind: 'named', name: id, cluster, record } as const;
  const { startedAt, endedAt, bytes } = await withServer(ground, found, (address) => takeBackup({ ...order, address }));
  return { id: backup, startedAt, endedAt, bytes };
}

async function restoreBackup(ground: Ground, backup: string, into: string): Promise<void> {
  await unused(ground, into);
  await appear(ground, into, await restoreFiles(ground.home, await ground.engine(), await findBackup(ground, backup)));
}

async function recover(ground: Ground, wanted: { source: string; into: string; at: Date | undefined }): Promise<void> {
  const { source, into, at } = wanted;
  await unused(ground, plain(into));
  const found = await find(ground, source);
  const end = at && endOf(at);
  if (end !== undefined && end.getTime() > Date.now() + 1000)
    throw new Error(`Cluster ${source} cannot be restored to ${utc(end)}, which is yet to come.`);
  const all = await bases(ground, found);
  const base = all.findLast((each) => end === undefined || new Date(each.endedAt) <= end);
  if (base === undefined) throw outOfReach(source, all[0], end);
  // Whoever starts, stops or removes the source meanwhile waits until its WAL is in the archive.
  await ground.inTurn(source, () =>
    withServer(ground, found, (address) =>
      asSuperuser(address, found.record.superuser, (client) => closeSegment(found.cluster, client, end?.getTime() ?? 0)),
    ),
  );
  const { cluster, record } = await find(ground, source);
  const recovery = { home: ground.home, base, source: cluster, sourceRecord: record, name: into, target: at && pointIn(at) };
  const made = await recoverFiles({ ...recovery, engine: await ground.engine() }).catch((cause: unknown) => {
    const when = end === undefined ? 'the newest state' : utc(end);
    throw new Error(`Cluster ${source} was not restored to ${when}. ${messageOf(cause)}`, { cause });
  });
  await appear(ground, into, made);
}

async function setPassword(ground: Ground, id: string, role: { user: string; password: string }): Promise<void> {
  const found = await find(ground, id);
  const { cluster, record } = found;
  await withServer(ground, found, (address) => changePassword(address, record.superuser, role));
  const now = (await readRecord(cluster)) ?? record;
  if (now.owner.user === role.user) await writeRecord(cluster, { ...now, owner: role });
}

/** The backups of a cluster from which its archive goes on without a gap, oldest first. */
async function bases({ home }: Ground, { id, cluster }: Found): Promise<readonly KeptBackup[]> {
  const all = await readBackups(home, id);
  const there = await Promise.all(all.map((backup) => hasSegment(cluster, backup.firstWal)));
  return all.filter((_, index) => there[index]);
}

async function findBackup({ home }: Ground, id: string): Promise<KeptBackup> {
  const backup = await readBackup(home, id);
  if (backup === undefined) throw new Error(`There is no backup ${id} in ${home.folder}.`);
  return backup;
}

function outOfReach(source: string, oldest: KeptBackup | undefined, end: Date | undefined): Error {
  if (oldest === undefined) return new Error(`Cluster ${source} has no base backup yet: its server has to be started first.`);
  return new Error(`Cluster ${source} can be restored to times from ${oldest.endedAt} on; ${end && utc(end)} is before that.`);
}
