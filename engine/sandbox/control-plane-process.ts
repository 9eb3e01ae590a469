/** The control plane as a process: found, started so that it outlives the engine, and stopped. */

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Fault } from '../fault.ts';
import { isAlive } from '../runtime/process-identity.ts';
import { programEnvironment } from './cluster.ts';
import { type AwsAccess, isAnswering } from './control-plane-client.ts';
import {
  type ControlPlaneFiles,
  type ControlPlaneProcess,
  type ControlPlaneSettings,
  controlPlaneAt,
  controlPlaneProgram,
  engineVersion,
  readProcess,
  writeSettings,
} from './control-plane-file.ts';
import type { Home } from './home.ts';
import { endOf, openLog, prepareLog, saidSince } from './log-file.ts';
import { loopback } from './place.ts';

/** Servers of clusters are started before it says that it is there. */
const startMs = 60_000;

/** It finishes a backup or a recovery that is under way; what is cut off is done again at its next start. */
const stopMs = 15_000;

/** The control plane, if it runs as this engine would start it, and answers. */
export async function findControlPlane(home: Home, settings: ControlPlaneSettings): Promise<AwsAccess | undefined> {
  const found = await runningControlPlane(home);
  if (found === undefined || found.version !== engineVersion() || !isDeepStrictEqual(found.settings, settings)) return undefined;
  const access = accessOf(found);
  return (await isAnswering(access)) ? access : undefined;
}

/**
 * Under the sandbox's lock: a control plane that runs and answers. One of another version, or one that was told something else, is replaced.
 * A new one loads its program while the stage's server is made or started, and looks at it once `standing` is fulfilled.
 */
export async function startControlPlane(home: Home, settings: ControlPlaneSettings, standing: Promise<unknown>): Promise<AwsAccess> {
  const there = await findControlPlane(home, settings);
  if (there !== undefined) {
    await standing;
    return there;
  }
  await stopControlPlane(home);
  const files = controlPlaneAt(home);
  await writeSettings(files, settings);
  await prepareLog(files.log);
  return accessOf(await launch(home, files, standing));
}

/** Ends it and keeps its state. True if it ran. */
export async function stopControlPlane(home: Home): Promise<boolean> {
  const found = await runningControlPlane(home);
  if (found === undefined) return false;
  const { pid } = found.process;
  for (const [signal, patienceMs] of [
    ['SIGTERM', stopMs],
    ['SIGKILL', 5_000],
  ] as const) {
    const deadline = Date.now() + patienceMs;
    if (isAlive(found.process)) process.kill(pid, signal);
    while (isAlive(found.process) && Date.now() < deadline) await sleep(10);
    if (!isAlive(found.process)) return true;
  }
  throw new Fault('preflight', `The sandbox's control plane, process ${pid}, does not end.`, { hint: `kill -9 ${pid}` });
}

/** The process, if it is that very one. */
export async function runningControlPlane(home: Home): Promise<ControlPlaneProcess | undefined> {
  const found = await readProcess(controlPlaneAt(home));
  return found !== undefined && isAlive(found.process) ? found : undefined;
}

/** The way to it. */
export function accessOf({ port, accessKeyId }: ControlPlaneProcess): AwsAccess {
  return { endpoint: `http://${loopback}:${port}`, accessKeyId };
}

/** In a session of its own and with nothing of the operator's: it lives for days, and would keep their secrets as long. */
async function launch(home: Home, files: ControlPlaneFiles, standing: Promise<unknown>): Promise<ControlPlaneProcess> {
  const from = await endOf(files.log);
  const log = await openLog(files.log);
  const child = spawn(process.execPath, [controlPlaneProgram, home.root], {
    cwd: '/',
    env: { ...programEnvironment },
    stdio: ['pipe', log.fd, log.fd],
    detached: true,
  });
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `it ended with ${signal ?? `exit code ${code}`}.`;
  });
  // Its end says why, in the log.
  child.stdin?.on('error', () => {});
  try {
    // Where the server does not stand, the line closes without a word, and the process ends.
    await standing;
    child.stdin?.write('go\n');
    const deadline = Date.now() + startMs;
    while (ended === undefined && Date.now() < deadline) {
      const found = await readProcess(files);
      if (found !== undefined && found.process.pid === child.pid && isAlive(found.process)) return found;
      await sleep(5);
    }
  } finally {
    child.stdin?.end();
    child.removeAllListeners();
    child.unref();
    await log.close();
  }
  if (ended === undefined) child.kill('SIGKILL');
  const said = await saidSince(files.log, from);
  const why = /^\w*(?:Error|Fault)\b.*?: (.+)$/m.exec(said)?.[1] ?? ended ?? `it did not listen within ${startMs / 1000} seconds.`;
  throw new Fault('preflight', `The sandbox's control plane did not start: ${why}`, {
    hint: `tail ${files.log}, or, if its data is not needed: runbook sandbox reset`,
  });
}
