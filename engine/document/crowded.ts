/** A bound on what may stand in one paragraph: where thousands of marks could open or close something, the parser compares each with all others. */

import type { Construct, Extension, TokenizeContext } from 'micromark-util-types';

/** The parser gave up at a line, counted from 1. */
export class Crowded extends Error {
  readonly line: number;

  constructor(line: number) {
    super(`too many marks in the paragraph of line ${line}`);
    this.line = line;
  }
}

/** What some work gives, or where the parser gave up at it. */
export function unlessCrowded<T>(work: () => T): T | Crowded {
  try {
    return work();
  } catch (error) {
    if (error instanceof Crowded) return error;
    throw error;
  }
}

/** How many marks and lines one paragraph, heading or table cell may have. */
export const mostMarks = 5000;

/** The parser knows a line end by this number, and everything else by its code point. */
const lineEnd = -4;

/** Makes the parser throw `Crowded` before it resolves a text that has too many marks: `*`, `_`, `~`, `[`, `<` and line ends. */
export function boundedTexts(): Extension {
  const counts = new WeakMap<TokenizeContext, number>();
  const count: Construct = {
    tokenize(_effects, _ok, nok) {
      const marks = (counts.get(this) ?? 0) + 1;
      counts.set(this, marks);
      if (marks > mostMarks) throw new Crowded(this.now().line);
      return nok;
    },
  };
  // Not backticks: where a run of them may begin is decided by what stands before it, and a construct of ours would make it begin everywhere.
  const marks = Array.from('*_~[<', (mark) => Number(mark.codePointAt(0)));
  return { text: Object.fromEntries([...marks, lineEnd].map((code) => [code, count])) };
}
