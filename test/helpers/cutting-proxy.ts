/** A TCP proxy in front of an HTTP service that lets requests through, counts them by what they ask for, and spoils the answers of some. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What becomes of an answer: it breaks off in its middle, or it is held back until it is released. */
export type Spoiling = 'cut' | 'hold';

/** A proxy that is there until the test ends. */
export type CuttingProxy = {
  readonly url: string;
  /** The operations that were asked for, in the order in which they arrived at the service. */
  readonly arrived: readonly string[];
  /** How many answers are held back. */
  readonly held: () => number;
  /** Lets the answers go that are held back. */
  readonly release: () => void;
};

/** Starts a proxy to a service. `spoil` says which operations have their answers spoilt, and how. */
export async function cuttingProxy(service: string, spoil: Readonly<Record<string, Spoiling>>): Promise<CuttingProxy> {
  const { hostname, port } = new URL(service);
  const arrived: string[] = [];
  const held: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => [client, upstream].forEach((each) => void each.destroy()));
    }
    let spoiling: Spoiling | undefined;
    client.on('data', (bytes) => {
      const operation = operationIn(bytes);
      if (operation !== undefined) {
        arrived.push(operation);
        spoiling = spoil[operation];
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (spoiling === 'cut') client.write(bytes.subarray(0, bytes.length / 2), () => client.destroy());
      else if (spoiling === 'hold') held.push(() => client.write(bytes));
      else client.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  // A server that listens on a port has an address of this kind.
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    arrived,
    held: () => held.length,
    release: () => held.splice(0).forEach((send) => void send()),
  };
}

/** Head and body of a request may come one after the other; the operation stands in the body of a form, or in the head of a request in JSON. */
function operationIn(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1');
  return /\bAction=(\w+)/.exec(text)?.[1] ?? /^x-amz-target: \w+\.(\w+)/im.exec(text)?.[1];
}
