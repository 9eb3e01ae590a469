/** Tables on a screen: aligned where all columns fit, else a line for each cell with the name of its column. */

import stringWidth from 'string-width';
import type { Alignment } from '../core/prose.ts';
import { wrap } from './layout.ts';
import { type Look, narrowed } from './look.ts';

/** A table whose cells are safe text, with their styles in it. */
export type Cells = { readonly align: readonly Alignment[]; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Between two columns. */
const gap = 2;

/** The lines of a table, no wider than the look. With `columns` unlimited, as lines of text are, each cell gets a line. */
export function tableLines(table: Cells, look: Look): readonly string[] {
  const widths = Number.isFinite(look.columns) ? columnWidths([table.head, ...table.rows], look.columns) : undefined;
  return widths === undefined ? cellLines(table, look) : alignedLines(table, widths, look);
}

/** How wide each column gets; undefined where even the longest words do not fit beside each other. */
function columnWidths(rows: readonly (readonly string[])[], room: number): readonly number[] | undefined {
  const count = most(rows.map((row) => row.length));
  const free = room - gap * (count - 1);
  // More columns than half the room: looking at each cell would be in vain.
  if (count > free) return undefined;
  const columns = Array.from({ length: count }, (_, column) => rows.map((row) => row[column] ?? ''));
  const wanted = columns.map((cells) => widest(cells.flatMap((cell) => cell.split('\n'))));
  const least = columns.map((cells) => widest(cells.flatMap((cell) => cell.split(/[ \n]/u))));
  if (sum(least) > free) return undefined;
  // The widest columns give way first, down to their longest word.
  const sizes = (limit: number) => wanted.map((width, column) => Math.max(least[column] ?? 1, Math.min(width, limit)));
  for (let limit = free; limit > 1; limit -= 1) if (sum(sizes(limit)) <= free) return sizes(limit);
  return least;
}

function widest(texts: readonly string[]): number {
  return most(texts.map((text) => stringWidth(text)));
}

// A table can have more rows than a function takes arguments.
function most(numbers: readonly number[]): number {
  return numbers.reduce((largest, number) => Math.max(largest, number), 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function alignedLines({ align, head, rows }: Cells, widths: readonly number[], look: Look): readonly string[] {
  const lines = (row: readonly string[]) => {
    const cells = widths.map((width, column) => wrap(row[column] ?? '', width));
    const height = most(cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      widths
        .map((width, column) => padded(cells[column]?.[line] ?? '', width, align[column]))
        .join(' '.repeat(gap))
        .trimEnd(),
    );
  };
  const rules = widths.map((width) => look.paint('quiet', look.glyphs.rule.repeat(width))).join(' '.repeat(gap));
  const drawn = rows.map(lines);
  // Where a row takes several lines, an empty one tells where the next begins.
  const apart = drawn.some((row) => row.length > 1) ? [''] : [];
  return [
    ...lines(head.map((cell) => look.paint('strong', cell))),
    rules,
    ...drawn.flatMap((row, index) => (index === 0 ? row : [...apart, ...row])),
  ];
}

function padded(text: string, width: number, align: Alignment): string {
  const free = Math.max(0, width - stringWidth(text));
  const left = align === 'right' ? free : align === 'center' ? Math.floor(free / 2) : 0;
  return ' '.repeat(left) + text + ' '.repeat(free - left);
}

/** `name: value`, the first cell of a row with a mark, so that rows can be told apart. */
function cellLines({ head, rows }: Cells, look: Look): readonly string[] {
  const lines = rows.map((row) =>
    row.flatMap((cell, column) => (cell === '' ? [] : [(head[column] ?? '') === '' ? cell : `${look.paint('strong', head[column] ?? '')}: ${cell}`])),
  );
  const inner = narrowed(look, look.columns - 2);
  // Without rows the names of the columns are all there is.
  if (rows.length === 0) return hung(head.filter((name) => name !== '').join(', '), '', look);
  return lines.flatMap((row) => row.flatMap((line, index) => hung(line, index === 0 ? look.glyphs.bullet : ' ', inner)));
}

/** The wrapped lines, the first one behind a mark. */
function hung(text: string, mark: string, look: Look): readonly string[] {
  return wrap(text, look.columns).map((line, index) => (mark === '' ? line : `${index === 0 ? mark : ' '} ${line}`));
}
