/** Places in a text: where patterns are found in the lines of a document, or only in what a reader of its prose sees. */

import { toString as textOf } from 'mdast-util-to-string';
import type { Span } from '../collector.ts';
import type { DocumentRead } from '../document-read.ts';
import { extentOf } from '../markdown.ts';
import { visit } from '../visit.ts';

/** A piece of a line that a pattern has found. */
export type Match = { readonly text: string; readonly at: Span };

/** Where a pattern is found in some lines; `first` is the number of the first one. */
export function matchesIn(lines: readonly string[], pattern: RegExp, first = 1): readonly Match[] {
  return lines.flatMap((line, index) =>
    Array.from(line.matchAll(pattern), ({ 0: text, index: start }) => ({
      text,
      at: { line: first + index, column: start + 1, length: text.length },
    })),
  );
}

/** Kinds of text in a tree: what a reader sees, the front matter (GitHub draws it as a table), and HTML. */
type Kind = 'text' | 'yaml' | 'html';

/** Where a pattern is found in the texts of some kinds. In the source, since the tree has escapes decoded and other columns. */
export function matchesInTexts({ root, text }: DocumentRead, kinds: readonly Kind[], pattern: RegExp): readonly Match[] {
  const found: Match[] = [];
  visit(root, (node) => {
    if (!kinds.some((kind) => kind === node.type)) return;
    // Comments are for authors.
    if (node.type === 'html' && node.value.startsWith('<!--')) return;
    const { span, start, end } = extentOf(node);
    for (const { text: match, at } of matchesIn(text.slice(start, end).split('\n'), pattern, span.line)) {
      const shift = at.line === span.line ? span.column - 1 : 0;
      found.push({ text: match, at: { ...at, column: at.column + shift } });
    }
  });
  return found;
}

/** A paragraph or heading as a reader sees it, in one line, and where it stands. */
export type Passage = { readonly text: string; readonly at: Span };

/** The paragraphs and headings of a document. */
export function passagesOf({ root }: DocumentRead): readonly Passage[] {
  const passages: Passage[] = [];
  visit(root, (node) => {
    if (node.type !== 'paragraph' && node.type !== 'heading') return true;
    passages.push({ text: inOneLine(textOf(node, { includeHtml: false })), at: extentOf(node).span });
    return 'skip';
  });
  return passages;
}

/** A text with single spaces. */
export function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
