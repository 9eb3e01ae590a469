/** Instances: the first one of a cluster starts its server, the last one that goes ends it. */

import {
  CreateDBInstance$,
  type CreateDBInstanceMessage,
  type CreateDBInstanceResult,
  type DBInstanceMessage,
  DeleteDBInstance$,
  type DeleteDBInstanceMessage,
  type DeleteDBInstanceResult,
  DescribeDBInstances$,
  type DescribeDBInstancesMessage,
  ModifyDBInstance$,
  type ModifyDBInstanceMessage,
  type ModifyDBInstanceResult,
} from '@aws-sdk/client-rds';
import { type Action, action, type Call, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import type { Transition } from '../transitions.ts';
import { maxConnectionsFor } from './checks.ts';
import { noteInstance } from './events.ts';
import { clusterById, findCluster, findInstance, identifierIn, membersOf, needAvailable, newId, newIdentifier } from './identifiers.ts';
import { checkEngine } from './new-cluster.ts';
import { engine, instanceOnWire, zonesOf } from './on-wire.ts';
import { filtered, page } from './paging.ts';
import type { InstanceRecord } from './records.ts';
import { beginAutomatedSnapshot } from './snapshots.ts';
import { checkTags } from './tags.ts';
import { checkWindows } from './windows.ts';

function create(call: Call, input: CreateDBInstanceMessage): CreateDBInstanceResult {
  const identifier = newInstanceIdentifier(call, input.DBInstanceIdentifier ?? '', 'DBInstanceIdentifier');
  checkEngine(call, input);
  if (input.DBClusterIdentifier === undefined) {
    return refuse('InvalidParameterCombination', 'DBClusterIdentifier is required: instances of aurora-postgresql belong to a cluster.');
  }
  const cluster = findCluster(call, input.DBClusterIdentifier);
  needAvailable(cluster);
  for (const name of ['MasterUsername', 'MasterUserPassword', 'DBName', 'BackupRetentionPeriod', 'DeletionProtection'] as const) {
    if (input[name] !== undefined)
      refuse('InvalidParameterCombination', `The requested DB Instance will be a member of a DB Cluster. Set ${name} for the DB Cluster.`);
  }
  const instanceClass = checkClass(input.DBInstanceClass ?? '');
  if (instanceClass === 'db.serverless' && cluster.capacity === undefined) {
    refuse(
      'InvalidDBClusterStateFault',
      'Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.',
    );
  }
  const members = membersOf(call, cluster);
  const { maintenance } = checkWindows(cluster.backupWindow, input.PreferredMaintenanceWindow ?? cluster.maintenanceWindow);
  const record: Omit<InstanceRecord, 'id'> = {
    identifier,
    cluster: cluster.id,
    status: 'creating',
    createdAt: call.clock().toISOString(),
    instanceClass,
    engineVersion: cluster.engineVersion,
    writer: !members.some((each) => each.writer),
    promotionTier: checkTier(input.PromotionTier ?? 1),
    maxConnections: maxConnectionsFor(cluster.capacity),
    maintenanceWindow: maintenance,
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    publiclyAccessible: input.PubliclyAccessible ?? false,
    availabilityZone: input.AvailabilityZone ?? zonesOf(call.region)[members.length % 3] ?? '',
    tags: checkTags(input.Tags),
  };
  const instance = { id: newId(call, 'instance'), ...record };
  call.state.instances.push(instance);
  call.begin('instance-create', instance.id);
  return { DBInstance: instanceOnWire(call, instance) };
}

function newInstanceIdentifier(call: Call, value: string, parameter: string): string {
  const identifier = newIdentifier(value, parameter);
  if (call.state.instances.some((each) => each.identifier === identifier))
    refuse('DBInstanceAlreadyExistsFault', `DB instance already exists: ${identifier}`);
  return identifier;
}

function checkClass(name: string): string {
  if (!/^db\.(serverless|[a-z0-9]+\.[a-z0-9-]+)$/.test(name)) refuse('InvalidParameterValue', `Invalid DB Instance class: ${name}`);
  return name;
}

function checkTier(tier: number): number {
  if (!Number.isInteger(tier) || tier < 0 || tier > 15) refuse('InvalidParameterValue', `Invalid promotion tier ${tier}: it should be from 0 to 15.`);
  return tier;
}

/** The instance that a job is about. */
export function instanceById(world: World, id: string): InstanceRecord | undefined {
  return world.state.instances.find((each) => each.id === id);
}

/** Starts the cluster's server with the connections that its capacity brings, and remembers where it listens. */
export async function startServer(world: World, id: string): Promise<void> {
  const cluster = clusterById(world, id);
  if (cluster !== undefined) cluster.address = await world.fleet.start(id, { maxConnections: maxConnectionsFor(cluster.capacity) });
}

const creation: Transition = {
  seconds: 6,
  work: async (world, job) => {
    const instance = instanceById(world, job.subject);
    if (instance !== undefined) await startServer(world, instance.cluster);
  },
  done: (world, job) => {
    const instance = instanceById(world, job.subject);
    const cluster = instance && clusterById(world, instance.cluster);
    if (instance === undefined || cluster === undefined) return;
    instance.status = 'available';
    noteInstance(world, instance, { code: '0005', message: 'DB instance created', categories: ['creation'] });
    const backedUp = world.state.snapshots.some((each) => each.kind === 'automated' && each.cluster.id === cluster.id);
    if (!backedUp) beginAutomatedSnapshot(world, cluster);
  },
  failed: (world, job) => {
    const instance = instanceById(world, job.subject);
    if (instance !== undefined) instance.status = 'failed';
  },
};

function describe(call: Call, input: DescribeDBInstancesMessage): DBInstanceMessage {
  const all = input.DBInstanceIdentifier === undefined ? call.state.instances : [findInstance(call, input.DBInstanceIdentifier)];
  const filters = input.Filters?.map((each) => {
    const type = each.Name === 'db-cluster-id' ? 'cluster' : 'db';
    return /^db-(cluster|instance)-id$/.test(each.Name ?? '')
      ? { ...each, Values: each.Values?.map((value) => identifierIn(call, type, value)) }
      : each;
  });
  const found = filtered<InstanceRecord>(all, filters, {
    'db-cluster-id': (each) => [clusterById(call, each.cluster)?.identifier],
    'db-instance-id': (each) => [each.identifier],
    'dbi-resource-id': (each) => [each.id],
    domain: () => [],
    engine: () => [engine],
  });
  const { items, Marker } = page(found, input, (each) => each.identifier);
  return { Marker, DBInstances: items.map((each) => instanceOnWire(call, each)) };
}

function modify(call: Call, input: ModifyDBInstanceMessage): ModifyDBInstanceResult {
  const instance = findInstance(call, input.DBInstanceIdentifier ?? '');
  needInstance(instance);
  const cluster = clusterById(call, instance.cluster);
  const { maintenance } = checkWindows(cluster?.backupWindow ?? '', input.PreferredMaintenanceWindow ?? instance.maintenanceWindow);
  const renamed = input.NewDBInstanceIdentifier?.toLowerCase();
  const identifier =
    renamed === undefined || renamed === instance.identifier ? instance.identifier : newInstanceIdentifier(call, renamed, 'NewDBInstanceIdentifier');
  if (identifier !== instance.identifier && input.ApplyImmediately !== true) {
    refuse('InvalidParameterCombination', 'In the sandbox an instance is renamed with ApplyImmediately only.');
  }
  for (const name of ['MasterUserPassword', 'BackupRetentionPeriod', 'PreferredBackupWindow', 'DeletionProtection'] as const) {
    if (input[name] !== undefined)
      refuse('InvalidParameterCombination', `The DB instance is a member of a DB cluster. Set ${name} for the DB cluster.`);
  }
  Object.assign(instance, {
    promotionTier: checkTier(input.PromotionTier ?? instance.promotionTier),
    instanceClass: checkClass(input.DBInstanceClass ?? instance.instanceClass),
    maintenanceWindow: maintenance,
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? instance.autoMinorVersionUpgrade,
    publiclyAccessible: input.PubliclyAccessible ?? instance.publiclyAccessible,
    identifier,
    status: 'modifying',
  });
  call.begin('instance-modify', instance.id);
  return { DBInstance: instanceOnWire(call, instance) };
}

/** Refuses what cannot be done to an instance in its present status. */
export function needInstance(instance: InstanceRecord): void {
  if (instance.status !== 'available')
    refuse('InvalidDBInstanceStateFault', `Instance ${instance.identifier} is in ${instance.status} state: it should be available.`);
}

const modification: Transition = {
  seconds: 3,
  done: (world, job) => {
    const instance = instanceById(world, job.subject);
    if (instance?.status === 'modifying') instance.status = 'available';
  },
};

function remove(call: Call, input: DeleteDBInstanceMessage): DeleteDBInstanceResult {
  const instance = findInstance(call, input.DBInstanceIdentifier ?? '');
  if (instance.status === 'deleting') refuse('InvalidDBInstanceStateFault', `Instance ${instance.identifier} is already being deleted.`);
  if (input.FinalDBSnapshotIdentifier !== undefined) {
    refuse('InvalidParameterCombination', 'FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance.');
  }
  instance.status = 'deleting';
  call.begin('instance-delete', instance.id);
  return { DBInstance: instanceOnWire(call, instance) };
}

const deletion: Transition = {
  seconds: 5,
  work: async (world, job) => {
    const instance = instanceById(world, job.subject);
    if (instance === undefined) return;
    const others = membersOf(world, { id: instance.cluster }).filter((each) => each.status !== 'deleting');
    if (others.length === 0) await world.fleet.stop(instance.cluster);
  },
  done: (world, job) => {
    const { instances } = world.state;
    const instance = instanceById(world, job.subject);
    if (instance === undefined) return;
    instances.splice(instances.indexOf(instance), 1);
    const [heir] = membersOf(world, { id: instance.cluster }).toSorted((a, b) => a.promotionTier - b.promotionTier);
    if (instance.writer && heir !== undefined) heir.writer = true;
    noteInstance(world, instance, { code: '0003', message: 'DB instance deleted', categories: ['deletion'] });
  },
};

export const instanceActions: readonly Action[] = [
  action(CreateDBInstance$, create),
  action(DescribeDBInstances$, describe),
  action(ModifyDBInstance$, modify),
  action(DeleteDBInstance$, remove),
];

export const instanceTransitions: Readonly<Record<string, Transition>> = {
  'instance-create': creation,
  'instance-modify': modification,
  'instance-delete': deletion,
};
