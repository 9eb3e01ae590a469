/** Identifiers and ARNs of RDS: their rules, how one names the other, and what stands behind them. */

import type { Call, World } from '../action.ts';
import { refuse } from '../refusal.ts';
import type { ClusterRecord, InstanceRecord, SnapshotRecord } from './records.ts';

/** The part of an ARN that says what it names. */
export type ArnType = 'cluster' | 'db' | 'cluster-snapshot' | 'cluster-auto-backup' | 'cluster-pg' | 'subgrp' | 'es' | 'db-proxy' | 'target-group';

/** The ARN of a resource in the region that the call is for. */
export function arnOf(call: Pick<Call, 'region' | 'account'>, type: ArnType, name: string): string {
  return `arn:aws:rds:${call.region}:${call.account}:${type}:${name}`;
}

/** The identifier in an ARN of this type; anything else is taken for an identifier itself. Case does not matter. */
export function identifierIn(call: Call, type: ArnType, text: string): string {
  if (!text.startsWith('arn:')) return text.toLowerCase();
  const [, , service, region, account, found, ...name] = text.split(':');
  if (service !== 'rds' || found !== type || region !== call.region || account !== call.account || name.length === 0) {
    refuse('InvalidParameterValue', `Invalid ARN: ${text} should be of the form ${arnOf(call, type, 'name')}.`);
  }
  // Names of automated snapshots have a colon of their own.
  return name.join(':').toLowerCase();
}

/** A new identifier, in lower case as AWS keeps it. */
export function newIdentifier(value: string, parameter: string, longest = 63): string {
  if (value.length > longest) refuse('InvalidParameterValue', `The parameter ${parameter} is too long: it may have ${longest} characters.`);
  if (!/^[a-z](-?[a-z0-9])*$/i.test(value)) {
    refuse(
      'InvalidParameterValue',
      `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
    );
  }
  return value.toLowerCase();
}

/** A cluster by its identifier or ARN. */
export function findCluster(call: Call, text: string): ClusterRecord {
  const identifier = identifierIn(call, 'cluster', text);
  const found = call.state.clusters.find((each) => each.identifier === identifier);
  return found ?? refuse('DBClusterNotFoundFault', `DBCluster ${identifier} not found.`);
}

/** An instance by its identifier or ARN. */
export function findInstance(call: Call, text: string): InstanceRecord {
  const identifier = identifierIn(call, 'db', text);
  const found = call.state.instances.find((each) => each.identifier === identifier);
  return found ?? refuse('DBInstanceNotFoundFault', `DBInstance ${identifier} not found.`);
}

/** A snapshot by its identifier or ARN. */
export function findSnapshot(call: Call, text: string): SnapshotRecord {
  const identifier = identifierIn(call, 'cluster-snapshot', text);
  const found = call.state.snapshots.find((each) => each.identifier === identifier);
  return found ?? refuse('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot ${identifier} not found.`);
}

/** The instances of a cluster. */
export function membersOf(world: World, cluster: Pick<ClusterRecord, 'id'>): InstanceRecord[] {
  return world.state.instances.filter((each) => each.cluster === cluster.id);
}

/** A cluster by the id that never changes; background work asks for it, so it may be gone. */
export function clusterById(world: World, id: string): ClusterRecord | undefined {
  return world.state.clusters.find((each) => each.id === id);
}

/** An id that was never there before: it names folders, and deleted clusters may have left backups. */
export function newId(world: World, prefix: string): string {
  world.state.serial += 1;
  return `${prefix}-${world.state.serial.toString().padStart(6, '0')}`;
}

/** Refuses what cannot be done to a cluster in its present status. */
export function needAvailable(cluster: ClusterRecord): void {
  if (cluster.status !== 'available') {
    refuse('InvalidDBClusterStateFault', `DbCluster ${cluster.identifier} is in ${cluster.status} state: it should be available.`);
  }
}
