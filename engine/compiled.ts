/** What Node compiles, kept from one start to the next. Called before what is compiled is loaded. */

import { mkdirSync, statSync } from 'node:fs';
import module from 'node:module';
import { isAbsolute, join } from 'node:path';

/**
 * Lets Node keep what it compiles, so that the next start is faster. In a folder that nobody else can write: what lies there is run.
 * `NODE_COMPILE_CACHE` names another one, `NODE_DISABLE_COMPILE_CACHE` switches it off.
 */
export function keepCompiled({ NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE, XDG_CACHE_HOME, HOME }: NodeJS.ProcessEnv): void {
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'));
  if (NODE_COMPILE_CACHE || NODE_DISABLE_COMPILE_CACHE || !caches || !isAbsolute(caches)) return;
  const folder = join(caches, 'runbook');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    if (uid === process.getuid?.() && (mode & 0o022) === 0) module.enableCompileCache(folder);
  } catch {
    // Without it the start is slower, and nothing else.
  }
}
