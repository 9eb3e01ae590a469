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
  const { Client } = (await import('pg')).default;
  const { host, port, user, password } = database;
  const late = new Promise<undefined>((resolve) =>
    AbortSignal.timeout(patienceMs).addEventListener('abort', () => resolve(undefined), { once: true }),
  );
  try {
    const ssl = await tlsOf(database);
    const client = new Client({ host, port, user, password, database: database.database, ssl, application_name: 'runbook' });
    // A connection that breaks later must not end the engine; every query reports its own error.
    client.on('error', () => {});
    const asked = client.connect().then(() => client.query<{ reader: boolean }>('SELECT pg_is_in_recovery() AS reader'));
    const answer = await Promise.race([asked, late]).finally(() => {
      // Nobody waits for the goodbye: a server that is stuck does not answer it.
      void client.end().catch(() => {});
    });
    if (answer === undefined) return 'unknown';
    return answer.rows[0]?.reader === true ? 'reader' : 'writer';
  } catch {
    return 'unknown';
  }
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
