/** What the fleet's work stands on: clusters looked up, their servers found, started where they belong, or started for a moment. */

import { lstat, rename, stat } from 'node:fs/promises';
import { asSuperuser } from '../access.ts';
import { type Cluster, type ClusterRecord, clusterAt, readRecord, refuseOtherMajor, writeRecord } from '../cluster.ts';
import { engineOf, packageFor } from '../engine-of.ts';
import type { Home } from '../home.ts';
import type { Engine } from '../initialise.ts';
import { launch } from '../launch.ts';
import { clusterName, freePort, loopback, newPlace, stagePort } from '../place.ts';
import { type Server, settledServer, stopServer } from '../server.ts';
import { readBackups, takeBackup } from './base-backup.ts';
import { completeFirst, type FirstBackup } from './first-backup.ts';
import type { Address } from './fleet.ts';
import { type InTurn, inTurns } from './in-turn.ts';
import type { Made } from './restore.ts';

/** A sandbox's home, its programs once they are needed, and turns. */
export type Ground = { readonly home: Home; readonly engine: () => Promise<Engine>; readonly inTurn: InTurn };

/** A cluster that is there. */
export type Found = { readonly id: string; readonly cluster: Cluster; readonly record: ClusterRecord };

/** The ground of one fleet. */
export function groundOf(home: Home): Ground {
  let engine: Promise<Engine> | undefined;
  return {
    home,
    engine: () => {
      engine ??= packageFor(home).then((source) => engineOf(home, source));
      engine.catch(() => {
        engine = undefined;
      });
      return engine;
    },
    inTurn: inTurns(),
  };
}

/** A cluster of this name. */
export async function find({ home }: Ground, id: string): Promise<Found> {
  const cluster = clusterAt(home, plain(id));
  const record = await readRecord(cluster);
  if (record === undefined) throw new Error(`There is no cluster ${id} in ${home.folder}.`);
  return { id, cluster, record };
}

/** Names that mean the same in a path and in a shell, and that no draft has. */
export function plain(id: string): string {
  if (/^(?!draft-)[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(id)) return id;
  throw new Error(`"${id}" cannot be the name of a cluster: letters, digits, _ and - are.`);
}

/** A name that is free for a new cluster. */
export async function unused({ home }: Ground, id: string): Promise<void> {
  if ((await lstat(clusterAt(home, plain(id)).folder).catch(() => undefined)) !== undefined) throw new Error(`There is a cluster ${id} already.`);
}

/** Gives a new cluster its place and its name. One at a time, so that no two get one address. */
export function appear({ home, inTurn }: Ground, id: string, { draft, record }: Made): Promise<void> {
  return inTurn('/places', async () => {
    const place = await newPlace(home);
    await writeRecord(draft, { ...record, ...place });
    await rename(draft.folder, clusterAt(home, id).folder);
  });
}

/** The server of a cluster where it belongs: found, or started. */
export async function stand(ground: Ground, { id, cluster, record }: Found, maxConnections: number | undefined): Promise<Address> {
  const { home } = ground;
  const place = await placeOf(home, id, record);
  let server = await settledServer(cluster.data);
  if (server !== undefined && !(await belongs(cluster, server, place))) {
    await stopServer(cluster.data);
    server = undefined;
  }
  if (server === undefined) {
    const elsewhere = id === clusterName ? {} : { elsewhere: () => newPlace(home) };
    const engine = await ground.engine();
    await refuseOtherMajor(cluster, engine.programs.major);
    server = await launch(cluster, engine, { place, ...elsewhere, maxConnections });
  }
  const { host, port } = server;
  const connections = maxConnections === undefined ? {} : { maxConnections };
  // Read again: a password may have been changed meanwhile.
  await writeRecord(cluster, { ...((await readRecord(cluster)) ?? record), ...(id !== clusterName && { host }), port, ...connections });
  return { host, port };
}

/** Not one that was started for a moment by an engine that was killed before it could stop it, nor by a version that archived nothing. */
async function belongs({ wal }: Cluster, server: Server, place: Address): Promise<boolean> {
  return server.host === place.host && server.port === place.port && (await stat(wal).catch(() => undefined)) !== undefined;
}

/** The base backup without which nothing can be brought back to a time. `first`: the files of a new cluster, copied before its server started. */
export async function ensureBase({ home }: Ground, { id, cluster, record }: Found, address: Address, first?: FirstBackup): Promise<void> {
  if ((await readBackups(home, id)).some((backup) => backup.kind === 'base')) return;
  const order = { home, id: `base.${id}.${Date.now()}`, kind: 'base', name: id, cluster, record, address } as const;
  if (first === undefined || (await completeFirst(first, order)) === undefined) await takeBackup(order);
}

/** Does something with a server: the one that runs, or one that is started for it and stopped again. */
export async function withServer<T>(ground: Ground, { cluster }: Found, work: (address: Address) => Promise<T>): Promise<T> {
  const running = await settledServer(cluster.data);
  if (running !== undefined) return work(running);
  const engine = await ground.engine();
  await refuseOtherMajor(cluster, engine.programs.major);
  const server = await launch(cluster, engine, { place: { host: loopback, port: await freePort() } });
  try {
    return await work(server);
  } finally {
    // Another engine may have put its own server in the place of this one.
    if ((await settledServer(cluster.data))?.pid === server.pid) await stopServer(cluster.data);
  }
}

/** Rows that a running server gives its superuser. */
export async function ask<T>({ id, cluster, record }: Found, sql: string): Promise<T[]> {
  const server = await settledServer(cluster.data);
  if (server === undefined) throw new Error(`The server of cluster ${id} does not run.`);
  return asSuperuser(server, record.superuser, async (client) => {
    // The caller knows what it asked for; pg types rows as whatever they are asked to be.
    const { rows } = await client.query(sql);
    return rows as T[];
  });
}

async function placeOf(home: Home, id: string, record: ClusterRecord): Promise<Address> {
  if (id === clusterName) return { host: loopback, port: record.port ?? (await freePort()) };
  const { host, port } = record;
  if (host === undefined) return newPlace(home);
  return { host, port: host === loopback && port !== undefined ? port : await stagePort(home) };
}
