/** The summary of a run for a ticket that draws no markdown: as lines of text, and as an Atlassian document. */

import { escapeText } from '../core/escape.ts';
import { resultOf } from '../core/result.ts';
import type { Run } from '../core/run.ts';
import { factsOf, stepsIn, type Told } from './facts.ts';

/** A step of the summary. */
type Row = readonly [step: string, state: string, started: string];

/** The parts of a summary; every text in it is escaped. */
export type TicketSummary = {
  readonly title: string;
  /** Said first, while the run has not ended. */
  readonly open: string | undefined;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly steps: readonly Row[];
  readonly notes: readonly string[];
};

/** Jira takes comments up to 32,767 characters; what an Atlassian document is made of counts as well. */
const longestText = 200;
const mostRows = 60;

/** The summary of a run: the facts of every other report, shortened. */
export function ticketSummary(told: Told): TicketSummary {
  const { run, title, result, summary, procedures, notes } = factsOf(told);
  const rows = stepsIn(procedures).map(
    ({ step, depth }): Row => [`${'↳ '.repeat(depth)}${line(step.title)} (${step.id})`, line(step.words), step.startedAt ?? ''],
  );
  return {
    title: line(`${title}: ${result} on ${run.stage}`),
    open: openWords(run),
    facts: summary.map(({ name, value }) => [name, line(value)]),
    steps: shortened(rows, (count) => [`${count} more steps: in the report`, '', '']),
    notes: shortened(
      notes.map(({ at, operator, text }) => line(`${at} ${operator}: ${text}`)),
      (count) => `${count} more notes: in the report`,
    ),
  };
}

/** What a reader of the ticket must know before anything else, while the run can still go on. */
export function openWords(run: Run): string | undefined {
  if (run.status.kind === 'ended') return undefined;
  return `This run has not ended (${resultOf(run)}). What is said here is its state at ${run.lastAt}.`;
}

function line(text: string): string {
  const escaped = escapeText(text, { colour: false });
  return escaped.length > longestText ? `${escaped.slice(0, longestText).toWellFormed()}…` : escaped;
}

function shortened<T>(items: readonly T[], rest: (count: number) => T): readonly T[] {
  return items.length <= mostRows ? items : [...items.slice(0, mostRows), rest(items.length - mostRows)];
}

/** The summary as lines of text. */
export function summaryText({ title, open, facts, steps, notes }: TicketSummary): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    title,
    ...(open === undefined ? [] : [open]),
    '',
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    ...steps.map(([step, state, started]) => `${step}: ${state}${started === '' ? '' : ` (${started})`}`),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ].join('\n');
}

/** A node of the Atlassian document format, version 1. */
type Node = { readonly type: string; readonly [part: string]: unknown };

/** The summary as an Atlassian document: text nodes only, so nothing in it can be a link, a mention or markup. */
export function summaryDocument({ title, open, facts, steps, notes }: TicketSummary): Node {
  return {
    type: 'doc',
    version: 1,
    content: [
      { type: 'heading', attrs: { level: 3 }, content: words(title) },
      ...(open === undefined ? [] : [{ type: 'panel', attrs: { panelType: 'warning' }, content: [paragraph(open)] }]),
      table(facts.map(([name, value]) => [cell('tableHeader', name), cell('tableCell', value)])),
      table([
        ['Step', 'State', 'Started'].map((name) => cell('tableHeader', name)),
        ...steps.map((row) => row.map((text) => cell('tableCell', text))),
      ]),
      ...notes.map(paragraph),
    ],
  };
}

/** A text node must not be empty. */
function words(text: string): readonly Node[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function paragraph(text: string): Node {
  return { type: 'paragraph', content: words(text) };
}

function cell(type: 'tableHeader' | 'tableCell', text: string): Node {
  return { type, content: [paragraph(text)] };
}

function table(rows: readonly (readonly Node[])[]): Node {
  return { type: 'table', content: rows.map((content) => ({ type: 'tableRow', content })) };
}
