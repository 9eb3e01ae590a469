/** The owner's role and its database on a running server: looked for, and made where they are missing. */

import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { ClusterRecord, Role } from './cluster.ts';

/** True if the owner's way in works as it is recorded, tried as any client would. */
export async function letsIn(port: number, owner: Role, database: string): Promise<boolean> {
  try {
    await withClient(port, owner, database, async () => {});
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes role and database. The role has what Aurora gives a master user: it makes databases and roles, sees every session and can end
 * them, and is no superuser. A password that was changed by hand becomes the recorded one again.
 */
export async function prepareOwner(port: number, record: ClusterRecord, database: string): Promise<void> {
  const owner = escapeIdentifier(record.owner.user);
  const name = escapeIdentifier(database);
  await withClient(port, record.superuser, 'postgres', async (client) => {
    const roles = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [record.owner.user]);
    const verb = roles.rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(`${verb} ROLE ${owner} LOGIN CREATEDB CREATEROLE CONNECTION LIMIT -1 PASSWORD ${escapeLiteral(record.owner.password)}`);
    await client.query(`GRANT pg_monitor, pg_signal_backend, pg_read_all_stats TO ${owner} WITH ADMIN OPTION`);
    const databases = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (databases.rowCount === 0) await client.query(`CREATE DATABASE ${name} OWNER ${owner}`);
    await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${owner}`);
  });
}

/** The exact version that answers, such as `18.4`; undefined where nobody does. */
export async function askVersion(port: number, superuser: Role): Promise<string | undefined> {
  try {
    return await withClient(port, superuser, 'postgres', async (client) => {
      const result = await client.query<{ server_version: string }>('SHOW server_version');
      return result.rows[0]?.server_version;
    });
  } catch {
    return undefined;
  }
}

/** Everything is given, so that no PG… variable of the operator's decides; passwords in statements stay out of the server's log. */
async function withClient<T>(port: number, role: Role, database: string, work: (client: Client) => Promise<T>): Promise<T> {
  const superuser = database === 'postgres';
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: role.user,
    password: role.password,
    database,
    ssl: false,
    application_name: 'runbook sandbox',
    connectionTimeoutMillis: 10_000,
    // A setting that only a superuser may change would refuse the owner's connection.
    options: superuser ? '-c log_min_error_statement=panic -c log_statement=none' : '-c client_min_messages=warning',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
