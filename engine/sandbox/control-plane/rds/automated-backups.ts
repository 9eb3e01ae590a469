/** Automated backups, and what the control plane does by itself: the daily snapshot, forgetting what is too old, the maintenance window. */

import {
  type DBClusterAutomatedBackupMessage,
  DescribeDBClusterAutomatedBackups$,
  type DescribeDBClusterAutomatedBackupsMessage,
} from '@aws-sdk/client-rds';
import { type Action, action, type Call, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import { dropAutomated } from './clusters.ts';
import { forgetEvents } from './events.ts';
import { arnOf, identifierIn } from './identifiers.ts';
import { applyPending } from './modify-cluster.ts';
import { engine, restorableOf, zonesOf } from './on-wire.ts';
import { filtered, page } from './paging.ts';
import type { ClusterRecord } from './records.ts';
import { beginAutomatedSnapshot, dropBackup } from './snapshots.ts';
import { backupStart, inMaintenance } from './windows.ts';

type Kept = { readonly cluster: ClusterRecord; readonly status: 'active' | 'retained' };

async function describe(call: Call, input: DescribeDBClusterAutomatedBackupsMessage): Promise<DBClusterAutomatedBackupMessage> {
  const all: Kept[] = [
    ...call.state.clusters.filter((each) => each.status !== 'creating').map((cluster) => ({ cluster, status: 'active' as const })),
    ...call.state.retained.map(({ cluster }) => ({ cluster, status: 'retained' as const })),
  ];
  const identifier = input.DBClusterIdentifier === undefined ? undefined : identifierIn(call, 'cluster', input.DBClusterIdentifier);
  const id = input.DbClusterResourceId?.toLowerCase();
  const named = all.filter(
    ({ cluster }) => (identifier === undefined || cluster.identifier === identifier) && (id === undefined || cluster.id === id),
  );
  if (named.length === 0 && (identifier !== undefined || id !== undefined)) {
    refuse('DBClusterAutomatedBackupNotFoundFault', `There is no automated backup of ${identifier ?? id}.`);
  }
  const found = filtered<Kept>(named, input.Filters, {
    status: ({ status }) => [status],
    'db-cluster-id': ({ cluster }) => [cluster.identifier, arnOf(call, 'cluster', cluster.identifier)],
    'db-cluster-resource-id': ({ cluster }) => [cluster.id],
  });
  const { items, Marker } = page(found, input, ({ cluster }) => cluster.id);
  return { Marker, DBClusterAutomatedBackups: await Promise.all(items.map((each) => onWire(call, each))) };
}

async function onWire(
  call: Call,
  { cluster, status }: Kept,
): Promise<NonNullable<DBClusterAutomatedBackupMessage['DBClusterAutomatedBackups']>[number]> {
  const restorable = await restorableOf(call, cluster.id);
  return {
    Engine: engine,
    EngineVersion: cluster.engineVersion,
    EngineMode: 'provisioned',
    DBClusterAutomatedBackupsArn: arnOf(call, 'cluster-auto-backup', `ab-${cluster.id}`),
    DBClusterIdentifier: cluster.identifier,
    DBClusterArn: arnOf(call, 'cluster', cluster.identifier),
    DbClusterResourceId: cluster.id,
    RestoreWindow: restorable && { EarliestTime: restorable.earliest, LatestTime: restorable.latest },
    MasterUsername: cluster.user,
    Region: call.region,
    LicenseModel: 'postgresql-license',
    Status: status,
    IAMDatabaseAuthenticationEnabled: false,
    ClusterCreateTime: new Date(cluster.createdAt),
    StorageEncrypted: false,
    AllocatedStorage: 1,
    BackupRetentionPeriod: cluster.retentionDays,
    PreferredBackupWindow: cluster.backupWindow,
    AvailabilityZones: zonesOf(call.region),
    Port: cluster.address?.port ?? cluster.port,
  };
}

const dayMs = 24 * 60 * 60 * 1000;

/** Done every minute: what AWS does without being asked. */
export async function keepUp(world: World): Promise<void> {
  forgetEvents(world);
  const now = world.clock();
  for (const cluster of world.state.clusters) {
    if (cluster.status !== 'available') continue;
    if (inMaintenance(cluster.maintenanceWindow, now)) applyPending(world, cluster);
    // One cluster that cannot be looked after must not keep the others from it.
    await keepUpCluster(world, cluster, now).catch((error: unknown) => world.log(`upkeep of ${cluster.identifier}: ${String(error)}`));
  }
  await dropExpired(world, now);
}

async function keepUpCluster(world: World, cluster: ClusterRecord, now: Date): Promise<void> {
  if ((await world.fleet.running(cluster.id)) === undefined) return;
  if (isDue(world, cluster, now)) beginAutomatedSnapshot(world, cluster);
  await world.fleet.tend(cluster.id, { days: cluster.retentionDays });
}

/** The snapshot of today is missing and its window has begun. */
function isDue(world: World, cluster: ClusterRecord, now: Date): boolean {
  const today = backupStart(cluster.backupWindow, now);
  const begin = today > now ? new Date(today.getTime() - dayMs) : today;
  const own = world.state.snapshots.filter((each) => each.kind === 'automated' && each.cluster.id === cluster.id && each.status !== 'failed');
  return own.length === 0 || own.every((each) => Date.parse(each.createdAt) < begin.getTime());
}

async function dropExpired(world: World, now: Date): Promise<void> {
  const { state } = world;
  const days = new Map([...state.clusters, ...state.retained.map((each) => each.cluster)].map((each) => [each.id, each.retentionDays]));
  const isExpired = (createdAt: string, retention: number): boolean => Date.parse(createdAt) < now.getTime() - retention * dayMs;
  for (const snapshot of [...state.snapshots]) {
    if (snapshot.kind !== 'automated' || snapshot.status === 'creating') continue;
    if (!isExpired(snapshot.createdAt, days.get(snapshot.cluster.id) ?? 0)) continue;
    state.snapshots.splice(state.snapshots.indexOf(snapshot), 1);
    await dropBackup(world, snapshot);
  }
  for (const kept of [...state.retained]) {
    if (!isExpired(kept.deletedAt, kept.cluster.retentionDays)) continue;
    state.retained.splice(state.retained.indexOf(kept), 1);
    dropAutomated(world, kept.cluster.id);
    await world.fleet.remove(kept.cluster.id);
  }
}

export const automatedBackupActions: readonly Action[] = [action(DescribeDBClusterAutomatedBackups$, describe)];
