/** The lines of a `text expect=` fence. */

import type { Expectation } from '../core/plan.ts';
import type { Collector } from './collector.ts';
import { type Fence, spanInBody } from './fence.ts';
import { patternProblem } from './pattern.ts';

/** Reads the expected lines; empty ones are passed over. `lines` are the document's. */
export function readExpectations(fence: Fence, lines: readonly string[], report: Collector): readonly Expectation[] {
  return Array.from(fence.body.matchAll(/[^\n]+/g)).flatMap((match) => {
    const text = match[0].trim();
    if (text === '') return [];
    const absent = text.startsWith('!');
    const value = absent ? text.slice(1).trim() : text;
    const pattern = /^\/(.*)\/$/.exec(value)?.[1];
    const problem = value === '' ? 'nothing stands behind the !' : pattern === undefined ? undefined : patternProblem(pattern);
    if (problem !== undefined) {
      const start = match.index + match[0].indexOf(text);
      report.error('expectation', spanInBody(lines, fence, { start, length: text.length }), `The expected line ${text} is not valid: ${problem}.`);
      return [];
    }
    return [{ text, kind: pattern === undefined ? 'line' : 'pattern', value: pattern ?? value, absent }];
  });
}
