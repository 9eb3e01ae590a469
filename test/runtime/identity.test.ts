import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { execa } from 'execa';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Identity, identityOf } from '../../engine/runtime/identity.ts';
import { stageConfig } from '../../engine/runtime/prepare.ts';
import { findProgram } from '../../engine/runtime/programs.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { pathFor } from '../../engine/runtime/stage-environment.ts';
import { resetSandbox } from '../../engine/sandbox/sandbox.ts';
import { awsConfig } from '../helpers/aws-config.ts';
import { type AwsServer, awsServer } from '../helpers/aws-server.ts';
import { rejection } from '../helpers/fault.ts';
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
  return identityOf({
    project,
    name: 'dev',
    stage: stageConfig(project.config, 'dev'),
    run: 'r-1',
    inherited: { PATH: process.env.PATH ?? '', ...inherited },
    onProgress: () => {},
  });
}

/** An operator with a profile `lego` in account 222222222222, on a server that also keeps the database's secret. */
async function operator(secret: object): Promise<{ aws: AwsServer; inherited: Readonly<Record<string, string>> }> {
  const aws = await awsServer({ accounts: { ASIALEGO: '222222222222' }, secrets: { 'lego-dev-credentials': JSON.stringify(secret) } });
  const keys = { AccessKeyId: 'ASIALEGO', SecretAccessKey: 'lego-secret-key', SessionToken: 'lego-session-token' };
  return { aws, inherited: awsConfig(sample.root, aws.url, { lego: keys }).environment };
}

const inAws = 'aws: { profile: lego, region: eu-central-1, account: "222222222222" }';
const withSecret = `{ ${inAws}, database: { secret: "lego-{stage}-credentials", tls: require } }`;
const secret = { engine: 'postgres', host: 'db.example.com', port: 6543, username: 'app', password: 'studs-and-tubes', dbname: 'lego' };

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
    const { environment } = await identify('{}', { ...foreign, HOME: '/home/admin', LANG: 'C.UTF-8', EDITOR: 'vi' });
    const { stdout } = await execa('env', { env: environment, extendEnv: false });
    const names = stdout.split('\n').map((line) => line.split('=')[0]);
    for (const name of Object.keys(foreign)) expect(names).not.toContain(name);
    expect(environment).toMatchObject({ HOME: '/home/admin', LANG: 'C.UTF-8', EDITOR: 'vi' });
  });

  test('has resolved keys and the region of the stage, and no profile that could be resolved to others', async () => {
    const { inherited } = await operator({});
    const identity = await identify(`{ ${inAws} }`, { ...inherited, AWS_REGION: 'us-east-1', AWS_PROFILE: 'mine', AWS_ACCESS_KEY_ID: 'AKIA' });
    expect(identity.environment).toMatchObject({
      AWS_ACCESS_KEY_ID: 'ASIALEGO',
      AWS_SECRET_ACCESS_KEY: 'lego-secret-key',
      AWS_SESSION_TOKEN: 'lego-session-token',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
    });
    for (const name of ['AWS_PROFILE', 'AWS_CONFIG_FILE', 'RUNBOOK_SANDBOX']) expect(identity.environment).not.toHaveProperty(name);
    expect(identity.aws).toEqual({ account: '222222222222', arn: 'arn:aws:iam::222222222222:user/ASIALEGO', region: 'eu-central-1' });
    expect(identity.secrets).toEqual(['lego-secret-key', 'lego-session-token']);
    expect(identity.secretNames).toEqual(['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']);
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
    expect(identity.database).toBeUndefined();
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
    [
      'its profile is not there',
      `{ ${inAws} }`,
      { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
      'The AWS profile "lego" is not in your AWS configuration.',
    ],
  ])('when %s', async ([, stage, inherited, said]) => {
    const fault = await rejection(identify(stage, inherited));
    expect(fault.exit).toBe('preflight');
    expect(fault.message).toContain(said);
    expect(fault.hint).toBeDefined();
  });
});

