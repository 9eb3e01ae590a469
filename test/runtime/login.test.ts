import { describe, expect, test } from 'vitest';
import { AwsLogin } from '../../engine/runtime/login.ts';
import { endpointEnvironment } from '../../engine/runtime/stage-environment.ts';
import { awsConfig, type Keys, secondsFromNow } from '../helpers/aws-config.ts';
import { type AwsServer, awsServer } from '../helpers/aws-server.ts';
import { rejection } from '../helpers/fault.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const account = '222222222222';
const keys = (name: string, more: Partial<Keys> = {}): Keys => ({ AccessKeyId: `ASIA${name}`, SecretAccessKey: `${name}-secret-key`, ...more });
const reads = { changes: false, timeoutMs: 60_000 };
const changes = { changes: true, timeoutMs: 60_000 };

/** A server that knows ASIAONE, ASIATWO and, in another account, ASIAOTHER; and a way to log in with these keys and to exchange them. */
async function counter(first: Keys): Promise<{ aws: AwsServer; hand: (next: Keys) => void; open: () => Promise<AwsLogin> }> {
  const aws = await awsServer({ accounts: { ASIAONE: account, ASIATWO: account, ASIAOTHER: '333333333333' } });
  const { environment, hand } = awsConfig(temporaryFolder(), aws.url, { lego: first });
  const open = () => AwsLogin.open('staging', account, { profile: 'lego', region: 'eu-central-1', run: 'r-1', environment });
  return { aws, hand: (next) => hand('lego', next), open };
}

describe('a login', () => {
  test('knows as whom it acts, and gives every attempt resolved keys, never the profile', async () => {
    const { aws, open } = await counter(keys('ONE', { SessionToken: 'one-token' }));
    const login = await open();
    expect(login.caller).toEqual({ account, arn: `arn:aws:iam::${account}:user/ASIAONE` });
    expect(login.environment).toMatchObject({
      AWS_ACCESS_KEY_ID: 'ASIAONE',
      AWS_SECRET_ACCESS_KEY: 'ONE-secret-key',
      AWS_SESSION_TOKEN: 'one-token',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: aws.url,
      RUNBOOK_AWS_PROFILE: 'lego',
      RUNBOOK_AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    });
    expect(login.environment).not.toHaveProperty('AWS_PROFILE');
    expect(login.secrets).toEqual(['ONE-secret-key', 'one-token']);
  });

  test('of a profile that names no endpoint sends every program to AWS, whatever the default profile says', () => {
    expect(endpointEnvironment(undefined)).toEqual({ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' });
    // With it, a program would leave out this variable too.
    expect(endpointEnvironment('https://vpce.example')).toEqual({ AWS_ENDPOINT_URL: 'https://vpce.example' });
  });

  test('to another account than the stage’s is refused, with both of them and how to look', async () => {
    const { open } = await counter(keys('OTHER'));
    const fault = await rejection(open());
    expect(fault.exit).toBe('preflight');
    expect(fault.message).toContain(`Stage staging is the AWS account ${account}, and these credentials belong to 333333333333`);
    expect(fault.hint).toContain('aws sts get-caller-identity --profile lego');
  });

  test('that nobody answers says so, and names no secret', async () => {
    const { environment } = awsConfig(temporaryFolder(), 'http://127.0.0.1:9', { lego: keys('ONE') });
    const fault = await rejection(AwsLogin.open('staging', account, { profile: 'lego', region: 'us-east-1', run: 'r', environment }));
    expect(fault.message).toMatch(/AWS does not say which account these credentials belong to: .*ECONNREFUSED/);
    expect(fault.message).not.toContain('ONE-secret-key');
  });
});

describe('before a step', () => {
  test('that only reads an answer of a moment ago is enough; before a change AWS is asked again', async () => {
    const { aws, open } = await counter(keys('ONE'));
    const login = await open();
    expect(await login.check(reads)).toBeUndefined();
    expect(aws.actions()).toEqual(['GetCallerIdentity']);
    expect(await login.check(changes)).toBeUndefined();
    expect(aws.actions()).toEqual(['GetCallerIdentity', 'GetCallerIdentity']);
  });

  test('credentials that end within its time limit are resolved anew, and the old ones stay secret', async () => {
    const { hand, open } = await counter(keys('ONE', { Expiration: secondsFromNow(300) }));
    const login = await open();
    hand(keys('TWO', { Expiration: secondsFromNow(3600) }));
    await login.check(reads);
    expect(login.environment.AWS_ACCESS_KEY_ID).toBe('ASIAONE');
    expect(await login.check({ changes: false, timeoutMs: 600_000 })).toBeUndefined();
    expect(login.environment.AWS_ACCESS_KEY_ID).toBe('ASIATWO');
    expect(login.secrets).toEqual(['ONE-secret-key', 'TWO-secret-key']);
  });

  test('credentials that are over and cannot be resolved anew have to be renewed by the operator, and then it goes on', async () => {
    const { hand, open } = await counter(keys('ONE', { Expiration: secondsFromNow(30) }));
    const login = await open();
    hand(keys('ONE', { Expiration: secondsFromNow(-1) }));
    for (const upcoming of [reads, changes])
      expect(await login.check(upcoming)).toEqual({
        profile: 'lego',
        why: 'The AWS profile "lego" gives no credentials: Profile lego credential_process returned expired credentials.',
        hint: expect.stringContaining('--profile lego'),
      });
    hand(keys('TWO'));
    expect(await login.check(changes)).toBeUndefined();
  });

  test('that changes something, what is left of them does not do where no others are to be had; for one that reads it does', async () => {
    const { hand, open } = await counter(keys('ONE', { Expiration: secondsFromNow(300) }));
    const login = await open();
    hand(keys('ONE', { Expiration: secondsFromNow(-1) }));
    expect(await login.check({ changes: false, timeoutMs: 600_000 })).toBeUndefined();
    expect(await login.check({ changes: true, timeoutMs: 600_000 })).toMatchObject({ profile: 'lego' });
  });

  test('credentials that AWS no longer takes, whatever they say of themselves, are exchanged where there are others', async () => {
    const { aws, hand, open } = await counter(keys('ONE'));
    const login = await open();
    delete aws.accounts.ASIAONE;
    expect(await login.check(changes)).toMatchObject({ why: expect.stringContaining('The security token is expired') });
    hand(keys('TWO'));
    expect(await login.check(changes)).toBeUndefined();
  });

  test('credentials that suddenly belong to another account stop it', async () => {
    const { aws, hand, open } = await counter(keys('ONE', { Expiration: secondsFromNow(300) }));
    const login = await open();
    aws.accounts.ASIAONE = '333333333333';
    expect((await rejection(login.check(changes))).message).toContain('belong to 333333333333');
    aws.accounts.ASIAONE = account;
    hand(keys('OTHER'));
    expect((await rejection(login.check({ changes: false, timeoutMs: 600_000 }))).message).toContain('belong to 333333333333');
  });
});
