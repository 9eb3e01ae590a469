import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type CredentialsSource, profileOf, resolveCredentials } from '../../engine/runtime/credentials.ts';
import { awsConfig, secondsFromNow } from '../helpers/aws-config.ts';
import { awsServer } from '../helpers/aws-server.ts';
import { rejection } from '../helpers/fault.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const brick = { AccessKeyId: 'AKIABRICK', SecretAccessKey: 'brick-secret-key' };

/** Resolves what a configuration file says, with nothing of this machine's own. */
function resolved(config: string, source: Partial<CredentialsSource> = {}) {
  const file = join(temporaryFolder(), 'config');
  writeFileSync(file, config);
  const environment = { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: '/dev/null', ...source.environment };
  // For single sign-on the SDK looks at the variable itself.
  vi.stubEnv('AWS_CONFIG_FILE', file);
  return resolveCredentials({ region: 'us-east-1', run: '20261122-160000-abcd', ...source, environment });
}

afterEach(() => vi.unstubAllEnvs());

describe('credentials of a profile', () => {
  test('are its static keys', async () => {
    const config = '[profile lego]\naws_access_key_id = AKIABRICK\naws_secret_access_key = brick-secret-key\n';
    expect(await resolved(config, { profile: 'lego' })).toEqual({ accessKeyId: 'AKIABRICK', secretAccessKey: 'brick-secret-key' });
  });

  test('are those that stand in the file now, also when it was written anew a moment ago', async () => {
    const file = join(temporaryFolder(), 'config');
    const resolve = (key: string) => {
      writeFileSync(file, `[profile lego]\naws_access_key_id = ${key}\naws_secret_access_key = brick-secret-key\n`);
      return resolveCredentials({ profile: 'lego', region: 'us-east-1', run: 'r', environment: { AWS_CONFIG_FILE: file } });
    };
    expect(await resolve('AKIABRICK')).toMatchObject({ accessKeyId: 'AKIABRICK' });
    expect(await resolve('AKIASTUD')).toMatchObject({ accessKeyId: 'AKIASTUD' });
  });

  test('are what its credential_process prints, each time anew', async () => {
    const { environment, hand } = awsConfig(temporaryFolder(), 'http://127.0.0.1:9', { lego: brick });
    const resolve = () => resolveCredentials({ profile: 'lego', region: 'us-east-1', run: 'r', environment });
    expect(await resolve()).toEqual({ accessKeyId: 'AKIABRICK', secretAccessKey: 'brick-secret-key' });
    const Expiration = secondsFromNow(900);
    hand('lego', { AccessKeyId: 'ASIASTUD', SecretAccessKey: 'stud-secret-key', SessionToken: 'stud-token', Expiration });
    expect(await resolve()).toEqual({
      accessKeyId: 'ASIASTUD',
      secretAccessKey: 'stud-secret-key',
      sessionToken: 'stud-token',
      expiration: new Date(Expiration),
    });
  });

  test.for([
    ['names the run', '', 'runbook-20261122-160000-abcd'],
    ['has the name that the profile itself demands', 'role_session_name = admin', 'admin'],
  ])('are a session of its role that %s', async ([, line = '', session]) => {
    const aws = await awsServer({ accounts: { AKIABRICK: '222222222222' } });
    const role = `[profile lego]\nendpoint_url = ${aws.url}\nrole_arn = arn:aws:iam::222222222222:role/operator\nsource_profile = brick\n${line}\n`;
    const keys = '[profile brick]\naws_access_key_id = AKIABRICK\naws_secret_access_key = brick-secret-key\n';
    expect(await resolved(role + keys, { profile: 'lego' })).toMatchObject({ accessKeyId: 'ASIAROLE', sessionToken: 'role-session-token' });
    expect(aws.asked).toMatchObject([{ action: 'AssumeRole', key: 'AKIABRICK', parameters: { RoleSessionName: session } }]);
  });

  test('are not those of the environment', async () => {
    const environment = { AWS_ACCESS_KEY_ID: 'AKIAOTHER', AWS_SECRET_ACCESS_KEY: 'other' };
    const config = '[profile lego]\naws_access_key_id = AKIABRICK\naws_secret_access_key = brick-secret-key\n';
    expect(await resolved(config, { profile: 'lego', environment })).toMatchObject({ accessKeyId: 'AKIABRICK' });
  });
});

describe('credentials without a profile', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIABRICK', AWS_SECRET_ACCESS_KEY: 'brick-secret-key', AWS_SESSION_TOKEN: 'token' };
  const lego = '[profile lego]\naws_access_key_id = AKIALEGO\naws_secret_access_key = lego-secret-key\n';

  test('are the keys of the environment, also where it names a profile, as the AWS CLI has it', async () => {
    const expected = { accessKeyId: 'AKIABRICK', secretAccessKey: 'brick-secret-key', sessionToken: 'token' };
    expect(await resolved(lego, { environment: keys })).toEqual(expected);
    expect(await resolved(lego, { environment: { ...keys, AWS_PROFILE: 'lego' } })).toEqual(expected);
  });

  test('are those of the profile that the environment names', async () => {
    expect(await resolved(lego, { environment: { AWS_PROFILE: 'lego' } })).toMatchObject({ accessKeyId: 'AKIALEGO' });
  });

  test('can be resolved again only from a profile', () => {
    expect(profileOf({ profile: 'lego', environment: keys })).toBe('lego');
    expect(profileOf({ environment: { AWS_PROFILE: 'lego' } })).toBe('lego');
    expect(profileOf({ environment: { ...keys, AWS_PROFILE: 'lego' } })).toBeUndefined();
  });
});

describe('where there are none, what to type is said, and nothing secret', () => {
  const sso = 'sso_start_url = https://lego.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 222222222222\nsso_role_name = operator\n';
  test.for<[what: string, config: string, said: string, hint: string]>([
    ['the profile is not there', '[profile other]\n', 'The AWS profile "lego" is not in your AWS configuration.', 'aws configure list-profiles'],
    ['the profile says nothing', '[profile lego]\nregion = us-east-1\n', 'The AWS profile "lego" gives no credentials: Could not', '--profile lego'],
    ['nobody logged in', `[profile lego]\n${sso}`, 'The SSO session associated with this profile is invalid.', 'aws sso login --profile lego'],
    [
      'its credential_process fails',
      '[profile lego]\ncredential_process = sh -c "echo studs-and-tubes >&2; exit 3" studs-and-tubes\n',
      'gives no credentials: its credential_process failed.',
      'aws sts get-caller-identity --profile lego',
    ],
  ])('%s', async ([, config, said, hint]) => {
    const fault = await rejection(resolved(config, { profile: 'lego' }));
    expect(fault.exit).toBe('preflight');
    expect(fault.message).toContain(said);
    expect(fault.hint).toContain(hint);
    expect(`${fault.message} ${fault.hint} ${String(fault.cause)}`).not.toContain('studs-and-tubes');
  });

  test('a role that may not be assumed, with the words of AWS', async () => {
    const aws = await awsServer();
    const config = `[profile lego]\nendpoint_url = ${aws.url}\nrole_arn = arn:aws:iam::222222222222:role/operator\nsource_profile = brick\n[profile brick]\naws_access_key_id = AKIABRICK\naws_secret_access_key = brick-secret-key\n`;
    const fault = await rejection(resolved(config, { profile: 'lego' }));
    expect(fault.message).toContain('The security token is expired');
  });
});
