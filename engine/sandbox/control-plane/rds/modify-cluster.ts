/** Changing a cluster: at once, or noted until the maintenance window where AWS does so. */

import { ModifyDBCluster$, type ModifyDBClusterMessage, type ModifyDBClusterResult } from '@aws-sdk/client-rds';
import { type Action, action, type Call, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import type { Transition } from '../transitions.ts';
import { checkCapacity, checkPassword, checkRetention, checkSecurityGroups } from './checks.ts';
import { changedWindows, setStatus } from './clusters.ts';
import { noteCluster, noteInstance } from './events.ts';
import { clusterById, findCluster, membersOf, needAvailable, newIdentifier } from './identifiers.ts';
import { checkParameterGroup, isTaken, refuseTaken } from './new-cluster.ts';
import { clusterOnWire, engine } from './on-wire.ts';
import type { ClusterRecord } from './records.ts';

async function modify(call: Call, input: ModifyDBClusterMessage): Promise<ModifyDBClusterResult> {
  const cluster = findCluster(call, input.DBClusterIdentifier ?? '');
  if (!onlyProtects(input)) needAvailable(cluster);
  refuseUnsupported(call, input);
  const next: ClusterRecord = { ...cluster, ...changesOf(call, cluster, input) };
  const wanted = { ...cluster.pending, ...delayable(call, cluster, input) };
  const password = input.MasterUserPassword === undefined ? undefined : checkPassword(input.MasterUserPassword);
  Object.assign(cluster, next);
  if (input.ApplyImmediately === true && cluster.status === 'available') applyPending(call, cluster, wanted);
  else cluster.pending = wanted;
  const resized = input.ServerlessV2ScalingConfiguration !== undefined || input.DBClusterParameterGroupName !== undefined;
  if (password !== undefined) begin(call, cluster, { status: 'resetting-master-credentials', password });
  else if (resized && cluster.status === 'available') begin(call, cluster, { status: 'modifying' });
  return { DBCluster: await clusterOnWire(call, cluster) };
}

/** A restore that failed may be protected from deletion, and deleting is all that can be done with it. */
function onlyProtects({ DBClusterIdentifier: _, ApplyImmediately: __, ...rest }: ModifyDBClusterMessage): boolean {
  return Object.keys(rest).length === 1 && rest.DeletionProtection !== undefined;
}

/** What is changed at once, whatever ApplyImmediately says. */
function changesOf(call: Call, cluster: ClusterRecord, input: ModifyDBClusterMessage): Partial<ClusterRecord> {
  const windows = changedWindows(cluster, input.PreferredBackupWindow, input.PreferredMaintenanceWindow);
  return {
    capacity: checkCapacity(input.ServerlessV2ScalingConfiguration, cluster.capacity),
    backupWindow: windows.backup,
    maintenanceWindow: windows.maintenance,
    deletionProtection: input.DeletionProtection ?? cluster.deletionProtection,
    copyTagsToSnapshot: input.CopyTagsToSnapshot ?? cluster.copyTagsToSnapshot,
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? cluster.autoMinorVersionUpgrade,
    parameterGroup:
      input.DBClusterParameterGroupName === undefined ? cluster.parameterGroup : checkParameterGroup(call, input.DBClusterParameterGroupName),
    securityGroups: input.VpcSecurityGroupIds === undefined ? cluster.securityGroups : checkSecurityGroups(input.VpcSecurityGroupIds),
  };
}

/** What waits for the maintenance window unless it is to be applied immediately. */
function delayable(call: Call, cluster: ClusterRecord, input: ModifyDBClusterMessage): ClusterRecord['pending'] {
  const pending: ClusterRecord['pending'] = {};
  if (input.NewDBClusterIdentifier !== undefined) {
    const identifier = newIdentifier(input.NewDBClusterIdentifier, 'NewDBClusterIdentifier');
    if (identifier !== cluster.identifier) {
      refuseTaken(call, identifier);
      pending.identifier = identifier;
    }
  }
  if (input.BackupRetentionPeriod !== undefined) {
    const days = checkRetention(input.BackupRetentionPeriod);
    if (days !== cluster.retentionDays) pending.retentionDays = days;
  }
  return pending;
}

function refuseUnsupported(call: Call, input: ModifyDBClusterMessage): void {
  const { EngineVersion: version } = input;
  if (version !== undefined && version !== call.state.engineVersion) {
    refuse(
      'InvalidParameterCombination',
      `Cannot upgrade ${engine} from ${call.state.engineVersion} to ${version}: the sandbox has no other version.`,
    );
  }
  for (const name of ['ManageMasterUserPassword', 'RotateMasterUserPassword', 'Port', 'Domain', 'DBClusterInstanceClass'] as const) {
    if (input[name] !== undefined && input[name] !== false) refuse('InvalidParameterValue', `The sandbox does not have ${name} of ModifyDBCluster.`);
  }
}

/** Applies what waits. */
export function applyPending(world: World, cluster: ClusterRecord, pending = cluster.pending): void {
  cluster.retentionDays = pending.retentionDays ?? cluster.retentionDays;
  cluster.pending = {};
  // Another cluster may have taken the name meanwhile.
  if (pending.identifier !== undefined && !isTaken(world, pending.identifier)) {
    begin(world, cluster, { status: 'renaming', identifier: pending.identifier });
  }
}

function begin(world: World, cluster: ClusterRecord, { status, ...details }: { status: string; identifier?: string; password?: string }): void {
  cluster.status = status;
  world.begin('cluster-modify', cluster.id, details);
}

const modification: Transition = {
  seconds: 3,
  work: async (world, job) => {
    const cluster = clusterById(world, job.subject);
    if (cluster === undefined || job.details.password === undefined) return;
    await world.fleet.setPassword(cluster.id, cluster.user, job.details.password);
  },
  done: (world, job) => {
    const cluster = clusterById(world, job.subject);
    if (cluster === undefined) return;
    // A rename and a new password may be under way together; the last one ends it.
    if (!world.state.jobs.some((other) => other.kind === job.kind && other.subject === job.subject)) cluster.status = 'available';
    if (job.details.password !== undefined) notePassword(world, cluster, { code: '0016', message: 'Reset master credentials' });
    const { identifier } = job.details;
    if (identifier === undefined) return;
    const message = `Renamed cluster from ${cluster.identifier} to ${identifier}`;
    cluster.identifier = identifier;
    noteCluster(world, { identifier }, { code: '0172', message, categories: ['notification'] });
  },
  failed: (world, job) => {
    const cluster = setStatus(world, job, 'available');
    if (cluster && job.details.password !== undefined) notePassword(world, cluster, { code: '0067', message: 'Unable to reset your password' });
  },
};

function notePassword(world: World, cluster: ClusterRecord, what: { readonly code: string; readonly message: string }): void {
  for (const each of membersOf(world, cluster)) noteInstance(world, each, { ...what, categories: ['configuration change'] });
}

export const modifyActions: readonly Action[] = [action(ModifyDBCluster$, modify)];

export const modifyTransitions: Readonly<Record<string, Transition>> = { 'cluster-modify': modification };
