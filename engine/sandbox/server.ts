/** The server of a data folder as it runs: found, and stopped. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault, hasCode } from '../fault.ts';

/** A running server. */
export type Server = {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly startedAt: string;
  readonly state: 'starting' | 'ready' | 'stopping';
};

/** Recovery after a crash replays at most `max_wal_size`; a slow disk needs a while for that. */
export const settleMs = 120_000;

/** How long a server may take to end; after that it is told not to wait for a checkpoint, and recovers at its next start. */
const stopMs = 60_000;

/** The server that has this data folder open. What its pid file says is believed only if that process really is one. */
export async function findServer(data: string): Promise<Server | undefined> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n').map((line) => line.trim());
  const [pid, , started, port] = lines.map(Number);
  if (!pid || !started || !port || !(await serves(pid, data))) return undefined;
  const state = lines[7] === 'ready' ? 'ready' : lines[7] === 'stopping' ? 'stopping' : 'starting';
  return { pid, host: lines[5] || '127.0.0.1', port, startedAt: new Date(started * 1000).toISOString(), state };
}

/** The server of a data folder once it is through its start or its end; undefined where none is left. */
export async function settledServer(data: string): Promise<Server | undefined> {
  const deadline = Date.now() + settleMs;
  let server = await findServer(data);
  while (server !== undefined && server.state !== 'ready' && Date.now() < deadline) {
    await sleep(20);
    server = await findServer(data);
  }
  return server;
}

/** The folder with the programs that the server of a data folder was started from; undefined where none runs. */
export async function programsOf(data: string): Promise<string | undefined> {
  const server = await findServer(data);
  return server === undefined ? undefined : /^(.*?)\/bin\/postgres /.exec(await commandLine(server.pid))?.[1];
}

/** Ends a server as an administrator would: sessions are cut, open transactions rolled back, everything is written. True if one ran. */
export async function stopServer(data: string): Promise<boolean> {
  const server = await findServer(data);
  if (server === undefined) return false;
  for (const [signal, patienceMs] of [
    ['SIGINT', stopMs],
    ['SIGQUIT', 10_000],
  ] as const) {
    send(server.pid, signal);
    if (await ended(server.pid, data, patienceMs)) return true;
  }
  throw new Fault('preflight', `The sandbox's server, process ${server.pid}, does not end.`, { hint: `kill -9 ${server.pid}` });
}

/** Resolves to true once the process is gone, to false when it takes longer. */
async function ended(pid: number, data: string, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (await serves(pid, data)) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/**
 * True if this process is the server of this data folder. Its command line tells, which everybody may read; where the project was moved
 * while it ran, the folder in which it stands does.
 */
async function serves(pid: number, data: string): Promise<boolean> {
  const command = await commandLine(pid);
  if (!/^\S.*\/postgres /.test(command)) return false;
  if (command.includes(` -D ${data} `)) return true;
  const [stands, wanted] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(data)].map((found) => found.catch(() => undefined)));
  return stands !== undefined && wanted !== undefined && stands.ino === wanted.ino && stands.dev === wanted.dev;
}

/** The words of a process in one string, joined by blanks; empty when it is gone or only waits to be reaped. macOS has no /proc. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  const { execa } = await import('execa');
  const asked = await execa('/bin/ps', ['-ww', '-o', 'command=', '-p', String(pid)], { env: { LC_ALL: 'C' }, extendEnv: false, reject: false });
  return asked.failed ? '' : asked.stdout.trim();
}

function send(pid: number, signal: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
