/** The sandbox of a project: a real PostgreSQL on loopback that is made when it is first needed and stays for the next run. */

import { lstat, rename } from 'node:fs/promises';
import { Fault, messageOf } from '../fault.ts';
import { letsIn, prepareOwner } from './access.ts';
import { type Cluster, type ClusterRecord, clusterAt, dataFolders, newPassword, readRecord, refuseOtherMajor, writeRecord } from './cluster.ts';
import type { AwsAccess } from './control-plane-client.ts';
import { type ControlPlaneSettings, controlPlaneAt, readSettings } from './control-plane-file.ts';
import { findControlPlane, startControlPlane, stopControlPlane } from './control-plane-process.ts';
import { newDraft, newRecord } from './draft.ts';
import { packageFor } from './engine-of.ts';
import { copyClosed, type FirstBackup } from './fleet/first-backup.ts';
import type { Address } from './fleet/fleet.ts';
import { ensureBase, type Found, type Ground, groundOf, stand } from './fleet/ground.ts';
import { findHome, type Home, refuseForeign, removeHome } from './home.ts';
import { type Engine, initialise } from './initialise.ts';
import { exclusively } from './lock.ts';
import { clusterName, loopback } from './place.ts';
import { majorOf } from './programs.ts';
import { findServer, stopServer } from './server.ts';

/** Everything that a client needs to connect. No part of it needs quoting in a URL. */
export type SandboxDatabase = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** The way to the control plane, which speaks as AWS does. */
  readonly aws: AwsAccess;
};

/** What `startSandbox` may be told. What is left out is as it was last time. */
export type SandboxOptions = {
  readonly database?: string | undefined;
  /** The identifier that the stage's cluster has in the control plane. */
  readonly cluster?: string | undefined;
  /** The name of the secret with its credentials. */
  readonly secret?: string | undefined;
  /** Multiplies the time that changes of status take: 0 leaves only the work. */
  readonly delays?: number | undefined;
  readonly onProgress?: (message: string) => void;
};

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
  const settings = await settingsOf(home, database, options);
  const onWait = (pid: number): void => onProgress(`Waiting for process ${pid}, which is starting or stopping the sandbox`);
  return (
    (await answering(home, settings)) ??
    exclusively(home.root, onWait, async () => (await answering(home, settings)) ?? start(home, settings, onProgress))
  );
}

/** Ends every server and the control plane, and keeps the data. True if one ran. */
export async function stopSandbox(root: string): Promise<boolean> {
  const home = await findHome(root);
  await refuseForeign(home);
  if ((await lstat(home.folder).catch(() => undefined)) === undefined) return false;
  return exclusively(
    home.root,
    () => {},
    () => stopAll(home),
  );
}

/** Ends every server and deletes everything that the sandbox keeps. */
export async function resetSandbox(root: string): Promise<void> {
  const home = await findHome(root);
  if ((await lstat(home.folder).catch(() => undefined)) === undefined) return;
  await exclusively(
    home.root,
    () => {},
    async () => {
      await refuseForeign(home);
      await stopAll(home);
      await removeHome(home);
    },
  );
}

/** The control plane's own settings: those of last time, but for what is given. */
async function settingsOf(home: Home, database: string, options: SandboxOptions): Promise<ControlPlaneSettings> {
  const last = await readSettings(controlPlaneAt(home));
  const cluster = options.cluster ?? last?.cluster ?? clusterName;
  const usualSecret = last?.cluster === cluster ? last.secret : `${cluster}-db-credentials`;
  const delays = options.delays ?? last?.delays;
  return { cluster, secret: options.secret ?? usualSecret, database, ...(delays !== undefined && { delays }) };
}

/** Ends the control plane, so that it starts nothing any more, and the server of every cluster. True if one of them ran. */
async function stopAll(home: Home): Promise<boolean> {
  const controlPlane = await stopControlPlane(home);
  const stopped = await Promise.all((await dataFolders(home)).map((data) => stopServer(data)));
  return controlPlane || stopped.includes(true);
}

