/**
 * A long document parsed in pieces, with the tree that it has as a whole: the time of the parser grows faster than the text.
 *
 * A piece ends where nothing is open: at a line behind an empty one that begins in the first column and continues neither list nor quote. Whether
 * nothing was open is not guessed but seen: a fence is put behind each piece, and must be a block of its own there.
 */

import type { Node, Root, RootContent } from 'mdast';
import { Crowded, unlessCrowded } from './crowded.ts';
import { labelsIn, missingDefinitions } from './definitions.ts';
import { visit } from './visit.ts';

type Position = NonNullable<Node['position']>;
type Point = Position['start'];

/** The parser of a text that is not too long for it. */
export type Parse = (source: string) => Root;

/** How long a piece is at least. Longer ones take more time, and shorter ones make the pieces that share definitions many. */
const usual = 8000;

/** A piece of the source, and what stands in it. `line` is its first one, counted from 0. */
type Piece = { readonly start: number; readonly end: number; readonly line: number; readonly tree: Root; readonly last: boolean };

/** The tree of a document; the same as `parse` gives for all of it. `least` is the length of a piece, in characters. */
export function parseApart(source: string, parse: Parse, least = usual): Root {
  if (source.length < 2 * least || opensOddly(source)) return parse(source);
  const pieces = piecesOf(source, { parse, least });
  const trees = pieces.map(({ tree }) => tree);
  const missing = missingDefinitions(trees, (index) => labelsIn(textOf(pieces[index] as Piece, source)));
  const linked = pieces.map((piece, index) => {
    const definitions = missing[index] ?? [];
    // What stands in front matter is no link, whatever it looks like.
    if (definitions.length === 0 || piece.tree.children[0]?.type === 'yaml') return piece.tree;
    return moved(piece, parsePiece({ ...piece, text: textOf(piece, source), behind: nextLine(source, piece.end), definitions }, parse));
  });
  const end = linked.at(-1)?.position?.end as Point;
  return { type: 'root', children: linked.flatMap((tree) => tree.children), position: { start: { line: 1, column: 1, offset: 0 }, end } };
}

/**
 * What the parser takes for something else at the beginning of a text than anywhere below: a byte order mark, and front matter that is never
 * closed, behind which it sees neither lists nor quotes for a while.
 */
function opensOddly(source: string): boolean {
  return source.startsWith('\u{feff}') || (/^---[ \t]*(?:\n|$)/.test(source) && frontMatterOf(source) === '');
}

function textOf({ start, end }: Piece, source: string): string {
  return source.slice(start, end);
}

function piecesOf(source: string, { parse, least }: { readonly parse: Parse; readonly least: number }): readonly Piece[] {
  const front = frontMatterOf(source);
  const pieces: Piece[] = [];
  let start = front.length;
  let line = linesIn(front);
  if (front !== '') pieces.push({ start: 0, end: front.length, line: 0, tree: parse(front), last: false });
  let whole = false;
  while (start < source.length) {
    const end: number = whole ? source.length : cutBehind(source, start, least);
    const last = end === source.length;
    const place = { start, line, last };
    const parsed = parsePiece({ ...place, text: source.slice(start, end), behind: nextLine(source, end), definitions: [] }, parse);
    const next: number = parsed.open === undefined ? end : start + parsed.open;
    // A fence or HTML that stands at the very beginning of a piece and that was not seen to be open.
    whole = next === start && !last;
    if (whole) continue;
    pieces.push({ ...place, end: next, tree: moved(place, parsed) });
    line += linesIn(source.slice(start, next));
    start = next;
  }
  return pieces;
}

/** Front matter with its line end; only at the beginning of a text it is any. */
function frontMatterOf(source: string): string {
  const [opening = ''] = /^---[ \t]*\n/.exec(source) ?? [];
  if (opening === '') return '';
  const closing = /^---[ \t]*(?:\n|$)/gm;
  closing.lastIndex = opening.length;
  return source.slice(0, closing.exec(source) === null ? 0 : closing.lastIndex);
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

/**
 * What is parsed: a text, the line behind it, the definitions that stand elsewhere in the document, the line above it, and whether the
 * document ends with it.
 */
type Source = {
  readonly text: string;
  readonly behind: string;
  readonly definitions: readonly string[];
  readonly line: number;
  readonly last: boolean;
};

/** A parsed piece; `before` stands above it. `open`: where in the text a block begins that goes on behind it, and so does not belong to it. */
type Parsed = { readonly tree: Root; readonly before: string; readonly open?: number };

/** What is put behind a piece. The parser lets a fence that is open in a list end elsewhere before a quote or a note than before anything else. */
function sentinel(behind: string): string {
  return /^(?:>|\[\^[^\]\s]+\]:)/.test(behind) ? '> ```' : '```';
}

