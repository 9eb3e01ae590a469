/** The lines of a `text expect=` fence. */

import type { Expectation } from '../core/plan.ts';
import type { Collector } from './collector.ts';
import { type Fence, spanInBody } from './fence.ts';
import { patternProblem } from './pattern.ts';

/** Reads the expected lines; empty ones are passed over. `lines` are the document's. */
export function readExpectations(fence: Fence, lines: readonly string[], report: Collector): readonly Expectation[] {
  return Array.from(fence.body.matchAll(/\S[^\n]*/g)).flatMap((match) => {
    const text = match[0].trim();
    const absent = text.startsWith('!');
    const value = absent ? text.slice(1).trim() : text;
    const pattern = /^\/(.*)\/$/.exec(value)?.[1];
    const problem = lineProblem(value, pattern);
    if (problem !== undefined) {
      report.error(
        'expectation',
        spanInBody(lines, fence, { start: match.index, length: text.length }),
        `The expected line ${text} is not valid: ${problem}.`,
      );
      return [];
    }
    return [{ text, kind: pattern === undefined ? 'line' : 'pattern', value: pattern ?? value, absent }];
  });
}

function lineProblem(value: string, pattern: string | undefined): string | undefined {
  if (value === '') return 'nothing stands behind the !';
  if (pattern !== undefined) return patternProblem(pattern);
  // A line such as /error/i is meant as a pattern; as a line it would never appear.
  return /^\/.+\/[gimsu]{1,2}$/.test(value) ? 'a pattern has no flags behind it; write (?i) at its beginning' : undefined;
}
