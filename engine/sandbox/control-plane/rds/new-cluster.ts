/** The record of a cluster that is about to be made, new or restored: what is asked for, checked, and the defaults of AWS for the rest. */

import type { CreateDBClusterMessage } from '@aws-sdk/client-rds';
import type { Call, World } from '../action.ts';
import { refuse } from '../refusal.ts';
import { checkCapacity, checkPort, checkRetention, checkSecurityGroups } from './checks.ts';
import { newId, newIdentifier } from './identifiers.ts';
import { engine } from './on-wire.ts';
import type { ClusterRecord } from './records.ts';
import { checkTags } from './tags.ts';
import { checkWindows } from './windows.ts';

/** What creating and both ways of restoring have in common. */
export type ClusterSettings = Pick<
  CreateDBClusterMessage,
  | 'DBClusterIdentifier'
  | 'EngineMode'
  | 'Port'
  | 'DBSubnetGroupName'
  | 'VpcSecurityGroupIds'
  | 'DBClusterParameterGroupName'
  | 'DeletionProtection'
  | 'CopyTagsToSnapshot'
  | 'ServerlessV2ScalingConfiguration'
  | 'Tags'
  | 'BackupRetentionPeriod'
  | 'PreferredBackupWindow'
>;

/** What the data brings: its owner, and the settings that a restore inherits. */
export type Origin = Pick<ClusterRecord, 'user' | 'database'> &
  Partial<Pick<ClusterRecord, 'retentionDays' | 'backupWindow' | 'maintenanceWindow' | 'autoMinorVersionUpgrade' | 'cloneGroup'>>;

const usualWindows = { backup: '03:00-03:30', maintenance: 'sun:05:00-sun:05:30' };

/** Checks the settings and gives the record, which is not in the state yet. */
export function newCluster(call: Call, settings: ClusterSettings, origin: Origin): ClusterRecord {
  const identifier = newIdentifier(settings.DBClusterIdentifier ?? '', 'DBClusterIdentifier');
  refuseTaken(call, identifier);
  if (settings.EngineMode !== undefined && settings.EngineMode !== 'provisioned') {
    refuse(
      'InvalidParameterValue',
      `EngineMode ${settings.EngineMode} is not supported: Aurora Serverless v2 clusters have engine mode provisioned.`,
    );
  }
  const windows = checkWindows(
    settings.PreferredBackupWindow ?? origin.backupWindow ?? usualWindows.backup,
    origin.maintenanceWindow ?? usualWindows.maintenance,
  );
  const subnetGroup = settings.DBSubnetGroupName?.toLowerCase() ?? 'default';
  if (!['default', ...call.state.clusters.map((each) => each.subnetGroup)].includes(subnetGroup)) {
    refuse('DBSubnetGroupNotFoundFault', `DB subnet group '${subnetGroup}' does not exist.`);
  }
  const record: Omit<ClusterRecord, 'id'> = {
    identifier,
    status: 'creating',
    createdAt: call.clock().toISOString(),
    engineVersion: call.state.engineVersion,
    database: origin.database,
    user: origin.user,
    port: checkPort(settings.Port ?? 5432),
    capacity: checkCapacity(settings.ServerlessV2ScalingConfiguration),
    retentionDays: checkRetention(settings.BackupRetentionPeriod ?? origin.retentionDays ?? 1),
    backupWindow: windows.backup,
    maintenanceWindow: windows.maintenance,
    deletionProtection: settings.DeletionProtection ?? false,
    copyTagsToSnapshot: settings.CopyTagsToSnapshot ?? false,
    parameterGroup: checkParameterGroup(call, settings.DBClusterParameterGroupName),
    subnetGroup,
    securityGroups: checkSecurityGroups(settings.VpcSecurityGroupIds ?? ['sg-default']),
    autoMinorVersionUpgrade: origin.autoMinorVersionUpgrade ?? true,
    pending: {},
    cloneGroup: origin.cloneGroup,
    tags: checkTags(settings.Tags),
  };
  return { id: newId(call, 'cluster'), ...record };
}

/** The family of parameter groups of the installed version. */
export function familyOf(world: World): string {
  return `${engine}${world.state.engineVersion.split('.')[0]}`;
}

/** The parameter groups that there are: the default one, and those that clusters have. */
export function parameterGroups(world: World): string[] {
  return [...new Set([`default.${familyOf(world)}`, ...world.state.clusters.map((each) => each.parameterGroup)])];
}

/** A parameter group that exists; the default one where none is named. */
export function checkParameterGroup(world: World, name: string | undefined): string {
  const wanted = name?.toLowerCase() ?? `default.${familyOf(world)}`;
  if (!parameterGroups(world).includes(wanted)) {
    refuse('DBClusterParameterGroupNotFoundFault', `DBClusterParameterGroup not found: ${wanted}`);
  }
  return wanted;
}

/** Two clusters cannot have one identifier, not even one that another is about to get. */
export function refuseTaken(world: World, identifier: string): void {
  if (isTaken(world, identifier)) {
    refuse('DBClusterAlreadyExistsFault', `DB Cluster already exists: ${identifier}`);
  }
}

/** True for the identifier of a cluster, or of one that is being renamed. */
export function isTaken({ state }: World, identifier: string): boolean {
  return (
    state.clusters.some((each) => each.identifier === identifier) ||
    state.jobs.some((job) => job.kind === 'cluster-modify' && job.details.identifier === identifier)
  );
}

/** The engine and its version, as far as they are given. */
export function checkEngine(world: World, wanted: { readonly Engine?: string | undefined; readonly EngineVersion?: string | undefined }): void {
  if (wanted.Engine !== undefined && wanted.Engine !== engine) {
    refuse('InvalidParameterValue', `Invalid DB engine: ${wanted.Engine}. The sandbox has ${engine} only.`);
  }
  const { engineVersion } = world.state;
  if (wanted.EngineVersion !== undefined && ![engineVersion, engineVersion.split('.')[0]].includes(wanted.EngineVersion)) {
    refuse('InvalidParameterCombination', `Cannot find version ${wanted.EngineVersion} for ${engine}. The sandbox has ${engineVersion} only.`);
  }
}
