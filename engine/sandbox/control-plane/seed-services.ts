/** What a stage has besides its cluster, from the start: a rotation of its secret, a patch that waits, and first numbers. */

import type { World } from './action.ts';
import { look } from './cloudwatch/look.ts';
import { clusterById } from './rds/identifiers.ts';
import { seedMaintenance } from './rds/maintenance.ts';
import { findDatabaseSecret } from './secrets-manager/database-secrets.ts';
import { seedRotation } from './secrets-manager/rotation.ts';

/** Makes what is missing. The cluster and its secret have to be there; without them nothing is made. */
export async function seedServices(world: World, id: string): Promise<void> {
  const cluster = clusterById(world, id);
  if (cluster === undefined) return;
  const secret = findDatabaseSecret(world, cluster);
  if (secret !== undefined) seedRotation(world, secret.arn);
  seedMaintenance(world, cluster);
  await look(world);
}
