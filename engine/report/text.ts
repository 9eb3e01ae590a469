/** The report as plain lines of text, for a pager or a ticket system that knows no markup. */

import stringWidth from 'fast-string-width';
import { escapeText } from '../core/escape.ts';
import { confirmedWords, durationWords, purposeWord } from '../core/words.ts';
import { breakLine, fill, wrap } from '../view/layout.ts';
import { lookOf, narrowed } from '../view/look.ts';
import { drawProse } from '../view/prose.ts';
import type { Decision } from './chronicle.ts';
import { type AttemptFacts, type Facts, factsOf, type Item, type ProcedureFacts, type StepFacts, stepsIn, type Told } from './facts.ts';
import { type Evidence, tailOf } from './output.ts';

const columns = 88;

const page = lookOf({ columns, rows: 0 }, { colour: false, unicode: true });

/** The state of a step in the table of steps. */
const stateColumns = 26;

/** How much of the end of each log is shown. */
const outputCharacters = 16_000;

/** The report in pieces of lines. */
export function* textReport(told: Told, evidence: Evidence): Iterable<string> {
  const facts = factsOf(told);
  yield lines(head(facts));
  for (const procedure of facts.procedures) yield* procedurePart(procedure, '', evidence);
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line.trimEnd()}\n`).join('');
}

function head(facts: Facts): readonly string[] {
  const { run, title, resultWords, summary, decisions, notes } = facts;
  const names = summary.reduce((longest, { name }) => Math.max(longest, name.length), 0) + 2;
  return [
    ...folded(`${one(title)}: ${resultWords} on ${one(run.stage)}`, '', ''),
    '='.repeat(columns),
    ...summary.flatMap(({ name, value }) => folded(one(value), fill(name, names, page), ' '.repeat(names))),
    '',
    'STEPS',
    ...stepsIn(facts.procedures).flatMap(({ step, depth }) => tableLines(step, depth)),
    ...(decisions.length === 0 ? [] : ['', 'DECISIONS ABOUT THE RUN', ...decisions.flatMap((decision) => decisionLines(decision, ' '))]),
    ...(notes.length === 0
      ? []
      : ['', 'NOTES', ...notes.flatMap(({ at, operator, text }) => folded(`${at} ${one(operator)}: ${one(text)}`, ' - ', '   '))]),
  ];
}

/** `✔ take-snapshot   ok   14:02:33   12 s   1x`; a state that says more stands below. */
function tableLines(step: StepFacts, depth: number): readonly string[] {
  const name = `${' '.repeat(1 + 2 * Math.min(depth, 8))}${step.mark} ${one(step.id)}`;
  const took = step.tookMs === undefined ? '' : durationWords(step.tookMs);
  const facts = `${(step.startedAt ?? '').slice(11, 19).padEnd(9)} ${took.padStart(8)} ${String(step.attempts).padStart(3)}x`;
  const words = one(step.words);
  const fits = stringWidth(words) <= stateColumns;
  const row = `${fill(name, columns - stateColumns - facts.length - 3, page)}  ${fill(fits ? words : step.kind, stateColumns, page)} ${facts}`;
  return fits ? [row] : [row, ...folded(words, ' '.repeat(8), ' '.repeat(8))];
}

function* procedurePart({ title, steps }: ProcedureFacts, margin: string, evidence: Evidence): Iterable<string> {
  yield lines(['', '', ...folded(one(title).toUpperCase(), margin, margin), `${margin}${'='.repeat(columns - margin.length)}`]);
  for (const step of steps) yield* stepPart(step, margin, evidence);
}

function* stepPart(step: StepFacts, margin: string, evidence: Evidence): Iterable<string> {
  const risk = step.risk === undefined ? '' : `, risk ${step.risk}`;
  const prose = (words: StepFacts['reading'], side: 'above' | 'below') =>
    words === undefined || words[side].length === 0
      ? []
      : [...drawProse(words[side], narrowed(page, columns - margin.length - 2), true).lines.map((line) => `${margin}  ${line}`), ''];
  yield lines([
    '',
    ...folded(one(step.title), `${margin}${step.mark} `, `${margin}  `),
    `${margin}${'-'.repeat(columns - margin.length)}`,
    ...folded(`${step.id}${risk}: ${one(step.words)}`, `${margin}  `, `${margin}  `),
    ...(step.failure === undefined ? [] : folded(`It failed: ${one(step.failure)}`, `${margin}  `, `${margin}  `)),
    '',
    ...prose(step.reading, 'above'),
    ...(step.instructions === undefined ? [] : ['To be done by hand:', ...block(step.instructions, `${margin}    `)]),
  ]);
  for (const item of step.items) yield* itemPart(item, margin, evidence);
  if (step.attempts > 0) yield lines(prose(step.reading, 'below'));
}

function* itemPart(item: Item, margin: string, evidence: Evidence): Iterable<string> {
  if (item.kind === 'decision') yield lines(decisionLines(item, `${margin}  `));
  if (item.kind === 'attempt') yield lines(attemptLines(item, `${margin}  `, evidence));
  if (item.kind !== 'playbook') return;
  const inner = margin.length < 16 ? `${margin}  | ` : margin;
  const why = item.why.length === 0 ? '' : ` (${one(item.why.join(', '))})`;
  const entered = `Entered ${item.enteredAt} by ${one(item.by)}${why}; ${one(item.left)}. From ${one(item.document)}.`;
  yield lines(['', ...folded(`Playbook: ${one(item.title)}`, inner, inner), ...folded(entered, inner, inner)]);
  for (const { steps } of item.procedures) for (const step of steps) yield* stepPart(step, inner, evidence);
  yield lines(['']);
}

function decisionLines({ at, by, words }: Decision, margin: string): readonly string[] {
  return folded(`${at} ${one(by)}: ${one(words)}`, `${margin}- `, `${margin}  `);
}

function attemptLines(attempt: AttemptFacts, margin: string, evidence: Evidence): readonly string[] {
  const { number, purpose, confirmed, startedAt, tookMs, words, error, failedAt, log } = attempt;
  const by = confirmed === undefined ? '' : `, ${confirmedWords(confirmed.how)} by ${one(confirmed.by)}`;
  const typed = error === undefined ? '' : `, ${one(error.code)}: ${one(error.message)}`;
  const at = failedAt === undefined ? '' : ` at ${one(failedAt)}`;
  const told = `Attempt ${number} (${purposeWord(purpose)}${by}), ${startedAt}${tookMs === undefined ? '' : `, ${durationWords(tookMs)}`}: ${one(words)}${typed}${at}`;
  const { text, cut } = tailOf(evidence.log(number), outputCharacters);
  const more = [
    ...attempt.requests.map(({ operation, id }) => `request ${operation} ${id}`),
    ...attempt.unmet.map((line) => `expected and not found: ${line}`),
    ...attempt.remarks,
    ...Object.entries(attempt.values).map(([name, value]) => `${name} = ${value}`),
    ...(log === undefined ? [] : [`log: ${log.bytes} bytes, SHA-256 ${log.sha256}`]),
  ];
  return [
    ...folded(told, margin, margin),
    '',
    ...block(evidence.block(number), `${margin}  $ `),
    ...(text === ''
      ? []
      : ['', ...(cut > 0 ? [`${margin}  > (about ${cut} bytes before this are in the log)`] : []), ...block(text, `${margin}  > `)]),
    '',
    ...more.flatMap((line) => folded(one(line), `${margin}- `, `${margin}  `)),
    '',
  ];
}

/** Lines with a mark before each, which tells a command or output from the words of the report; long ones are folded. */
function block(text: string, mark: string): readonly string[] {
  return escapeText(text, { colour: 'drop', newlines: true })
    .replace(/\n+$/, '')
    .split('\n')
    .flatMap((line) => breakLine(line, columns - mark.length).map((part) => `${mark}${part}`));
}

/** Words on lines of the report's width. */
function folded(text: string, first: string, next: string): readonly string[] {
  return wrap(text, columns - stringWidth(next)).map((line, index) => `${index === 0 ? first : next}${line}`);
}

function one(text: string): string {
  return escapeText(text, { colour: 'drop' });
}
