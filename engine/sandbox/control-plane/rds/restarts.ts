/** What ends the server for a while: reboots, failovers, and stopping a cluster. */

import {
  FailoverDBCluster$,
  type FailoverDBClusterMessage,
  type FailoverDBClusterResult,
  RebootDBInstance$,
  type RebootDBInstanceMessage,
  type RebootDBInstanceResult,
  StartDBCluster$,
  type StartDBClusterMessage,
  type StartDBClusterResult,
  StopDBCluster$,
  type StopDBClusterMessage,
  type StopDBClusterResult,
} from '@aws-sdk/client-rds';
import { type Action, action, type Call, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import type { Transition } from '../transitions.ts';
import { maxConnectionsFor } from './checks.ts';
import { setStatus } from './clusters.ts';
import { noteCluster, noteInstance } from './events.ts';
import { clusterById, findCluster, findInstance, identifierIn, membersOf, needAvailable } from './identifiers.ts';
import { instanceById, needInstance, startServer } from './instances.ts';
import { clusterOnWire, instanceOnWire } from './on-wire.ts';
import type { ClusterRecord, InstanceRecord } from './records.ts';

function reboot(call: Call, input: RebootDBInstanceMessage): RebootDBInstanceResult {
  const instance = findInstance(call, input.DBInstanceIdentifier ?? '');
  // An instance that ran out of memory is mended by a reboot.
  if (instance.status !== 'incompatible-parameters') needInstance(instance);
  if (input.ForceFailover === true)
    refuse('InvalidParameterCombination', 'ForceFailover cannot be specified since the instance is not configured for MultiAZ.');
  instance.status = 'rebooting';
  call.begin('instance-reboot', instance.id);
  return { DBInstance: instanceOnWire(call, instance) };
}

const rebooting: Transition = {
  seconds: 4,
  work: async (world, job) => {
    const instance = instanceById(world, job.subject);
    // All instances of a cluster share one server here; only the writer's reboot interrupts it.
    if (instance?.writer === true) await restart(world, instance.cluster);
  },
  done: (world, job) => {
    const instance = instanceById(world, job.subject);
    if (instance === undefined) return;
    instance.status = 'available';
    instance.maxConnections = maxConnectionsFor(clusterById(world, instance.cluster)?.capacity);
    noteInstance(world, instance, { code: '0004', message: 'DB instance shutdown', categories: ['availability'] });
    noteInstance(world, instance, { code: '0006', message: 'DB instance restarted', categories: ['availability'] });
  },
  failed: (world, job) => {
    const instance = instanceById(world, job.subject);
    if (instance !== undefined) instance.status = 'incompatible-parameters';
  },
};

async function restart(world: World, id: string): Promise<void> {
  await world.fleet.stop(id);
  await startServer(world, id);
}

async function failover(call: Call, input: FailoverDBClusterMessage): Promise<FailoverDBClusterResult> {
  const cluster = findCluster(call, input.DBClusterIdentifier ?? '');
  needAvailable(cluster);
  const target = targetOf(call, cluster, input.TargetDBInstanceIdentifier);
  cluster.status = 'failing-over';
  const message = `Started cross AZ failover to DB instance: ${target.identifier}`;
  noteCluster(call, cluster, { code: '0073', message, categories: ['failover'] });
  call.begin('cluster-failover', cluster.id, { target: target.id });
  return { DBCluster: await clusterOnWire(call, cluster) };
}

function targetOf(call: Call, cluster: ClusterRecord, wanted: string | undefined): InstanceRecord {
  const readers = membersOf(call, cluster).filter((each) => !each.writer && each.status === 'available');
  if (wanted === undefined) {
    const [first] = readers.toSorted((a, b) => a.promotionTier - b.promotionTier);
    return first ?? refuse('InvalidDBClusterStateFault', `Cluster ${cluster.identifier} cannot fail over: it has no reader that is available.`);
  }
  const identifier = identifierIn(call, 'db', wanted);
  const target = readers.find((each) => each.identifier === identifier);
  return target ?? refuse('InvalidDBInstanceStateFault', `${identifier} is no reader of cluster ${cluster.identifier} that is available.`);
}

const failingOver: Transition = {
  seconds: 6,
  work: (world, job) => restart(world, job.subject),
  done: (world, job) => {
    const cluster = setStatus(world, job, 'available');
    const target = instanceById(world, job.details.target ?? '');
    if (cluster === undefined || target === undefined) return;
    for (const each of membersOf(world, cluster)) each.writer = each === target;
    const message = `Completed failover to DB instance: ${target.identifier}`;
    noteCluster(world, cluster, { code: '0071', message, categories: ['failover'] });
  },
  failed: (world, job) => {
    const cluster = setStatus(world, job, 'available');
    if (cluster) noteCluster(world, cluster, { code: '0069', message: 'Cluster failover failed', categories: ['failover'] });
  },
};

async function stop(call: Call, input: StopDBClusterMessage): Promise<StopDBClusterResult> {
  const cluster = findCluster(call, input.DBClusterIdentifier ?? '');
  needAvailable(cluster);
  for (const each of membersOf(call, cluster)) needInstance(each);
  turn(call, cluster, 'stopping');
  return { DBCluster: await clusterOnWire(call, cluster) };
}

async function start(call: Call, input: StartDBClusterMessage): Promise<StartDBClusterResult> {
  const cluster = findCluster(call, input.DBClusterIdentifier ?? '');
  if (cluster.status !== 'stopped')
    refuse('InvalidDBClusterStateFault', `DbCluster ${cluster.identifier} is in ${cluster.status} state: it should be stopped.`);
  turn(call, cluster, 'starting');
  return { DBCluster: await clusterOnWire(call, cluster) };
}

/** The cluster and all its instances change together. */
function turn(world: World, cluster: ClusterRecord, status: 'stopping' | 'starting'): void {
  cluster.status = status;
  for (const each of membersOf(world, cluster)) each.status = status;
  world.begin(`cluster-${status}`, cluster.id);
}

function turned(world: World, id: string, { status, ...event }: { readonly status: string; readonly code: string; readonly message: string }): void {
  const cluster = clusterById(world, id);
  if (cluster === undefined) return;
  cluster.status = status;
  for (const each of membersOf(world, cluster)) {
    each.status = status;
    each.maxConnections = maxConnectionsFor(cluster.capacity);
  }
  noteCluster(world, cluster, { ...event, categories: ['notification'] });
}

const stopping: Transition = {
  seconds: 5,
  work: (world, job) => world.fleet.stop(job.subject),
  done: (world, job) => turned(world, job.subject, { status: 'stopped', code: '0150', message: 'DB cluster stopped' }),
};

const starting: Transition = {
  seconds: 5,
  work: async (world, job) => {
    if (membersOf(world, { id: job.subject }).length > 0) await startServer(world, job.subject);
  },
  done: (world, job) => turned(world, job.subject, { status: 'available', code: '0151', message: 'DB cluster started' }),
};

export const restartActions: readonly Action[] = [
  action(RebootDBInstance$, reboot),
  action(FailoverDBCluster$, failover),
  action(StopDBCluster$, stop),
  action(StartDBCluster$, start),
];

export const restartTransitions: Readonly<Record<string, Transition>> = {
  'instance-reboot': rebooting,
  'cluster-failover': failingOver,
  'cluster-stopping': stopping,
  'cluster-starting': starting,
};