describe('a database in a secret of AWS', () => {
  test('is read with the stage’s credentials, its name filled in, and its password masked', async () => {
    const { aws, inherited } = await operator(secret);
    const identity = await identify(withSecret, inherited);
    expect(identity.environment).toMatchObject({ DATABASE_URL: `${url}?sslmode=require`, PGPASSWORD: 'studs-and-tubes', PGSSLMODE: 'require' });
    expect(identity.secrets).toContain('studs-and-tubes');
    expect(aws.asked.at(-1)).toMatchObject({ action: 'GetSecretValue', key: 'ASIALEGO', parameters: { SecretId: 'lego-dev-credentials' } });
  });

  test('is read again before and after what changes something, so that a rotated password holds from the next step on', async () => {
    const { aws, inherited } = await operator(secret);
    const identity = await identify(withSecret, inherited);
    const rotate = (password: string) => {
      aws.secrets['lego-dev-credentials'] = JSON.stringify({ ...secret, password });
    };
    rotate('second-password');
    await identity.refreshDatabase({ changes: false });
    expect(identity.database?.password).toBe('studs-and-tubes');
    await identity.refreshDatabase({ changes: true });
    expect(identity.database?.password).toBe('second-password');
    rotate('third-password');
    identity.attempted({ changes: true });
    await identity.refreshDatabase({ changes: false });
    expect(identity.environment.DATABASE_URL).toContain('third-password');
    for (const password of ['studs-and-tubes', 'second-password', 'third-password']) expect(identity.secrets).toContain(password);
    rotate('fourth-password');
    await identity.refreshDatabase({ changes: false });
    expect(identity.database?.password).toBe('third-password');
  });

  test.for<[what: string, value: string | undefined, said: string]>([
    ['it is not there', undefined, 'The secret lego-dev-credentials cannot be read in eu-central-1: ResourceNotFoundException'],
    ['it is not JSON', 'studs-and-tubes', 'is not a JSON object'],
    ['keys are missing', '{"username":"app","password":"studs-and-tubes"}', 'has no text for: host, dbname.'],
    ['its port is none', JSON.stringify({ ...secret, port: 'studs-and-tubes' }), 'has a port that is none'],
  ])('is refused when %s, and no value of it is shown', async ([, value, said]) => {
    const { aws, inherited } = await operator({});
    if (value === undefined) delete aws.secrets['lego-dev-credentials'];
    else aws.secrets['lego-dev-credentials'] = value;
    const fault = await rejection(identify(withSecret, inherited));
    expect(fault.exit).toBe('preflight');
    expect(fault.message).toContain(said);
    expect(fault.hint).toContain('--secret-id lego-dev-credentials');
    expect(`${fault.message}${fault.hint}`).not.toContain('studs-and-tubes');
  });

  test('is 5432 where the secret names no port, and verify-full where nobody says otherwise', async () => {
    const { inherited } = await operator({ ...secret, port: undefined });
    const identity = await identify(withSecret.replace(', tls: require', ''), inherited);
    expect(identity.database).toMatchObject({ port: 5432, tls: 'verify-full' });
  });
});

describe('a sandbox', () => {
  afterEach(() => resetSandbox(sample.root));

  test('has a real database of its own, and no way out to an AWS account', async () => {
    const inherited = { https_proxy: 'http://proxy.example.com', no_proxy: '*', NO_PROXY: '*', AWS_SESSION_TOKEN: 't', HOME: '/home/admin' };
    const identity = await identify('{ sandbox: true, aws: { profile: lego, region: eu-central-1, account: "111111111111" } }', inherited);
    const { environment } = identity;
    const client = new pg.Client(environment.DATABASE_URL ?? '');
    await client.connect();
    const { rows } = await client.query('SELECT current_database() AS name');
    await client.end();
    expect(rows).toEqual([{ name: 'app' }]);
    expect(identity.secrets).toContain(environment.PGPASSWORD);
    expect(environment).toMatchObject({ AWS_REGION: 'eu-central-1', AWS_SECRET_ACCESS_KEY: 'sandbox', AWS_CONFIG_FILE: '/dev/null' });
    expect(environment).toMatchObject({ RUNBOOK_SANDBOX: '1', AWS_ACCESS_KEY_ID: expect.stringMatching(/./) });
    // A word that stands in half of all logs is no secret.
    expect(identity.secrets).not.toContain('sandbox');
    expect(identity.pathIn(sample.root).split(':')[0]).toMatch(/kernels\/sandbox-bin$/);
    expect(environment).not.toHaveProperty('AWS_PROFILE');
    expect(environment).not.toHaveProperty('AWS_SESSION_TOKEN');
    if (!existsSync('/usr/bin/curl')) return;
    const said = await execa('curl', ['-sS', 'https://sts.amazonaws.com'], { env: environment, extendEnv: false, reject: false });
    expect(said.stderr).toMatch(/Failed to connect to 127\.0\.0\.1 port 9\b/);
  });
});

describe('a sandbox with a secret', () => {
  const stage = '{ sandbox: true, database: { name: lego, cluster: "lego-api-{stage}", secret: "lego-{stage}-credentials" } }';
  afterEach(() => resetSandbox(sample.root));

  test('gives its steps the connection that the secret in its control plane holds, also one that was changed there', async () => {
    const identity = await identify(stage);
    const { environment } = identity;
    const { AWS_ENDPOINT_URL: endpoint = '', AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = environment;
    expect(environment).toMatchObject({ PGDATABASE: 'lego', AWS_REGION: 'us-east-1' });
    const client = new SecretsManagerClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } });
    const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId: 'lego-dev-credentials' }));
    expect(JSON.parse(SecretString)).toMatchObject({ username: environment.PGUSER, password: environment.PGPASSWORD });
    await client.send(
      new PutSecretValueCommand({
        SecretId: 'lego-dev-credentials',
        SecretString: JSON.stringify({ ...JSON.parse(SecretString), password: 'stale-password' }),
      }),
    );
    await identity.refreshDatabase({ changes: true });
    expect(identity.environment.PGPASSWORD).toBe('stale-password');
    expect(identity.secrets).toEqual(expect.arrayContaining([environment.PGPASSWORD, 'stale-password']));
    await client.send(new PutSecretValueCommand({ SecretId: 'lego-dev-credentials', SecretString: 'no JSON' }));
    await identity.refreshDatabase({ changes: true });
    expect(identity.environment.PGPASSWORD).toBe(environment.PGPASSWORD);
  });

  test.skipIf(findProgram('aws', process.env.PATH, '/') === undefined)(
    'answers a real AWS CLI in a plain shell block, also in us-east-1',
    async () => {
      const identity = await identify(stage);
      const env = { ...identity.environment, PATH: identity.pathIn(sample.root) };
      const list = 'aws rds describe-db-clusters --query DBClusters[].DBClusterIdentifier --output text';
      expect((await execa('bash', ['-c', list], { env, extendEnv: false })).stdout).toBe('lego-api-dev');
    },
  );
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
