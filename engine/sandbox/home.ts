/** Where the sandbox of a project lives on disk, and as whom its servers run. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '../fault.ts';

/** An account that servers run as. */
export type Account = { readonly uid: number; readonly gid: number };

/** `privileged`: the operator is root, whom PostgreSQL refuses, so everything lies where another account can reach it. */
export type Home = { readonly root: string; readonly folder: string; readonly privileged: boolean };

/** The home of a project's sandbox, whether it exists or not. */
export async function findHome(root: string): Promise<Home> {
  const project = await realpath(root);
  if (process.geteuid?.() !== 0) return { root: project, folder: join(project, '.runbook', 'sandbox'), privileged: false };
  const name = createHash('sha256').update(project).digest('hex').slice(0, 16);
  return { root: project, folder: `/var/tmp/runbook-sandbox-${name}`, privileged: true };
}

/** Makes the home where it is missing and gives the account that servers run as; undefined: the operator's own. */
export async function makeHome(home: Home): Promise<Account | undefined> {
  if (!home.privileged) {
    await mkdir(home.folder, { recursive: true, mode: 0o700 });
    return undefined;
  }
  const account = (await usedAccount(home)) ?? (await findAccount(['postgres', 'nobody']));
  await mkdir(home.folder, { recursive: true, mode: 0o700 });
  await refuseForeign(home);
  await writeFile(join(home.folder, 'project'), `${home.root}\n`);
  await chown(home.folder, 0, account.gid);
  await chmod(home.folder, 0o710);
  return account;
}

/** Anybody may make a folder in /var/tmp, so one that is there already has to be root's own before anything in it is believed. */
export async function refuseForeign(home: Home): Promise<void> {
  const found = await lstat(home.folder).catch(() => undefined);
  if (found === undefined || !home.privileged) return;
  if (found.isDirectory() && found.uid === 0 && (found.mode & 0o027) === 0) return;
  throw new Fault('preflight', `${home.folder} belongs to the sandbox of this project, but somebody else made it or can write to it.`, {
    hint: `Look at it, then remove it: rm -r ${home.folder}`,
  });
}

/** Deletes the home and everything in it. Servers have to be stopped before. */
export async function removeHome(home: Home): Promise<void> {
  await refuseForeign(home);
  await rm(home.folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Once there is a data folder, its owner is the account: another one could not open it. */
async function usedAccount(home: Home): Promise<Account | undefined> {
  const clusters = join(home.folder, 'clusters');
  for (const name of await readdir(clusters).catch(() => [])) {
    const data = await stat(join(clusters, name, 'data')).catch(() => undefined);
    if (data !== undefined && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  }
  return undefined;
}

/** The first of the accounts that this machine has. None is ever made. */
export async function findAccount(names: readonly string[]): Promise<Account> {
  for (const name of names) {
    const [uid, gid] = await Promise.all([id('-u', name), id('-g', name)]);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { uid, gid };
  }
  throw new Fault('preflight', `PostgreSQL does not run as root, and this machine has no account ${names.join(' or ')} to run it as.`, {
    hint: 'Run the same command as an ordinary user.',
  });
}

async function id(option: string, name: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('id', [option, name]);
    return Number.parseInt(stdout, 10);
  } catch {
    return undefined;
  }
}
