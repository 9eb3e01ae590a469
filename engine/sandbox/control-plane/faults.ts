/** The faults that a sandbox can be given: what each does to the world, and what ends it. */

/** What is said of a fault where faults are listed. */
export type FaultEntry = { readonly name: FaultName; readonly does: string; readonly ends: string };

const entries = [
  { name: 'throttled', does: 'The next 5 calls are answered Throttling.', ends: 'the calls themselves: the 6th goes through' },
  { name: 'access-denied', does: 'Every call that changes something is answered AccessDenied.', ends: 'switching it off, as a policy would be changed' },
  {
    name: 'connection-lost',
    does: 'The next call that changes something is carried out, and the connection breaks in the middle of its answer.',
    ends: 'that one call',
  },
  { name: 'snapshot-fails', does: 'The next cluster snapshot ends in status failed, with an event.', ends: 'that one snapshot: the one after it works' },
  {
    name: 'snapshot-quota',
    does: 'The account has as many manual snapshots as it may have; another is refused with SnapshotQuotaExceeded.',
    ends: 'deleting a manual snapshot',
  },
  { name: 'restore-stuck', does: 'The next restored cluster stays in status creating.', ends: 'deleting that cluster: the next restore works' },
  { name: 'incompatible-restore', does: 'The next restored cluster ends in status incompatible-restore.', ends: 'deleting that cluster: the next restore works' },
  {
    name: 'incompatible-parameters',
    does: 'The instance runs out of memory at its capacity and shows status incompatible-parameters.',
    ends: 'a higher minimum or maximum capacity and a reboot',
  },
  { name: 'acu-exhausted', does: 'The load takes all the capacity there is: ACUUtilization is at 100 and alarms fire.', ends: 'a higher maximum capacity' },
  {
    name: 'connections-exhausted',
    does: 'An application holds idle sessions until the server has no slot left for others (53300).',
    ends: 'terminating its sessions',
  },
  { name: 'lock-held', does: "A session of an application holds an ACCESS EXCLUSIVE lock on a table and is idle in its transaction.", ends: 'terminating that session' },
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
