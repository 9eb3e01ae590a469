/** `text expect=` fences: lines that must appear in the output, in their order, and lines that must not. */

import type { Expectation } from '../core/plan.ts';
import { matcher } from '../document/pattern.ts';

/** The expectations that an output does not meet, as written. A line that must not appear may stand nowhere in the output. */
export function unmetExpectations(expectations: readonly Expectation[], output: string): readonly string[] {
  if (expectations.length === 0) return [];
  const lines = output.split(/\r?\n/).map((line) => line.trim());
  let from = 0;
  return expectations.flatMap((expectation) => {
    const fits = expectation.kind === 'pattern' ? matcher(expectation.value) : (line: string): boolean => line === expectation.value.trim();
    if (expectation.absent) return lines.some(fits) ? [expectation.text] : [];
    const at = lines.findIndex((line, index) => index >= from && fits(line));
    if (at < 0) return [expectation.text];
    from = at + 1;
    return [];
  });
}
