/** What a project's sandbox is doing and what it keeps, asked without changing anything. */

import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../fault.ts';
import { askVersion } from './access.ts';
import { clusterAt, clusterNames, dataMajor, readRecord } from './cluster.ts';
import { controlPlaneAt } from './control-plane-file.ts';
import { accessOf, runningControlPlane } from './control-plane-process.ts';
import { findHome, type Home, refuseForeign } from './home.ts';
import { readJson } from './json-file.ts';
import { clusterName, loopback } from './place.ts';
import type { SandboxDatabase } from './sandbox.ts';
import { findServer } from './server.ts';

/** One of the clusters beside the stage's, or what is wrong with its folder. */
export type ClusterStatus = {
  /** Its folder, which stays the same when the cluster is renamed. */
  readonly name: string;
  readonly identifier?: string;
  readonly running: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly pid?: number;
  readonly problem?: string;
};

/** The process that answers AWS calls. */
type ControlPlaneStatus = { readonly running: boolean; readonly endpoint?: string; readonly pid?: number; readonly startedAt?: string };

/** What is there. Without `folder` there is nothing. */
export type SandboxStatus = {
  readonly running: boolean;
  readonly database?: Omit<SandboxDatabase, 'password' | 'aws'>;
  readonly pid?: number;
  readonly startedAt?: string;
  readonly version?: string;
  readonly controlPlane?: ControlPlaneStatus;
  /** Those that were restored or created beside the stage's own. */
  readonly clusters?: readonly ClusterStatus[];
  readonly folder?: string;
  /** The password file in libpq's format, for `PGPASSFILE`. */
  readonly passwords?: string;
  readonly log?: string;
  readonly bytes?: number;
};

/** Looks at the sandbox of a project. */
export async function sandboxStatus(root: string): Promise<SandboxStatus> {
  const home = await findHome(root);
  await refuseForeign(home);
  const cluster = clusterAt(home, clusterName);
  const record = await readRecord(cluster);
  if (record === undefined) return { running: false };
  const [server, bytes, controlPlane, clusters] = await Promise.all([
    findServer(cluster.data),
    sizeOf(home.folder),
    controlPlaneStatus(home),
    otherClusters(home),
  ]);
  const kept = { controlPlane, clusters, folder: home.folder, passwords: cluster.passwords, log: cluster.log, bytes };
  if (server === undefined) return { running: false, version: String(await dataMajor(cluster)), ...kept };
  const version = (await askVersion(server, record.superuser)) ?? String(await dataMajor(cluster));
  const { database } = record;
  return {
    running: true,
    ...(database !== undefined && { database: { host: loopback, port: server.port, database, user: record.owner.user } }),
    pid: server.pid,
    startedAt: server.startedAt,
    version,
    ...kept,
  };
}

async function controlPlaneStatus(home: Home): Promise<ControlPlaneStatus> {
  const found = await runningControlPlane(home);
  if (found === undefined) return { running: false };
  return { running: true, endpoint: accessOf(found).endpoint, pid: found.process.pid, startedAt: found.startedAt };
}

/** A folder that is no cluster is told like one: somebody put it there, or damaged it. */
async function otherClusters(home: Home): Promise<readonly ClusterStatus[]> {
  const names = (await clusterNames(home)).filter((name) => name !== clusterName);
  const identifiers = await identifiersOf(home);
  return Promise.all(
    names.map(async (folder) => {
      const identifier = identifiers.get(folder);
      const name = { name: folder, ...(identifier !== undefined && { identifier }) };
      const cluster = clusterAt(home, folder);
      try {
        await readRecord(cluster);
        await dataMajor(cluster);
      } catch (error) {
        return { ...name, running: false, problem: messageOf(error) };
      }
      const server = await findServer(cluster.data);
      return server === undefined ? { ...name, running: false } : { ...name, running: true, host: server.host, port: server.port, pid: server.pid };
    }),
  );
}

const known = z.object({ clusters: z.array(z.object({ id: z.string(), identifier: z.string() })) });

/** What the control plane calls the clusters, as it last wrote it down. */
async function identifiersOf(home: Home): Promise<ReadonlyMap<string, string>> {
  const state = await readJson(controlPlaneAt(home).state, known);
  return new Map(state?.clusters.map(({ id, identifier }) => [id, identifier]));
}

/** Files come and go while a server runs. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await lstat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
