/** Connections to a stage's database: read from a URL, and written as the variables and the URL that clients read. */

import { Fault } from '../fault.ts';

/** A connection to the stage's database. */
export type Database = {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly tls: string;
  readonly ca?: string;
};

/**
 * Reads a connection URL. `variable` is where it comes from; its text is never shown, since it holds a password.
 * @throws Fault `preflight` when it is not one, or says something that cannot be passed on to every client.
 */
export function parseConnectionUrl(text: string, variable: string): Omit<Database, 'tls' | 'ca'> & { readonly tls?: string } {
  const hint = `Set ${variable} to postgres://user:password@host:5432/database, with special characters of the password encoded (@ is %40).`;
  if (!URL.canParse(text)) throw new Fault('preflight', `$${variable} is not a connection URL.`, { hint });
  const url = new URL(text);
  const parts = [url.hostname.replace(/^\[(.*)\]$/, '$1'), url.pathname.slice(1), url.username, url.password].map(decoded);
  const [host, database, user, password] = parts;
  if (!/^postgres(ql)?:$/.test(url.protocol) || !host || !database || !user || password === undefined || url.hash !== '')
    throw new Fault('preflight', `$${variable} is not a connection URL.`, { hint });
  const { sslmode, ...others } = Object.fromEntries(url.searchParams);
  if (sslmode !== undefined && !['disable', 'require', 'verify-ca', 'verify-full'].includes(sslmode))
    throw new Fault('preflight', `$${variable} says sslmode=${sslmode}, with which nobody knows whether the connection is encrypted.`, {
      hint: 'Use disable, require, verify-ca or verify-full.',
    });
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new Fault('preflight', `$${variable} has the parameter "${unknown}", which not every client of a step would get.`, {
      hint: 'Leave it out; sslmode is the only one that is read.',
    });
  return { host, port: url.port === '' ? 5432 : Number(url.port), database, user, password, ...(sslmode !== undefined && { tls: sslmode }) };
}

/** What a part of a URL stands for; undefined where a % is not followed by two digits. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** A connection URL with every part encoded. */
export function connectionUrl({ host, port, database, user, password, tls, ca }: Database): string {
  const query = tls === 'disable' ? '' : `?sslmode=${tls}${ca === undefined ? '' : `&sslrootcert=${encodeURIComponent(ca)}`}`;
  const place = host.includes(':') ? `[${host}]` : encodeURIComponent(host);
  const [name, secret, path] = [user, password, database].map(encodeURIComponent);
  return `postgres://${name}:${secret}@${place}:${port}/${path}${query}`;
}

/** The variables from which libpq, node-postgres and Drizzle take their connection. */
export function connectionEnvironment(database: Database): Readonly<Record<string, string>> {
  const { host, port, user, password, tls, ca } = database;
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database.database,
    PGUSER: user,
    PGPASSWORD: password,
    PGSSLMODE: tls,
    ...(ca !== undefined && { PGSSLROOTCERT: ca }),
    DATABASE_URL: connectionUrl(database),
  };
}
