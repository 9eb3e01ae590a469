/** The stage's database as a secret of AWS Secrets Manager describes it. */

import { Fault } from '../fault.ts';
import { type Access, clientOptions, refusalWords, sendOptions } from './account.ts';
import type { Database } from './connection.ts';

const keys = ['host', 'username', 'password', 'dbname'] as const;

/**
 * Reads the connection out of a secret: JSON with host, port, username, password and dbname, as Secrets Manager itself writes it.
 * @throws Fault `preflight` with the code of AWS when it cannot be read, or with the keys that are missing. No value is ever shown.
 */
export async function readDatabaseSecret(name: string, access: Access): Promise<Omit<Database, 'tls' | 'ca'>> {
  const text = await secretText(name, access);
  const hint = `Its keys: aws secretsmanager get-secret-value --secret-id ${name} --query SecretString --output text | jq keys`;
  const wrong = (what: string): Fault => new Fault('preflight', `The secret ${name} ${what}`, { hint });
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('is not a JSON object.');
  const record = new Map(Object.entries(value));
  const part = (key: string): string => {
    const found: unknown = record.get(key);
    return typeof found === 'string' ? found : '';
  };
  const missing = keys.filter((key) => part(key) === '');
  if (missing.length > 0)
    throw wrong(`has no text for: ${missing.join(', ')}. It needs host, username, password and dbname; port is 5432 unless given.`);
  const port = Number(record.get('port') ?? 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw wrong('has a port that is none.');
  return { host: part('host'), port, database: part('dbname'), user: part('username'), password: part('password') };
}

async function secretText(name: string, access: Access): Promise<string> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient(clientOptions(access));
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }), sendOptions());
    return SecretString ?? '';
  } catch (cause) {
    throw new Fault('preflight', `The secret ${name} cannot be read in ${access.region}: ${refusalWords(cause)}`, {
      hint: `See what AWS knows of it: aws secretsmanager describe-secret --secret-id ${name}`,
      cause,
    });
  } finally {
    client.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
