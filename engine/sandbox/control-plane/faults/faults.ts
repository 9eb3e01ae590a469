/** The faults that a sandbox can be given: what each does to the world, what ends it, and those that meet a call on its way. */

import { z } from 'zod';
import { Refusal } from '../refusal.ts';
import type { State } from '../state.ts';

/** What is kept of a fault while it is on: since when, and whatever its end is known by. */
export const faultState = { faultNotes: z.record(z.string(), z.record(z.string(), z.string())).default({}) };

/** What is said of a fault where faults are listed. */
export type FaultEntry = { readonly name: FaultName; readonly does: string; readonly ends: string };

/** A fault as it stands. */
export type FaultStatus = FaultEntry & { readonly on: boolean };

/** A fault, and whether it is wanted. `table`: the one that `lock-held` locks. */
export type FaultWish = { readonly name: FaultName; readonly on: boolean; readonly table?: string | undefined };

/** Where a control plane is asked for its faults: a path that no service of AWS has. */
export const faultsPath = '/sandbox/faults';

const entries = [
  { name: 'throttled', does: 'The next 5 calls are answered Throttling.', ends: 'the calls themselves: the 6th goes through' },
  {
    name: 'access-denied',
    does: 'Every call that changes something is answered AccessDenied.',
    ends: 'switching it off, as a policy would be changed',
  },
  {
    name: 'connection-lost',
    does: 'The next call that changes something is carried out, and the connection breaks in the middle of its answer.',
    ends: 'that one call',
  },
  {
    name: 'snapshot-fails',
    does: 'The next cluster snapshot that somebody takes ends in status failed, with an event.',
    ends: 'that one snapshot: the one after it works',
  },
  {
    name: 'snapshot-quota',
    does: 'The account has as many manual snapshots as it may have; another is refused with SnapshotQuotaExceeded.',
    ends: 'deleting a manual snapshot',
  },
  { name: 'restore-stuck', does: 'The next restored cluster stays in status creating.', ends: 'deleting that cluster: the next restore works' },
  {
    name: 'incompatible-restore',
    does: 'The next restored cluster ends in status incompatible-restore.',
    ends: 'deleting that cluster: the next restore works',
  },
  {
    name: 'incompatible-parameters',
    does: 'The instance runs out of memory at its capacity and shows status incompatible-parameters.',
    ends: 'a higher minimum or maximum capacity and a reboot',
  },
  {
    name: 'acu-exhausted',
    does: 'The load takes all the capacity there is: ACUUtilization is at 100 and alarms fire.',
    ends: 'a higher maximum capacity',
  },
  {
    name: 'connections-exhausted',
    does: 'An application holds idle sessions until the server has no slot left for others (53300).',
    ends: 'terminating its sessions',
  },
  {
    name: 'lock-held',
    does: 'A session of an application holds an ACCESS EXCLUSIVE lock on a table and is idle in its transaction.',
    ends: 'terminating that session',
  },
  {
    name: 'secret-stale',
    does: 'The password in the database is another than the one in the secret (28P01).',
    ends: 'rotating the secret, or setting the password that the secret has',
  },
  {
    name: 'backup-stale',
    does: 'Backups have stopped: LatestRestorableTime falls behind and the newest automated snapshot is over a day old.',
    ends: 'a manual snapshot that becomes available',
  },
  { name: 'proxy-unavailable', does: 'The targets of every proxy are UNAVAILABLE, with a reason.', ends: 'registering the target anew' },
  {
    name: 'maintenance-failed',
    does: 'The next maintenance action that is applied fails with an event and leaves the instance unable to be upgraded.',
    ends: 'rebooting the instance; the action is pending again',
  },
] as const;

/** The name of a fault. */
export type FaultName = (typeof entries)[number]['name'];

/** Every fault, in the order in which they are listed. */
export const faultList: readonly FaultEntry[] = entries;

/** Whether there is a fault of this name. */
export function isFault(name: string): name is FaultName {
  return entries.some((entry) => entry.name === name);
}

/** Whether a fault is switched on. */
export function isOn(state: State, name: FaultName): boolean {
  return state.faults.includes(name);
}

/** Switches a fault on, with what its end is known by. */
export function begin(state: State, name: FaultName, notes: Readonly<Record<string, string>>): void {
  end(state, name);
  state.faults.push(name);
  state.faultNotes[name] = { ...notes };
}

/** Switches a fault off, and forgets what was kept of it. */
export function end(state: State, name: FaultName): void {
  state.faults = state.faults.filter((each) => each !== name);
  delete state.faultNotes[name];
}

/** What is kept of a fault. */
export function notesOf(state: State, name: FaultName): Readonly<Record<string, string>> {
  return state.faultNotes[name] ?? {};
}

/** How many calls are throttled: more than a client tries by itself. */
export const throttledCalls = 5;

/** A call, as far as faults want to know it. */
export type Passing = {
  readonly service: string;
  readonly operation: string;
  readonly changes: boolean;
  /** True for a call of the engine itself: faults are for the steps to meet. */
  readonly engine: boolean;
  readonly caller: string;
  readonly resource: string;
};

/** What is done to a call: it is refused, or it is carried out and its answer breaks off. */
export type Interference = { readonly kind: 'refuse'; readonly refusal: Refusal } | { readonly kind: 'drop-answer' };

/** What the faults that are on do to a call. Who one is can always be asked, as AWS throttles each service by itself. */
export function interfere(state: State, call: Passing): Interference | undefined {
  if (call.service === 'sts' || call.engine) return undefined;
  if (isOn(state, 'throttled')) {
    const left = Number(notesOf(state, 'throttled').left ?? 1) - 1;
    if (left > 0) state.faultNotes.throttled = { left: String(left) };
    else end(state, 'throttled');
    return { kind: 'refuse', refusal: new Refusal(call.service === 'secretsmanager' ? 'ThrottlingException' : 'Throttling', 'Rate exceeded') };
  }
  if (!call.changes) return undefined;
  if (isOn(state, 'access-denied')) {
    const permission = `${call.service}:${call.operation}`;
    const sentence = `User: ${call.caller} is not authorized to perform: ${permission} on resource: ${call.resource} because no identity-based policy allows the ${permission} action`;
    const code =
      call.service === 'secretsmanager' ? 'AccessDeniedException' : call.service === 'sns' ? 'AuthorizationErrorException' : 'AccessDenied';
    return { kind: 'refuse', refusal: new Refusal(code, sentence) };
  }
  if (isOn(state, 'connection-lost')) {
    end(state, 'connection-lost');
    return { kind: 'drop-answer' };
  }
  return undefined;
}
