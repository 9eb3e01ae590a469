/** What a project's sandbox is doing and what it keeps, asked without changing anything. */

import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { askVersion } from './access.ts';
import { clusterAt, dataMajor, readRecord } from './cluster.ts';
import { findHome, refuseForeign } from './home.ts';
import { clusterName } from './place.ts';
import type { SandboxDatabase } from './sandbox.ts';
import { findServer } from './server.ts';

/** What is there. Without `folder` there is nothing. */
export type SandboxStatus = {
  readonly running: boolean;
  readonly database?: Omit<SandboxDatabase, 'password'>;
  readonly pid?: number;
  readonly startedAt?: string;
  readonly version?: string;
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
  const [server, bytes] = await Promise.all([findServer(cluster.data), sizeOf(home.folder)]);
  const kept = { folder: home.folder, passwords: cluster.passwords, log: cluster.log, bytes };
  if (server === undefined) return { running: false, version: String(await dataMajor(cluster)), ...kept };
  const version = (await askVersion(server, record.superuser)) ?? String(await dataMajor(cluster));
  const { database } = record;
  return {
    running: true,
    ...(database !== undefined && { database: { host: '127.0.0.1', port: server.port, database, user: record.owner.user } }),
    pid: server.pid,
    startedAt: server.startedAt,
    version,
    ...kept,
  };
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
