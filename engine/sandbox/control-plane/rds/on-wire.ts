/** Records as RDS shows them. */

import type { DBCluster, DBClusterSnapshot, DBInstance } from '@aws-sdk/client-rds';
import type { Restorable } from '../../fleet/fleet.ts';
import { clusterName } from '../../place.ts';
import type { Call, World } from '../action.ts';
import { shownCreation, shownRestorable } from '../faults/backups.ts';
import { progressOf } from '../transitions.ts';
import { maxConnectionsFor } from './checks.ts';
import { arnOf, clusterById, membersOf } from './identifiers.ts';
import type { ClusterRecord, InstanceRecord, SnapshotRecord } from './records.ts';

/** The only engine. */
export const engine = 'aurora-postgresql';

const zones = ['a', 'b', 'c'];

/** Where an instance may stand. */
export function zonesOf(region: string): string[] {
  return zones.map((zone) => `${region}${zone}`);
}

/**
 * The name to connect to. Every cluster has a loopback address of its own and the port of the stage's cluster; where a machine has only
 * one loopback address, the port is part of the name. A cluster that never ran has a name that leads nowhere, as on AWS.
 */
export function endpointOf(call: Call, cluster: ClusterRecord): string {
  if (cluster.address === undefined) return `${cluster.identifier}.cluster-sandbox.${call.region}.rds.invalid`;
  const usual = clusterById(call, clusterName)?.address?.port ?? cluster.address.port;
  return cluster.address.port === usual ? cluster.address.host : `${cluster.address.host}:${cluster.address.port}`;
}

/** From when to when a cluster can be restored; one that is not made yet, or never will be, has no data. */
export async function restorableOf(world: World, id: string): Promise<Restorable | undefined> {
  if (!(await world.fleet.clusters()).includes(id)) return undefined;
  return shownRestorable(world.state, id, await world.fleet.restorable(id));
}

/** A cluster. When its data can be restored to is asked of the fleet, as it changes by the second. */
export async function clusterOnWire(call: Call, cluster: ClusterRecord): Promise<DBCluster> {
  const restorable = cluster.status === 'creating' ? undefined : await restorableOf(call, cluster.id);
  const { capacity, pending } = cluster;
  const waits = Object.keys(pending).length > 0;
  return {
    AllocatedStorage: 1,
    AvailabilityZones: zonesOf(call.region),
    BackupRetentionPeriod: cluster.retentionDays,
    DatabaseName: cluster.database,
    DBClusterIdentifier: cluster.identifier,
    DBClusterParameterGroup: cluster.parameterGroup,
    DBSubnetGroup: cluster.subnetGroup,
    Status: cluster.status,
    PercentProgress: percentOf(call, cluster),
    EarliestRestorableTime: restorable?.earliest,
    LatestRestorableTime: restorable?.latest,
    Endpoint: endpointOf(call, cluster),
    ReaderEndpoint: endpointOf(call, cluster),
    MultiAZ: membersOf(call, cluster).length > 1,
    Engine: engine,
    EngineVersion: cluster.engineVersion,
    EngineMode: 'provisioned',
    Port: cluster.address?.port ?? cluster.port,
    MasterUsername: cluster.user,
    PreferredBackupWindow: cluster.backupWindow,
    PreferredMaintenanceWindow: cluster.maintenanceWindow,
    DBClusterMembers: membersOf(call, cluster).map((each) => ({
      DBInstanceIdentifier: each.identifier,
      IsClusterWriter: each.writer,
      DBClusterParameterGroupStatus: each.maxConnections === maxConnectionsFor(capacity) ? 'in-sync' : 'pending-reboot',
      PromotionTier: each.promotionTier,
    })),
    VpcSecurityGroups: cluster.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    StorageEncrypted: false,
    DbClusterResourceId: cluster.id,
    DBClusterArn: arnOf(call, 'cluster', cluster.identifier),
    AssociatedRoles: [],
    IAMDatabaseAuthenticationEnabled: false,
    CloneGroupId: cluster.cloneGroup,
    ClusterCreateTime: new Date(cluster.createdAt),
    PendingModifiedValues: waits
      ? { DBClusterIdentifier: pending.identifier, BackupRetentionPeriod: pending.retentionDays, EngineVersion: pending.engineVersion }
      : undefined,
    AutoMinorVersionUpgrade: cluster.autoMinorVersionUpgrade,
    DeletionProtection: cluster.deletionProtection,
    HttpEndpointEnabled: false,
    CopyTagsToSnapshot: cluster.copyTagsToSnapshot,
    CrossAccountClone: false,
    TagList: cluster.tags,
    ServerlessV2ScalingConfiguration: capacity && {
      MinCapacity: capacity.min,
      MaxCapacity: capacity.max,
      SecondsUntilAutoPause: capacity.pauseSeconds,
    },
    NetworkType: 'IPV4',
  };
}

