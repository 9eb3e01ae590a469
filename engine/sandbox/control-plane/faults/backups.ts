/** What is shown of backups while they have stopped: the newest ones are old. */

import type { Restorable } from '../../fleet/fleet.ts';
import type { SnapshotRecord } from '../rds/records.ts';
import type { State } from '../state.ts';
import { notesOf } from './faults.ts';

const hourMs = 60 * 60_000;

/** How far the latest restorable time is behind when somebody notices, and how old the newest automated snapshot is. */
const lag = { restorableMs: 3 * hourMs, snapshotMs: 30 * hourMs } as const;

/** The times that a cluster can be restored to, as they are shown and checked. */
export function shownRestorable(state: State, cluster: string, range: Restorable | undefined): Restorable | undefined {
  const { cluster: stale, since = '' } = notesOf(state, 'backup-stale');
  if (range === undefined || stale !== cluster) return range;
  const latest = new Date(Math.min(range.latest.getTime(), Date.parse(since) - lag.restorableMs));
  return { earliest: new Date(Math.min(range.earliest.getTime(), latest.getTime())), latest };
}

/** When a snapshot was taken, as it is shown. */
export function shownCreation(state: State, snapshot: SnapshotRecord): Date {
  const at = Date.parse(snapshot.createdAt);
  const { cluster: stale, since = '' } = notesOf(state, 'backup-stale');
  const old = stale === snapshot.cluster.id && snapshot.kind === 'automated';
  return new Date(old ? Math.min(at, Date.parse(since) - lag.snapshotMs) : at);
}
