/**
 * The control plane of a sandbox as a process of its own: `node control-plane-program.js <project root>`. It begins at the first word on its
 * standard input, says that it is there by writing down where it listens, and ends at SIGTERM, or when what it wrote down is no longer its own.
 */

import { randomBytes } from 'node:crypto';
import { readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, messageOf } from '../fault.ts';
import { identify } from '../runtime/process-identity.ts';
import { type ControlPlane, startControlPlane } from './control-plane/server.ts';
import { type ControlPlaneSettings, controlPlaneAt, engineVersion, readProcess, readSettings, writeProcess } from './control-plane-file.ts';
import { openFleet } from './fleet/open-fleet.ts';
import { findHome } from './home.ts';
import { keepServers } from './keep-servers.ts';
import { seedStage } from './stage-seed.ts';

/** A server that was killed is up again after this long. */
const tickMs = 10_000;

/** What is left to do may take this long when it is told to end. */
const closeMs = 12_000;

// It is started before there is a server to speak of. Where none came, or the engine was killed, nobody waits for it.
if (readSync(0, Buffer.alloc(1)) === 0) process.exit(0);

const version = engineVersion();
const home = await findHome(process.argv[2] ?? '');
const files = controlPlaneAt(home);
const settings = await settingsOf();
const before = await readProcess(files);
const accessKeyId = before?.accessKeyId ?? newKeyId();
const log = (message: string): void => void process.stderr.write(`${new Date().toISOString()} ${message}\n`);

const options = { fleet: openFleet(home), statePath: files.state, keyId: accessKeyId, delays: settings.delays, log };
const controlPlane = await startControlPlane({ ...options, port: before?.port }).catch((error: unknown) => {
  // Another program has the port now.
  if (before !== undefined && hasCode(error, 'EADDRINUSE')) return startControlPlane(options);
  throw error;
});

const over = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => over.abort());
await live(controlPlane);
process.exit(0);

async function live({ port, change, world, close }: ControlPlane): Promise<void> {
  await change(async () => {
    await seedStage(world, home, { ...settings, formerly: before?.settings.cluster });
    await keepServers(world, { patienceMs: 5_000 });
  });
  const self = identify(process.pid);
  await writeProcess(files, { process: self, port, accessKeyId, version, startedAt: new Date().toISOString(), settings });
  log(`listens on port ${port}`);
  while (!over.signal.aborted && (await readProcess(files))?.process.pid === process.pid) {
    await sleep(tickMs, undefined, { signal: over.signal }).catch(() => {});
    // A disk that is full now may have room again at the next tick.
    if (!over.signal.aborted) await change(() => keepServers(world, { patienceMs: tickMs })).catch(tell);
  }
  log('ends');
  await Promise.race([close().catch(tell), sleep(closeMs)]);
}

function tell(error: unknown): void {
  log(`its state was not saved: ${messageOf(error)}`);
}

async function settingsOf(): Promise<ControlPlaneSettings> {
  const found = await readSettings(files);
  if (found === undefined) throw new Error(`${files.settings} says nothing of how this control plane shall be.`);
  return found;
}

/** As long as AWS's, but no key of AWS's begins so: it is no secret that would have to be masked. */
function newKeyId(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return `SANDBOX${[...randomBytes(13)].map((byte) => letters[byte % 32]).join('')}`;
}