function percentOf(world: World, cluster: ClusterRecord): string | undefined {
  return progressOf(world, 'cluster-restore', cluster.id)?.toString();
}

/** An instance. */
export function instanceOnWire(call: Call, instance: InstanceRecord): DBInstance {
  const cluster = clusterById(call, instance.cluster);
  if (cluster === undefined) throw new Error(`${instance.identifier} has no cluster.`);
  const ran = cluster.address !== undefined && instance.status !== 'creating';
  return {
    DBInstanceIdentifier: instance.identifier,
    DBInstanceClass: instance.instanceClass,
    Engine: engine,
    DBInstanceStatus: instance.status,
    MasterUsername: cluster.user,
    DBName: cluster.database,
    Endpoint: ran ? { Address: endpointOf(call, cluster), Port: cluster.address?.port } : undefined,
    AllocatedStorage: 1,
    InstanceCreateTime: instance.status === 'creating' ? undefined : new Date(instance.createdAt),
    PreferredBackupWindow: cluster.backupWindow,
    BackupRetentionPeriod: cluster.retentionDays,
    DBSecurityGroups: [],
    VpcSecurityGroups: cluster.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    DBParameterGroups: [{ DBParameterGroupName: cluster.parameterGroup, ParameterApplyStatus: 'in-sync' }],
    AvailabilityZone: instance.availabilityZone,
    PreferredMaintenanceWindow: instance.maintenanceWindow,
    PendingModifiedValues: {},
    MultiAZ: false,
    EngineVersion: instance.engineVersion,
    AutoMinorVersionUpgrade: instance.autoMinorVersionUpgrade,
    PubliclyAccessible: instance.publiclyAccessible,
    StorageType: 'aurora',
    DbInstancePort: 0,
    DBClusterIdentifier: cluster.identifier,
    StorageEncrypted: false,
    DbiResourceId: instance.id,
    CopyTagsToSnapshot: false,
    MonitoringInterval: 0,
    PromotionTier: instance.promotionTier,
    DBInstanceArn: arnOf(call, 'db', instance.identifier),
    IAMDatabaseAuthenticationEnabled: false,
    PerformanceInsightsEnabled: false,
    DeletionProtection: false,
    TagList: instance.tags,
    NetworkType: 'IPV4',
  };
}

/** A snapshot. */
export function snapshotOnWire(call: Call, snapshot: SnapshotRecord): DBClusterSnapshot {
  const progress = progressOf(call, 'snapshot-create', snapshot.id) ?? progressOf(call, 'snapshot-copy', snapshot.id);
  return {
    AvailabilityZones: zonesOf(call.region),
    DBClusterSnapshotIdentifier: snapshot.identifier,
    DBClusterIdentifier: snapshot.cluster.identifier,
    SnapshotCreateTime: shownCreation(call.state, snapshot),
    Engine: engine,
    EngineMode: 'provisioned',
    EngineVersion: snapshot.engineVersion,
    AllocatedStorage: 1,
    Status: snapshot.status,
    Port: snapshot.port,
    ClusterCreateTime: new Date(snapshot.cluster.createdAt),
    MasterUsername: snapshot.user,
    LicenseModel: 'postgresql-license',
    SnapshotType: snapshot.kind,
    PercentProgress: progress ?? (snapshot.status === 'available' ? 100 : 0),
    StorageEncrypted: false,
    DBClusterSnapshotArn: arnOf(call, 'cluster-snapshot', snapshot.identifier),
    SourceDBClusterSnapshotArn: snapshot.sourceArn,
    IAMDatabaseAuthenticationEnabled: false,
    TagList: snapshot.tags,
    DbClusterResourceId: snapshot.cluster.id,
  };
}
