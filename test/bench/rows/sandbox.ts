/** What the sandbox costs, and a rehearsal in it. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { hasCode } from '../../../engine/fault.ts';
import { type Account, findHome, makeHome } from '../../../engine/sandbox/home.ts';
import { installPrograms, type Programs } from '../../../engine/sandbox/install.ts';
import { findPackage } from '../../../engine/sandbox/programs.ts';
import { resetSandbox, startSandbox, stopSandbox } from '../../../engine/sandbox/sandbox.ts';
import { sandboxStatus } from '../../../engine/sandbox/status.ts';
import { makeLegoProject } from '../../helpers/lego-project.ts';
import { cli, makeProject, type TestProject } from '../../helpers/project.ts';
import { type Row, ratios, timed } from '../measure.ts';
import { family, proportional } from '../process.ts';

const settings = 'stages:\n  local: { sandbox: true, delays: 0, database: { name: lego, cluster: "lego-api-{stage}" } }\n';
const fixture = readFileSync(new URL('../../fixtures/sandbox/restore.md', import.meta.url), 'utf8');

/** A project with a sandbox that is deleted with it. */
async function withProject<T>(work: (project: TestProject) => Promise<T>): Promise<T> {
  const project = makeProject({ 'runbook.yaml': settings, 'runbooks/restore.md': fixture });
  try {
    return await work(project);
  } finally {
    await resetSandbox(project.root);
    project[Symbol.dispose]();
  }
}

/** PostgreSQL's own programs, as the sandbox of a project has them, with no sandbox around them. */
type Bare = { readonly programs: Programs; readonly account: Account | undefined; readonly folder: string };

