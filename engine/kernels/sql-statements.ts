/** A SQL block as single statements, split by PostgreSQL's own parser. */

import { hasSqlDetails, loadModule, parseSync } from 'libpg-query';
import { SqlFailure } from './sql-failure.ts';

/** One statement: its text, the line of the block where it begins (from 1), and what it is. */
export type Statement = {
  readonly text: string;
  readonly line: number;
  /** `transaction`: it begins or ends one. `copy`: COPY. */
  readonly kind: 'transaction' | 'copy' | 'other';
  /** COPY that would need data from the client, or give it some. */
  readonly withClient: boolean;
};

/** The version of PostgreSQL whose grammar this is. */
export const parserMajor = 18;

/** Splits a block. @throws SqlFailure 42601 with the line of a syntax error. */
export async function splitStatements(source: string): Promise<readonly Statement[]> {
  // The parser does not take an empty text.
  if (source.trim() === '') return [];
  await loadModule();
  const bytes = Buffer.from(source, 'utf8');
  try {
    return (parseSync(source).stmts ?? []).map(({ stmt = {}, stmt_location: from = 0, stmt_len: length }) => {
      // Counted in bytes, from behind the semicolon before it.
      const raw = bytes.subarray(from, length === undefined ? undefined : from + length).toString('utf8');
      const text = raw.slice(blankLength(raw));
      const line = lineAfter(bytes.subarray(0, from).toString('utf8') + raw.slice(0, raw.length - text.length));
      return { text: text.trimEnd(), line, ...natureOf(stmt) };
    });
  } catch (error) {
    if (!hasSqlDetails(error)) throw error;
    const line = lineAfter(
      Array.from(source)
        .slice(0, error.sqlDetails?.cursorPosition ?? 0)
        .join(''),
    );
    throw new SqlFailure('42601', error.message, { line, command: lineOf(source, line), cause: error });
  }
}

/** The number of the line that follows on a text: where the next character stands. */
export function lineAfter(before: string): number {
  return before.split('\n').length;
}

/** A line of a text, trimmed. */
export function lineOf(text: string, line: number): string {
  return (text.split('\n')[line - 1] ?? '').trim();
}

/** Statements that stay within the transaction around them, or cannot leave it anyway. */
const withinTransaction: readonly unknown[] = ['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO'];

function natureOf(stmt: object): Pick<Statement, 'kind' | 'withClient'> {
  if ('TransactionStmt' in stmt) {
    const { kind } = Object(stmt.TransactionStmt);
    return { kind: withinTransaction.includes(kind) ? 'other' : 'transaction', withClient: false };
  }
  if ('CopyStmt' in stmt) return { kind: 'copy', withClient: Object(stmt.CopyStmt).filename === undefined };
  return { kind: 'other', withClient: false };
}

/** How many characters of white space and comments stand before the statement itself. Comments of PostgreSQL nest. */
function blankLength(text: string): number {
  let at = 0;
  for (;;) {
    const blank = /^(?:\s+|--[^\n]*)+/.exec(text.slice(at))?.[0].length ?? 0;
    at += blank;
    if (!text.startsWith('/*', at)) return at;
    let depth = 0;
    for (const { 0: mark, index } of text.slice(at).matchAll(/\/\*|\*\//g)) {
      depth += mark === '/*' ? 1 : -1;
      if (depth > 0) continue;
      at += index + 2;
      break;
    }
  }
}
