/** Where a SQL block acts: asked of the server itself before the operator is asked to confirm. */

import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { DatabaseTarget } from '../core/need.ts';
import type { Database } from './connection.ts';

/** How long the operator waits for the answer. */
const patienceMs = 3000;

/** The database behind a connection. When it does not answer within three seconds its role is `unknown`, and the step itself will say why. */
export async function databaseTarget(database: Database, host = database.host): Promise<DatabaseTarget> {
  const { port, user } = database;
  return { host, port, database: database.database, user, role: await roleOf({ ...database, host }) };
}

async function roleOf(database: Database): Promise<DatabaseTarget['role']> {
  try {
    return (await askServer(database)).role;
  } catch {
    return 'unknown';
  }
}

/** What a server says of itself, asked over a connection as the sql kernel makes it. */
export type ServerAnswer = { readonly role: 'writer' | 'reader'; readonly version: string; readonly now: Date };

/** Asks a server who it is. Rejects with what went wrong, or when it does not answer within three seconds. */
export async function askServer(database: Database): Promise<ServerAnswer> {
  const { Client } = (await import('pg')).default;
  const { host, port, user, password } = database;
  const late = new Promise<undefined>((resolve) =>
    AbortSignal.timeout(patienceMs).addEventListener('abort', () => resolve(undefined), { once: true }),
  );
  const ssl = await tlsOf(database);
  const client = new Client({ host, port, user, password, database: database.database, ssl, application_name: 'runbook' });
  // A connection that breaks later must not end the engine; every query reports its own error.
  client.on('error', () => {});
  const question = "SELECT pg_is_in_recovery() AS reader, current_setting('server_version') AS version, clock_timestamp() AS now";
  const asked = client.connect().then(() => client.query<{ reader: boolean; version: string; now: Date }>(question));
  const answer = await Promise.race([asked, late]).finally(() => {
    // Nobody waits for the goodbye: a server that is stuck does not answer it.
    void client.end().catch(() => {});
  });
  const [row] = answer?.rows ?? [];
  if (row === undefined) throw new Error(`it did not answer within ${patienceMs / 1000} seconds`);
  return { role: row.reader ? 'reader' : 'writer', version: row.version, now: row.now };
}

/** As the sql kernel connects: verify-ca checks the certificate but not the name in it. */
async function tlsOf({ tls, ca }: Database): Promise<false | ConnectionOptions> {
  if (tls === 'disable') return false;
  return {
    rejectUnauthorized: tls !== 'require',
    ...(ca !== undefined && { ca: await readFile(ca, 'utf8') }),
    ...(tls === 'verify-ca' && { checkServerIdentity: () => undefined }),
  };
}