async function withBare<T>(work: (bare: Bare) => Promise<T>): Promise<T> {
  return await withProject(async ({ root }) => {
    const home = await findHome(root);
    const account = await makeHome(home);
    const programs = await installPrograms(home, await findPackage([import.meta.filename]));
    const folder = mkdtempSync(`${home.folder}-bench-`);
    if (account !== undefined) chownSync(folder, account.uid, account.gid);
    try {
      return await work({ programs, account, folder });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Makes a data folder, starts a server on it and asks it something. Gives the ms. */
async function initAndStart({ programs, account, folder }: Bare): Promise<number> {
  const data = join(folder, 'data');
  const port = await freePort();
  const begun = performance.now();
  const made = spawnSync(programs.initdb, [`--pgdata=${data}`, '--username=bench', '--auth=trust', '--no-instructions'], { cwd: folder, ...account });
  if (made.status !== 0) throw new Error(String(made.stderr));
  const stop = await startServer({ programs, account, folder }, data, port, 'postgres', 'bench');
  const ms = performance.now() - begun;
  await stop();
  rmSync(data, { recursive: true });
  return ms;
}

/** Starts a server and waits for its first answer. Gives what stops it. */
async function startServer(
  { programs, account, folder }: Bare,
  data: string,
  port: number,
  database: string,
  user: string,
): Promise<() => Promise<void>> {
  const options = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-p', String(port)];
  const server = spawn(programs.postgres, ['-D', data, ...options], { cwd: folder, ...account, stdio: 'ignore' });
  const gone = once(server, 'exit');
  for (;;) {
    const client = new pg.Client({ host: '127.0.0.1', port, database, user });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('SELECT 1');
      await client.end();
      break;
    } catch (error) {
      if (server.exitCode !== null) throw new Error(`The server of ${data} ended with ${server.exitCode}.`, { cause: error });
      // Whoever is asked for a password that is not here is answered all the same.
      if (!hasCode(error, 'ECONNREFUSED') && !hasCode(error, '57P03')) break;
      await pause(5);
    }
  }
  return async () => {
    server.kill('SIGINT');
    await gone;
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : Number.NaN;
}

async function firstAnswer({ root }: TestProject): Promise<number> {
  const begun = performance.now();
  const { host, port, database, user, password } = await startSandbox(root, { database: 'lego' });
  const client = new pg.Client({ host, port, database, user, password });
  await client.connect();
  await client.query('SELECT 1');
  await client.end();
  return performance.now() - begun;
}

type TimedEvent = { readonly type: string; readonly at: string; readonly step?: string };

/** The attempts of every run of a project: which step, and how long it took in ms. */
function attempts({ root }: TestProject): readonly { readonly step: string; readonly ms: number }[] {
  return globSync('.runbook/runs/*/journal.jsonl', { cwd: root }).flatMap((path) => {
    const lines = readFileSync(join(root, path), 'utf8').trim().split('\n');
    const events = lines.map((line): TimedEvent => JSON.parse(line)).filter(({ type }) => type === 'attempt-started' || type === 'attempt-ended');
    return events.flatMap((event, index) => {
      const [before, earlier] = [events[index - 1], events[index - 2]];
      if (event.type !== 'attempt-ended' || before?.type !== 'attempt-started') return [];
      // A step that polls (`every=`) has the pauses between its attempts for its own: the document asks for them.
      const begun = earlier?.step === event.step ? earlier : before;
      return [{ step: event.step ?? '', ms: Date.parse(event.at) - Date.parse(begun?.at ?? before.at) }];
    });
  });
}

const restoring = ['restore', 'wait-for-cluster', 'create-instance', 'wait-for-instance'];

async function restored(): Promise<number> {
  return await withProject(async (project) => {
    timed(['node', cli, 'run', 'restore', '--stage', 'local', '--all', '--yes'], { cwd: project.root });
    return attempts(project).reduce((sum, { step, ms }) => sum + (restoring.includes(step) ? ms : 0), 0);
  });
}

/** The same data folder, copied and started. */
async function copied(): Promise<number> {
  return await withProject(async (project) => {
    timed(['node', cli, 'run', 'restore', '--stage', 'local', '--yes', '-p', 'lose-some-sets'], { cwd: project.root });
    await stopSandbox(project.root);
    const home = await findHome(project.root);
    const account = await makeHome(home);
    const programs = await installPrograms(home, await findPackage([import.meta.filename]));
    const [data = ''] = globSync(join(home.folder, 'clusters/*/data'));
    const port = await freePort();
    const begun = performance.now();
    cpSync(data, `${data}-copy`, { recursive: true, preserveTimestamps: true });
    chmodSync(`${data}-copy`, 0o700);
    spawnSync('chown', ['-R', `${account?.uid ?? process.getuid?.()}`, `${data}-copy`]);
    const stop = await startServer({ programs, account, folder: '/' }, `${data}-copy`, port, 'lego', 'app');
    const ms = performance.now() - begun;
    await stop();
    return ms;
  });
}

export const sandboxRows: readonly Row[] = [
  {
    what: 'sandbox from nothing to the first answer',
    against: '`initdb` and start of the same PostgreSQL',
    goal: 1.5,
    unit: 'x',
    measure: () =>
      withBare((bare) =>
        ratios(
          5,
          () => withProject(firstAnswer),
          () => initAndStart(bare),
        ),
      ),
  },
  {
    what: 'its second start',
    against: '`initdb` and start of the same PostgreSQL',
    goal: 0.5,
    unit: 'x',
    measure: () =>
      withBare((bare) =>
        withProject(async (project) => {
          await firstAnswer(project);
          const again = async (): Promise<number> => {
            await stopSandbox(project.root);
            return await firstAnswer(project);
          };
          return await ratios(5, again, () => initAndStart(bare));
        }),
      ),
  },
  {
    what: 'memory (PSS) of the sandbox with three clusters',
    against: '',
    goal: 400,
    unit: 'MB',
    measure: () =>
      withProject(async (project) => {
        for (const name of ['restored', 'again']) {
          project.write({
            'runbooks/restore.md': fixture.replaceAll('-restored', `-${name}`).replace('CREATE TABLE sets', 'CREATE TABLE IF NOT EXISTS sets'),
          });
          // The second time there is nothing left that could come back, so nothing is counted.
          const fresh = name === 'restored' ? [] : ['--from', 'note-the-time', '--to', 'wait-for-instance'];
          timed(['node', cli, 'run', 'restore', '--stage', 'local', '--all', '--yes', ...fresh], { cwd: project.root });
        }
        const { pid, controlPlane, clusters = [] } = await sandboxStatus(project.root);
        const roots = [pid, controlPlane?.pid, ...clusters.map((cluster) => cluster.pid)].filter((each) => each !== undefined);
        if (roots.length !== 4) throw new Error(`Three clusters and a control plane were expected, ${roots.length} processes are there.`);
        return [roots.flatMap(family).reduce((sum, each) => sum + proportional(each), 0)];
      }),
  },
  {
    what: "a point-in-time restore of the fixture's data",
    against: 'copying its data folder, and a start',
    goal: 3,
    unit: 'x',
    measure: () => ratios(3, restored, copied),
  },
  {
    what: 'the whole rehearsal `database-operations --all` on `local`',
    against: "the sum of its steps' own times",
    goal: 1.1,
    unit: 'x',
    async measure() {
      await using project = makeLegoProject();
      const whole = timed(['node', cli, 'run', 'database-operations', '--stage', 'local', '--all', '--yes'], { cwd: project.root });
      return [whole / attempts(project).reduce((sum, { ms }) => sum + ms, 0)];
    },
  },
];
