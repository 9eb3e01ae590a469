/** Makes true on this machine what the control plane's state says: a cluster with an instance has a server. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './control-plane/action.ts';
import { clusterName } from './place.ts';

/** Starts the servers that should run and do not, but for the stage's own, which each engine starts. Longer than `patienceMs` nobody waits: a server may have to recover first. */
export async function keepUp(world: World, { patienceMs }: { readonly patienceMs: number }): Promise<void> {
  const { clusters, instances } = world.state;
  const wanted = instances.filter(
    (instance) =>
      instance.cluster !== clusterName &&
      instance.writer &&
      instance.status === 'available' &&
      clusters.some(({ id, status }) => id === instance.cluster && status === 'available'),
  );
  const started = Promise.all(
    wanted.map(async ({ cluster, maxConnections }) => {
      try {
        const address = (await world.fleet.running(cluster)) ?? (await world.fleet.start(cluster, { maxConnections }));
        const found = clusters.find(({ id }) => id === cluster);
        if (found !== undefined) found.address = address;
      } catch (error) {
        world.log(`cluster ${cluster}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
  await Promise.race([started, sleep(patienceMs)]);
}

/** Deletes what restores within each cluster's retention do not need. */
export async function tendAll(world: World): Promise<void> {
  for (const { id, retentionDays } of world.state.clusters) {
    await world.fleet.tend(id, { days: retentionDays }).catch((error: unknown) => {
      world.log(`cluster ${id}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}
