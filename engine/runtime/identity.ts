/** Who a step acts as: the stage's credentials in the environment of every kernel, and nothing inherited that could name another. */

import { existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { Fault } from '../fault.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import type { StageConfig } from './config.ts';
import { connectionEnvironment, connectionUrl, type Database, parseConnectionUrl } from './connection.ts';
import type { Project } from './project.ts';

/** What a stage gives to its steps. `secrets` are the values that must never be recorded. */
export type Identity = {
  readonly cwd: string;
  readonly database?: Database;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that decide who somebody is, what a shell does before it starts, or that belong to the package manager that started the engine. */
const notInherited =
  /^(AWS_|PG|DATABASE_URL$|RUNBOOK_|NODE_OPTIONS$|BASH_|SHELLOPTS$|BASHOPTS$|ENV$|INIT_CWD$|npm_(lifecycle|package|command|execpath|node_execpath|config_user_agent))/;

/**
 * Resolves a stage's identity.
 * @throws Fault `preflight` when its credentials, its folder or its sandbox are not there.
 */
export async function identityOf(
  project: Project,
  name: string,
  stage: StageConfig,
  inherited: Environment,
  onProgress: (message: string) => void,
): Promise<Identity> {
  const cwd = resolve(project.root, stage.cwd);
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw new Fault('preflight', `The working folder of stage ${name} is not there: ${cwd}`, { hint: `Correct stages.${name}.cwd in runbook.yaml.` });
  const database = stage.sandbox ? await sandboxDatabase(project, stage, onProgress) : remoteDatabase(project, name, stage, inherited);
  const base = inheritable(project, inherited);
  return {
    cwd,
    ...(database !== undefined && { database }),
    environment: {
      ...base,
      ...awsEnvironment(stage),
      ...(stage.sandbox ? closedNetwork : {}),
      ...(database === undefined ? {} : connectionEnvironment(database)),
      PATH: pathFor(cwd, base.PATH ?? ''),
    },
    secrets: database === undefined ? [] : [database.password, connectionUrl(database)],
  };
}

/** What steps may see of the operator's environment. Where a stage takes its database from a variable, no step of another stage sees it. */
function inheritable(project: Project, inherited: Environment): Readonly<Record<string, string>> {
  const urls = new Set(Object.values(project.config.stages).map((stage) => stage.database?.env));
  return Object.fromEntries(
    Object.entries(inherited).flatMap(([key, value]) => (value === undefined || notInherited.test(key) || urls.has(key) ? [] : [[key, value]])),
  );
}

function awsEnvironment({ aws, sandbox }: StageConfig): Readonly<Record<string, string>> {
  if (aws === undefined) return {};
  // On a sandbox there is no file in which a profile could be looked up.
  const profile = sandbox || aws.profile === undefined ? {} : { AWS_PROFILE: aws.profile };
  return { AWS_REGION: aws.region, AWS_DEFAULT_REGION: aws.region, ...profile };
}

/** Nothing listens there. Programs differ in which spelling they read first, so both say the same. */
const nowhere = Object.fromEntries(['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => both(name, 'http://127.0.0.1:9')));

/** On a sandbox no AWS call of a plain shell block can reach an account: dummies for credentials, a proxy where nobody listens. */
const closedNetwork: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'sandbox',
  AWS_SECRET_ACCESS_KEY: 'sandbox',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  ...nowhere,
  ...Object.fromEntries(both('NO_PROXY', '127.0.0.1,localhost,::1')),
};

function both(name: string, value: string): readonly (readonly [string, string])[] {
  return [
    [name, value],
    [name.toLowerCase(), value],
  ];
}

async function sandboxDatabase(project: Project, stage: StageConfig, onProgress: (message: string) => void): Promise<Database> {
  const { host, port, database, user, password } = await startSandbox(project.root, { database: stage.database?.name ?? 'app', onProgress });
  return { host, port, database, user, password, tls: 'disable' };
}

function remoteDatabase(project: Project, name: string, stage: StageConfig, inherited: Environment): Database | undefined {
  if (stage.database === undefined) return undefined;
  const { env, secret } = stage.database;
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
  const { tls, ...connection } = parseConnectionUrl(text, env);
  const ca = stage.database.ca === undefined ? undefined : resolve(project.root, stage.database.ca);
  if (ca !== undefined && !existsSync(ca))
    throw new Fault('preflight', `The certificates of stage ${name}'s database are not there: ${ca}`, {
      hint: `Correct stages.${name}.database.ca in runbook.yaml.`,
    });
  return { ...connection, tls: stage.database.tls ?? tls ?? 'verify-full', ...(ca !== undefined && { ca }) };
}

/** PATH with the `node_modules/.bin` of a folder and of those above it in front, nearest first, as package managers set it. */
export function pathFor(cwd: string, path: string): string {
  const bins: string[] = [];
  for (let at = cwd; ; at = dirname(at)) {
    const bin = join(at, 'node_modules', '.bin');
    if (existsSync(bin)) bins.push(bin);
    if (dirname(at) === at) break;
  }
  // An empty entry stands for whatever folder a block happens to be in.
  return [...bins, ...path.split(delimiter).filter((entry) => entry !== '' && !bins.includes(entry))].join(delimiter);
}
