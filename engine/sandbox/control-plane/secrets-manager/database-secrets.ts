/** Secrets that hold the login of a database: read, found, and tried against the database itself. */

import type { Client } from 'pg';
import { z } from 'zod';
import { clientOf } from '../../access.ts';
import type { World } from '../action.ts';
import { findVersion, type Secret, type Version } from './versions.ts';

/** The value of a database secret, as AWS's rotation functions want it. */
const loginSchema = z.looseObject({
  engine: z.string(),
  host: z.string(),
  port: z.number().optional(),
  username: z.string(),
  password: z.string(),
  dbname: z.string().optional(),
  dbClusterIdentifier: z.string().optional(),
});

/** The value of a database secret. */
export type Login = z.infer<typeof loginSchema>;

/** The login that a version holds, if it is a database secret. */
export function loginOf(version: Version): Login | undefined {
  try {
    return loginSchema.parse(JSON.parse(version.text ?? ''));
  } catch {
    return undefined;
  }
}

/** The secret that holds the login of a cluster. */
export function findDatabaseSecret(world: World, cluster: { readonly identifier: string }): Secret | undefined {
  const all = world.state.secrets.filter(({ deleteAt }) => deleteAt === undefined);
  return all.find((secret) => loginOf(findVersion(secret, {}))?.dbClusterIdentifier === cluster.identifier);
}

/** True if the database lets this login in. Only the sandbox's own databases are ever asked. */
export async function letsIn(login: Login): Promise<boolean> {
  const attempt = connectionOf(login, 'rotation');
  try {
    await attempt.connect();
    return true;
  } catch {
    return false;
  } finally {
    await attempt.end().catch(() => {});
  }
}

/** A client with this login. It is not connected yet. */
export function connectionOf(login: Login, application: string): Client {
  const { host, port = 5432, username: user, password, dbname: database = 'postgres' } = login;
  if (!/^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host)) throw new Error(`The host ${host} of the secret is not on this machine.`);
  return clientOf({ address: { host, port }, role: { user, password }, database, application });
}
