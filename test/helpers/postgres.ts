/** A real PostgreSQL for the tests of one file: the sandbox of a project that is made for it and deleted after it. */

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { resetSandbox, type SandboxDatabase, startSandbox } from '../../engine/sandbox/sandbox.ts';

/** `environment`: how a kernel is told of it. `query`: rows, asked over a connection of the test's own. */
export type Postgres = {
  readonly environment: () => Readonly<Record<string, string>>;
  readonly query: (text: string) => Promise<readonly Record<string, unknown>[]>;
  /** A connection that stays until the test ends it. */
  readonly client: () => Promise<pg.Client>;
  /** Makes another database, empty or a copy of one that nobody is connected to, and gives its URL. */
  readonly createDatabase: (copyOf?: string) => Promise<string>;
};

/** The server runs from the first test to the last of the file, or of the group, that calls this. */
export function postgres(): Postgres {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'runbook-postgres-')));
  let database: SandboxDatabase | undefined;
  beforeAll(async () => {
    database = await startSandbox(root, { database: 'lego_api' });
  }, 120_000);
  afterAll(async () => {
    await resetSandbox(root);
    rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }, 60_000);
  const there = (): SandboxDatabase => {
    if (database === undefined) throw new Error('The database is there from the first test on.');
    return database;
  };
  const client = async () => {
    const connection = new pg.Client({ ...there(), ssl: false });
    connection.on('error', () => {});
    await connection.connect();
    return connection;
  };
  const query: Postgres['query'] = async (text) => {
    const connection = await client();
    try {
      return (await connection.query<Record<string, unknown>>(text)).rows;
    } finally {
      await connection.end();
    }
  };
  let made = 0;
  return {
    environment: () => {
      const { host, port, user, password, database: name } = there();
      return { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: name, PGSSLMODE: 'disable' };
    },
    query,
    client,
    createDatabase: async (copyOf) => {
      const name = `lego_${++made}`;
      await query(`CREATE DATABASE ${name} TEMPLATE ${copyOf === undefined ? 'template1' : new URL(copyOf).pathname.slice(1)}`);
      const { host, port, user, password } = there();
      return `postgres://${user}:${password}@${host}:${port}/${name}`;
    },
  };
}
