/** Fences as the author wrote them: the info string from the source text, because the tree has it decoded. */

import type { Code } from 'mdast';
import type { Span } from './collector.ts';
import type { InfoSource } from './info.ts';
import { extentOf } from './markdown.ts';

/** A fenced block of code. */
export type Fence = {
  /** Everything behind the marks on the opening line, trimmed, and where it stands. */
  readonly info: InfoSource;
  /** The marks that open it, three or more of one kind. */
  readonly marks: string;
  /** As CommonMark gives it: with a final line feed unless it is empty. */
  readonly body: string;
  /** The line of the body's first line. */
  readonly bodyLine: number;
  readonly closed: boolean;
  /** The opening line from its marks on. */
  readonly at: Span;
  /** Offsets into the source. */
  readonly start: number;
  readonly end: number;
};

/** The fence that a node of the tree stands for; undefined for indented code, which never runs. */
export function fenceOf(node: Code, source: string): Fence | undefined {
  const fences = node.data?.fences;
  if (fences === undefined) return undefined;
  const { start, end, lastLine, span } = extentOf(node);
  const [opening = ''] = source.slice(start, end).split('\n', 1);
  const marks = opening.slice(0, opening.search(opening.startsWith('`') ? /[^`]|$/ : /[^~]|$/));
  const written = opening.slice(marks.length);
  const info = written.trim();
  const closed = fences > 1;
  const lines = lastLine - span.line - (closed ? 1 : 0);
  return {
    info: { info, line: span.line, column: span.column + marks.length + written.indexOf(info) },
    marks,
    // The tree does not tell no line from one empty line.
    body: lines === 0 || (!closed && node.value === '') ? '' : `${node.value}\n`,
    bodyLine: span.line + 1,
    closed,
    at: { ...span, length: opening.trimEnd().length },
    start,
    end,
  };
}

/** Where a piece of a body stands in the document. `lines` are the document's; a fence in a list or quote is shifted to the right. */
export function spanInBody(
  lines: readonly string[],
  block: { readonly body: string; readonly bodyLine: number },
  piece: { readonly start: number; readonly length: number },
): Span {
  const above = block.body.slice(0, piece.start).split('\n');
  const line = block.bodyLine + above.length - 1;
  const lineStart = piece.start - String(above.at(-1)).length;
  const [bodyText = ''] = block.body.slice(lineStart).split('\n', 1);
  const shift = Math.max(0, String(lines[line - 1]).length - bodyText.length);
  return { line, column: shift + piece.start - lineStart + 1, length: piece.length };
}
