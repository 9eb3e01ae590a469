/** Lines of a fixed width: cutting, wrapping, rules, columns, and what to leave out when the screen is short. */

import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Look } from './look.ts';

/** The line with tabs as spaces, cut at the width. */
export function cut(line: string, look: Look): string {
  return cliTruncate(expandTabs(line), look.columns, { truncationCharacter: look.glyphs.cut });
}

/** The line cut or filled with spaces to a number of columns. */
export function fill(line: string, columns: number, look: Look): string {
  const text = cliTruncate(expandTabs(line), columns, { truncationCharacter: look.glyphs.cut });
  return text + ' '.repeat(Math.max(0, columns - stringWidth(text)));
}

/** The text wrapped at words. */
export function wrap(text: string, columns: number): readonly string[] {
  return wrapAnsi(expandTabs(text), Math.max(1, columns), { hard: true }).split('\n');
}

/** The line, which has no styles of its own, broken exactly at the width, no character left out or made into another: for commands. */
export function breakLine(line: string, columns: number): readonly string[] {
  const pieces: string[] = [];
  let [piece, width] = ['', 0];
  for (const { segment } of segmenter.segment(expandTabs(line))) {
    const more = stringWidth(segment);
    if (width + more > Math.max(1, columns) && piece !== '') {
      pieces.push(piece);
      [piece, width] = ['', 0];
    }
    piece += segment;
    width += more;
  }
  return [...pieces, piece];
}

/** A line of output, which may have colours, broken exactly at the width; what is longer than so many rows is cut. */
export function rowsOf(line: string, columns: number, rows: number, look: Look): readonly string[] {
  const width = Math.max(1, columns);
  const text = cliTruncate(expandTabs(line), width * rows, { truncationCharacter: look.glyphs.cut });
  return wrapAnsi(text, width, { hard: true, trim: false, wordWrap: false }).split('\n');
}

/** Cuts text into what takes a place of its own on a screen. */
const segmenter = new Intl.Segmenter();

// Tabs have no width for string-width, but they move the cursor of a terminal.
function expandTabs(line: string): string {
  if (!line.includes('\t')) return line;
  const [first = '', ...rest] = line.split('\t');
  return rest.reduce((before, part) => `${before}${' '.repeat(8 - (stringWidth(before) % 8))}${part}`, first);
}

/** Text at the left end and at the right end of one line; the left one gives way. */
export function ends(left: string, right: string, look: Look): string {
  const room = look.columns - stringWidth(right) - (right === '' ? 0 : 1);
  return room < 1 ? cut(left, look) : fill(left, room, look) + (right === '' ? '' : ` ${right}`);
}

/** A rule with a title in it, and a word at its right end. */
export function rule(title: string, look: Look, right = ''): string {
  const { rule: dash } = look.glyphs;
  if (title === '') return look.paint('quiet', dash.repeat(look.columns));
  const tail = right === '' ? '' : ` ${right} ${dash.repeat(2)}`;
  const name = cliTruncate(title, Math.max(1, look.columns - 4 - stringWidth(tail)), { truncationCharacter: look.glyphs.cut });
  const rest = look.columns - 4 - stringWidth(name) - stringWidth(tail);
  return `${look.paint('quiet', dash.repeat(2))} ${look.paint('strong', name)} ${look.paint('quiet', dash.repeat(Math.max(0, rest)))}${tail}`;
}

/** Two blocks of lines beside each other. */
export function columns(left: readonly string[], right: readonly string[], leftWidth: number, look: Look): readonly string[] {
  const height = Math.max(left.length, right.length);
  const bar = look.paint('quiet', look.glyphs.column);
  return Array.from({ length: height }, (_, index) => `${fill(left[index] ?? '', leftWidth, look)}${bar} ${right[index] ?? ''}`.trimEnd());
}

/** A part of a screen. `rank` says what gives way first: the highest; 0 never does. It shrinks to `least` lines, by default to none. */
export type Part = { readonly lines: readonly string[]; readonly rank: number; readonly least?: number };

/** How many lines each part gets, so that all of them together are no more than `height` where that is possible. */
export function allot(parts: readonly Part[], height: number): readonly number[] {
  const sizes = parts.map((part) => part.lines.length);
  const order = [...parts.keys()].filter((index) => (parts[index]?.rank ?? 0) > 0).sort((a, b) => (parts[b]?.rank ?? 0) - (parts[a]?.rank ?? 0));
  let excess = sizes.reduce((sum, size) => sum + size, 0) - height;
  for (const index of order) {
    const size = sizes[index] ?? 0;
    const given = Math.min(Math.max(0, excess), Math.max(0, size - (parts[index]?.least ?? 0)));
    sizes[index] = size - given;
    excess -= given;
  }
  return sizes;
}

/** The parts below each other, those that give way cut at their end with a mark that says so. */
export function stack(parts: readonly Part[], height: number, look: Look): readonly string[] {
  const sizes = allot(parts, height);
  return parts.flatMap(({ lines }, index) => folded(lines, sizes[index] ?? 0, look));
}

function folded(lines: readonly string[], size: number, look: Look): readonly string[] {
  if (lines.length <= size) return lines;
  const kept = lines.slice(0, size);
  const last = kept.at(-1);
  return last === undefined ? [] : [...kept.slice(0, -1), fill(`${last.trimEnd()} ${look.glyphs.cut}`, look.columns, look).trimEnd()];
}
