/** Restoring: always into a new cluster, which has no instance. */

import {
  RestoreDBClusterFromSnapshot$,
  type RestoreDBClusterFromSnapshotMessage,
  type RestoreDBClusterFromSnapshotResult,
  RestoreDBClusterToPointInTime$,
  type RestoreDBClusterToPointInTimeMessage,
  type RestoreDBClusterToPointInTimeResult,
} from '@aws-sdk/client-rds';
import { type Action, action, type Call } from '../action.ts';
import { refuse } from '../refusal.ts';
import type { Transition } from '../transitions.ts';
import { removeLeftover, setStatus } from './clusters.ts';
import { noteCluster } from './events.ts';
import { findCluster, findSnapshot } from './identifiers.ts';
import { checkEngine, newCluster } from './new-cluster.ts';
import { clusterOnWire, restorableOf } from './on-wire.ts';
import type { ClusterRecord } from './records.ts';

async function fromSnapshot(call: Call, input: RestoreDBClusterFromSnapshotMessage): Promise<RestoreDBClusterFromSnapshotResult> {
  checkEngine(call, input);
  const snapshot = findSnapshot(call, input.SnapshotIdentifier ?? '');
  if (snapshot.status !== 'available') {
    refuse('InvalidDBClusterSnapshotStateFault', `The snapshot ${snapshot.identifier} is in ${snapshot.status} state: it should be available.`);
  }
  const cluster = newCluster(call, input, { user: snapshot.user, database: snapshot.database });
  call.state.clusters.push(cluster);
  call.begin('cluster-restore', cluster.id, { backup: snapshot.backup, what: `snapshot ${snapshot.identifier}` });
  return { DBCluster: await clusterOnWire(call, cluster) };
}

async function toPointInTime(call: Call, input: RestoreDBClusterToPointInTimeMessage): Promise<RestoreDBClusterToPointInTimeResult> {
  const source = sourceOf(call, input);
  const clone = input.RestoreType === 'copy-on-write';
  if (!clone && input.RestoreType !== undefined && input.RestoreType !== 'full-copy') {
    refuse('InvalidParameterValue', `Invalid RestoreType ${input.RestoreType}: it should be full-copy or copy-on-write.`);
  }
  const at = await checkTime(call, source, input);
  // Without tags of its own the new cluster gets those of the source.
  const settings = { ...input, Tags: input.Tags ?? source.tags };
  if (clone) source.cloneGroup ??= source.id;
  const cluster = newCluster(call, settings, {
    user: source.user,
    database: source.database,
    retentionDays: source.retentionDays,
    backupWindow: source.backupWindow,
    maintenanceWindow: source.maintenanceWindow,
    ...(clone && { cloneGroup: source.cloneGroup }),
  });
  call.state.clusters.push(cluster);
  const what = `${source.identifier} at ${at?.toISOString() ?? 'the latest restorable time'}`;
  call.begin('cluster-restore', cluster.id, { source: source.id, what, ...(at && { at: at.toISOString() }) });
  return { DBCluster: await clusterOnWire(call, cluster) };
}

/** By identifier, or by the id that a deleted cluster's backups still go by. */
function sourceOf(call: Call, input: RestoreDBClusterToPointInTimeMessage): ClusterRecord {
  const { SourceDBClusterIdentifier: identifier, SourceDbClusterResourceId: id } = input;
  if ((identifier === undefined) === (id === undefined)) {
    refuse('InvalidParameterCombination', 'Either SourceDBClusterIdentifier or SourceDbClusterResourceId must be given, and not both.');
  }
  if (identifier !== undefined) return findCluster(call, identifier);
  const all = [...call.state.clusters, ...call.state.retained.map((each) => each.cluster)];
  return all.find((each) => each.id === id) ?? refuse('DBClusterNotFoundFault', `DBCluster with resource id ${id} not found.`);
}

/** The time to restore to; undefined: the latest that there is. */
async function checkTime(call: Call, source: ClusterRecord, input: RestoreDBClusterToPointInTimeMessage): Promise<Date | undefined> {
  const { RestoreToTime: at, UseLatestRestorableTime: latest = false } = input;
  if (at !== undefined && latest) refuse('InvalidParameterCombination', 'RestoreToTime cannot be specified when UseLatestRestorableTime is true.');
  if (at === undefined && !latest)
    refuse('InvalidParameterCombination', 'Either RestoreToTime must be specified or UseLatestRestorableTime must be true.');
  if (at !== undefined && input.RestoreType === 'copy-on-write') {
    refuse('InvalidParameterCombination', 'RestoreToTime cannot be specified when RestoreType is copy-on-write: use UseLatestRestorableTime.');
  }
  const range = await restorableOf(call, source.id);
  if (range === undefined) {
    return refuse('InvalidDBClusterStateFault', `DbCluster ${source.identifier} cannot be restored from yet: its first backup is not complete.`);
  }
  if (at === undefined || (at >= range.earliest && at <= range.latest)) return at;
  const [from, to] = [range.earliest.toISOString(), range.latest.toISOString()];
  return refuse(
    'InvalidParameterValue',
    `The specified cluster cannot be restored to ${at.toISOString()}: it can be restored to a time from ${from} to ${to}.`,
  );
}

const restoring: Transition = {
  seconds: 8,
  held: (world) => world.fault('restore-stuck'),
  work: async (world, job) => {
    const { backup, source, at } = job.details;
    if (world.fault('incompatible-restore')) throw new Error('The fault incompatible-restore is on.');
    await removeLeftover(world, job.subject);
    if (backup !== undefined) await world.fleet.restoreBackup(backup, job.subject);
    else if (source !== undefined) await world.fleet.recover(source, job.subject, at === undefined ? undefined : new Date(at));
  },
  done: (world, job) => {
    const cluster = setStatus(world, job, 'available');
    if (cluster) noteCluster(world, cluster, { code: '0170', message: 'DB cluster created', categories: ['creation'] });
  },
  failed: (world, job) => void setStatus(world, job, 'incompatible-restore'),
};

export const restoreActions: readonly Action[] = [
  action(RestoreDBClusterFromSnapshot$, fromSnapshot),
  action(RestoreDBClusterToPointInTime$, toPointInTime),
];

export const restoreTransitions: Readonly<Record<string, Transition>> = { 'cluster-restore': restoring };
