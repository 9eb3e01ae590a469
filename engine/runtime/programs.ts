/** Finds programs on a PATH, so that what is missing can be said before anything is started. */

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, resolve } from 'node:path';

/** The absolute path of a program: looked up on `path` unless it has a slash. `cwd` is what relative paths start from. */
export function findProgram(name: string, path: string | undefined, cwd: string): string | undefined {
  if (name.includes('/')) return isProgram(resolve(cwd, name)) ? resolve(cwd, name) : undefined;
  for (const folder of (path ?? '').split(delimiter)) {
    const candidate = isAbsolute(folder) ? resolve(folder, name) : resolve(cwd, folder, name);
    if (isProgram(candidate)) return candidate;
  }
  return undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
