/** A cluster that is being made: under another name, until it is whole and appears by one rename. */

import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cluster, type ClusterRecord, clustersOf, draftPrefix, layout, newPassword, type Role } from './cluster.ts';
import type { Account, Home } from './home.ts';
import { stopServer } from './server.ts';
import { accessRules } from './settings.ts';

/** What is left of a try that was killed is not looked into for ever, even if its number now belongs to another process. */
const oldMs = 60 * 60 * 1000;

/** An empty folder for a cluster. What is left of earlier tries that were killed goes away. */
export async function newDraft(home: Home, account: Account | undefined): Promise<Cluster> {
  const parent = clustersOf(home);
  await mkdir(parent, { recursive: true });
  await reachable(parent, account);
  // An initdb whose engine was killed may still be writing there; then the next start removes it.
  for (const left of await leftDrafts(parent)) await removeCluster(layout(left)).catch(() => {});
  const draft = layout(await mkdtemp(join(parent, `${draftPrefix}${process.pid}-`)));
  await reachable(draft.folder, account);
  await writeFile(draft.log, '', { mode: 0o600 });
  await prepareFolder(draft, account);
  return draft;
}

/** What is recorded of a cluster that nobody has started yet. */
export function newRecord(owner: Role): ClusterRecord {
  return { superuser: { user: 'rdsadmin', password: newPassword() }, owner };
}

/** Ends the server of a cluster and deletes it, so that half of it is never taken for a whole one. */
export async function removeCluster(cluster: Cluster): Promise<void> {
  await stopServer(cluster.data);
  const aside = join(cluster.folder, '..', `${draftPrefix}0-${randomUUID()}`);
  await rename(cluster.folder, aside);
  await rm(aside, { recursive: true, force: true, maxRetries: 3 });
}

/** Rules and archive as this version wants them, also in the folder of a cluster that an earlier one made. */
export async function prepareFolder(cluster: Cluster, account: Account | undefined): Promise<void> {
  await writeFile(cluster.hba, accessRules);
  // Read by the server's account, and by the operator's umask perhaps by nobody.
  await chmod(cluster.hba, 0o644);
  await mkdir(cluster.wal, { recursive: true, mode: 0o700 });
  if (account !== undefined) await chown(cluster.wal, account.uid, account.gid);
}

/** The server's account may pass through a folder, and do nothing else in it. */
async function reachable(folder: string, account: Account | undefined): Promise<void> {
  if (account !== undefined) await chown(folder, 0, account.gid);
  await chmod(folder, account === undefined ? 0o700 : 0o710);
}

/** What is left in a folder of tries that were killed. */
export async function leftDrafts(parent: string): Promise<readonly string[]> {
  const left: string[] = [];
  for (const name of await readdir(parent)) {
    if (name.startsWith(draftPrefix) && (await abandoned(join(parent, name)))) left.push(join(parent, name));
  }
  return left;
}

/** True if the process is gone that was making it. */
async function abandoned(folder: string): Promise<boolean> {
  const maker = Number(/draft-(\d+)-\w+$/.exec(folder)?.[1] ?? 0);
  if (maker === 0 || maker === process.pid) return maker === 0;
  try {
    process.kill(maker, 0);
  } catch {
    return true;
  }
  const made = await stat(folder).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs > oldMs;
}
