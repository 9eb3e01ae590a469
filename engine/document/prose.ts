/** The text between headings and fences, as the author wrote it. */

import { visit } from 'unist-util-visit';
import { extentOf } from './markdown.ts';
import type { Section } from './section.ts';

/** The markdown of a section between two offsets, without comments: those are for authors, not for operators. */
export function proseOf(section: Section, from: number, to: number, source: string): string {
  let text = '';
  let at = from;
  visit(section.tree, 'html', (node) => {
    const { start, end } = extentOf(node);
    if (!node.value.startsWith('<!--') || start < at || end > to) return;
    text += source.slice(at, start);
    at = end;
  });
  return (text + source.slice(at, to)).trim();
}

/** The offset at which the line of an offset begins. */
export function lineStart(source: string, offset: number): number {
  return source.lastIndexOf('\n', offset - 1) + 1;
}
