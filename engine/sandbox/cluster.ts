/** A cluster on disk: one data folder, the passwords of its roles, and how both come into being. */

import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExecaError, execa } from 'execa';
import { z } from 'zod';
import { Fault } from '../fault.ts';
import type { Account, Home } from './home.ts';
import type { Programs } from './install.ts';
import { accessRules } from './settings.ts';

const role = z.object({ user: z.string(), password: z.string() });
const record = z.object({
  /** The engine's own superuser; on Aurora, AWS keeps a role of this name for itself. */
  superuser: role,
  /** Owns the databases: what an Aurora cluster calls its master user. */
  owner: role,
  /** The database that was asked for last. */
  database: z.string().optional(),
  /** Where the server listened last; it gets the same port again if that is free. */
  port: z.number().int().optional(),
});

/** A role and its password. */
export type Role = z.infer<typeof role>;
/** What is known of a cluster between two starts. */
export type ClusterRecord = z.infer<typeof record>;

/** The files of a cluster. Only `data` belongs to the account that runs the server. */
export type Cluster = { readonly folder: string; readonly data: string; readonly log: string; readonly hba: string; readonly passwords: string };

/** Where a cluster of this name lies, made or not. */
export function clusterAt(home: Home, name: string): Cluster {
  return layout(join(home.folder, 'clusters', name));
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
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return missingRecord(cluster);
    throw new Fault('preflight', `The sandbox's passwords in ${path} cannot be read.`, { hint: `ls -l ${path}`, cause: error });
  }
  try {
    return record.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(`${path} is not what the engine wrote there.`, cause);
  }
}

/** Replaces the record, and with it the password file that libpq reads. */
export async function writeRecord(cluster: Cluster, next: ClusterRecord): Promise<void> {
  await replace(join(cluster.folder, 'cluster.json'), `${JSON.stringify(next, undefined, 2)}\n`);
  await replace(cluster.passwords, `127.0.0.1:${next.port ?? '*'}:*:${next.owner.user}:${next.owner.password}\n`);
}

/** The major version that wrote the data folder. */
export async function dataMajor(cluster: Cluster): Promise<number> {
  const text = await readFile(join(cluster.data, 'PG_VERSION'), 'utf8').catch((cause: unknown) => {
    throw damaged(`${cluster.data} is no data folder any more.`, cause);
  });
  return Number.parseInt(text, 10);
}

/**
 * Makes a cluster. It is built under another name and appears by one rename when it is whole and on disk, so whatever is left of an
 * earlier try that was killed is never taken for one.
 */
export async function createCluster(cluster: Cluster, programs: Programs, account: Account | undefined): Promise<ClusterRecord> {
  const parent = dirname(cluster.folder);
  await mkdir(parent, { recursive: true });
  await reachable(parent, account);
  for (const name of await readdir(parent)) {
    // An initdb whose engine was killed may still be writing there; then the next start removes it.
    if (name.startsWith('draft-')) await rm(join(parent, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
  const draft = layout(await mkdtemp(join(parent, 'draft-')));
  await reachable(draft.folder, account);
  const made: ClusterRecord = { superuser: { user: 'rdsadmin', password: newPassword() }, owner: { user: 'app', password: newPassword() } };
  await initialise(draft, programs, account, made.superuser);
  await writeFile(draft.hba, accessRules);
  await writeFile(draft.log, '', { mode: 0o600 });
  // Read by the server's account, and by the operator's umask perhaps by nobody.
  await chmod(draft.hba, 0o644);
  await writeRecord(draft, made);
  await rename(draft.folder, cluster.folder);
  return made;
}

function layout(folder: string): Cluster {
  return { folder, data: join(folder, 'data'), log: join(folder, 'log'), hba: join(folder, 'hba.conf'), passwords: join(folder, 'pgpass') };
}

/** The server's account may pass through a folder, and do nothing else in it. */
async function reachable(folder: string, account: Account | undefined): Promise<void> {
  if (account !== undefined) await chown(folder, 0, account.gid);
  await chmod(folder, account === undefined ? 0o700 : 0o710);
}

/** Without syncing each file as it is made: one sync at the end takes half the time. */
async function initialise(draft: Cluster, programs: Programs, account: Account | undefined, superuser: Role): Promise<void> {
  const passwordFile = join(draft.folder, 'password');
  await mkdir(draft.data, { mode: 0o700 });
  await writeFile(passwordFile, superuser.password, { mode: 0o600 });
  if (account !== undefined) {
    await chown(draft.data, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const locale = programs.major >= 17 ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C'];
  const how = ['--encoding=UTF8', ...locale, '--data-checksums', '--auth-host=scram-sha-256', '--auth-local=reject'];
  await initdb(draft, programs, account, [`--username=${superuser.user}`, `--pwfile=${passwordFile}`, ...how, '--no-instructions', '--no-sync']);
  await rm(passwordFile);
  await initdb(draft, programs, account, ['--sync-only']);
}

async function initdb(draft: Cluster, programs: Programs, account: Account | undefined, args: readonly string[]): Promise<void> {
  const environment = { cwd: programs.folder, env: programEnvironment, extendEnv: false };
  try {
    await execa(programs.initdb, [`--pgdata=${draft.data}`, ...args], { ...environment, ...account, stdin: 'ignore', all: true });
  } catch (cause) {
    const said = cause instanceof ExecaError ? [...String(cause.all ?? '').split('\n'), cause.shortMessage] : [String(cause)];
    const why = said.find((line) => /error:|FATAL|PANIC/.test(line)) ?? said.at(-1);
    throw new Fault('preflight', `PostgreSQL could not make the sandbox's data folder: ${why}`, { hint: 'df -h', cause });
  }
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

/** 144 bits; of base64url's characters none needs quoting in a URL, a shell or a password file. */
function newPassword(): string {
  return randomBytes(18).toString('base64url');
}

async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
