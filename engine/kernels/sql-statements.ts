/** A SQL block as single statements, split by PostgreSQL's own parser. */

import { hasSqlDetails, loadModule, parseSync } from 'libpg-query';

/** One statement: its text, the line of the block where it begins (from 1), and what kind it is, such as `SelectStmt`. */
export type Statement = { readonly text: string; readonly line: number; readonly kind: string };

/** Why a block cannot be read. */
export type SyntaxProblem = { readonly message: string; readonly line: number };

/** Splits a block. The parser is PostgreSQL 18's: it counts in bytes, and a location before white space and comments. */
export async function splitStatements(source: string): Promise<readonly Statement[] | SyntaxProblem> {
  await loadModule();
  const bytes = Buffer.from(source, 'utf8');
  try {
    return (parseSync(source).stmts ?? []).map(({ stmt = {}, stmt_location: from = 0, stmt_len: length }) => {
      const raw = bytes.subarray(from, length === undefined ? undefined : from + length).toString('utf8');
      const blank = leadingBlank(raw);
      const line = lineAt(bytes.subarray(0, from).toString('utf8')) + lineAt(raw.slice(0, blank)) - 1;
      return { text: raw.slice(blank), line, kind: Object.keys(stmt)[0] ?? '' };
    });
  } catch (error) {
    const position = hasSqlDetails(error) ? (error.sqlDetails?.cursorPosition ?? 0) : 0;
    return { message: error instanceof Error ? error.message : String(error), line: lineAt(Array.from(source).slice(0, position).join('')) };
  }
}

/** How many characters of white space and comments stand before the statement itself. */
function leadingBlank(text: string): number {
  return /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(text)?.[0].length ?? 0;
}

/** The number of the line in which a text that stands before something ends. */
export function lineAt(before: string): number {
  return before.split('\n').length;
}
