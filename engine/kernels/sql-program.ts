/** The sql kernel: runs one block on the database that its environment names (PG…), and says how it went. */

import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { backendOf, type Environment, openConnection, requestCancel } from './sql-connection.ts';
import { denies, isAnswer, SqlFailure, wordsOf } from './sql-failure.ts';
import { type Answer, mannerOf, refuseStrays, runAll } from './sql-run.ts';
import { parserMajor, splitStatements } from './sql-statements.ts';
import { asTable, asValues } from './sql-table.ts';

async function main(env: Environment): Promise<void> {
  const source = readFileSync(env.RUNBOOK_BLOCK ?? '', 'utf8');
  const manner = mannerOf(env);
  const statements = await splitStatements(source).catch((error: unknown) => rethrowWithVersion(error, env));
  refuseStrays(statements, manner);
  const client = await openConnection(env);
  client.on('notice', ({ severity = 'NOTICE', message = '' }) => print(2, `${severity}:  ${message}\n`));
  const { pid, ...server } = backendOf(client);
  const name = `backend ${pid} on ${server.host}:${server.port}`;
  let stopping = false;
  const stop = (): void => {
    stopping = true;
    // Stays if the answer does not come before the engine's patience ends.
    write(env.RUNBOOK_REMARKS, `The ${name} was asked to cancel its statement and has not answered: it may still run.`);
    print(2, `Asking the ${name} to cancel its statement.\n`);
    requestCancel({ pid, ...server }).catch((error: unknown) => print(2, `The request to cancel did not reach the server: ${wordsOf(error)}\n`));
  };
  process.on('SIGTERM', stop);
  try {
    await runAll(client, statements, manner, env, {
      // If this program is killed the backend goes on, and nobody knows how far.
      underWay: (what) => write(env.RUNBOOK_ERROR, what === undefined ? '' : `lost The client ended while the ${name} was at ${what}`),
      stopped: () => stopping,
      answered: (answer) => show(answer, env.RUNBOOK_CAPTURE === '1'),
    });
  } catch (error) {
    const answered = error instanceof SqlFailure && (isAnswer(error.cause) || error.code === '57014');
    if (stopping && answered) write(env.RUNBOOK_REMARKS, `The ${name} has answered: its statement does not run any more.`);
    throw error;
  } finally {
    process.off('SIGTERM', stop);
    // Nobody waits for the goodbye of a server that does not answer.
    await Promise.race([client.end(), new Promise((resolve) => setTimeout(resolve, 1000).unref())]).catch(() => undefined);
  }
}

/** Statements of a newer server are unknown to the parser: then the operator must know that it may be the engine that is wrong. */
async function rethrowWithVersion(error: unknown, env: Environment): Promise<never> {
  if (!(error instanceof SqlFailure)) throw error;
  const version = await serverVersion(env).catch(() => 0);
  if (version < (parserMajor + 1) * 10_000) throw error;
  const more = `The server is PostgreSQL ${Math.floor(version / 10_000)}, newer than the ${parserMajor} whose grammar the engine knows. If that statement is valid there, use psql in a bash block.`;
  throw new SqlFailure(error.code, error.message, { line: error.line ?? 1, command: error.command ?? '', notes: [more], cause: error });
}

async function serverVersion(env: Environment): Promise<number> {
  const client = await openConnection(env);
  const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version_num') AS version");
  await client.end();
  return Number(rows[0]?.version ?? 0);
}

function show({ result, tag }: Answer, bare: boolean): void {
  if (bare) {
    print(1, asValues(result.rows));
    return;
  }
  const columns = result.fields.map(({ name, dataTypeID }) => ({ name, numeric: numericTypes.has(dataTypeID) }));
  if (columns.length > 0) print(1, asTable(columns, result.rows));
  if (columns.length === 0 || !/^(SELECT|SHOW|EXPLAIN|FETCH)\b/.test(tag)) print(1, `${tag}\n`);
}

/** OIDs of smallint, integer, bigint, oid, real, double precision, money and numeric. */
const numericTypes = new Set([20, 21, 23, 26, 700, 701, 790, 1700]);

/** Written at once, so that results and notices keep their order; `process.stdout` does not promise that everywhere. */
function print(file: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

function write(path: string | undefined, line: string): void {
  if (path !== undefined) writeFileSync(path, line === '' ? '' : `${line.replace(/\s+/g, ' ')}\n`);
}

try {
  await main(process.env);
} catch (error) {
  const failure = error instanceof SqlFailure ? error : new SqlFailure('XX000', wordsOf(error), { cause: error });
  print(2, `${[`ERROR:  ${failure.message} (${failure.code})`, ...failure.notes].join('\n')}\n`);
  write(process.env.RUNBOOK_ERROR, `${failure.code} ${failure.message}`);
  if (failure.line !== undefined) write(process.env.RUNBOOK_FAILED, `- ${failure.line} ${failure.command ?? ''}`);
  // A check that could not look (not let in, no slot, a lock) must not say that the effect is not in place.
  process.exitCode = process.env.RUNBOOK_PURPOSE !== 'check' || denies(failure.code) ? 1 : 2;
}
