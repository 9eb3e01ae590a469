/** What the operating system says about a process: enough to tell ours from one that only has its number. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const linux = process.platform === 'linux';

/** The command line of a process in one string, its words joined by blanks; empty when it is gone or only waits to be reaped. */
export async function commandLine(pid: number): Promise<string> {
  if (!linux) return ask(pid, 'command=');
  return (await readText(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ');
}

/** A word that no later process with the same number has: when it started, and in which boot. Empty when it is gone. */
export async function startMark(pid: number): Promise<string> {
  if (!linux) return ask(pid, 'lstart=');
  // The second field is the program's name in brackets and may hold anything, so fields are counted from the last bracket.
  const fields = (await readText(`/proc/${pid}/stat`)).split(')').at(-1)?.trim().split(' ') ?? [];
  const [state, started] = [fields[0], fields[19]];
  if (started === undefined || state === 'Z') return '';
  return `${started} ${(await readText('/proc/sys/kernel/random/boot_id')).trim()}`;
}

/** macOS has no /proc. */
async function ask(pid: number, column: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('/bin/ps', ['-ww', '-o', column, '-p', String(pid)], { env: { LC_ALL: 'C' } });
    return stdout.trim();
  } catch {
    return '';
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
