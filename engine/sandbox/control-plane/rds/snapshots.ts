/** Snapshots of clusters: each is a base backup that the fleet keeps. */

import {
  CopyDBClusterSnapshot$,
  type CopyDBClusterSnapshotMessage,
  type CopyDBClusterSnapshotResult,
  CreateDBClusterSnapshot$,
  type CreateDBClusterSnapshotMessage,
  type CreateDBClusterSnapshotResult,
  type DBClusterSnapshotMessage,
  DeleteDBClusterSnapshot$,
  type DeleteDBClusterSnapshotMessage,
  type DeleteDBClusterSnapshotResult,
  DescribeDBClusterSnapshots$,
  type DescribeDBClusterSnapshotsMessage,
} from '@aws-sdk/client-rds';
import { type Action, action, type Call, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import type { Job } from '../state.ts';
import type { Transition } from '../transitions.ts';
import { note } from './events.ts';
import { arnOf, clusterById, findCluster, findSnapshot, identifierIn, needAvailable, newId, newIdentifier } from './identifiers.ts';
import { engine, snapshotOnWire } from './on-wire.ts';
import { filtered, page } from './paging.ts';
import type { ClusterRecord, SnapshotRecord } from './records.ts';
import { checkTags } from './tags.ts';

/** As many manual snapshots as an account may have. */
const quota = 100;

/** The record of a manual snapshot that is about to be taken; it is not in the state yet. */
export function newSnapshot(call: Call, cluster: ClusterRecord, name: { readonly identifier: string; readonly parameter: string }): SnapshotRecord {
  const identifier = newName(call, name.identifier, name.parameter);
  return { ...snapshotOf(call, cluster), identifier, tags: cluster.copyTagsToSnapshot ? [...cluster.tags] : [] };
}

function newName(call: Call, wanted: string, parameter: string): string {
  const identifier = newIdentifier(wanted, parameter, 255);
  if (call.state.snapshots.some((each) => each.identifier === identifier)) {
    refuse('DBClusterSnapshotAlreadyExistsFault', `Cannot create the cluster snapshot because one with the identifier ${identifier} already exists.`);
  }
  if (call.fault('snapshot-quota') || call.state.snapshots.filter((each) => each.kind === 'manual').length >= quota) {
    refuse('SnapshotQuotaExceededFault', `Cannot create more than ${quota} manual snapshots`);
  }
  return identifier;
}

/** The record of a snapshot of a cluster as it is now, without a name. */
export function snapshotOf(world: World, cluster: ClusterRecord): SnapshotRecord {
  const id = newId(world, 'snapshot');
  return {
    id,
    identifier: '',
    kind: 'manual',
    status: 'creating',
    createdAt: world.clock().toISOString(),
    backup: id,
    cluster: { id: cluster.id, identifier: cluster.identifier, createdAt: cluster.createdAt },
    engineVersion: cluster.engineVersion,
    user: cluster.user,
    database: cluster.database,
    port: cluster.address?.port ?? cluster.port,
    tags: [],
  };
}

/** Begins a snapshot such as AWS takes every day. */
export function beginAutomatedSnapshot(world: World, cluster: ClusterRecord): void {
  const minute = world.clock().toISOString().slice(0, 16).replaceAll(/[T:]/g, '-');
  const identifier = `rds:${cluster.identifier}-${minute}`;
  if (world.state.snapshots.some((each) => each.identifier === identifier)) return;
  const snapshot: SnapshotRecord = { ...snapshotOf(world, cluster), identifier, kind: 'automated' };
  world.state.snapshots.push(snapshot);
  noteSnapshot(world, snapshot, { code: '0168', message: 'Creating automated cluster snapshot' });
  world.begin('snapshot-create', snapshot.id);
}

function create(call: Call, input: CreateDBClusterSnapshotMessage): CreateDBClusterSnapshotResult {
  const cluster = findCluster(call, input.DBClusterIdentifier ?? '');
  const tags = checkTags(input.Tags);
  needAvailable(cluster);
  const name = { identifier: input.DBClusterSnapshotIdentifier ?? '', parameter: 'DBClusterSnapshotIdentifier' };
  const made = newSnapshot(call, cluster, name);
  const snapshot = { ...made, tags: checkTags([...made.tags, ...tags]) };
  call.state.snapshots.push(snapshot);
  cluster.status = 'backing-up';
  noteSnapshot(call, snapshot, { code: '0074', message: 'Creating manual cluster snapshot' });
  call.begin('snapshot-create', snapshot.id);
  return { DBClusterSnapshot: snapshotOnWire(call, snapshot) };
}

const creation: Transition = {
  seconds: 6,
  work: async (world, job) => {
    const snapshot = snapshotById(world, job.subject);
    if (snapshot === undefined) return;
    // Not the one of the day, which may come at any moment.
    if (snapshot.kind === 'manual' && world.fault('snapshot-fails')) throw new Error('The fault snapshot-fails is on.');
    await takeOnce(world, job, { cluster: snapshot.cluster.id, backup: snapshot.backup });
  },
  done: (world, job) => {
    const snapshot = ended(world, job.subject, 'available');
    if (snapshot) noteSnapshotCreated(world, snapshot);
  },
  failed: (world, job) => void ended(world, job.subject, 'failed'),
};

/** Takes a backup for a job. One that the job took before a restart of the process stays: it has the data of the moment that was asked for. */
export async function takeOnce(world: World, job: Job, { cluster, backup }: { readonly cluster: string; readonly backup: string }): Promise<void> {
  const there = await world.fleet.backup(backup);
  if (there !== undefined && there.startedAt >= job.begunAt) return;
  if (there !== undefined) await world.fleet.removeBackup(backup);
  await world.fleet.backUp(cluster, backup);
}

function ended(world: World, id: string, status: string): SnapshotRecord | undefined {
  const snapshot = snapshotById(world, id);
  if (snapshot === undefined) return undefined;
  snapshot.status = status;
  const cluster = clusterById(world, snapshot.cluster.id);
  if (cluster?.status === 'backing-up' && snapshot.kind === 'manual') cluster.status = 'available';
  return snapshot;
}

/** Tells that a snapshot is complete. */
export function noteSnapshotCreated(world: World, snapshot: SnapshotRecord): void {
  const manual = { code: '0075', message: 'Manual cluster snapshot created' };
  noteSnapshot(world, snapshot, snapshot.kind === 'manual' ? manual : { code: '0169', message: 'Automated cluster snapshot created' });
}

function noteSnapshot(world: World, snapshot: SnapshotRecord, what: { readonly code: string; readonly message: string }): void {
  note(world, { sourceType: 'db-cluster-snapshot', source: snapshot.identifier, ...what, categories: ['backup'] });
}

function snapshotById(world: World, id: string): SnapshotRecord | undefined {
  return world.state.snapshots.find((each) => each.id === id);
}

function describe(call: Call, input: DescribeDBClusterSnapshotsMessage): DBClusterSnapshotMessage {
  const { DBClusterIdentifier: cluster, DBClusterSnapshotIdentifier: identifier, SnapshotType: type } = input;
  if (cluster !== undefined && identifier !== undefined) {
    refuse('InvalidParameterCombination', 'DBClusterIdentifier and DBClusterSnapshotIdentifier cannot be used together.');
  }
  if (type !== undefined && !['automated', 'manual', 'shared', 'public', 'awsbackup'].includes(type)) {
    refuse('InvalidParameterValue', `Invalid snapshot type: ${type}. It should be automated, manual, shared, public or awsbackup.`);
  }
  const named = identifier === undefined ? call.state.snapshots : [findSnapshot(call, identifier)];
  const wanted = cluster === undefined ? undefined : identifierIn(call, 'cluster', cluster);
  const all = named.filter(
    (each) =>
      (type === undefined || each.kind === type) &&
      (wanted === undefined || each.cluster.identifier === wanted || clusterById(call, each.cluster.id)?.identifier === wanted) &&
      (input.DbClusterResourceId === undefined || each.cluster.id === input.DbClusterResourceId),
  );
  const found = filtered<SnapshotRecord>(all, input.Filters, {
    'db-cluster-id': (each) => [each.cluster.identifier, arnOf(call, 'cluster', each.cluster.identifier)],
    'db-cluster-snapshot-id': (each) => [each.identifier],
    'snapshot-type': (each) => [each.kind],
    engine: () => [engine],
  });
  const { items, Marker } = page(found, input, (each) => each.identifier);
  return { Marker, DBClusterSnapshots: items.map((each) => snapshotOnWire(call, each)) };
}

async function remove(call: Call, input: DeleteDBClusterSnapshotMessage): Promise<DeleteDBClusterSnapshotResult> {
  const snapshot = findSnapshot(call, input.DBClusterSnapshotIdentifier ?? '');
  if (snapshot.kind !== 'manual') refuse('InvalidDBClusterSnapshotStateFault', 'Only manual snapshots may be deleted.');
  if (!['available', 'failed'].includes(snapshot.status)) {
    refuse('InvalidDBClusterSnapshotStateFault', `The snapshot ${snapshot.identifier} is in ${snapshot.status} state: it should be available.`);
  }
  if (call.state.jobs.some((job) => job.details.backup === snapshot.backup)) {
    refuse('InvalidDBClusterSnapshotStateFault', `The snapshot ${snapshot.identifier} is being restored from.`);
  }
  call.state.snapshots.splice(call.state.snapshots.indexOf(snapshot), 1);
  await dropBackup(call, snapshot);
  return { DBClusterSnapshot: snapshotOnWire(call, { ...snapshot, status: 'available' }) };
}

/** Deletes the data of a snapshot that is gone, unless a copy still needs it. */
export async function dropBackup(world: World, snapshot: SnapshotRecord): Promise<void> {
  if (world.state.snapshots.some((each) => each.backup === snapshot.backup)) return;
  await world.fleet
    .removeBackup(snapshot.backup)
    .catch((error: unknown) => world.log(`The backup ${snapshot.backup} was not deleted: ${String(error)}`));
}

function copy(call: Call, input: CopyDBClusterSnapshotMessage): CopyDBClusterSnapshotResult {
  const source = findSnapshot(call, input.SourceDBClusterSnapshotIdentifier ?? '');
  if (source.status !== 'available')
    refuse('InvalidDBClusterSnapshotStateFault', `The snapshot ${source.identifier} is in ${source.status} state: it should be available.`);
  const given = checkTags(input.Tags);
  const identifier = newName(call, input.TargetDBClusterSnapshotIdentifier ?? '', 'TargetDBClusterSnapshotIdentifier');
  const tags = input.CopyTags === true && given.length === 0 ? [...source.tags] : given;
  const made = {
    id: newId(call, 'snapshot'),
    identifier,
    kind: 'manual' as const,
    status: 'creating',
    sourceArn: arnOf(call, 'cluster-snapshot', source.identifier),
  };
  const snapshot: SnapshotRecord = { ...source, ...made, createdAt: call.clock().toISOString(), tags };
  call.state.snapshots.push(snapshot);
  call.begin('snapshot-copy', snapshot.id);
  return { DBClusterSnapshot: snapshotOnWire(call, snapshot) };
}

const copying: Transition = { seconds: 4, done: (world, job) => void ended(world, job.subject, 'available') };

export const snapshotActions: readonly Action[] = [
  action(CreateDBClusterSnapshot$, create),
  action(DescribeDBClusterSnapshots$, describe),
  action(DeleteDBClusterSnapshot$, remove),
  action(CopyDBClusterSnapshot$, copy),
];

export const snapshotTransitions: Readonly<Record<string, Transition>> = { 'snapshot-create': creation, 'snapshot-copy': copying };
