/** A result as a table of text, aligned as psql does it. */

import stringWidth from 'string-width';

/** A column: its name, and whether its values stand at the right. */
export type Column = { readonly name: string; readonly numeric: boolean };

/** The table with its head, and `(3 rows)` below. A line feed in a value is shown, since it would break the table. */
export function table(columns: readonly Column[], rows: readonly (readonly (string | null)[])[]): string {
  const cells = rows.map((row) => row.map((value) => shown(value ?? '(null)')));
  const names = columns.map((column) => shown(column.name));
  const widths = names.map((name, index) => Math.max(stringWidth(name), ...cells.map((row) => stringWidth(row[index] ?? ''))));
  const line = (values: readonly string[], right: (index: number) => boolean): string =>
    values
      .map((value, index) => pad(value, widths[index] ?? 0, right(index)))
      .join(' | ')
      .trimEnd();
  const head = names.length === 0 ? [] : [` ${line(names, () => false)}`, widths.map((width) => '-'.repeat(width + 2)).join('+')];
  const body = cells.map((row) => ` ${line(row, (index) => columns[index]?.numeric === true)}`);
  return `${[...head, ...body, `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`].join('\n')}\n`;
}

function pad(text: string, width: number, right: boolean): string {
  const blank = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return right ? blank + text : text + blank;
}

/** Control characters as psql shows them: `\n`, `\t`, others as `\x1b`. */
function shown(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, (character) => {
    const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    return named[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
