/** The sql kernel: runs one block on the database that its environment names (PG…), statement by statement. */

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import pg, { type QueryResult } from 'pg';
import { lineAt, type Statement, splitStatements } from './sql-statements.ts';
import { type Column, table } from './sql-table.ts';

const { env } = process;

/** Ends the program with a typed error. What did not start is 1 as well: the engine goes by the error. */
class Failed extends Error {
  readonly code: string;
  readonly line: number;
  readonly command: string;

  constructor(code: string, message: string, line = 0, command = '') {
    super(message);
    this.code = code;
    this.line = line;
    this.command = command;
  }
}

/** How the statements are sent: one by one, all in one transaction, or all in one that only reads. */
type Manner = 'each' | 'transaction' | 'read-only';

async function main(): Promise<void> {
  const source = readFileSync(env.RUNBOOK_BLOCK ?? '', 'utf8');
  const manner: Manner = env.RUNBOOK_RISK === 'low' ? 'read-only' : env.RUNBOOK_TRANSACTION === '1' ? 'transaction' : 'each';
  const statements = await splitStatements(source);
  if ('message' in statements) throw new Failed('42601', statements.message, statements.line, lineOf(source, statements.line));
  const own = manner === 'each' ? undefined : statements.find((statement) => statement.kind === 'TransactionStmt');
  if (own !== undefined)
    throw new Failed(
      '25001',
      `The engine opens and ends the transaction of this block; it may not contain ${firstWord(own)}.`,
      own.line,
      firstLine(own),
    );
  const client = await connect();
  const cancel = cancelOnTerm(client);
  try {
    await declareVariables(client);
    if (manner !== 'each') await client.query(manner === 'read-only' ? 'BEGIN TRANSACTION READ ONLY' : 'BEGIN');
    for (const statement of statements) await run(client, statement, manner);
    if (manner !== 'each') await client.query('COMMIT');
  } finally {
    cancel.forget();
    await client.end().catch(() => {});
  }
}

async function connect(): Promise<pg.Client> {
  const tls = env.PGSSLMODE ?? 'prefer';
  const ca = env.PGSSLROOTCERT;
  const verify = tls === 'verify-full' || tls === 'verify-ca';
  // verify-ca checks the certificate but not the name in it.
  const ssl =
    tls === 'disable' || tls === 'prefer'
      ? false
      : {
          rejectUnauthorized: verify,
          ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
          ...(tls === 'verify-ca' && { checkServerIdentity: () => undefined }),
        };
  const client = new pg.Client({
    ssl,
    connectionTimeoutMillis: 30_000,
    application_name: `runbook ${env.RUNBOOK_RUN} ${env.RUNBOOK_STEP}`.slice(0, 63),
    types: { getTypeParser: () => (value: string) => value },
  });
  client.on('notice', (notice) => process.stderr.write(`${notice.severity ?? 'NOTICE'}:  ${notice.message ?? ''}\n`));
  // A connection that breaks fails the query that waits on it, which says so.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    const place = `${env.PGHOST}:${env.PGPORT ?? 5432}`;
    if (error instanceof pg.DatabaseError) throw new Failed(error.code ?? '08001', `${place} refused the connection: ${error.message}`);
    throw new Failed('08001', `No connection to ${place}: ${wordsOf(error)}`);
  }
  return client;
}

/** Makes every variable readable as `current_setting('runbook.name')`. */
async function declareVariables(client: pg.Client): Promise<void> {
  const variables: unknown = JSON.parse(env.RUNBOOK_VARIABLES ?? '{}');
  for (const [name, value] of Object.entries(variables ?? {}))
    await client.query('SELECT set_config($1, $2, false)', [`runbook.${name}`, String(value)]);
}

async function run(client: pg.Client, statement: Statement, manner: Manner): Promise<void> {
  let result: QueryResult<(string | null)[]>;
  try {
    // An empty list of values sends it by the extended protocol, which takes one statement and no more.
    result = await client.query({ text: statement.text, values: [], rowMode: 'array', queryMode: 'extended' } as pg.QueryArrayConfig<unknown[]>);
  } catch (error) {
    throw explained(error, statement, manner);
  }
  print(result);
}

function print(result: QueryResult<(string | null)[]>): void {
  if (env.RUNBOOK_CAPTURE === '1') {
    for (const row of result.rows) process.stdout.write(`${row.map((value) => value ?? '').join('\t')}\n`);
    return;
  }
  const columns: readonly Column[] = result.fields.map((field) => ({ name: field.name, numeric: numericTypes.has(field.dataTypeID) }));
  if (columns.length > 0) process.stdout.write(table(columns, result.rows));
  const returned = result.command === 'SELECT' || result.command === 'SHOW' || result.command === 'EXPLAIN';
  if (!returned) process.stdout.write(`${result.command}${result.rowCount === null ? '' : ` ${result.rowCount}`}\n`);
}

/** oids of smallint, integer, bigint, oid, real, double precision, money and numeric. */
const numericTypes = new Set([20, 21, 23, 26, 700, 701, 790, 1700]);

function explained(error: unknown, statement: Statement, manner: Manner): Failed {
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const position = Number(error.position ?? 0);
    const line =
      statement.line +
      (position > 0
        ? lineAt(
            Array.from(statement.text)
              .slice(0, position - 1)
              .join(''),
          ) - 1
        : 0);
    const hint = [error.detail, error.hint].filter((part) => part !== undefined && part !== '');
    if (hint.length > 0) process.stderr.write(`${hint.join('\n')}\n`);
    const ended = ['57P01', '57P02', '57P03'].includes(error.code);
    return new Failed(ended && manner === 'each' ? 'lost' : error.code, error.message, line, firstLine(statement));
  }
  // Nobody answered: what was sent may have been done. Reading, or a transaction that was not committed, leaves nothing behind.
  return new Failed(manner === 'each' ? 'lost' : '08006', `The connection was lost: ${wordsOf(error)}`, statement.line, firstLine(statement));
}

/** On TERM, asks the server to cancel the statement: over a connection of its own that needs no free slot. */
function cancelOnTerm(client: pg.Client): { forget(): void } {
  const onTerm = (): void => {
    const { processID } = client as unknown as { processID: number };
    process.stderr.write(`Cancelling the statement of backend ${processID}.\n`);
    const other = new pg.Client({}) as unknown as { cancel(client: pg.Client, query: unknown): void };
    other.cancel(client, (client as unknown as { activeQuery: unknown }).activeQuery);
  };
  process.on('SIGTERM', onTerm);
  return { forget: () => void process.off('SIGTERM', onTerm) };
}

function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}

function firstLine(statement: Statement): string {
  return statement.text.split('\n')[0] ?? '';
}

function firstWord(statement: Statement): string {
  return (/^\w+/.exec(statement.text)?.[0] ?? statement.text).toUpperCase();
}

function lineOf(source: string, line: number): string {
  return (source.split('\n')[line - 1] ?? '').trim();
}

try {
  await main();
} catch (error) {
  const failed = error instanceof Failed ? error : new Failed('kernel', wordsOf(error));
  const message = failed.message.replace(/\s*\n\s*/g, ' ');
  process.stderr.write(`ERROR ${failed.code}: ${failed.message}\n`);
  if (env.RUNBOOK_ERROR !== undefined) appendFileSync(env.RUNBOOK_ERROR, `${failed.code} ${message}\n`);
  if (env.RUNBOOK_FAILED !== undefined && failed.line > 0) writeFileSync(env.RUNBOOK_FAILED, `- ${failed.line} ${failed.command}\n`);
  process.exitCode = 1;
}
