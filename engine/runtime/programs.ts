/** Finds programs on a PATH, so that what is missing can be said before anything is started, and asks them something. */

import { execFile } from 'node:child_process';
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

/** What a program said to its end. `code` is undefined where it could not be started, was ended by a signal, or took too long. */
export type Said = { readonly code: number | undefined; readonly stdout: string; readonly stderr: string };

/**
 * Asks a program, which gets this environment and input and nothing else. Without execa, which takes longer to load than the few programs take that
 * are asked at the start of a run.
 */
export function ask(
  program: string,
  args: readonly string[],
  { env, input, timeoutMs = 0 }: { readonly env: Readonly<Record<string, string | undefined>>; readonly input?: string; readonly timeoutMs?: number },
): Promise<Said> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env, timeout: timeoutMs, maxBuffer: Number.POSITIVE_INFINITY }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ code, stdout: stdout.trimEnd(), stderr: stderr.trimEnd() });
    });
    // One that does not want its input may end before it has it.
    child.stdin?.on('error', () => {}).end(input);
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
