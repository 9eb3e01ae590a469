/** Where the engine's own files are. The sources are in `engine/`, in folders; what is built of them is in `dist/`, all in one. */

import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const extension = extname(import.meta.url);

/** The folder of the package: templates, documents, `package.json`. */
export const packageFolder: string = dirname(here);

/** A program of the engine that runs as a process of its own, by its path in the sources without the ending, such as `kernels/sql-program`. */
export function ownProgram(path: string): string {
  return join(here, `${extension === '.ts' ? path : basename(path)}${extension}`);
}

/** A script that the engine starts, by its path in the sources, such as `kernels/launcher.sh`. */
export function ownScript(path: string): string {
  return join(here, path);
}