/** The way in, if the server runs and the owner's connection shows that nothing has to be done. */
async function answering(home: Home, settings: ControlPlaneSettings): Promise<SandboxDatabase | undefined> {
  const { database } = settings;
  const cluster = clusterAt(home, clusterName);
  const record = await readRecord(cluster);
  const server = record && (await findServer(cluster.data));
  // A server of a version that archived nothing is started anew.
  const archives = (await lstat(cluster.wal).catch(() => undefined)) !== undefined;
  if (record?.database !== database || server?.state !== 'ready' || !archives) return undefined;
  const [open, aws] = await Promise.all([letsIn(server, record.owner, database), findControlPlane(home, settings)]);
  return open && aws ? wayIn(server, { ...record, database }, aws) : undefined;
}

/** Under the lock: from whatever is there to a server that answers. */
async function start(home: Home, settings: ControlPlaneSettings, onProgress: (message: string) => void): Promise<SandboxDatabase> {
  const ground = groundOf(home);
  const standing = standUp(ground, settings.database, onProgress);
  // Both come to their end before the lock is given up, whatever becomes of the other.
  const [stood, started] = await Promise.allSettled([
    standing.then(async (up) => {
      await ensureBase(ground, up, up.address, up.first);
      return up;
    }),
    startControlPlane(home, settings, standing),
  ]);
  if (stood.status === 'rejected') throw stood.reason;
  if (started.status === 'rejected') throw started.reason;
  return wayIn(stood.value.address, stood.value.record, started.value);
}

/** A cluster with its server, and of a new one the files as they were before. */
type StoodUp = Found & { readonly address: Address; readonly first?: FirstBackup };

/** The stage's cluster with a server that lets its owner in. */
async function standUp(ground: Ground, database: string, onProgress: (message: string) => void): Promise<StoodUp> {
  const cluster = clusterAt(ground.home, clusterName);
  const { first, ...made } = await whole(ground, cluster, onProgress);
  const found = { id: clusterName, cluster, ...made };
  const address = await stand(ground, found, found.record.maxConnections);
  await prepareOwner(address, found.record, database).catch((cause: unknown) => {
    throw new Fault('preflight', `The sandbox's server on port ${address.port} does not let the engine in: ${messageOf(cause)}`, {
      hint: `tail ${cluster.log}, or begin anew: runbook sandbox reset`,
      cause,
    });
  });
  const record = { ...((await readRecord(cluster)) ?? found.record), database };
  await writeRecord(cluster, record);
  return { ...found, record, address, ...(first !== undefined && { first }) };
}

/** The stage's cluster, made where there is none. */
async function whole(ground: Ground, cluster: Cluster, onProgress: (message: string) => void): Promise<Pick<StoodUp, 'record' | 'first'>> {
  const { home } = ground;
  const found = await readRecord(cluster);
  if (found !== undefined && (await findServer(cluster.data)) !== undefined) return { record: found };
  const source = await packageFor(home);
  if (found !== undefined) await refuseOtherMajor(cluster, majorOf(source.version));
  const version = /^\d+(\.\d+)?/.exec(source.version)?.[0];
  onProgress(found === undefined ? `Making a PostgreSQL ${version} for this project` : `Starting PostgreSQL ${version}`);
  return found === undefined ? create(home, await ground.engine()) : { record: found };
}

/** A new cluster with the password of its superuser, who is its only role as yet. */
async function create(home: Home, engine: Engine): Promise<Pick<StoodUp, 'record' | 'first'>> {
  const draft = await newDraft(home, engine.account);
  const record = newRecord({ user: 'app', password: newPassword() });
  await initialise(draft, engine, record.superuser);
  const first = await copyClosed(home, draft);
  await writeRecord(draft, record);
  await rename(draft.folder, clusterAt(home, clusterName).folder);
  return { record, first };
}

function wayIn({ port }: Address, { owner, database = usualDatabase }: ClusterRecord, aws: AwsAccess): SandboxDatabase {
  return { host: loopback, port, database, ...owner, aws };
}
