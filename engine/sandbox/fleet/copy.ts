/** Copies the files of a data folder, also while a server writes to them. */

import { chown, constants, copyFile, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../fault.ts';
import type { Account } from '../home.ts';

/** How a folder is copied. */
export type CopyOptions = {
  /** True for a path below the folder that stays behind. */
  readonly without?: (path: string) => boolean;
  /** Whom the copy belongs to; undefined: the operator. */
  readonly account?: Account | undefined;
};

/** Emptied by every server that starts, or of no use to another one; as PostgreSQL's documentation lists them for base backups. */
const emptied = /^pg_(wal|replslot|dynshmem|notify|serial|snapshots|stat_tmp|subtrans)\//;
const passing = /(^|\/)(pgsql_tmp[^/]*|pg_internal\.init[^/]*|postmaster\.(pid|opts)|backup_label(\.old)?|tablespace_map(\.old)?|[^/]+\.signal)$/;

/** True for what does not belong in a base backup. */
export function passes(path: string): boolean {
  return emptied.test(path) || passing.test(path);
}

/** Copies a folder into one that is not there yet, sharing blocks where the file system can. Gives the paths of what it made. */
export async function copyFolder(from: string, to: string, options: CopyOptions = {}): Promise<readonly string[]> {
  const below = async (path: string): Promise<readonly string[]> => {
    await mkdir(join(to, path), { mode: 0o700 });
    await give(join(to, path), options.account);
    const entries = await unlessGone(readdir(join(from, path), { withFileTypes: true }));
    const made = (entries ?? []).map(async (entry) => {
      const name = path === '' ? entry.name : `${path}/${entry.name}`;
      if (options.without?.(name)) return [];
      if (entry.isDirectory()) return below(name);
      if (entry.isFile()) return copyOne(join(from, name), join(to, name), options);
      // A tablespace outside the folder would be shared by both copies.
      throw new Error(`${join(from, name)} is neither a file nor a folder. The sandbox backs up no tablespaces.`);
    });
    return [...(await Promise.all(made)).flat(), join(to, path)];
  };
  return below('');
}

/** One file; nothing where it went away meanwhile, of which the WAL tells those who recover. */
export async function copyOne(from: string, to: string, { account }: CopyOptions = {}): Promise<readonly string[]> {
  const copied = await unlessGone(copyFile(from, to, constants.COPYFILE_FICLONE).then(() => true));
  if (copied === undefined) return [];
  await give(to, account);
  return [to];
}

/** Makes files and folders durable, and gives their size in bytes. All at once after the last was written: one by one takes ten times as long. */
export async function settle(paths: readonly string[]): Promise<number> {
  const sizes = paths.map(async (path) => {
    const file = await open(path, 'r');
    try {
      await file.sync();
      const { size } = await file.stat();
      return size;
    } finally {
      await file.close();
    }
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function give(path: string, account: Account | undefined): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid);
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
