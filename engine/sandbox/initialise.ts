/** How a data folder comes into being: PostgreSQL's own program for that, with settings that are the same on every machine. */

import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { type Cluster, programEnvironment, type Role } from './cluster.ts';
import type { Account } from './home.ts';
import type { Programs } from './install.ts';

/** Programs, and as whom they run; undefined: the operator. */
export type Engine = { readonly programs: Programs; readonly account: Account | undefined };

/** Fills the data folder of a cluster. Without syncing each file as it is made: one sync at the end takes half the time. */
export async function initialise(cluster: Cluster, engine: Engine, superuser: Role): Promise<void> {
  const { programs, account } = engine;
  const passwordFile = join(cluster.folder, 'password');
  await mkdir(cluster.data, { mode: 0o700 });
  await writeFile(passwordFile, superuser.password, { mode: 0o600 });
  if (account !== undefined) {
    await chown(cluster.data, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const locale = programs.major >= 17 ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C'];
  // Every backup and every restore ends a segment, however little is in it: small ones keep the archive of a quiet cluster small.
  const how = ['--encoding=UTF8', ...locale, '--data-checksums', '--wal-segsize=1', '--auth-host=scram-sha-256', '--auth-local=reject'];
  await initdb(cluster, engine, [`--username=${superuser.user}`, `--pwfile=${passwordFile}`, ...how, '--no-instructions', '--no-sync']);
  await rm(passwordFile);
  await initdb(cluster, engine, ['--sync-only']);
}

async function initdb(cluster: Cluster, { programs, account }: Engine, args: readonly string[]): Promise<void> {
  const environment = { cwd: programs.folder, env: programEnvironment, extendEnv: false };
  // Loaded where a cluster is made, which a control plane seldom does.
  const { ExecaError, execa } = await import('execa');
  try {
    await execa(programs.initdb, [`--pgdata=${cluster.data}`, ...args], { ...environment, ...account, stdin: 'ignore', all: true });
  } catch (cause) {
    const said = cause instanceof ExecaError ? [...String(cause.all ?? '').split('\n'), cause.shortMessage] : [String(cause)];
    const why = said.find((line) => /error:|FATAL|PANIC/.test(line)) ?? said.at(-1);
    throw new Fault('preflight', `PostgreSQL could not make the sandbox's data folder: ${why}`, { hint: 'df -h', cause });
  }
}
