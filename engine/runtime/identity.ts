/** Who a step acts as: the stage's credentials in the environment of every kernel, and nothing inherited that could name another. */

import { statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import type { AwsTarget, Renewal } from '../core/need.ts';
import { Fault } from '../fault.ts';
import { ownScript } from '../place.ts';
import type { Access, Caller } from './account.ts';
import { connectionEnvironment, connectionUrl, type Database } from './connection.ts';
import type { Environment } from './credentials.ts';
import { AwsLogin, type Upcoming } from './login.ts';
import { sandboxAccount, sandboxRegion } from './sandbox-account.ts';
import { sandboxOptions } from './sandbox-stage.ts';
import { type NamedStage, secretDatabase, urlDatabase } from './stage-database.ts';
import { closedNetwork, credentialsEnvironment, inheritable, pathFor, regionEnvironment } from './stage-environment.ts';

/** What an identity is resolved from. `run` names the session of a role that is assumed. */
export type IdentityOptions = NamedStage & {
  readonly run: string;
  readonly inherited: Environment;
  readonly onProgress: (message: string) => void;
};

/** Holds the program `aws` that stands before the real one on the PATH of a sandboxed step. */
const sandboxPrograms = ownScript('kernels/sandbox-bin');

/**
 * Resolves a stage's identity.
 * @throws Fault `preflight` when its credentials, its folder, its database or its sandbox are not there, or its account is another one.
 */
export async function identityOf(options: IdentityOptions): Promise<Identity> {
  const { project, name, stage } = options;
  const cwd = resolve(project.root, stage.cwd);
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw new Fault('preflight', `The working folder of stage ${name} is not there: ${cwd}`, { hint: `Correct stages.${name}.cwd in runbook.yaml.` });
  const ground = await (stage.sandbox ? sandboxGround(options) : stageGround(options));
  return new Identity({ cwd, base: inheritable(project, options.inherited), ground, database: await ground.readDatabase?.() });
}

/** What an identity stands on. `readDatabase` is there where the database is in a secret, which others may change. */
type Ground = {
  readonly environment: () => Readonly<Record<string, string>>;
  readonly login?: AwsLogin;
  readonly aws?: AwsTarget;
  readonly database?: Database;
  readonly readDatabase?: () => Promise<Database>;
  readonly programs?: string;
};

type Footing = {
  readonly cwd: string;
  readonly base: Readonly<Record<string, string>>;
  readonly ground: Ground;
  readonly database: Database | undefined;
};

/** A stage's identity. It lives as long as the engine works on a run: credentials are renewed, a secret that was rotated is read again. */
export class Identity {
  readonly cwd: string;
  readonly #base: Readonly<Record<string, string>>;
  readonly #ground: Ground;
  readonly #secrets = new Set<string>();
  #database: Database | undefined;
  /** True after a step that may have changed what the secret holds. */
  #stale = false;

  constructor({ cwd, base, ground, database }: Footing) {
    this.cwd = cwd;
    this.#base = base;
    this.#ground = ground;
    this.#use(database ?? ground.database);
  }

  get database(): Database | undefined {
    return this.#database;
  }

  /** Who acts in AWS, as AWS itself said when it was last asked. */
  get caller(): Caller | undefined {
    return this.#ground.login?.caller;
  }

  /** Where AWS blocks act; undefined where the stage has no account. */
  get aws(): AwsTarget | undefined {
    const { login, aws } = this.#ground;
    return login?.caller === undefined ? aws : { ...login.caller, region: login.region };
  }

  /** What the next attempt gets. Its PATH is that of `pathIn`. */
  get environment(): Readonly<Record<string, string>> {
    return {
      ...this.#base,
      ...this.#ground.environment(),
      ...(this.#database !== undefined && connectionEnvironment(this.#database)),
      PATH: pathFor(this.cwd, this.#base.PATH ?? ''),
    };
  }

  /** Every value that must not be recorded, also those that are no longer valid. */
  get secrets(): readonly string[] {
    return [...this.#secrets, ...(this.#ground.login?.secrets ?? [])];
  }

  /** The variables of `environment` that hold one of them. */
  get secretNames(): readonly string[] {
    const aws = this.#ground.login === undefined ? [] : ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
    return [...(this.#database === undefined ? [] : ['PGPASSWORD', 'DATABASE_URL']), ...aws];
  }

  /** The PATH of a step in a folder: on a sandbox, what keeps `aws` on this machine comes first, whatever the project installs. */
  pathIn(cwd: string): string {
    const path = pathFor(cwd, this.environment.PATH ?? '');
    return this.#ground.programs === undefined ? path : `${this.#ground.programs}${delimiter}${path}`;
  }

  /**
   * Makes sure of the account and the credentials before a step; gives what the operator has to renew, where that is what it takes.
   * @throws Fault `preflight` when the account is another one.
   */
  async check(upcoming: Upcoming): Promise<Renewal | undefined> {
    return this.#ground.login?.check(upcoming);
  }

  /**
   * Reads the database's secret again where it may be another by now: before a step that changes something, and after one.
   * @throws Fault `preflight` when it cannot be read.
   */
  async refreshDatabase({ changes }: Pick<Upcoming, 'changes'>): Promise<void> {
    if (this.#ground.readDatabase === undefined || !(changes || this.#stale)) return;
    this.#use(await this.#ground.readDatabase());
    this.#stale = false;
  }

  /** Told of every attempt: what changed something may have changed the secret. */
  attempted({ changes }: Pick<Upcoming, 'changes'>): void {
    this.#stale ||= changes;
  }

  #use(database: Database | undefined): void {
    this.#database = database;
    if (database === undefined) return;
    this.#secrets.add(database.password).add(connectionUrl(database));
  }
}

async function stageGround({ project, name, stage, run, inherited }: IdentityOptions): Promise<Ground> {
  const { aws, database } = stage;
  const login = aws && (await AwsLogin.open(name, aws.account, { profile: aws.profile, region: aws.region, run, environment: inherited }));
  const named = { project, name, stage };
  const secret = database?.secret;
  return {
    environment: () => login?.environment ?? {},
    ...(login !== undefined && { login }),
    ...(database?.env !== undefined && { database: urlDatabase(named, database.env, inherited) }),
    ...(secret !== undefined && login !== undefined && { readDatabase: () => secretDatabase(named, secret, login.access) }),
  };
}

async function sandboxGround({ project, name, stage, onProgress }: IdentityOptions): Promise<Ground> {
  const secret = stage.database?.secret;
  // No other stage loads it.
  const { startSandbox } = await import('../sandbox/sandbox.ts');
  const { host, port, database, user, password, aws } = await startSandbox(project.root, { ...sandboxOptions(name, stage), onProgress });
  const region = stage.aws?.region ?? sandboxRegion;
  const credentials = { accessKeyId: aws.accessKeyId, secretAccessKey: 'sandbox' };
  const access: Access = { credentials, region, endpoint: aws.endpoint };
  const environment = {
    ...closedNetwork,
    RUNBOOK_SANDBOX_BIN: sandboxPrograms,
    AWS_ENDPOINT_URL: aws.endpoint,
    ...regionEnvironment(region),
    ...credentialsEnvironment(credentials),
  };
  const own: Database = { host, port, database, user, password, tls: 'disable' };
  return {
    environment: () => environment,
    aws: { account: sandboxAccount, region },
    database: own,
    programs: sandboxPrograms,
    // A fault that is rehearsed is for the steps to meet: where it strikes the engine's own call, the sandbox's own connection does.
    ...(secret !== undefined && { readDatabase: () => secretDatabase({ project, name, stage }, secret, access).catch(() => own) }),
  };
}
