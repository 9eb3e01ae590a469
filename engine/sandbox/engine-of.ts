/** The programs and the account of a sandbox, brought into its home where they are missing. */

import { join } from 'node:path';
import { packageFolder } from '../place.ts';
import { type Home, makeHome } from './home.ts';
import type { Engine } from './initialise.ts';
import { installPrograms } from './install.ts';
import { findPackage, type Package } from './programs.ts';

/** The package that brings PostgreSQL, looked for beside the engine and in the project. */
export function packageFor(home: Home): Promise<Package> {
  return findPackage([join(packageFolder, 'package.json'), join(home.root, 'package.json')]);
}

/** What servers of this home are started with. */
export async function engineOf(home: Home, source: Package): Promise<Engine> {
  const account = await makeHome(home);
  return { programs: await installPrograms(home, source), account };
}
