/** The stage's own cluster as tests find it, and clusters beside it. */

import { CreateDBClusterCommand, CreateDBInstanceCommand } from '@aws-sdk/client-rds';
import { type Seed, seedCluster } from '../../../engine/sandbox/control-plane/rds/seed.ts';
import type { Rig } from './rig.ts';

export const stageSeed: Seed = {
  identifier: 'lego-api-local',
  id: 'local',
  database: 'lego',
  user: 'app',
  address: { host: '127.0.0.1', port: 5432 },
  engineVersion: '18.4',
};

/** Puts the stage's cluster there, with its first automated snapshot taken. */
export async function seedStage(rig: Rig): Promise<void> {
  if (!rig.fleet.data.has('local')) {
    rig.fleet.data.set('local', { from: 'empty', running: stageSeed.address, maxConnections: 189 });
  }
  await rig.plane.change((world) => seedCluster(world, stageSeed));
  await rig.plane.settled();
}

/** A cluster made through the API, with an instance where one is named. */
export async function makeCluster(rig: Rig, identifier: string, instance?: string): Promise<void> {
  await rig.rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: identifier,
      Engine: 'aurora-postgresql',
      MasterUsername: 'lego',
      MasterUserPassword: 'bricks-and-sets',
      DatabaseName: 'lego',
      ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 1 },
    }),
  );
  await rig.plane.settled();
  if (instance === undefined) return;
  await addInstance(rig, identifier, instance);
}

export async function addInstance(rig: Rig, cluster: string, instance: string): Promise<void> {
  await rig.rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: instance,
      DBClusterIdentifier: cluster,
      DBInstanceClass: 'db.serverless',
      Engine: 'aurora-postgresql',
    }),
  );
  await rig.plane.settled();
}
