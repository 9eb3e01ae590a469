/** The connection of the sql kernel: where to and how sure, by the variables that libpq knows; and the way to cancel what runs on it. */

import { readFileSync } from 'node:fs';
import { connect as connectTo } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { isAnswer, SqlFailure, wordsOf } from './sql-failure.ts';

/** The environment of the kernel. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One process of the server: who works for this connection. */
export type Backend = { readonly pid: number; readonly secret: number; readonly host: string; readonly port: number };

const patienceMs = 30_000;

/** Connects. @throws SqlFailure with the server's SQLSTATE when it refused, else 08001. */
export async function openConnection(env: Environment): Promise<pg.Client> {
  if (env.PGHOST === undefined) throw new SqlFailure('08001', 'The stage names no database: PGHOST is not set.');
  const place = `${env.PGHOST}:${env.PGPORT ?? 5432}, database "${env.PGDATABASE ?? env.PGUSER}", user "${env.PGUSER}"`;
  try {
    return await connectBy(env);
  } catch (error) {
    if (isAnswer(error)) throw new SqlFailure(error.code, `${place}: ${error.message}`, { cause: error });
    throw new SqlFailure('08001', `No connection to ${place}: ${wordsOf(error)}`, { cause: error });
  }
}

/** The backend of a connection. */
export function backendOf(client: pg.Client): Backend {
  // Both are known to the client but missing in its types.
  const { processID, secretKey } = client as unknown as { readonly processID: number; readonly secretKey: number };
  return { pid: processID, secret: secretKey, host: client.host, port: client.port };
}

/** Asks the server to cancel what a backend does. The request goes over a connection of its own that needs neither a free slot nor a login. */
export function requestCancel({ pid, secret, host, port }: Backend): Promise<void> {
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(pid, 8);
  request.writeInt32BE(secret, 12);
  return new Promise((resolve, reject) => {
    const socket = host.startsWith('/') ? connectTo(`${host}/.s.PGSQL.${port}`) : connectTo(port, host);
    socket.once('error', reject).once('close', () => resolve());
    // The server answers by closing.
    socket.end(request);
    socket.resume();
  });
}

/** As libpq: `prefer` (and nothing) takes TLS where the server has it, the others insist. */
async function connectBy(env: Environment): Promise<pg.Client> {
  const mode = env.PGSSLMODE ?? 'prefer';
  if (mode === 'disable' || mode === 'allow') return connected(env, false);
  if (mode !== 'prefer') return connected(env, tlsBy(mode, env.PGSSLROOTCERT));
  try {
    return await connected(env, { rejectUnauthorized: false });
  } catch (error) {
    if (wordsOf(error) !== 'The server does not support SSL connections') throw error;
    return connected(env, false);
  }
}

function tlsBy(mode: string, rootCertificates: string | undefined): ConnectionOptions {
  const own = rootCertificates !== undefined && rootCertificates !== 'system';
  return {
    rejectUnauthorized: mode !== 'require' || own,
    ...(own && { ca: readFileSync(rootCertificates, 'utf8') }),
    // Only verify-full asks whether the certificate is for this host.
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

async function connected(env: Environment, ssl: false | ConnectionOptions): Promise<pg.Client> {
  const client = new pg.Client({
    ssl,
    connectionTimeoutMillis: patienceMs,
    keepAlive: true,
    application_name: Buffer.from(`runbook ${env.RUNBOOK_RUN ?? ''} ${env.RUNBOOK_STEP ?? ''}`)
      .subarray(0, 63)
      .toString(),
    // Values as the server writes them, as psql shows them.
    types: { getTypeParser: () => (value: string) => value },
  });
  // A connection that breaks fails the statement that waits on it; without one, the next.
  client.on('error', () => {});
  await client.connect();
  return client;
}
