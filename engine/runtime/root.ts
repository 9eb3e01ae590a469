/** Where a project is. Of its own, since most of what is kept in a project can be read without its settings. */

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Something that is in a project; `root` is absolute. */
export type Rooted = { readonly root: string };

/** The folder for everything that the engine keeps in a project. It ignores itself for git. */
export function stateFolder(project: Rooted): string {
  return join(project.root, '.runbook');
}

/** The file with a project's settings. */
export const configName = 'runbook.yaml';

/** The root of the project around a folder: the nearest folder upwards with `runbook.yaml`, else the git root, else the folder itself. */
export function findRoot(folder: string): string {
  return upwards(folder, configName) ?? upwards(folder, '.git') ?? resolve(folder);
}

function upwards(folder: string, name: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, name))) return at;
    if (dirname(at) === at) return undefined;
  }
}
