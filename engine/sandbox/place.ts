/** Addresses and ports of loopback that nothing listens on. */

import { createServer } from 'node:net';
import { clusterAt, clusterNames, readRecord } from './cluster.ts';
import type { Address } from './fleet/fleet.ts';
import type { Home } from './home.ts';

/** Where everything listens that has no address of its own. */
export const loopback = '127.0.0.1';

/** The cluster of the stage; others stand beside it. */
export const clusterName = 'local';

/** A port that nothing listens on now. Another program may take it before the server does. */
export async function freePort(host: string = loopback): Promise<number> {
  const port = await bind({ host, port: 0 });
  if (typeof port === 'string') throw new Error(`No port of ${host} can be listened on: ${port}`);
  return port;
}

/**
 * A place for a new cluster: an address of its own with the port of the stage's cluster, so that a client which is told another host is in
 * other data, and never in the stage's by mistake. Where loopback has one address only, as on macOS, a port of its own.
 */
export async function newPlace(home: Home): Promise<Address> {
  const port = await stagePort(home);
  const taken = new Set(await hostsOf(home));
  // 127.0.1.1 is the name of the machine on Debian.
  for (let number = 2; number < 255; number += 1) {
    const host = `127.0.1.${number}`;
    if (taken.has(host)) continue;
    const bound = await bind({ host, port });
    if (bound === port) return { host, port };
    if (bound === 'EADDRNOTAVAIL') break;
  }
  return { host: loopback, port: await freePort() };
}

/** The port that the stage's cluster listens on, now or when it starts. */
export async function stagePort(home: Home): Promise<number> {
  return (await readRecord(clusterAt(home, clusterName)).catch(() => undefined))?.port ?? (await freePort());
}

async function hostsOf(home: Home): Promise<readonly string[]> {
  const names = await clusterNames(home);
  const records = await Promise.all(names.map((name) => readRecord(clusterAt(home, name)).catch(() => undefined)));
  return records.flatMap((record) => record?.host ?? []);
}

/** Listens for a moment: the port that it got, or why not. */
async function bind(place: Address): Promise<number | string> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    probe.listen({ ...place, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(address === null || typeof address === 'string' ? 'no port' : address.port));
    });
  });
}
