/** The summary of a run for a ticket that draws no markdown: as lines of text, and as an Atlassian document. */

import { escapeText } from '../core/escape.ts';
import { documentOf, proceduresOf, stepRun } from '../core/frame.ts';
import type { Plan } from '../core/plan.ts';
import { resultOf } from '../core/result.ts';
import type { Frame, Run } from '../core/run.ts';
import { countWords, durationWords, stateDetail } from '../core/words.ts';

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

/** The summary of a run. `head` is the hash of the journal's last line. */
export function ticketSummary(plan: Plan, run: Run, head: string): TicketSummary {
  const [first] = run.people;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Result', `${resultOf(run)}: ${countWords(run)}`],
    ['Stage', run.stage],
    ['Run', run.id],
    ['Document', run.document],
    ['Operator', first === undefined ? undefined : `${first.operator} on ${first.host}`],
    ['Account', first?.account],
    ['Ticket', run.ticket],
    ['Reason', run.reason],
    ['Started', run.startedAt],
    ['Last event', `${run.lastAt} (${durationWords(Date.parse(run.lastAt) - Date.parse(run.startedAt))})`],
    ['Commit', run.git === undefined ? undefined : `${run.git.commit}${run.git.dirty ? ', with uncommitted changes' : ''}`],
    ['Journal head', head],
  ];
  const rows = run.frames.filter((frame) => frame.opener === undefined).flatMap((frame) => rowsOf(plan, run, frame, 0));
  const notes = run.notes.map(({ at, operator, text }) => line(`${at} ${operator}: ${text}`));
  return {
    title: line(`${documentOf(plan, run.document).title}: ${resultOf(run)} on ${run.stage}`),
    open: openWords(run),
    facts: facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, line(value)] as const])),
    steps: shortened(rows, (count) => [`${count} more steps: in the report`, '', '']),
    notes: shortened(notes, (count) => `${count} more notes: in the report`),
  };
}

/** What a reader of the ticket must know before anything else, while the run can still go on. */
export function openWords(run: Run): string | undefined {
  if (run.status.kind === 'ended') return undefined;
  return `This run has not ended (${resultOf(run)}). What is said here is its state at ${run.lastAt}.`;
}

function rowsOf(plan: Plan, run: Run, frame: Frame, depth: number): readonly Row[] {
  return proceduresOf(plan, frame)
    .flatMap((procedure) => procedure.steps)
    .flatMap((step) => {
      const record = stepRun(frame, step.id);
      const own: Row = [
        `${'↳ '.repeat(depth)}${line(step.title)} (${step.id})`,
        line(stateDetail(record.state)),
        record.attempts.find(({ purpose }) => purpose === 'run')?.startedAt ?? '',
      ];
      const opened = record.playbooks.flatMap((id) => run.frames[id] ?? []);
      return [own, ...opened.flatMap((playbook) => rowsOf(plan, run, playbook, depth + 1))];
    });
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
