/** The stage's own cluster, as somebody set it up long before the rehearsal. */

import type { Address } from '../../fleet/fleet.ts';
import type { World } from '../action.ts';
import { maxConnectionsFor } from './checks.ts';
import { membersOf, newId } from './identifiers.ts';
import { familyOf, isTaken } from './new-cluster.ts';
import type { ClusterRecord, InstanceRecord } from './records.ts';
import { beginAutomatedSnapshot } from './snapshots.ts';

/** What is known of the stage's database. */
export type Seed = {
  readonly identifier: string;
  /** The identifier that the project gave it before; a rehearsal gives other ones. */
  readonly formerly?: string | undefined;
  /** Identifier of its instance; `<identifier>-1` where none is given. */
  readonly instance?: string | undefined;
  /** Name of the cluster's folder. */
  readonly id: string;
  readonly database: string;
  readonly user: string;
  readonly address: Address;
  /** What the server was started with; where it is not given, what the capacity brings. */
  readonly maxConnections?: number | undefined;
  /** Version of the installed PostgreSQL, such as 18.4. */
  readonly engineVersion: string;
  readonly capacity?: { readonly min: number; readonly max: number } | undefined;
};

/** Makes the records of the stage's cluster and its instance, or brings them up to date. The first time, an automated snapshot is begun. */
export function seedCluster(world: World, seed: Seed): void {
  const { state } = world;
  state.engineVersion = seed.engineVersion;
  const found = state.clusters.find((each) => each.id === seed.id);
  if (found !== undefined) {
    // The rehearsal may have renamed or changed it; only where it listens can be different.
    found.address = seed.address;
    if (found.identifier === seed.formerly) rename(world, found, seed);
    return;
  }
  // A rehearsal that deleted it has to live with that until the sandbox is reset.
  if (state.retained.some((each) => each.cluster.id === seed.id)) return;
  const cluster = clusterOf(world, seed);
  state.clusters.push(cluster);
  state.instances.push(instanceOf(world, cluster, seed));
  beginAutomatedSnapshot(world, cluster);
}

/** The project calls its cluster otherwise now, such as after a start by hand, which knows no stage. */
function rename(world: World, cluster: ClusterRecord, { identifier, formerly }: Seed): void {
  if (identifier === formerly || isTaken(world, identifier)) return;
  cluster.identifier = identifier;
  const instance = membersOf(world, cluster).find((each) => each.identifier === `${formerly}-1`);
  const wanted = `${identifier}-1`;
  if (instance !== undefined && !world.state.instances.some((each) => each.identifier === wanted)) instance.identifier = wanted;
}

function clusterOf(world: World, seed: Seed): ClusterRecord {
  return {
    id: seed.id,
    identifier: seed.identifier,
    status: 'available',
    createdAt: world.clock().toISOString(),
    engineVersion: seed.engineVersion,
    database: seed.database,
    user: seed.user,
    address: seed.address,
    port: seed.address.port,
    capacity: seed.capacity ?? { min: 0.5, max: 1 },
    retentionDays: 7,
    backupWindow: '03:00-03:30',
    maintenanceWindow: 'sun:05:00-sun:05:30',
    deletionProtection: true,
    copyTagsToSnapshot: true,
    parameterGroup: `default.${familyOf(world)}`,
    subnetGroup: `${seed.identifier}-subnets`,
    securityGroups: ['sg-sandbox'],
    autoMinorVersionUpgrade: true,
    pending: {},
    tags: [
      { Key: 'Name', Value: seed.identifier },
      { Key: 'environment', Value: 'sandbox' },
    ],
  };
}

function instanceOf(world: World, cluster: ClusterRecord, seed: Seed): InstanceRecord {
  return {
    id: newId(world, 'instance'),
    identifier: seed.instance ?? `${seed.identifier}-1`,
    cluster: cluster.id,
    status: 'available',
    createdAt: cluster.createdAt,
    instanceClass: 'db.serverless',
    engineVersion: seed.engineVersion,
    writer: true,
    promotionTier: 1,
    maxConnections: seed.maxConnections ?? maxConnectionsFor(cluster.capacity),
    maintenanceWindow: cluster.maintenanceWindow,
    autoMinorVersionUpgrade: true,
    publiclyAccessible: false,
    availabilityZone: 'us-east-1a',
    tags: [...cluster.tags],
  };
}
