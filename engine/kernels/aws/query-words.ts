/** The words of a JMESPath expression. */

import { Float, type Value } from './answer-value.ts';

/** An expression that cannot be read or applied. `at`: offset of the place, where it has one. */
export class QueryError extends Error {
  readonly at: number | undefined;

  constructor(message: string, at?: number) {
    super(message);
    this.name = 'QueryError';
    this.at = at;
  }
}

/** One word: a name, a number, a literal, or a sign, whose kind is the sign itself. */
export type QueryWord = { readonly kind: string; readonly value: Value; readonly at: number };

const signs = ['[]', '[?', '||', '&&', '==', '!=', '<=', '>=', '.', '*', ']', ',', ':', '@', '(', ')', '{', '}', '[', '|', '&', '<', '>', '!'];

/** The words of an expression, and an `end`. @throws QueryError for a character that begins no word. */
export function wordsOfQuery(text: string): readonly QueryWord[] {
  const words: QueryWord[] = [];
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const [space] = /^[ \t\n\r]+/.exec(rest) ?? [];
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const [length, kind, value] = nextWord(rest, at);
    words.push({ kind, value, at });
    at += length;
  }
  return [...words, { kind: 'end', value: '', at: text.length }];
}

function nextWord(rest: string, at: number): readonly [number, string, Value] {
  const [name] = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest) ?? [];
  if (name !== undefined) return [name.length, 'name', name];
  const [number] = /^-?[0-9]+/.exec(rest) ?? [];
  if (number !== undefined) return [number.length, 'number', Number(number)];
  const mark = rest[0] ?? '';
  if (mark === '"' || mark === "'" || mark === '`') return quotedWord(rest, mark, at);
  const sign = signs.find((known) => rest.startsWith(known));
  if (sign === undefined) throw new QueryError(`${JSON.stringify(mark)} is no word of JMESPath`, at);
  return [sign.length, sign, sign];
}

function quotedWord(rest: string, mark: string, at: number): readonly [number, string, Value] {
  // A backslash keeps the character after it from closing the word.
  const [whole] = new RegExp(`^${mark}(?:[^${mark}\\\\]|\\\\[\\s\\S])*${mark}`).exec(rest) ?? [];
  if (whole === undefined) throw new QueryError(`the ${mark} here is not closed`, at);
  const inside = whole.slice(1, -1);
  switch (mark) {
    case "'":
      return [whole.length, 'literal', inside.replaceAll("\\'", "'")];
    case '"':
      return [whole.length, 'quoted name', jsonOf(whole, at)];
    default:
      return [whole.length, 'literal', literalOf(inside.replaceAll('\\`', '`'), at)];
  }
}

/** What stands between backticks is JSON; text without its quotes is taken as a text, as the CLI does. */
function literalOf(text: string, at: number): Value {
  try {
    return jsonOf(text, at);
  } catch {
    return jsonOf(`"${text.trimStart()}"`, at);
  }
}

function jsonOf(text: string, at: number): Value {
  try {
    // The reader of JSON keeps no difference between 4 and 4.0, but it tells how a number was written.
    return JSON.parse(text, (_: string, value: unknown, context?: { readonly source?: string }) =>
      typeof value === 'number' && /[.eE]/.test(context?.source ?? '') ? new Float(value) : value,
    );
  } catch {
    throw new QueryError(`${text} is not JSON`, at);
  }
}
