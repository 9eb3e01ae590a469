import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../engine/fault.ts';
import { type Identity, identityOf, pathFor } from '../../engine/runtime/identity.ts';
import { stageConfig } from '../../engine/runtime/prepare.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { resetSandbox } from '../../engine/sandbox/sandbox.ts';
import { makeProject, type TestProject } from '../helpers/project.ts';

let sample: TestProject;

beforeEach(() => {
  sample = makeProject({});
});
afterEach(() => sample[Symbol.dispose]());

/** The identity of stage dev, with what is written below it in runbook.yaml. */
function identify(stage: string, inherited: Readonly<Record<string, string>> = {}, more = ''): Promise<Identity> {
  sample.write({ 'runbook.yaml': `stages:\n  dev: ${stage}\n${more}` });
  const project = openProject(sample.root);
  return identityOf(project, 'dev', stageConfig(project.config, 'dev'), { PATH: process.env.PATH ?? '', ...inherited }, () => {});
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw new Error(`expected a Fault, found ${String(error)}`);
}

const url = 'postgres://app:studs-and-tubes@db.example.com:6543/lego';

describe('the environment of a step', () => {
  test('has nothing that the operator’s shell says of accounts, databases and what a shell does before it starts', async () => {
    const foreign = {
      AWS_PROFILE: 'mine',
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_SESSION_TOKEN: 't',
      AWS_ENDPOINT_URL_RDS: 'http://elsewhere',
      PGHOST: 'mine',
      PGPASSWORD: 'p',
      PGSERVICE: 's',
      PGOPTIONS: '-c search_path=mine',
      DATABASE_URL: 'postgres://mine',
      RUNBOOK_RUN: 'another',
      NODE_OPTIONS: '--require /tmp/x.js',
      BASH_ENV: '/tmp/x',
      'BASH_FUNC_aws%%': '() { echo mine; }',
      SHELLOPTS: 'noexec',
      BASHOPTS: 'x',
      ENV: '/tmp/x',
      npm_lifecycle_event: 'test',
    };
    const { environment } = await identify('{}', { ...foreign, HOME: '/home/maria', LANG: 'C.UTF-8', EDITOR: 'vi' });
    const { stdout } = await execa('env', { env: environment, extendEnv: false });
    const names = stdout.split('\n').map((line) => line.split('=')[0]);
    for (const name of Object.keys(foreign)) expect(names).not.toContain(name);
    expect(environment).toMatchObject({ HOME: '/home/maria', LANG: 'C.UTF-8', EDITOR: 'vi' });
  });

  test('has the profile and region of the stage', async () => {
    const { environment } = await identify('{ aws: { profile: lego-dev, region: eu-central-1, account: "111111111111" } }', {
      AWS_REGION: 'us-east-1',
    });
    expect(environment).toMatchObject({ AWS_PROFILE: 'lego-dev', AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-central-1' });
    expect(environment).not.toHaveProperty('AWS_ACCESS_KEY_ID');
  });

  test('has the database of the stage, from the variable that it names, and not that variable', async () => {
    const identity = await identify('{ database: { env: LEGO_URL, tls: require } }', { LEGO_URL: url, PGHOST: 'mine' });
    expect(identity.environment).toMatchObject({
      PGHOST: 'db.example.com',
      PGPORT: '6543',
      PGDATABASE: 'lego',
      PGUSER: 'app',
      PGPASSWORD: 'studs-and-tubes',
      PGSSLMODE: 'require',
      DATABASE_URL: `${url}?sslmode=require`,
    });
    expect(identity.environment).not.toHaveProperty('LEGO_URL');
    expect(identity.secrets).toEqual(['studs-and-tubes', `${url}?sslmode=require`]);
  });

  test('has no credentials of another stage', async () => {
    const other = '  production: { database: { env: PRODUCTION_URL } }\n';
    const { environment } = await identify('{}', { PRODUCTION_URL: url }, other);
    expect(JSON.stringify(environment)).not.toContain('studs-and-tubes');
  });

  test('has no database where the stage has none', async () => {
    const identity = await identify('{}', { DATABASE_URL: url });
    expect(identity).not.toHaveProperty('database');
    expect(identity.secrets).toEqual([]);
  });
});

describe('how a connection is encrypted', () => {
  test.for([
    ['{ database: { env: LEGO_URL } }', url, 'verify-full'],
    ['{ database: { env: LEGO_URL } }', `${url}?sslmode=require`, 'require'],
    ['{ database: { env: LEGO_URL, tls: verify-ca } }', `${url}?sslmode=disable`, 'verify-ca'],
    ['{ database: { env: LEGO_URL, tls: disable } }', url, 'disable'],
  ] as const)('with %s and %s is %s', async ([stage, text, tls]) => {
    expect((await identify(stage, { LEGO_URL: text })).database?.tls).toBe(tls);
  });

  test('by certificates of the project', async () => {
    sample.write({ 'certs/ca.pem': '' });
    const { environment } = await identify('{ database: { env: LEGO_URL, ca: certs/ca.pem } }', { LEGO_URL: url });
    expect(environment.PGSSLROOTCERT).toBe(join(sample.root, 'certs/ca.pem'));
  });
});

describe('a stage that is not there is refused before anything runs', () => {
  test.for<[what: string, stage: string, inherited: Readonly<Record<string, string>>, said: string]>([
    ['its variable is not set', '{ database: { env: LEGO_URL } }', {}, 'Stage dev takes its database from $LEGO_URL, which is not set.'],
    ['its variable is empty', '{ database: { env: LEGO_URL } }', { LEGO_URL: '' }, 'which is not set'],
    ['its variable is no connection URL', '{ database: { env: LEGO_URL } }', { LEGO_URL: 'lego' }, '$LEGO_URL is not a connection URL'],
    [
      'its certificates are not there',
      '{ database: { env: LEGO_URL, ca: gone.pem } }',
      { LEGO_URL: url },
      "The certificates of stage dev's database",
    ],
    ['its folder is not there', '{ cwd: gone }', {}, 'The working folder of stage dev is not there'],
    ['its folder is a file', '{ cwd: runbook.yaml }', {}, 'The working folder of stage dev is not there'],
    ['its secret is in Secrets Manager', '{ database: { secret: lego } }', {}, 'which this version cannot read'],
  ])('when %s', async ([, stage, inherited, said]) => {
    const fault = await faultOf(identify(stage, inherited));
    expect(fault.exit).toBe('preflight');
    expect(fault.message).toContain(said);
    expect(fault.hint).toBeDefined();
  });
});

describe('a sandbox', () => {
  afterEach(() => resetSandbox(sample.root));

  test('has a real database of its own, and no way out to an AWS account', async () => {
    const inherited = { https_proxy: 'http://proxy.example.com', no_proxy: '*', NO_PROXY: '*', AWS_SESSION_TOKEN: 't', HOME: '/home/maria' };
    const identity = await identify('{ sandbox: true, aws: { profile: lego, region: eu-central-1, account: "111111111111" } }', inherited);
    const { environment } = identity;
    const client = new pg.Client(environment.DATABASE_URL ?? '');
    await client.connect();
    const { rows } = await client.query('SELECT current_database() AS name');
    await client.end();
    expect(rows).toEqual([{ name: 'app' }]);
    expect(identity.secrets).toContain(environment.PGPASSWORD);
    expect(environment).toMatchObject({ AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'sandbox', AWS_CONFIG_FILE: '/dev/null' });
    expect(environment).not.toHaveProperty('AWS_PROFILE');
    expect(environment).not.toHaveProperty('AWS_SESSION_TOKEN');
    if (!existsSync('/usr/bin/curl')) return;
    const said = await execa('curl', ['-sS', 'https://sts.amazonaws.com'], { env: environment, extendEnv: false, reject: false });
    expect(said.stderr).toMatch(/Failed to connect to 127\.0\.0\.1 port 9\b/);
  });
});

describe('PATH', () => {
  test('begins with the node_modules/.bin of a folder and of those above it, nearest first, each of them once', () => {
    for (const folder of ['.', 'apps/api']) mkdirSync(join(sample.root, folder, 'node_modules/.bin'), { recursive: true });
    const above = join(sample.root, 'node_modules/.bin');
    const own = join(sample.root, 'apps/api/node_modules/.bin');
    expect(pathFor(join(sample.root, 'apps/api'), `/usr/bin:${above}:/bin`)).toBe(`${own}:${above}:/usr/bin:/bin`);
    expect(pathFor(join(sample.root, 'apps'), '/usr/bin')).toBe(`${above}:/usr/bin`);
  });

  test.for(['', ':/usr/bin', '/usr/bin:', '/usr/bin::/bin'])('never has the folder in which a block happens to be: %j', (path) => {
    expect(pathFor(sample.root, path).split(':').filter(Boolean).join(':')).toBe(pathFor(sample.root, path));
  });
});
