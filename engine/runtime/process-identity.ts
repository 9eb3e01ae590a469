/** Names a process for good: its number alone is given to another one sooner or later. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isRecord } from '../core/is-record.ts';

/** What names one process for good: its number, when it began, and the boot of the machine in which that number means something. */
export type ProcessIdentity = { readonly pid: number; readonly born: string; readonly boot: string };

/** Whether a file told of one. */
export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  return isRecord(value) && typeof value.pid === 'number' && typeof value.born === 'string' && typeof value.boot === 'string';
}

/** The identity of a process that runs now; `born` is empty when it does not. */
export function identify(pid: number): ProcessIdentity {
  return { pid, born: stateOf(pid)?.born ?? '', boot: bootId() };
}

/** True while that very process runs. One that has ended and is only waited for (a zombie) does not run. */
export function isAlive(process: ProcessIdentity): boolean {
  if (process.boot !== bootId()) return false;
  const state = stateOf(process.pid);
  return state !== undefined && !state.ended && state.born === process.born;
}

/** True when its number now belongs to another process. */
export function isReused(process: ProcessIdentity): boolean {
  const born = stateOf(process.pid)?.born;
  return born !== undefined && born !== process.born;
}

/** What changes with every boot of the machine. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return ask('sysctl', ['-n', 'kern.bootsessionuuid']);
  }
}

/** A line of /proc/<pid>/stat, read: the name in brackets may hold anything, so the fields are counted from behind it. */
export function parseStat(stat: string): {
  readonly ended: boolean;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly born: string;
} {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    ended: fields[0] === 'Z' || fields[0] === 'X',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    born: fields[19] ?? '',
  };
}

/** The launcher asks `ps` in the same words (launcher.sh), so that the answers can be compared: locale and time zone are fixed. */
function stateOf(pid: number): { readonly ended: boolean; readonly born: string } | undefined {
  if (process.platform === 'linux') {
    try {
      return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return undefined;
    }
  }
  const born = ask('ps', ['-o', 'lstart=', '-p', String(pid)]);
  return born === '' ? undefined : { ended: ask('ps', ['-o', 'stat=', '-p', String(pid)]).startsWith('Z'), born };
}

/** The output of a short command, empty when it fails (`ps` does for a process that is gone). */
function ask(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC0' },
    }).trim();
  } catch {
    return '';
  }
}
