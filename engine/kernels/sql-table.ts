/** A result as text: a table, aligned as psql does it, or bare values. */

import stringWidth from 'fast-string-width';

/** A column: its name, and whether its values stand at the right. */
export type Column = { readonly name: string; readonly numeric: boolean };

type Row = readonly (string | null)[];

/** The table with its head, and `(3 rows)` below. NULL and control characters are visible, so that no value can break the table. */
export function asTable(columns: readonly Column[], rows: readonly Row[]): string {
  const names = columns.map(({ name }) => visible(name));
  const cells = rows.map((row) => row.map((value) => (value === null ? '(null)' : visible(value))));
  const widths = names.map((name, at) => cells.reduce((most, row) => Math.max(most, stringWidth(row[at] ?? '')), stringWidth(name)));
  const line = (values: readonly string[], place: (text: string, blanks: number, at: number) => string) =>
    values
      .map((text, at) => ` ${place(text, (widths[at] ?? 0) - stringWidth(text), at)} `)
      .join('|')
      .trimEnd();
  const head = line(names, (text, blanks) => ' '.repeat(Math.floor(blanks / 2)) + text + ' '.repeat(Math.ceil(blanks / 2)));
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+');
  const body = cells.map((row) => line(row, (text, blanks, at) => (columns[at]?.numeric ? ' '.repeat(blanks) + text : text + ' '.repeat(blanks))));
  return `${[head, rule, ...body, `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`].join('\n')}\n`;
}

/** Values as they are: rows by line feed, columns by tab, NULL empty. */
export function asValues(rows: readonly Row[]): string {
  return rows.map((row) => `${row.map((value) => value ?? '').join('\t')}\n`).join('');
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function visible(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, (character) => named[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