function nextLine(source: string, at: number): string {
  const end = source.indexOf('\n', at);
  return source.slice(at, end === -1 ? source.length : end);
}

function parsePiece({ text, behind, definitions, line, last }: Source, parse: Parse): Parsed {
  // At least a line end: what looks like front matter is none in the middle of a document.
  const before = `${definitions.map((definition) => `${definition}\n\n`).join('')}\n`;
  const tree = parseAt(line - linesIn(before), () => parse(before + text + (last ? '' : sentinel(behind))));
  const children = tree.children.filter((node) => offsetOf(node) >= before.length);
  if (last) return { tree: { ...tree, children }, before };
  // The fence behind the piece is always a part of something.
  const at = offsetOf(children.pop() as RootContent) - before.length;
  // From the beginning of its line on.
  const open = at === text.length ? undefined : text.lastIndexOf('\n', at - 1) + 1;
  return { tree: { ...tree, children }, before, ...(open !== undefined && { open }) };
}

/** Gives the line of the document where a paragraph of the piece is too crowded. */
function parseAt(line: number, parse: () => Root): Root {
  const tree = unlessCrowded(parse);
  if (tree instanceof Crowded) throw new Crowded(tree.line + line);
  return tree;
}

function offsetOf({ position }: RootContent): number {
  return Number(position?.start.offset);
}

/** The tree with the places that it has in the document. */
function moved({ start, line }: Pick<Piece, 'start' | 'line'>, { tree, before }: Parsed): Root {
  const lines = line - linesIn(before);
  const point = ({ line: at, column, offset }: Point): Point => ({ line: at + lines, column, offset: Number(offset) + start - before.length });
  const position = (from: Position): Position => ({ start: point(from.start), end: point(from.end) });
  visit(tree, (node) => {
    if (node.position !== undefined) node.position = position(node.position);
  });
  return tree;
}

/** What is open at a line: a fence until its closing line, or HTML until the line that ends it. */
type Open = { readonly until: RegExp };

/** The next place to cut at, where a piece that starts here may end; at the latest the end of the text. */
function cutBehind(source: string, start: number, least: number): number {
  let open: Open | undefined;
  let empty = false;
  for (let at = start; at < source.length; ) {
    const feed = source.indexOf('\n', at);
    const end = feed === -1 ? source.length : feed;
    const line = source.slice(at, end);
    if (open !== undefined) {
      if (open.until.test(line)) open = undefined;
    } else {
      if (empty && at - start >= least && begins(line)) return at;
      open = opened(line);
    }
    // Blanks and tabs only: to markdown any other white space is text.
    empty = /^[ \t]*$/.test(line);
    at = end + 1;
  }
  return source.length;
}

/** True for a line that continues nothing above an empty line. */
function begins(line: string): boolean {
  return /^[^\s\u{feff}]/u.test(line) && !/^(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)/.test(line);
}

/** The kinds of HTML that empty lines do not end, each with what ends it. */
const html: readonly (readonly [RegExp, RegExp])[] = [
  [/^ {0,3}<(?:script|pre|style|textarea)(?:[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  [/^ {0,3}<!--/, /-->/],
  [/^ {0,3}<\?/, /\?>/],
  [/^ {0,3}<!\[CDATA\[/, /\]\]>/],
  [/^ {0,3}<![A-Za-z]/, />/],
];

function opened(line: string): Open | undefined {
  const [, ticks, tildes] = /^ {0,3}(?:(`{3,})[^`]*|(~{3,}).*)$/.exec(line) ?? [];
  const marks = ticks ?? tildes;
  if (marks !== undefined) return { until: new RegExp(`^ {0,3}${marks}${marks.charAt(0)}*[ \\t]*$`) };
  const [, until] = html.find(([from]) => from.test(line)) ?? [];
  return until === undefined || until.test(line) ? undefined : { until };
}
