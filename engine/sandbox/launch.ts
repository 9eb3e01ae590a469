/** Starts the server of a cluster so that it outlives the engine. */

import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../fault.ts';
import { type Cluster, programEnvironment } from './cluster.ts';
import { prepareFolder } from './draft.ts';
import type { Address } from './fleet/fleet.ts';
import type { Engine } from './initialise.ts';
import { endOf, openLog, prepareLog, saidSince } from './log-file.ts';
import { freePort } from './place.ts';
import { findServer, type Server, settleMs } from './server.ts';
import { serverSettings, usualConnections } from './settings.ts';

/** How often a start is tried again whose reason passes: a port that was taken meanwhile, or processes of a killed server that still end. */
const tries = 10;

/** How a server is started. */
export type Start = {
  readonly place: Address;
  /** Another place, where the first is taken; without it, another port of the same address. */
  readonly elsewhere?: () => Promise<Address>;
  readonly maxConnections?: number | undefined;
  /** Settings of this start only, such as the second to recover to. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long it may take until it is ready. */
  readonly patienceMs?: number;
};

type Attempt = { readonly kind: 'ready'; readonly server: Server } | { readonly kind: 'ended'; readonly why: string };

/** Starts a server at the wanted place, or at another free one. */
export async function launch(cluster: Cluster, engine: Engine, start: Start): Promise<Server> {
  await prepareLog(cluster.log);
  await prepareFolder(cluster, engine.account);
  let { place } = start;
  const elsewhere = start.elsewhere ?? (async () => ({ host: place.host, port: await freePort(place.host) }));
  let said = '';
  for (let count = 0; count < tries; count += 1) {
    // The file is left by a server that was killed. PostgreSQL clears it by itself, but not if another process now has that number.
    if ((await findServer(cluster.data)) === undefined) await rm(join(cluster.data, 'postmaster.pid'), { force: true });
    const from = await endOf(cluster.log);
    const attempt = await tryStart(cluster, engine, { ...start, place });
    if (attempt.kind === 'ready') return attempt.server;
    said = await saidSince(cluster.log, from);
    if (/could not bind|could not create any TCP\/IP sockets/.test(said)) place = await elsewhere();
    else if (/is still in use|lock file "postmaster.pid" already exists/.test(said)) await sleep(250);
    else throw notStarted(reason(said) ?? attempt.why, cluster);
  }
  throw notStarted(reason(said) ?? 'another server has its data folder open.', cluster);
}

async function tryStart(cluster: Cluster, { programs, account }: Engine, wanted: Start): Promise<Attempt> {
  const all = { ...serverSettings(wanted.place, cluster.hba, wanted.maxConnections ?? usualConnections), ...wanted.settings };
  const settings = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await openLog(cluster.log);
  try {
    const child = spawn(programs.postgres, ['-D', cluster.data, ...settings], {
      cwd: programs.folder,
      env: { ...programEnvironment },
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      ...account,
    });
    const over = new AbortController();
    const end = new Promise<Attempt>((resolve) => {
      child.once('error', (error) => resolve({ kind: 'ended', why: error.message }));
      child.once('exit', (code, signal) => resolve({ kind: 'ended', why: `it ended with ${signal ?? `exit code ${code}`}.` }));
    });
    try {
      return await Promise.race([end, ready(cluster, over.signal, wanted.patienceMs ?? settleMs)]);
    } finally {
      over.abort();
      child.unref();
    }
  } finally {
    await log.close();
  }
}

/** The server says in its pid file when it takes connections. */
async function ready(cluster: Cluster, over: AbortSignal, patienceMs: number): Promise<Attempt> {
  const deadline = Date.now() + patienceMs;
  while (!over.aborted && Date.now() < deadline) {
    const server = await findServer(cluster.data);
    if (server?.state === 'ready') return { kind: 'ready', server };
    await sleep(10);
  }
  return { kind: 'ended', why: `it took no connections for ${patienceMs / 1000} seconds.` };
}

/** What a server said before it ended: the fatal error, or everything, where it was too early for a log line. */
function reason(said: string): string | undefined {
  return /FATAL: +(.*)/.exec(said)?.[1] ?? (said.trim().replaceAll(/\s+/g, ' ').slice(0, 400) || undefined);
}

function notStarted(why: string, cluster: Cluster): Fault {
  return new Fault('preflight', `The sandbox's PostgreSQL did not start: ${why}`, {
    hint: `tail ${cluster.log}, or, if its data is not needed: runbook sandbox reset`,
  });
}
