/** What is wrong with a document, where, and how it is printed: place and message, the line with a caret under it, a hint. */

import stringWidth from 'fast-string-width';
import { escapeText } from '../core/escape.ts';
import type { Place } from '../core/plan.ts';

/** One thing that is wrong with a document or with what was asked of it. */
export type Diagnostic = {
  readonly severity: 'error' | 'warning';
  /** The rule's name; docs/annotations.md lists them. */
  readonly rule: string;
  readonly message: string;
  readonly place: Place;
  /** How many characters it is about; 0 when it is about the document as a whole. */
  readonly length: number;
  /** What to write or type instead. */
  readonly hint?: string;
};

/** How much of a long line is shown: this many characters on each side of the place. */
const around = 60;

/** `path:line:column message`, the source line, a caret line, the hint. The text may be hostile, so all of it is escaped. */
export function formatDiagnostic(diagnostic: Diagnostic, source: string | undefined): string {
  return formatted(diagnostic, linesOf(source));
}

/** Each of them printed. A text is cut into lines once: there may be thousands of diagnostics about a large document. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], source: (path: string) => string | undefined): readonly string[] {
  const texts = new Map<string, readonly string[]>();
  return diagnostics.map((diagnostic) => {
    const { path } = diagnostic.place;
    const lines = texts.get(path) ?? linesOf(source(path));
    texts.set(path, lines);
    return formatted(diagnostic, lines);
  });
}

function linesOf(source: string | undefined): readonly string[] {
  return source === undefined ? [] : source.replace(/^\u{feff}/u, '').split(/\r\n|\r|\n/);
}

function formatted(diagnostic: Diagnostic, source: readonly string[]): string {
  const { place, length, message, hint } = diagnostic;
  const where = length === 0 ? `${place.path}:` : `${place.path}:${place.line}:${place.column}`;
  const line = source[place.line - 1];
  const lines = [escaped(`${where} ${diagnostic.severity === 'warning' ? 'Warning: ' : ''}${message}`)];
  if (line !== undefined && length > 0) lines.push(...excerpt(line, place.column - 1, Math.min(length, around)));
  if (hint !== undefined) lines.push(`  ${escaped(hint)}`);
  return lines.join('\n');
}

/** The line and, below it, carets under `length` characters from `start` on. No cut goes between the two halves of a character. */
function excerpt(line: string, start: number, length: number): readonly string[] {
  const end = start + length + (/^\p{Surrogate}/u.test(line.slice(start + length)) ? 1 : 0);
  const left = shown((start > around ? '…' : '') + line.slice(Math.max(0, start - around), start).replace(/^\p{Surrogate}/u, ''), 0);
  const marked = shown(line.slice(start, end), stringWidth(left));
  const rest = line.slice(end, end + around).replace(/\p{Surrogate}$/u, '') + (line.length > end + around ? '…' : '');
  const right = shown(rest, stringWidth(left + marked));
  return [`  ${left}${marked}${right}`, `  ${' '.repeat(stringWidth(left))}${'^'.repeat(Math.max(1, stringWidth(marked)))}`];
}

/** The text as it may reach a terminal when it starts at a column: tabs become spaces, so that the caret line has the same width. */
function shown(text: string, column: number): string {
  const [first = '', ...others] = text.split('\t').map(escaped);
  return others.reduce((line, part) => line + ' '.repeat(4 - ((column + stringWidth(line)) % 4)) + part, first);
}

function escaped(text: string): string {
  return escapeText(text, { colour: false });
}
