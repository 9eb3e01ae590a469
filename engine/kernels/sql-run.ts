/** Runs the statements of a block over one connection, in the manner that the step's risk and flags ask for. */

import type { Client, QueryArrayConfig, QueryArrayResult } from 'pg';
import type { Environment } from './sql-connection.ts';
import { isAnswer, SqlFailure, wordsOf } from './sql-failure.ts';
import { lineAfter, lineOf, type Statement } from './sql-statements.ts';

/** `each`: autocommitted one by one. `transaction`: all or nothing. `read-only`: in a transaction that can only read. */
export type Manner = 'each' | 'transaction' | 'read-only';

/** One statement's result, and the words with which the server reported it, such as `INSERT 0 3`. */
export type Answer = { readonly result: QueryArrayResult<(string | null)[]>; readonly tag: string };

/** What happens around the statements. `underWay` names what nobody could know if the program died now; nothing when all is known. */
export type Around = {
  readonly underWay: (what: string | undefined) => void;
  readonly stopped: () => boolean;
  readonly answered: (answer: Answer) => void;
};

/** The manner for a step. */
export function mannerOf(env: Environment): Manner {
  if (env.RUNBOOK_RISK === 'low') return 'read-only';
  return env.RUNBOOK_TRANSACTION === '1' ? 'transaction' : 'each';
}

/** @throws SqlFailure for statements that could leave the transaction around them, or that this client cannot serve. */
export function refuseStrays(statements: readonly Statement[], manner: Manner): void {
  for (const { text, line, kind, withClient } of statements) {
    const place = { line, command: lineOf(text, 1) };
    if (withClient) throw new SqlFailure('0A000', 'COPY from or to the client is not possible in a sql block. Use psql in a bash block.', place);
    if (manner === 'each') continue;
    if (kind === 'transaction') throw new SqlFailure('25001', `The engine begins and ends the transaction of this block (${why[manner]}).`, place);
    if (kind === 'copy' && manner === 'read-only')
      throw new SqlFailure('25006', 'COPY can write files and run programs, and the step is risk=low.', place);
  }
}

const why = { transaction: 'transaction', 'read-only': 'risk=low' } as const;

/** Runs all statements. @throws SqlFailure for the first that fails. */
export async function runAll(client: Client, statements: readonly Statement[], manner: Manner, env: Environment, around: Around): Promise<void> {
  if (manner === 'read-only') await client.query('BEGIN TRANSACTION READ ONLY');
  if (manner === 'transaction') await client.query('BEGIN');
  // Also the first query of a transaction: after it none can be made to write any more.
  await client.query("SELECT set_config('runbook.' || key, value, false) FROM json_each_text($1)", [env.RUNBOOK_VARIABLES ?? '{}']);
  let kept = 0;
  for (const statement of statements) {
    if (around.stopped()) throw new SqlFailure('57014', 'The block was stopped before this statement was sent.', placeOf(statement));
    around.answered(await runOne(client, statement, { manner, kept, around }));
    if (client.getTransactionStatus() === 'I') kept++;
  }
  if (manner === 'each') return refuseOpenTransaction(client);
  // What a reading transaction may have left to do at its commit (NOTIFY) is not done.
  if (manner === 'read-only') await client.query('ROLLBACK');
  else await commit(client, around);
}

async function runOne(
  client: Client,
  statement: Statement,
  { manner, kept, around }: { manner: Manner; kept: number; around: Around },
): Promise<Answer> {
  let tag = '';
  const listen = (message: { readonly text: string }) => {
    tag = message.text;
  };
  // The result keeps only the first word of the tag.
  client.connection.on('commandComplete', listen);
  // In a transaction of ours nothing is done before its commit, whatever happens to us.
  if (manner === 'each') around.underWay(`line ${statement.line}: ${lineOf(statement.text, 1)}`);
  try {
    // The extended protocol takes one statement and no more. Its name is missing in the types.
    const query = { text: statement.text, rowMode: 'array', queryMode: 'extended' } as QueryArrayConfig;
    const result = await client.query<(string | null)[]>(query);
    around.underWay(undefined);
    return { result, tag };
  } catch (error) {
    throw explained(error, statement, manner, kept);
  } finally {
    client.connection.off('commandComplete', listen);
  }
}

async function commit(client: Client, around: Around): Promise<void> {
  around.underWay('COMMIT');
  try {
    await client.query('COMMIT');
    around.underWay(undefined);
  } catch (error) {
    if (isAnswer(error)) throw new SqlFailure(error.code, error.message, { notes: ['Nothing of the block was kept.'], cause: error });
    throw new SqlFailure('lost', `The connection was lost while the transaction was committed: ${wordsOf(error)}`, { cause: error });
  }
}

function refuseOpenTransaction(client: Client): void {
  if (client.getTransactionStatus() === 'I') return;
  throw new SqlFailure('25001', 'The block ends inside a transaction that it began; what it did since then was rolled back.');
}

function placeOf({ text, line }: Statement): { line: number; command: string } {
  return { line, command: lineOf(text, 1) };
}

function explained(error: unknown, statement: Statement, manner: Manner, kept: number): SqlFailure {
  if (!isAnswer(error)) {
    const words = `The connection was lost: ${wordsOf(error)}`;
    return new SqlFailure(manner === 'each' ? 'lost' : '08006', words, { ...placeOf(statement), notes: sumOf(manner, kept), cause: error });
  }
  const position = Number(error.position ?? 0);
  const before =
    position === 0
      ? ''
      : Array.from(statement.text)
          .slice(0, position - 1)
          .join('');
  const within = lineAfter(before);
  const mark = position === 0 ? [] : [`LINE ${statement.line + within - 1}: ${statement.text.split('\n')[within - 1] ?? ''}`];
  const parts = { DETAIL: error.detail, HINT: error.hint, CONTEXT: error.where };
  const notes = Object.entries(parts).flatMap(([name, text]) => (text === undefined ? [] : [`${name}:  ${text}`]));
  return new SqlFailure(error.code, error.message, {
    line: statement.line + within - 1,
    command: lineOf(statement.text, within),
    notes: [...mark, ...notes, ...sumOf(manner, kept)],
    cause: error,
  });
}

function sumOf(manner: Manner, kept: number): readonly string[] {
  if (manner === 'read-only') return [];
  if (manner === 'transaction') return ['Nothing of the block was kept.'];
  return kept === 0 ? [] : [`What was done before it stays: ${kept} ${kept === 1 ? 'statement' : 'statements'}.`];
}
