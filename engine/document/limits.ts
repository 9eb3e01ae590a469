/**
 * Texts that the markdown parser would not survive. Its time grows faster than the text: a megabyte takes seconds, and a few kilobytes of
 * list markers or rising backtick runs take minutes. A runbook comes nowhere near these limits.
 */

import type { Collector } from './collector.ts';

const longest = 1_000_000;
const deepest = 100;
const backtickRuns = 64;
const brackets = 1000;

const markers = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)))+/;
const indentedMarker = /^([ \t>]*)(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)/;

/** False, with a diagnostic, when a text is too long or too deeply nested to be parsed in reasonable time. */
export function withinLimits(source: string, report: Collector): boolean {
  if (source.length > longest) {
    report.error('too-large', { line: 1, column: 1, length: 0 }, [
      `The document has ${source.length} characters; at most ${longest} are read.`,
      'Split it into several documents.',
    ]);
    return false;
  }
  const runs = new Set<number>();
  for (const [index, line] of source.split('\n').entries()) {
    for (const run of line.match(/`+/g) ?? []) runs.add(run.length);
    const problem = lineProblem(line) ?? (runs.size > backtickRuns ? `more than ${backtickRuns} different lengths of backtick runs` : undefined);
    if (problem === undefined) continue;
    const hint = 'Parsing it could take minutes, so it is not read at all.';
    report.error('too-nested', { line: index + 1, column: 1, length: line.length }, [`The document has ${problem} here.`, hint]);
    return false;
  }
  return true;
}

function lineProblem(line: string): string | undefined {
  const nested = (markers.exec(line)?.[0] ?? '').matchAll(/>|[-+*]|\d+/g);
  if ([...nested].length > deepest) return `more than ${deepest} nested lists or quotes`;
  const indentation = indentedMarker.exec(line)?.[1] ?? '';
  // Each level of a list takes at least two columns, and a tab counts for up to four.
  if (indentation.replaceAll('\t', '    ').length > 2 * deepest) return `a list more than ${deepest} levels deep`;
  if (line.split('[').length > brackets) return `more than ${brackets} brackets in one line`;
  return undefined;
}
