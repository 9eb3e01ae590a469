/** Tables that the engine reads: their header is exact, and every cell has a place. */

import type { TableCell } from 'mdast';
import { toString as textOf } from 'mdast-util-to-string';
import type { Collector, Span } from './collector.ts';
import { extentOf } from './markdown.ts';
import type { Section } from './section.ts';
import { visit } from './visit.ts';

/** A cell: its text, the inline code in it, and the text between the codes. */
export type Cell = {
  readonly text: string;
  readonly codes: readonly string[];
  readonly between: string;
  /** Where the links in it lead. */
  readonly links: readonly string[];
  readonly at: Span;
};

/** Every table that the engine reads has four columns. */
export type Four<T> = readonly [T, T, T, T];

/** The rows of every table in a section. Tables with another header and rows with another number of cells are reported and left out. */
export function rowsOf(section: Section, header: Four<string>, report: Collector): readonly Four<Cell>[] {
  const rows: Four<Cell>[] = [];
  visit(section.tree, 'table', (table) => {
    const [head, ...body] = table.children.map((row) => ({ row, cells: row.children.map(cellOf) }));
    const found = head?.cells.map((cell) => cell.text).join(', ');
    if (found !== header.join(', ')) {
      report.error('table-header', extentOf(table).span, `The table must have the columns ${header.join(', ')}; it has ${found}.`);
      return;
    }
    for (const { row, cells } of body) {
      const [first, second, third, fourth, ...more] = cells;
      if (first && second && third && fourth && more.length === 0) rows.push([first, second, third, fourth]);
      else
        report.error('table-row', extentOf(row).span, [
          `The row has ${cells.length} cells instead of 4.`,
          'Inside a cell, in code too, | is written \\|.',
        ]);
    }
  });
  return rows;
}

function cellOf(node: TableCell): Cell {
  const codes: string[] = [];
  let between = '';
  for (const child of node.children) {
    if (child.type === 'inlineCode') codes.push(child.value);
    else between += textOf(child);
  }
  const links = node.children.flatMap((child) => (child.type === 'link' ? [child.url] : []));
  const spans = node.children.map((child) => extentOf(child).span);
  const own = extentOf(node).span;
  const { column } = spans[0] ?? own;
  const last = spans.at(-1) ?? own;
  return {
    text: textOf(node).trim(),
    codes,
    between: between.trim(),
    links,
    at: { line: own.line, column, length: last.column + last.length - column },
  };
}

/** True when nothing but commas and words such as "or" stands between the codes of a cell. */
export function isList({ between }: Cell): boolean {
  return between.split(/[\s,;/|]+/).every((word) => ['', 'or', 'and'].includes(word));
}
