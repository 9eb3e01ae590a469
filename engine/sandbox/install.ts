/** A copy of the PostgreSQL programs of a sandbox's own: a server must not lose its files when node_modules is made anew. */

import { chmod, constants, copyFile, link, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { dataFolders } from './cluster.ts';
import { trustExtensions } from './extensions.ts';
import type { Home } from './home.ts';
import { majorOf, type Package } from './programs.ts';
import { programsOf } from './server.ts';

/** The copied programs. */
export type Programs = {
  readonly folder: string;
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
  readonly major: number;
};

/** npm cannot carry symbolic links; the package lists them for its install script, which npm may not be allowed to run. */
const inside = z.string().regex(/^native\/lib\/(?!.*\.\.\/)/);
const links = z.array(z.object({ source: inside, target: inside }));

/** Only for building against PostgreSQL. */
const unneeded = /\.a$|^lib\/(pgxs|pkgconfig|postgresql\/pgxs)\/|^lib\/lib(ecpg|pgtypes)/;

/** Puts the programs of a package into the home, unless that was done; removes those of other versions from which no server runs. */
export async function installPrograms(home: Home, source: Package): Promise<Programs> {
  const name = `postgres-${source.version}`;
  const folder = join(home.folder, name);
  const postgres = join(folder, 'bin', 'postgres');
  const usable = await everybodyMay(postgres, 0o555);
  const running = await Promise.all((await dataFolders(home)).map(programsOf));
  for (const entry of await readdir(home.folder)) {
    const needed = entry === name ? usable : running.includes(join(home.folder, entry));
    if (entry.startsWith('postgres-') && !needed) await rm(join(home.folder, entry), { recursive: true, force: true });
  }
  if (!usable) {
    const draft = join(home.folder, `postgres-draft-${process.pid}`);
    await copyTree(source.native, draft);
    await addLinks(source.native, draft);
    await trustExtensions(draft);
    await rename(draft, folder);
  }
  return { folder, initdb: join(folder, 'bin', 'initdb'), postgres, version: source.version, major: majorOf(source.version) };
}

/** Modes are set, not copied: the operator's umask may be 077, and the account that runs the server has to read everything. */
async function copyTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(from, join(entry.parentPath, entry.name)))
    .filter((file) => !unneeded.test(file));
  const listed = new Set((await readLinks(from)).map((link) => link.target));
  const folders = new Set(files.flatMap((file) => ancestors(file)));
  for (const folder of [...folders].sort()) {
    await mkdir(join(to, folder));
    await chmod(join(to, folder), 0o755);
  }
  await Promise.all(
    files.filter((file) => !listed.has(file)).map((file) => place(join(from, file), join(to, file), file.startsWith('bin/') ? 0o755 : 0o644)),
  );
}

/**
 * One file. A hard link holds on to it as well as a copy does when node_modules is made anew, and the first start does not wait for
 * 55 MB to be written; but it shares owner and mode, so these have to be right already.
 */
async function place(from: string, to: string, mode: number): Promise<void> {
  if (await everybodyMay(from, mode & 0o555)) {
    try {
      return await link(from, to);
    } catch {
      // Another file system, or one without links.
    }
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, mode);
}

/** True for a file of the operator's own that everybody may use in this way and only the operator may change. */
async function everybodyMay(path: string, use: number): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() === true && found.uid === process.geteuid?.() && (found.mode & use) === use && (found.mode & 0o022) === 0;
}

/** The folders above a file, from the top one (`''`) down. */
function ancestors(file: string): string[] {
  const above = dirname(file);
  return above === '.' ? [''] : [...ancestors(above), above];
}

async function addLinks(from: string, to: string): Promise<void> {
  for (const { source, target } of await readLinks(from)) {
    if (!unneeded.test(target)) await symlink(relative(dirname(target), source), join(to, target));
  }
}

/** The list, relative to the `native` folder. */
async function readLinks(native: string): Promise<{ source: string; target: string }[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return links
    .parse(JSON.parse(text))
    .map(({ source, target }) => ({ source: source.slice('native/'.length), target: target.slice('native/'.length) }));
}
