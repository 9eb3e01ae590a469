/** Projects with a sandbox for tests: whatever a test starts is stopped and deleted when it ends, passed or failed. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Client, type ClientConfig } from 'pg';
import { onTestFinished } from 'vitest';
import { resetSandbox, type SandboxDatabase, startSandbox } from '../../engine/sandbox/sandbox.ts';
import { sandboxStatus } from '../../engine/sandbox/status.ts';

export const isRoot = process.geteuid?.() === 0;

/** The account that tests become when they need an ordinary user. */
export const nobody = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;

/** An empty project in a folder that only its owner may enter. */
export function project(): string {
  const root = newProject();
  onTestFinished(() => removeProject(root));
  return root;
}

/** A project that several tests share: `afterAll` has to remove it. */
export function newProject(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'sandbox-test-')));
}

/** Ends and deletes a project and its sandbox. */
export async function removeProject(root: string): Promise<void> {
  await resetSandbox(root);
  rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** A project whose owner is the ordinary user, who also runs its engines. */
export function projectOfNobody(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'sandbox-nobody-')));
  if (nobody !== undefined) chownSync(root, nobody.uid, nobody.gid);
  onTestFinished(async () => {
    await engine(root, 'reset', { as: nobody });
    rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  return root;
}

/** Starts the sandbox of a project with the database that the stories use. */
export function start(root: string): Promise<SandboxDatabase> {
  return startSandbox(root, { database: 'lego_api' });
}

/** What an operator would paste: the plain URL. */
export function urlOf(database: SandboxDatabase): string {
  return `postgres://${database.user}:${database.password}@${database.host}:${database.port}/${database.database}`;
}

/** Runs statements over a connection of their own and gives the rows of the last. */
export async function query(database: SandboxDatabase, ...statements: string[]): Promise<Record<string, unknown>[]> {
  return queryBy({ connectionString: urlOf(database) }, statements);
}

/** The same by any connection. */
export async function queryBy(connection: ClientConfig, statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** The process, folder and data folder of a running sandbox. */
export async function details(root: string): Promise<{ pid: number; folder: string; data: string }> {
  const { pid, folder } = await sandboxStatus(root);
  if (pid === undefined || folder === undefined) throw new Error('The sandbox does not run.');
  return { pid, folder, data: join(folder, 'clusters', 'local', 'data') };
}

/** What another engine, a process of its own, is asked to do. */
export type EngineAction = 'start' | 'stop' | 'reset' | 'status';

type EngineOptions = { as?: { uid: number; gid: number } | undefined; umask?: string };

/** Starts another engine in a process group of its own, as a shell does, and does not wait for it. */
export function spawnEngine(root: string, action: EngineAction, options: EngineOptions = {}): ChildProcess {
  const identity = options.as === undefined ? [] : [String(options.as.uid), String(options.as.gid)];
  const script = fileURLToPath(new URL('engine-process.ts', import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '', ...(options.umask && { TEST_UMASK: options.umask }) };
  return spawn(process.execPath, [script, root, action, ...identity], { stdio: ['ignore', 'pipe', 'inherit'], env, detached: true });
}

/** Runs another engine to its end and gives what it answered, and its process group. */
export async function engine(
  root: string,
  action: EngineAction,
  options: EngineOptions = {},
): Promise<{ answer: unknown; progress: string[]; group: number | undefined }> {
  const child = spawnEngine(root, action, options);
  if (child.stdout === null) throw new Error('The engine has a standard output.');
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { ...JSON.parse(said), group: child.pid };
}

/** The sockets that a process holds, as `tcp 127.0.0.1:5432`, `tcp6 …` or `unix …`. Linux only. */
export function listeningSockets(pid: number): string[] {
  const inodes = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? ''));
  const rows = (table: string): string[][] =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
  const listening = ['tcp', 'tcp6'].flatMap((table) =>
    rows(table)
      .filter((row) => row[3] === '0A' && inodes.has(row[9] ?? ''))
      .map((row) => `${table} ${address(row[1] ?? '')}`),
  );
  // Flag 0x10000 of a unix socket: it listens.
  const unix = rows('unix')
    .filter((row) => inodes.has(row[6] ?? '') && (Number.parseInt(row[3] ?? '0', 16) & 0x10000) !== 0)
    .map((row) => `unix ${row[7] ?? ''}`);
  return [...listening, ...unix];
}

/** `0100007F:1538` is 127.0.0.1:5432. */
function address(hex: string): string {
  const [host = '', port = ''] = hex.split(':');
  const bytes = host.match(/../g) ?? [];
  return `${bytes
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.')}:${Number.parseInt(port, 16)}`;
}

function idOf(option: string): number {
  return Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
}
