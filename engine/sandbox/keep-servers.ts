/** Makes true on this machine what the control plane's state says: a cluster with an instance has a server. */

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../fault.ts';
import type { World } from './control-plane/action.ts';
import { clusterName } from './place.ts';

/** Starts the servers that should run and do not, but for the stage's own, which each engine starts. Longer than `patienceMs` nobody waits: a server may have to recover first. */
export async function keepServers(world: World, { patienceMs }: { readonly patienceMs: number }): Promise<void> {
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
        world.log(`cluster ${cluster}: ${messageOf(error)}`);
      }
    }),
  );
  await Promise.race([started, sleep(patienceMs)]);
}
