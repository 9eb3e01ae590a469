/** Why a SQL block failed: the typed error, and where in the block. */

import { DatabaseError } from 'pg';

/** A failure with its typed error: an SQLSTATE, or `lost` when nobody knows what became of a statement. `line` is of the block, from 1. */
export class SqlFailure extends Error {
  readonly code: string;
  readonly line: number | undefined;
  readonly command: string | undefined;
  /** More lines for the operator: the place in the text, detail, hint. */
  readonly notes: readonly string[];

  constructor(code: string, message: string, more: { line?: number; command?: string; notes?: readonly string[]; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.name = 'SqlFailure';
    this.code = code;
    this.line = more.line;
    this.command = more.command;
    this.notes = more.notes ?? [];
  }
}

/** True when the server itself said what is wrong; else the answer was lost. */
export function isAnswer(error: unknown): error is DatabaseError & { readonly code: string } {
  return error instanceof DatabaseError && error.code !== undefined;
}

/** No such table, column, object, function or schema. */
const absent: ReadonlySet<string> = new Set(['42P01', '42703', '42704', '42883', '3F000']);

/** True for an SQLSTATE by which a statement says something of the data: it raised an error itself, a value does not fit, or a thing is not there. */
export function denies(code: string): boolean {
  return /^(21|22|23|P0)...$/.test(code) || absent.has(code);
}

/** The words of an error that is no answer of a server. A name with several addresses fails with one error for each. */
export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(wordsOf))].join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
