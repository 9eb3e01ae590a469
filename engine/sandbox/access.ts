/** The owner's role and its database on a running server: looked for, and made where they are missing. */

import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { ClusterRecord, Role } from './cluster.ts';
import type { Address } from './fleet/fleet.ts';

/** True if the owner's way in works as it is recorded, tried as any client would. */
export async function letsIn(address: Address, owner: Role, database: string): Promise<boolean> {
  try {
    await withClient({ address, role: owner, database }, async () => {});
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes role and database. The role has what Aurora gives a master user: it makes databases and roles, sees every session and can end
 * them, and is no superuser. A password that was changed by hand becomes the recorded one again.
 */
export async function prepareOwner(address: Address, record: ClusterRecord, database: string): Promise<void> {
  const owner = escapeIdentifier(record.owner.user);
  const name = escapeIdentifier(database);
  await asSuperuser(address, record.superuser, async (client) => {
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
export async function askVersion(address: Address, superuser: Role): Promise<string | undefined> {
  try {
    return await asSuperuser(address, superuser, async (client) => {
      const result = await client.query<{ server_version: string }>('SHOW server_version');
      return result.rows[0]?.server_version;
    });
  } catch {
    return undefined;
  }
}

/** Gives a role another password. */
export async function changePassword(address: Address, superuser: Role, role: Role): Promise<void> {
  await asSuperuser(address, superuser, (client) =>
    client.query(`ALTER ROLE ${escapeIdentifier(role.user)} PASSWORD ${escapeLiteral(role.password)}`),
  );
}

/** Does something over a connection of the engine's superuser. */
export function asSuperuser<T>(address: Address, superuser: Role, work: (client: Client) => Promise<T>): Promise<T> {
  // Passwords in statements stay out of the server's log. The owner's connection would be refused with settings that only a superuser may change.
  const options = '-c log_min_error_statement=panic -c log_statement=none';
  return withClient({ address, role: superuser, database: 'postgres', options }, work);
}

/** A way into a server. */
export type Way = {
  readonly address: Address;
  readonly role: Role;
  readonly database: string;
  readonly application?: string;
  readonly options?: string;
};

/** A client that is not connected yet. Everything is given, so that no PG… variable of the operator's decides. */
export function clientOf({ address, role, database, application = 'runbook sandbox', options = '-c client_min_messages=warning' }: Way): Client {
  const { user, password } = role;
  const client = new Client({
    ...address,
    user,
    password,
    database,
    ssl: false,
    application_name: application,
    connectionTimeoutMillis: 10_000,
    options,
  });
  // A session that is ended from outside says so here, too.
  client.on('error', () => {});
  return client;
}

async function withClient<T>(way: Way, work: (client: Client) => Promise<T>): Promise<T> {
  const client = clientOf(way);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
