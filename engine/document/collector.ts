/** Where diagnostics are gathered while a document is read: reading goes on after each, so that one run shows all of them. */

import type { Diagnostic } from './diagnostic.ts';

/** A piece of a line. */
export type Span = { readonly line: number; readonly column: number; readonly length: number };

/** A message, or a message and a hint. */
export type Words = string | readonly [message: string, hint: string | undefined];

/** Takes what is found in one document. */
export type Collector = {
  readonly path: string;
  error(rule: string, at: Span, words: Words): void;
  warning(rule: string, at: Span, words: Words): void;
  /** How much was found so far. */
  count(): number;
  /** Everything so far, in the order of the text. */
  diagnostics(): readonly Diagnostic[];
};

/** The span of a whole document, for what has no better place. */
export const nowhere: Span = { line: 1, column: 1, length: 0 };

const longest = 500;

/** A collector for the document at `path`. */
export function collector(path: string): Collector {
  const found: Diagnostic[] = [];
  const add = (severity: Diagnostic['severity'], rule: string, at: Span, words: Words): void => {
    const [message, hint] = typeof words === 'string' ? [words] : words;
    // A message that quotes the document quotes at most a few lines of it.
    const short = message.length > longest ? `${message.slice(0, longest)}…` : message;
    const place = { path, line: at.line, column: at.column };
    found.push({ severity, rule, message: short, place, length: at.length, ...(hint !== undefined && { hint }) });
  };
  return {
    path,
    error: (rule, at, words) => add('error', rule, at, words),
    warning: (rule, at, words) => add('warning', rule, at, words),
    count: () => found.length,
    diagnostics: () => found.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column),
  };
}

/** A question for a hint, where there is something to ask. */
export function didYouMean(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `Did you mean "${word}"?`;
}
