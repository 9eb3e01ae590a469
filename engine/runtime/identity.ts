/** Who a step acts as: the stage's credentials in the environment of every kernel, and nothing inherited that could name another. */

import { existsSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { Fault } from '../fault.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import type { StageConfig } from './config.ts';
import type { Project } from './project.ts';

/** A connection to the stage's database. */
export type Database = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly tls: string;
  readonly ca?: string;
};

/** What a stage gives to its steps. `secrets` are the values that must never be recorded. */
export type Identity = {
  readonly cwd: string;
  readonly database?: Database;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
};

/** Variables that decide who somebody is, or that belong to the package manager that started the engine. */
const notInherited =
  /^(AWS_|PG|DATABASE_URL$|RUNBOOK_|NODE_OPTIONS$|BASH_ENV$|ENV$|INIT_CWD$|npm_(lifecycle|package|command|execpath|node_execpath|config_user_agent))/;

/**
 * Resolves a stage's identity.
 * @throws Fault `preflight` when its credentials, its folder or its sandbox are not there.
 */
export async function identityOf(
  project: Project,
  name: string,
  stage: StageConfig,
  inherited: Readonly<Record<string, string | undefined>>,
  onProgress: (message: string) => void,
): Promise<Identity> {
  const cwd = resolve(project.root, stage.cwd);
  if (!existsSync(cwd))
    throw new Fault('preflight', `The working folder of stage ${name} is not there: ${cwd}`, { hint: `Correct stages.${name}.cwd in runbook.yaml.` });
  const database = stage.sandbox ? await sandboxDatabase(project, stage, onProgress) : remoteDatabase(project, name, stage, inherited);
  const base = Object.fromEntries(
    Object.entries(inherited).flatMap(([key, value]) => (value === undefined || notInherited.test(key) ? [] : [[key, value]])),
  );
  const aws: Record<string, string> =
    stage.aws === undefined
      ? {}
      : {
          AWS_REGION: stage.aws.region,
          AWS_DEFAULT_REGION: stage.aws.region,
          ...(stage.aws.profile !== undefined && { AWS_PROFILE: stage.aws.profile }),
        };
  return {
    cwd,
    ...(database !== undefined && { database }),
    environment: {
      ...base,
      ...aws,
      ...(stage.sandbox ? closedNetwork : {}),
      ...(database === undefined ? {} : databaseEnvironment(database)),
      PATH: pathFor(cwd, base.PATH ?? ''),
    },
    secrets: database === undefined ? [] : [database.password, connectionUrl(database)],
  };
}

/** On a sandbox no AWS call of a plain shell block can reach an account: dummies for credentials, a proxy where nobody listens. */
const closedNetwork: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'sandbox',
  AWS_SECRET_ACCESS_KEY: 'sandbox',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1,localhost',
};

async function sandboxDatabase(project: Project, stage: StageConfig, onProgress: (message: string) => void): Promise<Database> {
  const { host, port, database, user, password } = await startSandbox(project.root, { database: stage.database?.name ?? 'app', onProgress });
  return { host, port, database, user, password, tls: 'disable' };
}

function remoteDatabase(
  project: Project,
  name: string,
  stage: StageConfig,
  inherited: Readonly<Record<string, string | undefined>>,
): Database | undefined {
  if (stage.database === undefined) return undefined;
  const { env, secret, tls, ca } = stage.database;
  if (secret !== undefined)
    throw new Fault('preflight', `Stage ${name} takes its database credentials from Secrets Manager, which this version cannot read.`, {
      hint: `Set stages.${name}.database.env in runbook.yaml to the name of a variable that holds the connection URL.`,
    });
  if (env === undefined) return undefined;
  const text = inherited[env];
  if (text === undefined || text === '')
    throw new Fault('preflight', `Stage ${name} takes its database from $${env}, which is not set.`, {
      hint: `Set ${env} to postgres://user:password@host:5432/database and try again.`,
    });
  return { ...parseUrl(text, env), tls: tls ?? 'verify-full', ...(ca !== undefined && { ca: resolve(project.root, ca) }) };
}

function parseUrl(text: string, variable: string): Omit<Database, 'tls' | 'ca'> {
  const refuse = (): Fault =>
    new Fault('preflight', `$${variable} is not a connection URL.`, {
      hint: `Set ${variable} to postgres://user:password@host:5432/database and try again.`,
    });
  if (!URL.canParse(text)) throw refuse();
  const url = new URL(text);
  if (!/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '' || url.pathname.length < 2) throw refuse();
  const port = url.port === '' ? 5432 : Number(url.port);
  return {
    host: url.hostname,
    port,
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

/** A connection URL with every part encoded. */
export function connectionUrl({ host, port, database, user, password, tls, ca }: Database): string {
  const query = tls === 'disable' ? '' : `?sslmode=${tls}${ca === undefined ? '' : `&sslrootcert=${encodeURIComponent(ca)}`}`;
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}${query}`;
}

/** The variables from which libpq, node-postgres and Drizzle take their connection. */
export function databaseEnvironment(database: Database): Readonly<Record<string, string>> {
  const { host, port, user, password, tls, ca } = database;
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database.database,
    PGUSER: user,
    PGPASSWORD: password,
    PGSSLMODE: tls,
    ...(ca !== undefined && { PGSSLROOTCERT: ca }),
    DATABASE_URL: connectionUrl(database),
  };
}

/** PATH with the `node_modules/.bin` of a folder and of those above it in front, nearest first, as package managers set it. */
export function pathFor(cwd: string, path: string): string {
  const bins: string[] = [];
  for (let at = cwd; ; at = dirname(at)) {
    const bin = join(at, 'node_modules', '.bin');
    if (existsSync(bin)) bins.push(bin);
    if (dirname(at) === at) break;
  }
  return [...bins, ...path.split(delimiter).filter((entry) => !bins.includes(entry))].join(delimiter);
}
