/** Processes of a step that are there after its end, told so that the operator knows what still runs. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { hasCode } from '../../fault.ts';
import { isReused, type ProcessIdentity, parseStat } from '../process-identity.ts';
import type { AttemptPaths } from './folder.ts';

/** A process that outlived its step. `inGroup`: it did not leave the step's process group. */
export type Survivor = { readonly pid: number; readonly command: string; readonly inGroup: boolean };

/**
 * Everything that belongs to the step and runs. On Linux also what moved into a session of its own, by the attempt's path in its environment;
 * elsewhere only `ps` is there to ask, which knows the process group. `launcher` and `kernel` are missing where the step deleted what they wrote.
 */
export function survivors(paths: AttemptPaths, launcher: ProcessIdentity | undefined, kernel: ProcessIdentity | undefined): readonly Survivor[] {
  if (process.platform === 'linux') return fromProc(paths, launcher, kernel);
  return kernel === undefined ? [] : fromPs(kernel);
}

/** The process group that a launcher made for its step; undefined when there is none yet, or where only the launcher's own word tells it. */
export function groupOfStep(launcher: ProcessIdentity): number | undefined {
  if (process.platform !== 'linux' || isReused(launcher)) return undefined;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      if (stat.parent === launcher.pid && stat.group === pid && !stat.ended) return pid;
    } catch {
      // It ended meanwhile.
    }
  }
  return undefined;
}

/** True while a process of the group is there, be it one that nobody has waited for yet. Costs next to nothing. */
export function groupExists(group: number): boolean {
  return signalGroup(group, 0) !== 'gone';
}

/** Sends a signal to a process group. `refused`: it runs as somebody else. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): 'sent' | 'gone' | 'refused' {
  try {
    process.kill(-group, signal);
    return 'sent';
  } catch (error) {
    return hasCode(error, 'EPERM') ? 'refused' : 'gone';
  }
}

function fromProc(paths: AttemptPaths, launcher: ProcessIdentity | undefined, kernel: ProcessIdentity | undefined): readonly Survivor[] {
  const session = launcher === undefined || isReused(launcher) ? undefined : launcher.pid;
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    try {
      const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      // The pumps are in the launcher's group, unless the launcher became the step.
      if (stat.ended || (stat.group === launcher?.pid && launcher.pid !== kernel?.pid) || Number(stat.born) < Number(launcher?.born ?? 0)) return [];
      if (stat.session !== session && !isOfAttempt(pid, paths)) return [];
      return [{ pid, inGroup: stat.group === kernel?.pid, command: commandOf(pid) }];
    } catch {
      // It ended meanwhile, or is somebody else's.
      return [];
    }
  });
}

function isOfAttempt(pid: number, paths: AttemptPaths): boolean {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`RUNBOOK_BLOCK=${paths.block}`);
}

function commandOf(pid: number): string {
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  return command === '' ? readFileSync(`/proc/${pid}/comm`, 'utf8').trim() : command;
}

function fromPs(kernel: ProcessIdentity): readonly Survivor[] {
  // `ps` takes a while, and without the group there is nothing that it could find.
  if (!groupExists(kernel.pid)) return [];
  const list = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat=,command='], { encoding: 'utf8' });
  return list.split('\n').flatMap((line) => {
    const [, pid, group, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return Number(group) === kernel.pid && !state?.startsWith('Z') ? [{ pid: Number(pid), inGroup: true, command: command ?? '' }] : [];
  });
}
