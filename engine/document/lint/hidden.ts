/** Characters that nobody sees, and that make a reader see another text than the machine does. */

import { blocksOf } from '../../core/block.ts';
import type { DocumentRead } from '../document-read.ts';
import type { Finding, Rule } from './rule.ts';
import { type Match, matchesIn } from './text-places.ts';

/** Controls, bidi, zero width, line separators, fillers, interlinear marks, tags, variation selectors beyond those of emoji, and halves of characters. */
const hidden =
  /[\0-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{61c}\u{115f}\u{1160}\u{180e}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{3164}\u{feff}\u{ffa0}\u{fff9}-\u{fffb}\u{e0000}-\u{e01ef}\p{Surrogate}]/gu;

/** Joiners inside an emoji, and between letters of scripts that are written with them. */
const writing =
  /(?<=\p{Extended_Pictographic}|\u{fe0f}|[\u{1f3fb}-\u{1f3ff}])\u{200d}(?=\p{Extended_Pictographic})|(?<=[\u{590}-\u{1fff}])[\u{200c}\u{200d}](?=[\u{590}-\u{1fff}])/gu;

/** Blanks that a reader takes for a space and a program does not. */
const blanks = /[\u{a0}\u{1680}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}]/gu;

/** A character that cannot be seen; in blocks that run, also a blank that is no space. Each is told once a line. */
export const hiddenCharacter: Rule = {
  id: 'hidden-character',
  severity: 'error',
  scope: 'text',
  check: ({ lines, document }) => {
    const blocks = blocksOf(document).map(({ block }) => block);
    const inBlocks = blocks.flatMap(({ place, source }) => {
      const first = place.line - 1;
      return matchesIn(lines.slice(first, first + source.split('\n').length - 1), blanks, place.line);
    });
    return [
      ...hiddenIn({ lines }),
      ...firstOfLine(inBlocks, (code) => [`The blank ${code} looks like a space, and no program takes it for one.`, 'Write a space.']),
    ];
  },
};

/** The characters of a text that cannot be seen. */
export function hiddenIn({ lines }: Pick<DocumentRead, 'lines'>): readonly Finding[] {
  const seen = lines.map((line) => line.replace(writing, 'x'));
  return firstOfLine(matchesIn(seen, hidden), (code) => [`The character ${code} cannot be seen.`, 'Delete it.']);
}

/** A line without them. */
export function withoutHidden(line: string): string {
  const both = new RegExp(`${writing.source}|(?<hidden>${hidden.source})`, 'gu');
  return line.replace(both, (match, ...others) => ((others.at(-1) as { hidden?: string }).hidden === undefined ? match : ''));
}

function firstOfLine(matches: readonly Match[], words: (code: string) => readonly [string, string]): readonly Finding[] {
  const lines = new Set<number>();
  return matches
    .filter(({ at }) => lines.size < lines.add(at.line).size)
    .map(({ text, at }) => ({ at, words: words(`U+${Number(text.codePointAt(0)).toString(16).toUpperCase().padStart(4, '0')}`) }));
}
