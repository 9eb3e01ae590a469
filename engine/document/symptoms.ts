/** A playbook's table of symptoms: `| Step | Error | Go to | Then |`. */

import type { ErrorMatch, Symptom, Then } from '../core/plan.ts';
import { type Collector, didYouMean, type Span } from './collector.ts';
import { isStepId } from './keys.ts';
import { nearest } from './nearest.ts';
import { patternProblem } from './pattern.ts';
import type { Section } from './section.ts';
import { type Cell, isList, rowsOf } from './table.ts';

const thens = ['retry', 'done', 'stop', 'ask'] as const;
const outcomes = ['timeout', 'expect', 'check'] as const;

/** A symptom and where its ids stand, to find those that no document has. */
export type SymptomRead = { readonly symptom: Symptom; readonly stepAt: Span };

/** Reads the symptoms of a section `Symptoms`; `entries` are the anchors of the document's entries. A row that is not valid is left out. */
export function readSymptoms(section: Section, entries: readonly string[], report: Collector): readonly SymptomRead[] {
  return rowsOf(section, ['Step', 'Error', 'Go to', 'Then'], report).flatMap((row) => {
    const [stepCell, errorCell, entryCell, thenCell] = row;
    // All four are read before one that is not valid loses the row, so that all are reported.
    const steps = readSteps(stepCell, report);
    const errors = readErrors(errorCell, report);
    const entry = readEntry(entryCell, entries, report);
    const then = readThen(thenCell, report);
    if (steps === undefined || errors === undefined || entry === undefined || then === undefined) return [];
    const place = { path: report.path, line: stepCell.at.line, column: stepCell.at.column };
    return [{ symptom: { steps, errors, entry, then, place }, stepAt: stepCell.at }];
  });
}

function readSteps(cell: Cell, report: Collector): Symptom['steps'] | undefined {
  if (cell.text === 'any') return 'any';
  if (cell.codes.length > 0 && isList(cell) && cell.codes.every(isStepId)) return cell.codes;
  report.error('symptom', cell.at, `Step must be ids of steps in backticks, or any; "${cell.text}" is not.`);
  return undefined;
}

function readErrors(cell: Cell, report: Collector): readonly ErrorMatch[] | undefined {
  if (cell.codes.length === 0 || !isList(cell)) {
    const hint = 'Such as `exit 3`, `55P03`, `timeout`, `expect`, `check` or `/pattern/`.';
    report.error('symptom', cell.at, [`Error must be one or more errors in backticks; "${cell.text}" is not.`, hint]);
    return undefined;
  }
  const errors = cell.codes.map(readError);
  const problems = errors.filter((error) => typeof error === 'string');
  for (const problem of problems) report.error('symptom', cell.at, problem);
  return problems.length > 0 ? undefined : errors.filter((error) => typeof error !== 'string');
}

/** One way in which a failure is recognised, or what is wrong with it. */
function readError(code: string): ErrorMatch | string {
  const outcome = outcomes.find((kind) => kind === code.toLowerCase());
  if (outcome !== undefined) return outcome === code ? { kind: outcome } : `"${code}" is written ${outcome}.`;
  const pattern = /^\/(.*)\/$/.exec(code)?.[1];
  if (pattern !== undefined) {
    const problem = patternProblem(pattern);
    return problem === undefined ? { kind: 'pattern', pattern } : `The pattern ${code} is not valid: ${problem}.`;
  }
  const exit = /^exit ([1-9][0-9]{0,2})$/.exec(code)?.[1];
  if (exit !== undefined && Number(exit) < 256) return { kind: 'exit', code: Number(exit) };
  if (/^exit\b/i.test(code)) return `"${code}" is no exit code of a failure; those are exit 1 to exit 255.`;
  return /^[A-Za-z0-9][A-Za-z0-9._:-]*$/.test(code) ? { kind: 'code', code } : `"${code}" is no error code: it may hold letters, digits and . _ : -.`;
}

function readEntry(cell: Cell, entries: readonly string[], report: Collector): string | undefined {
  const [link, ...others] = cell.links;
  if (link === undefined || others.length > 0 || !link.startsWith('#')) {
    report.error('symptom', cell.at, [
      `Go to must be one link to an entry of this file; "${cell.text}" is not.`,
      'Write [The heading](#its-anchor).',
    ]);
    return undefined;
  }
  const anchor = link.slice(1);
  if (entries.includes(anchor)) return anchor;
  report.error('link', cell.at, [`This file has no entry #${anchor} with steps.`, didYouMean(nearest(anchor, entries))]);
  return undefined;
}

function readThen(cell: Cell, report: Collector): Then | undefined {
  const then = thens.find((word) => word === cell.text);
  if (then === undefined)
    report.error('symptom', cell.at, [`Then must be retry, done, stop or ask; "${cell.text}" is not.`, didYouMean(nearest(cell.text, thens))]);
  return then;
}
