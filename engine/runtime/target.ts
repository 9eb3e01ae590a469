/** Where a SQL block acts: asked of the server itself before the operator is asked to confirm. */

import type { DatabaseTarget } from '../core/need.ts';
import type { Database } from './identity.ts';

/** The database behind a connection. When it does not answer within three seconds its role is `unknown`, and the step itself will say why. */
export async function databaseTarget(database: Database, host = database.host): Promise<DatabaseTarget> {
  const { Client } = (await import('pg')).default;
  const { port, user, password } = database;
  const ssl = database.tls === 'disable' ? false : { rejectUnauthorized: database.tls.startsWith('verify') };
  const client = new Client({
    host,
    port,
    user,
    password,
    database: database.database,
    ssl,
    connectionTimeoutMillis: 3000,
    query_timeout: 3000,
    application_name: 'runbook',
  });
  const target = { host, port, database: database.database, user };
  // A connection that breaks later must not end the engine; every query reports its own error.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ reader: boolean }>('SELECT pg_is_in_recovery() AS reader');
    return { ...target, role: rows[0]?.reader === true ? 'reader' : 'writer' };
  } catch {
    return { ...target, role: 'unknown' };
  } finally {
    await client.end().catch(() => {});
  }
}
