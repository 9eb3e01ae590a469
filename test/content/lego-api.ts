/** The application of the runbook on a database of its own: a copy of its folder that a test may change, and a shell in it. */

import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { beforeAll, onTestFinished } from 'vitest';
import { type Postgres, postgres } from '../helpers/postgres.ts';

const root = join(import.meta.dirname, '../..');

/** The block that applies migrations, as the runbook has it. */
export const apply = `export PGOPTIONS="-c lock_timeout=1s -c statement_timeout=15min"
node scripts/with-migration-lock.mjs pnpm drizzle-kit migrate ||
  node scripts/explain-migration.mjs`;

/** How a block ended: `error` is what it wrote to $RUNBOOK_ERROR. */
type Ended = { readonly code: number; readonly out: string; readonly err: string; readonly error: string };

/** A block that runs; wait for it to get its exit code. */
type Running = PromiseLike<{ readonly exitCode?: number | undefined }> & { readonly kill: (signal: 'SIGTERM') => boolean };

/** The application, its database and a connection to it. */
export type LegoApi = {
  readonly database: pg.Client;
  /** Another session of the same database; closed at the end. */
  readonly connect: (applicationName?: string) => Promise<pg.Client>;
  /** Runs a block as the engine would: bash, strict, in the folder of the application. */
  readonly run: (block: string) => Promise<Ended>;
  /** Starts a block without waiting for its end. */
  readonly start: (block: string) => Running;
  /** Adds a migration to the journal, after the others or before all of them. */
  readonly addMigration: (tag: string, sql: string, when?: 'newest' | 'oldest') => Promise<void>;
  readonly tables: () => Promise<readonly string[]>;
};

/** Opens the application for the test that runs, on a database without migrations or with all of them, and closes it when that test ends. */
type OpenLegoApi = (database: 'empty' | 'migrated') => Promise<LegoApi>;

/** A PostgreSQL for the tests of the file, or of the group, that calls this, and how each of them opens the application on it. */
export function legoApi(): OpenLegoApi {
  const server = postgres();
  let migrated = '';
  beforeAll(async () => {
    migrated = await migratedDatabase(server);
  });
  return async (database) => {
    const app = await open(server, database === 'empty' ? undefined : migrated);
    onTestFinished(app.close);
    return app;
  };
}

type Opened = LegoApi & { readonly url: string; readonly close: () => Promise<void> };

/** A copy of the fixture on an empty database, or on a copy of the database `copyOf`. */
async function open(server: Postgres, copyOf?: string): Promise<Opened> {
  const home = await mkdtemp(join(tmpdir(), 'lego-api-'));
  const folder = join(home, 'lego-api');
  await cp(join(root, 'test/fixtures/lego-api'), folder, { recursive: true });
  // As in the repository, the tools are in a folder above.
  await symlink(join(root, 'node_modules'), join(home, 'node_modules'));
  const url = await server.createDatabase(copyOf);
  const clients: pg.Client[] = [];
  const connect = async (applicationName = 'a test'): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, application_name: applicationName });
    // A test may end this session.
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  const database = await connect();

  let blocks = 0;
  const launch = (block: string) => {
    const errorFile = join(home, `error-${++blocks}`);
    const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
    const env = { PATH: path, HOME: home, DATABASE_URL: url, RUNBOOK_ERROR: errorFile, CI: '1' };
    const child = execa('bash', ['-c', `set -Eeuo pipefail\n${block}`], { cwd: folder, env, extendEnv: false, reject: false });
    return { child, errorFile };
  };
  return {
    url,
    database,
    connect,
    run: async (block) => {
      const { child, errorFile } = launch(block);
      const { exitCode, stdout, stderr } = await child;
      return { code: exitCode ?? -1, out: stdout, err: stderr, error: await readFile(errorFile, 'utf8').catch(() => '') };
    },
    start: (block) => launch(block).child,
    addMigration: (tag, sql, when = 'newest') => addMigration(folder, { tag, sql, when }),
    tables: async () => {
      const { rows } = await database.query<{ name: string }>(`SELECT relname AS name FROM pg_stat_user_tables
        WHERE schemaname = 'public' ORDER BY 1`);
      return rows.map(({ name }) => name);
    },
    close: async () => {
      for (const client of clients) await client.end();
      await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

async function addMigration(folder: string, { tag, sql, when }: { tag: string; sql: string; when: 'newest' | 'oldest' }): Promise<void> {
  const path = join(folder, 'drizzle/meta/_journal.json');
  const journal = JSON.parse(await readFile(path, 'utf8'));
  const times: readonly number[] = journal.entries.map((entry: { when: number }) => entry.when);
  const time = when === 'newest' ? Math.max(...times) + 1000 : Math.min(...times) - 1000;
  journal.entries.push({ idx: times.length, version: '7', when: time, tag, breakpoints: true });
  await writeFile(path, JSON.stringify(journal));
  await writeFile(join(folder, 'drizzle', `${tag}.sql`), sql);
}

/** The URL of a database that has all migrations of the fixture, to be copied. */
async function migratedDatabase(server: Postgres): Promise<string> {
  const app = await open(server);
  const { code, err } = await app.run(apply);
  if (code !== 0) throw new Error(err);
  await app.close();
  return app.url;
}
