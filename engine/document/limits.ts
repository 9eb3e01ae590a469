/**
 * Texts that the markdown parser would not survive. What it takes too long for is told before it sees it, or by itself when it counts too much
 * in one paragraph. A runbook comes nowhere near these limits.
 */

import type { Root } from 'mdast';
import type { Collector } from './collector.ts';
import { Crowded, mostMarks, unlessCrowded } from './crowded.ts';
import { parseMarkdown } from './markdown.ts';

const longest = 5_242_880;
/** Markers that stand one behind the other in a line. */
const deepest = 20;
/** Columns in front of a list marker: each level of a list takes at least two. */
const farthest = 200;
const backtickRuns = 64;
const brackets = 1000;
const lazyLines = 1000;

const markers = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)))+/;
const indentedMarker = /^([ \t>]*)(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)/;
const thematicBreak = /^[ \t>]*([-*])(?:[ \t]*\1){2,}[ \t]*$/;

/** The text of a document and its tree; both empty, with a diagnostic, when it is too long or too deeply nested to be parsed in reasonable time. */
export function readMarkdown(source: string, report: Collector): { readonly text: string; readonly root: Root } {
  const nothing = () => ({ text: '', root: parseMarkdown('') });
  if (!withinLimits(source, report)) return nothing();
  const root = unlessCrowded(() => parseMarkdown(source));
  if (!(root instanceof Crowded)) return { text: source, root };
  const at = { line: root.line, column: 1, length: Math.max(1, String(source.split('\n')[root.line - 1]).length) };
  report.error('too-nested', at, [
    `The document has more than ${mostMarks} marks such as * _ [ and line ends in one paragraph, up to here.`,
    'Parsing it could take minutes, so it is not read at all. What is not prose goes into a fence.',
  ]);
  return nothing();
}

function withinLimits(source: string, report: Collector): boolean {
  if (source.length > longest) {
    report.error('too-large', { line: 1, column: 1, length: 0 }, [
      `The document has ${source.length} characters; at most ${longest} are read.`,
      'Split it into several documents.',
    ]);
    return false;
  }
  const runs = new Set<number>();
  let lazy = 0;
  for (const [index, line] of source.split('\n').entries()) {
    for (const run of line.match(/`+/g) ?? []) runs.add(run.length);
    lazy = lazyBehind(line, lazy);
    const problem =
      lineProblem(line) ??
      (runs.size > backtickRuns ? `more than ${backtickRuns} different lengths of backtick runs` : undefined) ??
      (lazy > lazyLines
        ? `more than ${lazyLines} lines behind a list or quote that go on with it only because no empty line stands between`
        : undefined);
    if (problem === undefined) continue;
    const hint = 'Parsing it could take minutes, so it is not read at all.';
    report.error('too-nested', { line: index + 1, column: 1, length: line.length }, [`The document has ${problem} here.`, hint]);
    return false;
  }
  return true;
}

/** How many lines in the first column may belong to the list or quote above them; 0 where there is none. The parser looks at all of them for each. */
function lazyBehind(line: string, lazy: number): number {
  if (/^\s*$|^(?:#|```|~~~)/.test(line)) return 0;
  if (/^[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$))/.test(line)) return 1;
  return lazy > 0 && /^\S/.test(line) ? lazy + 1 : lazy;
}

function lineProblem(line: string): string | undefined {
  if (!thematicBreak.test(line)) {
    const nested = (markers.exec(line)?.[0] ?? '').matchAll(/>|[-+*]|\d+/g);
    if ([...nested].length > deepest) return `more than ${deepest} nested lists or quotes`;
  }
  const indentation = indentedMarker.exec(line)?.[1] ?? '';
  // A tab counts for up to four columns.
  if (indentation.replaceAll('\t', '    ').length > farthest) return `a list more than ${farthest / 2} levels deep`;
  if (line.split('[').length > brackets) return `more than ${brackets} brackets in one line`;
  return undefined;
}
