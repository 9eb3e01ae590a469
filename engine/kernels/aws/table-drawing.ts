/** Draws the sections of a table: widths, borders, titles. */

import stringWidth from 'string-width';

/** A part of a table. Deeper sections stand inside the borders of those around them. */
export type Section = { readonly title: string; readonly depth: number; headers: readonly string[]; readonly rows: (readonly string[])[] };

/** Where no terminal tells its width, a wider table is turned: one row becomes a column. */
const widestUnturned = 80;
const cellPadding = 4;

/** The whole table. */
export function drawTable(sections: readonly Section[]): string {
  const shown = widthOf(sections) > widestUnturned ? sections.map(turned) : sections;
  const width = widthOf(shown);
  return ['-'.repeat(width), ...shown.flatMap((section) => drawSection(section, width))].map((line) => `${line}\n`).join('');
}

function turned(section: Section): Section {
  const [row, more] = section.rows;
  if (row === undefined || more !== undefined || section.headers.length === 0) return section;
  return { ...section, headers: [], rows: section.headers.map((header, at) => [header, row[at] ?? '']) };
}

function widthOf(sections: readonly Section[]): number {
  return Math.max(
    ...sections.map((section) => {
      const cells = columnsOf(section).reduce((total, width) => total + width + cellPadding, 0);
      return 2 + 2 * section.depth + Math.max(measured(section.title), cells);
    }),
  );
}

/** The widest text of each column. */
function columnsOf({ headers, rows }: Section): readonly number[] {
  const lines = headers.length === 0 ? rows : [headers, ...rows];
  const count = Math.max(0, ...lines.map((line) => line.length));
  return Array.from({ length: count }, (_, at) => Math.max(...lines.map((line) => measured(line[at] ?? ''))));
}

function drawSection(section: Section, tableWidth: number): readonly string[] {
  const { title, depth, headers, rows } = section;
  const width = tableWidth - 2 * depth;
  const columns = stretched(
    columnsOf(section).map((column) => column + cellPadding),
    width,
  );
  const rule = `+${columns.map((column, at) => `${'-'.repeat(Math.max(0, column - (at === 0 ? 2 : 1)))}+`).join('')}`;
  const cells = (line: readonly string[], draw: typeof centred) => columns.map((column, at) => draw(line[at] ?? '', column, at === 0)).join('');
  const lines = [
    ...(title === '' ? [] : [centred(title, width, true)]),
    ...(title !== '' && headers.length === 0 && rows.length === 0 ? [`+${'-'.repeat(width - 2)}+`] : []),
    ...(headers.length === 0 ? [] : [rule, cells(headers, centred)]),
    ...(rows.length === 0 || columns.length === 0 ? [] : [rule, ...rows.map((row) => cells(row, left)), rule]),
  ];
  const border = '|'.repeat(depth);
  return lines.map((line) => `${border}${line}${border}`);
}

/** Widens columns in proportion until they fill the table; what rounding leaves over or takes too much is shared out one by one. */
function stretched(columns: readonly number[], width: number): readonly number[] {
  const total = columns.reduce((sum, column) => sum + column, 0);
  const scaled = columns.map((column) => roundHalfToEven((width / total) * column));
  let tooMuch = scaled.reduce((sum, column) => sum + column, 0) - width;
  const indexes = [...scaled.keys()];
  while (tooMuch !== 0 && indexes.length > 0) {
    const step = Math.sign(tooMuch);
    for (const at of step > 0 ? indexes : indexes.toReversed()) {
      if (tooMuch === 0) break;
      scaled[at] = (scaled[at] ?? 0) - step;
      tooMuch -= step;
    }
  }
  return scaled;
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

function centred(text: string, width: number, first: boolean): string {
  const before = Math.max(0, Math.floor(width / 2) - Math.floor(measured(text) / 2) - 1);
  return closed(`${first ? '|' : ''}${' '.repeat(before)}${text}`, width);
}

function left(text: string, width: number, first: boolean): string {
  const edges = first ? 2 : 1;
  const padding = width - measured(text) - 2 - edges >= 0 ? '  ' : '';
  return closed(`${first ? '|' : ''}${padding}${text}`, width);
}

function closed(text: string, width: number): string {
  return `${text}${' '.repeat(Math.max(0, width - 1 - measured(text)))}|`;
}

/** Letters of unclear width count as wide ones, and a line feed as a letter, as they do for the CLI. */
function measured(text: string): number {
  return stringWidth(text.replace(/[\u0000-\u001f\u007f-\u009f]/g, 'x'), { ambiguousIsNarrow: false });
}
