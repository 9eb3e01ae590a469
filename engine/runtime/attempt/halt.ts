/** Ends a step whose time is up or that the operator stops: TERM to its process group, a grace period, KILL. */

import { pause } from '../pause.ts';
import { isAlive, type ProcessIdentity } from '../process-identity.ts';
import { type AttemptPaths, readProcess } from './folder.ts';
import { groupExists, groupOfStep, signalGroup, survivors } from './survivors.ts';

/** Why the engine ended a step. */
export type HaltCause = 'timed-out' | 'stopped';

/** What watches a step: its limits, and the signals of its life. `over`: its end is known. `stop`: the operator wants it ended. */
export type HaltOptions = {
  readonly paths: AttemptPaths;
  readonly boot: string;
  readonly launcher?: ProcessIdentity | undefined;
  readonly deadline: number;
  readonly graceMs: number;
  readonly stop: AbortSignal;
  /** The operator gives it no time to end. */
  readonly kill: AbortSignal;
  readonly over: AbortSignal;
};

/** Timers do not count the time in which the machine slept, so the clock is looked at this often. */
const lookEveryMs = 500;
const groupEveryMs = 20;
/** How long after KILL the end of a step is waited for. A process that hangs in the kernel (a dead network disk) does not even die of that. */
const afterKillMs = 2000;

/** Resolves when the step is over, or when everything was done to end it. The cause is only given when the engine ended it. */
export async function haltInTime(options: HaltOptions): Promise<HaltCause | undefined> {
  const cause = await causeToHalt(options);
  if (cause === undefined) return undefined;
  const group = await runningGroup(options);
  if (group === undefined) return undefined;
  signalGroup(group, 'SIGTERM');
  const killAt = Date.now() + options.graceMs;
  while (Date.now() < killAt && !options.kill.aborted && !isGone(group, options)) await pause(groupEveryMs);
  if (!isGone(group, options)) signalGroup(group, 'SIGKILL');
  await pause(afterKillMs, options.over);
  return cause;
}

async function causeToHalt({ deadline, stop, over }: HaltOptions): Promise<HaltCause | undefined> {
  while (!over.aborted) {
    if (stop.aborted) return 'stopped';
    const left = deadline - Date.now();
    if (left <= 0) return 'timed-out';
    await pause(Math.min(left, lookEveryMs), stop, over);
  }
  return undefined;
}

/** The step's process group, or undefined when the step has ended by itself: then its real end counts, however late the engine learns it. */
async function runningGroup({ paths, boot, launcher, over }: HaltOptions): Promise<number | undefined> {
  while (!over.aborted) {
    // What the system says comes before what is written: the step may have deleted or changed that.
    const group = launcher === undefined ? undefined : groupOfStep(launcher);
    if (group !== undefined) return group;
    const kernel = readProcess(paths, 'kernel', boot);
    if (kernel !== undefined) {
      if (isAlive(kernel)) return kernel.pid;
      await waitFor(over);
      return undefined;
    }
    // The launcher is just about to start it.
    await pause(5, over);
  }
  return undefined;
}

async function waitFor(over: AbortSignal): Promise<void> {
  while (!over.aborted) await pause(lookEveryMs, over);
}

/** Some containers never wait for orphans, so of a group that seems to be there everybody may be dead. */
function isGone(group: number, { paths, boot, launcher, over }: HaltOptions): boolean {
  if (!groupExists(group)) return true;
  if (!over.aborted) return false;
  return !survivors(paths, launcher ?? readProcess(paths, 'claim', boot), { pid: group, born: '', boot }).some((process) => process.inGroup);
}
