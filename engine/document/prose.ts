/** The text between headings and fences, as the author wrote it. */

import type { Section } from './section.ts';

/** The markdown of a section between two offsets, without comments: those are for authors, not for operators. */
export function proseOf({ comments }: Section, from: number, to: number, source: string): string {
  let text = '';
  let at = from;
  for (const { start, end } of comments) {
    if (start < at || end > to) continue;
    text += source.slice(at, start);
    at = end;
  }
  return (text + source.slice(at, to)).trim();
}

/** The offset at which the line of an offset begins. */
export function lineStart(source: string, offset: number): number {
  return source.lastIndexOf('\n', offset - 1) + 1;
}
