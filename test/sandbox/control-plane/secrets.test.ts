import { readFileSync, statSync } from 'node:fs';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientOptions, type Rig, refusal, startRig } from './rig.ts';

let rig: Rig;
let secrets: SecretsManagerClient;
beforeEach(async () => {
  rig = await startRig();
  secrets = new SecretsManagerClient(clientOptions(rig.plane.endpoint));
});
afterEach(async () => {
  secrets.destroy();
  await rig.close();
});

const id = 'lego-api/prod/token';

async function textOf(wanted: { VersionStage?: string; VersionId?: string } = {}): Promise<string | undefined> {
  return (await secrets.send(new GetSecretValueCommand({ SecretId: id, ...wanted }))).SecretString;
}

test('the caller is the role of the sandbox in its account', async () => {
  const sts = new STSClient(clientOptions(rig.plane.endpoint));
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand());
  expect({ Account, Arn }).toEqual({ Account: '000000000000', Arn: 'arn:aws:sts::000000000000:assumed-role/sandbox/runbook' });
});

test('a new value is AWSCURRENT, the one before AWSPREVIOUS, and the one before that has no label', async () => {
  await secrets.send(new CreateSecretCommand({ Name: id, SecretString: 'one' }));
  const first = await secrets.send(new GetSecretValueCommand({ SecretId: id }));
  await secrets.send(new PutSecretValueCommand({ SecretId: id, SecretString: 'two' }));
  await secrets.send(new UpdateSecretCommand({ SecretId: id, SecretString: 'three' }));
  expect([await textOf(), await textOf({ VersionStage: 'AWSPREVIOUS' })]).toEqual(['three', 'two']);
  expect(await textOf({ VersionId: first.VersionId! })).toBe('one');
  const listed = await secrets.send(new ListSecretVersionIdsCommand({ SecretId: id }));
  expect(listed.Versions?.map((each) => each.VersionStages)).toEqual([['AWSPREVIOUS'], ['AWSCURRENT']]);
  const all = await secrets.send(new ListSecretVersionIdsCommand({ SecretId: id, IncludeDeprecated: true }));
  expect(all.Versions).toHaveLength(3);
});

test('a secret is found by its name, its ARN, and its ARN without the random end', async () => {
  const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: id, SecretBinary: Buffer.from('bricks') }));
  expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:lego-api\/prod\/token-[A-Za-z0-9]{6}$/);
  for (const name of [id, ARN, ARN.slice(0, -7)]) {
    const found = await secrets.send(new GetSecretValueCommand({ SecretId: name }));
    expect(Buffer.from(found.SecretBinary ?? []).toString()).toBe('bricks');
  }
});

test('the same request sent twice makes one version, and with another value it is refused', async () => {
  await secrets.send(new CreateSecretCommand({ Name: id, SecretString: 'one' }));
  const token = 'a0b1c2d3-e4f5-4a6b-8c7d-9e0f1a2b3c4d';
  for (let time = 0; time < 2; time += 1) {
    const put = await secrets.send(new PutSecretValueCommand({ SecretId: id, SecretString: 'two', ClientRequestToken: token }));
    expect(put).toMatchObject({ VersionId: token, VersionStages: ['AWSCURRENT'] });
  }
  const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId: id }));
  expect(Object.values(VersionIdsToStages)).toEqual([['AWSPREVIOUS'], ['AWSCURRENT']]);
  const other = secrets.send(new PutSecretValueCommand({ SecretId: id, SecretString: 'three', ClientRequestToken: token }));
  expect((await refusal(other)).code).toBe('ResourceExistsException');
});

test('a pending version is not in force until the label is moved to it', async () => {
  await secrets.send(new CreateSecretCommand({ Name: id, SecretString: 'one' }));
  const { VersionId: pending = '' } = await secrets.send(
    new PutSecretValueCommand({ SecretId: id, SecretString: 'two', VersionStages: ['AWSPENDING'] }),
  );
  expect([await textOf(), await textOf({ VersionStage: 'AWSPENDING' })]).toEqual(['one', 'two']);
  const move = { SecretId: id, VersionStage: 'AWSCURRENT', MoveToVersionId: pending };
  expect((await refusal(secrets.send(new UpdateSecretVersionStageCommand(move)))).code).toBe('InvalidParameterException');
  const { VersionId: before = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: id }));
  await secrets.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: before }));
  expect([await textOf(), await textOf({ VersionStage: 'AWSPREVIOUS' })]).toEqual(['two', 'one']);
});

test('a deleted secret cannot be read until it is restored, and its name is taken until then', async () => {
  await secrets.send(new CreateSecretCommand({ Name: id, SecretString: 'one' }));
  const { DeletionDate } = await secrets.send(new DeleteSecretCommand({ SecretId: id, RecoveryWindowInDays: 7 }));
  expect(DeletionDate?.getTime()).toBeGreaterThan(Date.now() + 6.9 * 86_400_000);
  expect(await refusal(textOf())).toMatchObject({
    code: 'InvalidRequestException',
    message: "You tried to perform the operation on a secret that's currently marked deleted.",
  });
  expect((await secrets.send(new ListSecretsCommand())).SecretList).toEqual([]);
  expect((await refusal(secrets.send(new CreateSecretCommand({ Name: id, SecretString: 'x' })))).code).toBe('InvalidRequestException');
  await secrets.send(new RestoreSecretCommand({ SecretId: id }));
  expect(await textOf()).toBe('one');
  await secrets.send(new DeleteSecretCommand({ SecretId: id, ForceDeleteWithoutRecovery: true }));
  expect((await refusal(secrets.send(new DescribeSecretCommand({ SecretId: id })))).code).toBe('ResourceNotFoundException');
});

test.each([
  ['a secret that is not there', () => textOf(), 'ResourceNotFoundException', "Secrets Manager can't find the specified secret."],
  ['a name that is taken', () => create('one').then(() => create('two')), 'ResourceExistsException', /already exists/],
  ['a name with a blank', () => secrets.send(new CreateSecretCommand({ Name: 'lego api' })), 'ValidationException', /Invalid name/],
  [
    'a label that no version has',
    () => create('one').then(() => textOf({ VersionStage: 'AWSPENDING' })),
    'ResourceNotFoundException',
    "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
  ],
  [
    'a rotation that is not configured',
    () => create('{}').then(() => secrets.send(new RotateSecretCommand({ SecretId: id }))),
    'InvalidRequestException',
    /doesn't already have a Lambda function ARN configured/,
  ],
  ['a short token', () => create('one', 'short'), 'InvalidParameterException', /32-64 characters/],
])('%s is refused as AWS refuses it', async (_, call, code, message) => {
  const refused = await refusal(call());
  expect(refused.code).toBe(code);
  expect(refused.message).toMatch(message);
});

test('values are in no file but the state, which only its owner can read', async () => {
  await create('s3cret-bricks');
  expect(statSync(rig.statePath).mode & 0o777).toBe(0o600);
  expect(readFileSync(rig.statePath, 'utf8')).toContain('s3cret-bricks');
  expect(rig.log).toEqual([]);
});

function create(value: string, token?: string): Promise<unknown> {
  return secrets.send(new CreateSecretCommand({ Name: id, SecretString: value, ClientRequestToken: token }));
}
