/** What a running process has used, as Linux tells it under /proc. */

import { existsSync, readFileSync } from 'node:fs';
import { Missing } from './measure.ts';

/** The most memory that it has had, in MB; 0 when it is gone. */
export function highWater(pid: number): number {
  return memory(pid, 'status', /^VmHWM:\s+(\d+)/mu);
}

/** Its share of memory (PSS) in MB: what several processes have in common counts once among them. */
export function proportional(pid: number): number {
  return memory(pid, 'smaps_rollup', /^Pss:\s+(\d+)/mu);
}

/** Time on a processor in ms, of all its threads. */
export function processorTime(pid: number): number {
  const [, fields = ''] = read(pid, 'stat').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13).map(Number);
  return 10 * ((user ?? Number.NaN) + (system ?? Number.NaN));
}

/** It and everything that it started. */
export function family(pid: number): readonly number[] {
  const children = read(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(family)];
}

function memory(pid: number, file: string, pattern: RegExp): number {
  return Number(pattern.exec(read(pid, file))?.[1] ?? 0) / 1024;
}

function read(pid: number, file: string): string {
  if (!existsSync('/proc/self/smaps_rollup')) throw new Missing('there is no /proc here');
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
