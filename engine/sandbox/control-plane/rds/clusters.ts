/** Creating, describing and deleting clusters. */

import {
  CreateDBCluster$,
  type CreateDBClusterMessage,
  type CreateDBClusterResult,
  type DBClusterMessage,
  DeleteDBCluster$,
  type DeleteDBClusterMessage,
  type DeleteDBClusterResult,
  DescribeDBClusters$,
  type DescribeDBClustersMessage,
} from '@aws-sdk/client-rds';
import { type Action, action, type Call, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import type { Job } from '../state.ts';
import type { Transition } from '../transitions.ts';
import { checkPassword } from './checks.ts';
import { noteCluster } from './events.ts';
import { clusterById, findCluster, identifierIn, membersOf } from './identifiers.ts';
import { checkEngine, newCluster } from './new-cluster.ts';
import { clusterOnWire, engine } from './on-wire.ts';
import { filtered, page } from './paging.ts';
import type { ClusterRecord } from './records.ts';
import { dropBackup, newSnapshot, noteSnapshotCreated, takeOnce } from './snapshots.ts';
import { checkWindows } from './windows.ts';

async function create(call: Call, input: CreateDBClusterMessage): Promise<CreateDBClusterResult> {
  checkEngine(call, input);
  if (input.ManageMasterUserPassword === true) {
    refuse('InvalidParameterValue', 'The sandbox does not have ManageMasterUserPassword: give MasterUsername and MasterUserPassword.');
  }
  const user = checkUser(input.MasterUsername);
  const password = checkPassword(
    input.MasterUserPassword ?? refuse('MissingParameter', 'The request must contain the parameter MasterUserPassword.'),
  );
  const { PreferredMaintenanceWindow: maintenanceWindow } = input;
  const origin = { user, database: checkDatabase(input.DatabaseName), autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true };
  const cluster = newCluster(call, input, maintenanceWindow === undefined ? origin : { ...origin, maintenanceWindow });
  call.state.clusters.push(cluster);
  call.begin('cluster-create', cluster.id, { password });
  return { DBCluster: await clusterOnWire(call, cluster) };
}

function checkUser(user: string | undefined): string {
  if (user === undefined) return refuse('MissingParameter', 'The request must contain the parameter MasterUsername.');
  if (!/^[a-z][a-z0-9_]{0,62}$/i.test(user))
    refuse('InvalidParameterValue', `The parameter MasterUsername "${user}" should be letters and digits and begin with a letter.`);
  if (/^(rdsadmin|rds_.*|pg_.*|admin)$/i.test(user)) {
    refuse('InvalidParameterValue', `MasterUsername ${user} cannot be used as it is a reserved word used by the engine`);
  }
  return user;
}

function checkDatabase(name: string | undefined): string | undefined {
  if (name === undefined || /^[a-z_][a-z0-9_]{0,62}$/i.test(name)) return name;
  return refuse('InvalidParameterValue', 'DatabaseName must begin with a letter and contain only alphanumeric characters.');
}

/** A draft that an interrupted try left is removed first. */
export async function removeLeftover(world: World, id: string): Promise<void> {
  if ((await world.fleet.clusters()).includes(id)) await world.fleet.remove(id);
}

const creation: Transition = {
  seconds: 4,
  work: async (world, job) => {
    const cluster = clusterById(world, job.subject);
    if (cluster === undefined) return;
    await removeLeftover(world, cluster.id);
    const master = { database: cluster.database ?? 'postgres', user: cluster.user, password: job.details.password ?? '' };
    await world.fleet.create(cluster.id, master);
  },
  done: (world, job) => {
    const cluster = setStatus(world, job, 'available');
    if (cluster) noteCluster(world, cluster, { code: '0170', message: 'DB cluster created', categories: ['creation'] });
  },
  failed: (world, job) => void setStatus(world, job, 'failed'),
};

/** The cluster that a job is about gets another status. */
export function setStatus(world: World, job: Job, status: string): ClusterRecord | undefined {
  const cluster = clusterById(world, job.subject);
  if (cluster !== undefined) cluster.status = status;
  return cluster;
}

async function describe(call: Call, input: DescribeDBClustersMessage): Promise<DBClusterMessage> {
  const all = input.DBClusterIdentifier === undefined ? call.state.clusters : [findCluster(call, input.DBClusterIdentifier)];
  const byIdentifier = input.Filters?.map((each) =>
    each.Name === 'db-cluster-id' ? { ...each, Values: each.Values?.map((value) => identifierIn(call, 'cluster', value)) } : each,
  );
  const found = filtered<ClusterRecord>(all, byIdentifier, {
    'db-cluster-id': (each) => [each.identifier],
    'db-cluster-resource-id': (each) => [each.id],
    'clone-group-id': (each) => [each.cloneGroup],
    domain: () => [],
    engine: () => [engine],
  });
  const { items, Marker } = page(found, input, (each) => each.identifier);
  return { Marker, DBClusters: await Promise.all(items.map((each) => clusterOnWire(call, each))) };
}

async function remove(call: Call, input: DeleteDBClusterMessage): Promise<DeleteDBClusterResult> {
  const cluster = findCluster(call, input.DBClusterIdentifier ?? '');
  if (cluster.status === 'deleting') refuse('InvalidDBClusterStateFault', `Cluster ${cluster.identifier} is already being deleted.`);
  if (cluster.deletionProtection) {
    refuse('InvalidParameterCombination', 'Cannot delete protected Cluster, please disable deletion protection and try again.');
  }
  const skip = input.SkipFinalSnapshot ?? false;
  const final = input.FinalDBSnapshotIdentifier;
  if (skip && final !== undefined)
    refuse('InvalidParameterCombination', 'FinalDBSnapshotIdentifier cannot be specified when SkipFinalSnapshot is true.');
  if (!skip && final === undefined)
    refuse('InvalidParameterCombination', 'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.');
  if (membersOf(call, cluster).some((each) => each.status !== 'deleting')) {
    refuse('InvalidDBClusterStateFault', 'Cluster cannot be deleted, it still contains DB instances in non-deleting state.');
  }
  if (call.state.jobs.some((job) => job.details.source === cluster.id)) {
    refuse('InvalidDBClusterStateFault', `Cluster ${cluster.identifier} is being restored from; it can be deleted when that is done.`);
  }
  if (final !== undefined && cluster.status !== 'available') {
    refuse('InvalidDBClusterStateFault', `Cluster ${cluster.identifier} is in ${cluster.status} state, so no final snapshot can be taken of it.`);
  }
  const snapshot = final === undefined ? undefined : newSnapshot(call, cluster, { identifier: final, parameter: 'FinalDBSnapshotIdentifier' });
  if (snapshot !== undefined) call.state.snapshots.push(snapshot);
  cluster.status = 'deleting';
  const keep = input.DeleteAutomatedBackups === false;
  call.begin('cluster-delete', cluster.id, { ...(snapshot && { snapshot: snapshot.id }), ...(keep && { keep: 'true' }) });
  return { DBCluster: await clusterOnWire(call, cluster) };
}

const deletion: Transition = {
  seconds: 4,
  // The last instance may still be stopping.
  held: (world, job) => membersOf(world, { id: job.subject }).length > 0,
  work: async (world, job) => {
    // Nothing is left to do by a restarted process: the data goes last, and a final snapshot that was taken is all that there is of it.
    if (!(await world.fleet.clusters()).includes(job.subject)) return;
    const snapshot = world.state.snapshots.find((each) => each.id === job.details.snapshot);
    if (snapshot !== undefined) await takeOnce(world, job, { cluster: job.subject, backup: snapshot.backup });
    await world.fleet.stop(job.subject);
    if (job.details.keep !== 'true') await world.fleet.remove(job.subject);
  },
  done: (world, job) => {
    const { state } = world;
    const cluster = clusterById(world, job.subject);
    if (cluster === undefined) return;
    const snapshot = state.snapshots.find((each) => each.id === job.details.snapshot);
    if (snapshot !== undefined) {
      snapshot.status = 'available';
      noteSnapshotCreated(world, snapshot);
    }
    state.clusters.splice(state.clusters.indexOf(cluster), 1);
    if (job.details.keep === 'true') state.retained.push({ cluster, deletedAt: world.clock().toISOString() });
    else dropAutomated(world, cluster.id);
    noteCluster(world, cluster, { code: '0171', message: 'DB cluster deleted', categories: ['deletion'] });
  },
  failed: (world, job) => {
    const snapshot = world.state.snapshots.find((each) => each.id === job.details.snapshot);
    if (snapshot !== undefined) snapshot.status = 'failed';
    setStatus(world, job, 'available');
  },
};

/** Automated snapshots go with their cluster. */
export function dropAutomated(world: World, id: string): void {
  const { snapshots } = world.state;
  for (const snapshot of snapshots.filter((each) => each.kind === 'automated' && each.cluster.id === id)) {
    snapshots.splice(snapshots.indexOf(snapshot), 1);
    void dropBackup(world, snapshot);
  }
}

export const clusterActions: readonly Action[] = [
  action(CreateDBCluster$, create),
  action(DescribeDBClusters$, describe),
  action(DeleteDBCluster$, remove),
];

export const clusterTransitions: Readonly<Record<string, Transition>> = { 'cluster-create': creation, 'cluster-delete': deletion };

/** Both windows of a change, where either may be given. */
export function changedWindows(cluster: ClusterRecord, backup: string | undefined, maintenance: string | undefined): ReturnType<typeof checkWindows> {
  return checkWindows(backup ?? cluster.backupWindow, maintenance ?? cluster.maintenanceWindow);
}
