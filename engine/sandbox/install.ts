/** A copy of the PostgreSQL programs of a sandbox's own: a server must not lose its files when node_modules is made anew. */

import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import type { Home } from './home.ts';
import { majorOf, type Package } from './programs.ts';

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

/** Copies the programs of a package into the home, unless that was done; removes the copies of other versions. */
export async function installPrograms(home: Home, source: Package): Promise<Programs> {
  const name = `postgres-${source.version}`;
  const folder = join(home.folder, name);
  const present = await readdir(home.folder);
  await Promise.all(
    present.filter((entry) => entry.startsWith('postgres-') && entry !== name).map((entry) => rm(join(home.folder, entry), { recursive: true })),
  );
  if (!present.includes(name)) {
    const draft = join(home.folder, `postgres-draft-${process.pid}`);
    await copyTree(source.native, draft);
    await addLinks(source.native, draft);
    await rename(draft, folder);
  }
  const bin = join(folder, 'bin');
  return { folder, initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), version: source.version, major: majorOf(source.version) };
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
    files
      .filter((file) => !listed.has(file))
      .map(async (file) => {
        await copyFile(join(from, file), join(to, file));
        await chmod(join(to, file), file.startsWith('bin/') ? 0o755 : 0o644);
      }),
  );
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
