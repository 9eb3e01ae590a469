/** An operator's AWS configuration in a folder of its own, with profiles whose keys come from a file that a test can exchange. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keys as a `credential_process` prints them. */
export type Keys = { readonly AccessKeyId: string; readonly SecretAccessKey: string; readonly SessionToken?: string; readonly Expiration?: string };

/** The environment of an operator who has this configuration, and `hand` to give a profile new keys. */
export type AwsConfig = { readonly environment: Readonly<Record<string, string>>; readonly hand: (profile: string, keys: Keys) => void };

/** Writes the configuration; each profile is sent to `endpoint`, and `more` is added as it is. */
export function awsConfig(folder: string, endpoint: string, profiles: Readonly<Record<string, Keys>>, more = ''): AwsConfig {
  const file = (profile: string): string => join(folder, `${profile}.keys.json`);
  const hand: AwsConfig['hand'] = (profile, keys) => writeFileSync(file(profile), JSON.stringify({ Version: 1, ...keys }));
  const sections = Object.entries(profiles).map(([name, keys]) => {
    hand(name, keys);
    return `[profile ${name}]\nendpoint_url = ${endpoint}\ncredential_process = cat ${file(name)}\n`;
  });
  writeFileSync(join(folder, 'aws-config'), `${sections.join('\n')}\n${more}`);
  return { environment: { AWS_CONFIG_FILE: join(folder, 'aws-config'), AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }, hand };
}

/** A moment so many seconds from now, as AWS writes it. */
export function secondsFromNow(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
