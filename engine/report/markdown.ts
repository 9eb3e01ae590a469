/** The executed runbook as markdown: a summary first, then every step with what was run and what came of it. */

import { confirmedWords, countOf, durationWords, purposeWord } from '../core/words.ts';
import type { Decision } from './chronicle.ts';
import {
  type AttemptFacts,
  attemptsOf,
  type Facts,
  factsOf,
  type PlaybookFacts,
  type ProcedureFacts,
  playbooksOf,
  type StepFacts,
  type SummaryRow,
  stepsIn,
  type Told,
} from './facts.ts';
import { type Evidence, type Tail, tailOf } from './output.ts';
import { quotedProse } from './prose-markdown.ts';
import { code, fence, words } from './quote.ts';

/** GitHub takes comments up to 65,536 characters; the summary is never cut. */
const longest = 60_000;

/** Of the whole, the table of steps may take this much, the decisions and notes of the run this much each. */
const longestTable = 30_000;
const longestList = 6_000;

/** How much the details of the steps tell: each gives way to the next where it does not fit. */
type Detail = { readonly output: number; readonly prose: boolean; readonly blocks: boolean; readonly quiet: boolean };

const details: readonly Detail[] = [
  { output: 8000, prose: true, blocks: true, quiet: true },
  { output: 2000, prose: true, blocks: true, quiet: true },
  { output: 500, prose: true, blocks: true, quiet: true },
  { output: 500, prose: false, blocks: true, quiet: true },
  { output: 0, prose: false, blocks: true, quiet: true },
  { output: 2000, prose: false, blocks: true, quiet: false },
  { output: 500, prose: false, blocks: true, quiet: false },
  { output: 0, prose: false, blocks: false, quiet: false },
];

/** The report of a run. Under 60,000 characters whatever was printed: logs give way first, then the details of steps that ended well. */
export function markdownReport(told: Told, evidence: Evidence): string {
  const facts = factsOf(told);
  const head = summary(facts);
  const tails = new Map<number, Tail>();
  // Each level of detail asks again for the ends of the same logs.
  const tail = (attempt: number): Tail => {
    const known = tails.get(attempt) ?? tailOf(evidence.log(attempt), Number(details[0]?.output));
    tails.set(attempt, known);
    return known;
  };
  for (const detail of details) {
    const page: Page = { lines: [], room: longest - head.length - 500, evidence, tail, detail };
    if (!proceduresInto(page, facts.procedures, 2)) continue;
    return [head, ...page.lines, ...(detail.quiet ? [] : [leftOut(facts)])].join('\n');
  }
  return `${head}\nThe details do not fit here. ${elsewhere(facts)}\n`;
}

/** Lines that may not be longer than there is room. */
type Page = {
  readonly lines: string[];
  room: number;
  readonly evidence: Evidence;
  readonly tail: (attempt: number) => Tail;
  readonly detail: Detail;
};

/** Adds lines; false when there is no room for them. */
function add(page: Page, lines: readonly string[]): boolean {
  for (const line of lines) {
    page.room -= line.length + 1;
    if (page.room < 0) return false;
    page.lines.push(line);
  }
  return true;
}

function leftOut(facts: Facts): string {
  const hidden = stepsIn(facts.procedures).filter(({ step }) => !notable(step)).length;
  return `Left out for their length: the details of ${countOf(hidden, 'step')} that ended well, were skipped or not reached. ${elsewhere(facts)}\n`;
}

function elsewhere({ run }: Facts): string {
  return `They are in ${code(`runbook report ${run.id} --format html -o report.html`)}.`;
}

/** What somebody has to look at: it failed, recovered, is not known, or somebody decided something about it. */
function notable(step: StepFacts): boolean {
  return !['ok', 'skipped', 'open'].includes(step.kind) || step.items.some((item) => item.kind !== 'attempt');
}

function summary(facts: Facts): string {
  const { run, title, result } = facts;
  return [
    `# ${words(title)}: ${result} on ${words(run.stage)}`,
    '',
    '| | |',
    '| --- | --- |',
    ...facts.summary.map((row) => `| ${row.name} | ${rowValue(row)} |`),
    '',
    '| | Step | State | Started | Took | Attempts |',
    '| --- | --- | --- | --- | --- | --- |',
    ...stepTable(facts),
    '',
    ...section('Decisions about the run', facts.decisions.map(decisionLine)),
    ...section(
      'Notes',
      facts.notes.map((note) => `- ${note.at} ${words(note.operator)}: ${words(note.text)}`),
    ),
  ].join('\n');
}

function rowValue({ value, as }: SummaryRow): string {
  if (as === 'code') return code(value, true);
  const [first = '', ...rest] = as === 'strong' ? value.split(',') : [value];
  return as === 'strong' ? [`**${words(first)}**`, ...rest.map(words)].join(', ') : words(value);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`## ${title}`, '', ...cutList(lines, longestList, '- '), ''];
}

/** The first lines that fit, and how many there are more. */
function cutList(lines: readonly string[], room: number, mark: string): readonly string[] {
  let left = room;
  const shown = lines.findIndex((line) => {
    left -= line.length + 1;
    return left < 0;
  });
  return shown === -1 ? lines : [...lines.slice(0, shown), `${mark}… and ${countOf(lines.length - shown, 'more line')}, left out for their length`];
}

type Row = { readonly line: string; readonly kind: string; readonly step?: StepFacts };

/** A row a step. Where that is too long, neighbours of which the same is to be said stand in one row; what stands out keeps its own. */
function stepTable({ procedures }: Facts): readonly string[] {
  const all = rowsOf(procedures, 0);
  const lines = all.map(({ line }) => line);
  if (lengthOf(lines) <= longestTable) return lines;
  const groups: Row[][] = [];
  for (const row of all) {
    const before = groups.at(-1);
    if (row.step !== undefined && !notable(row.step) && before?.[0]?.kind === row.kind) before.push(row);
    else groups.push([row]);
  }
  const folded = groups.map((group) => {
    const [first, last] = [group[0]?.step, group.at(-1)?.step];
    if (first === undefined || last === undefined || group.length === 1) return group[0]?.line ?? '';
    return `| ${first.mark} | ${group.length} steps, ${code(first.id, true)} to ${code(last.id, true)} | ${words(first.words)} | ${first.startedAt ?? ''} | | |`;
  });
  return cutList(folded, longestTable, '| | ').map((line) => (line.startsWith('| | …') ? `${line} | | | | |` : line));
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

/** The rows of a playbook's steps follow the step that it was opened for. */
function rowsOf(procedures: readonly ProcedureFacts[], depth: number): readonly Row[] {
  const inner = (text: string, deep: number) => `${'↳ '.repeat(Math.min(deep, 8))}${text}`;
  return procedures.flatMap(({ steps }) =>
    steps.flatMap((step): readonly Row[] => {
      const name = inner(`${words(step.title)} (${code(step.id, true)})`, depth);
      const took = step.tookMs === undefined ? '' : durationWords(step.tookMs);
      const state = standsOut(step) ? `**${words(step.words)}**` : words(step.words);
      const line = `| ${step.mark} | ${name} | ${state} | ${step.startedAt ?? ''} | ${took} | ${step.attempts} |`;
      const playbooks = playbooksOf(step).flatMap((playbook): readonly Row[] => [
        {
          kind: 'playbook',
          line: `| | ${inner(`playbook ${words(playbook.title)}`, depth + 1)}${whyOf(playbook)} | ${words(playbook.left)} | ${playbook.enteredAt} | | |`,
        },
        ...rowsOf(playbook.procedures, depth + 1),
      ]);
      return [{ kind: `${step.mark} ${step.words}`, line, step }, ...playbooks];
    }),
  );
}

function standsOut({ kind }: StepFacts): boolean {
  return kind !== 'ok' && kind !== 'open';
}

function whyOf({ why }: PlaybookFacts): string {
  return why.length === 0 ? '' : ` (${words(why.join(', '))})`;
}

function decisionLine({ at, by, words: what }: Decision): string {
  return `- ${at} ${words(by)}: ${words(what)}`;
}

function proceduresInto(page: Page, procedures: readonly ProcedureFacts[], level: number): boolean {
  return procedures.every((procedure) => {
    const steps = page.detail.quiet ? procedure.steps : procedure.steps.filter(notable);
    if (steps.length === 0) return true;
    return add(page, [`${hashes(level)} ${words(procedure.title)}`, '']) && steps.every((step) => stepInto(page, step, level + 1));
  });
}

/** Markdown has six levels of headings. */
function hashes(level: number): string {
  return '#'.repeat(Math.min(level, 6));
}

function stepInto(page: Page, step: StepFacts, level: number): boolean {
  const risk = step.risk === undefined ? '' : `, risk ${step.risk}`;
  const failure = step.failure === undefined ? '' : ` It failed: ${words(step.failure)}`;
  const { prose } = page.detail;
  return (
    add(page, [`${hashes(level)} ${step.mark} ${words(step.title)}`, '', `${code(step.id)}${risk}, ${words(step.words)}.${failure}`, '']) &&
    add(page, prose && step.reading !== undefined ? quotedProse(step.reading.above) : []) &&
    add(page, step.instructions === undefined ? [] : ['To be done by hand:', '', ...fence(step.instructions, 'text')]) &&
    step.items.every((item, index) => {
      if (item.kind === 'playbook') return playbookInto(page, item, level + 1);
      const back = step.items[index - 1]?.kind === 'playbook' ? [`${hashes(level + 1)} Back to ${words(step.title)}`, ''] : [];
      return add(page, [...back, ...(item.kind === 'decision' ? [decisionLine(item), ''] : attemptLines(page, item))]);
    }) &&
    add(page, prose && step.reading !== undefined && attemptsOf(step).length > 0 ? quotedProse(step.reading.below) : [])
  );
}

function playbookInto(page: Page, playbook: PlaybookFacts, level: number): boolean {
  const entered = `Entered ${playbook.enteredAt} by ${words(playbook.by)}${whyOf(playbook)}; ${words(playbook.left)}. From ${code(playbook.document)}.`;
  const steps = playbook.procedures.flatMap((procedure) => procedure.steps).filter((step) => page.detail.quiet || notable(step));
  return (
    add(page, [`${hashes(level)} Playbook: ${words(playbook.title)}`, '', entered, '']) && steps.every((step) => stepInto(page, step, level + 1))
  );
}

function attemptLines(page: Page, attempt: AttemptFacts): readonly string[] {
  const { detail, evidence } = page;
  const { number, purpose, confirmed, startedAt, tookMs, words: ended, error, failedAt, log } = attempt;
  const took = tookMs === undefined ? '' : `, ${durationWords(tookMs)}`;
  const by = confirmed === undefined ? '' : `, ${confirmedWords(confirmed.how)} by ${words(confirmed.by)}`;
  const typed = error === undefined ? '' : `, ${code(error.code)}: ${words(error.message)}`;
  const { text, cut } = page.tail(number);
  const shown = detail.output === 0 ? '' : text.slice(-detail.output);
  const before = cut + Buffer.byteLength(text) - Buffer.byteLength(shown);
  return [
    `Attempt ${number} (${purposeWord(purpose)}${by}), ${startedAt}${took}: ${words(ended)}${typed}${failedAt === undefined ? '' : ` at ${code(failedAt)}`}`,
    '',
    ...(detail.blocks ? fence(evidence.block(number), attempt.language) : []),
    ...(shown.trim() === '' ? [] : outputLines(shown, before)),
    ...attempt.requests.map(({ operation, id }) => `- request ${code(operation)} ${code(id)}`),
    ...attempt.unmet.map((line) => `- expected and not found: ${code(line)}`),
    ...attempt.remarks.map((remark) => `- ${words(remark)}`),
    ...Object.entries(attempt.values).map(([name, value]) => `- ${code(name)} = ${code(value)}`),
    ...(log === undefined ? [] : [`- log: ${log.bytes} bytes, SHA-256 ${code(log.sha256)}`]),
    '',
  ];
}

function outputLines(shown: string, before: number): readonly string[] {
  const cut = before > 0 ? [`About ${before} bytes before this are in the log.`, ''] : [];
  return ['<details><summary>Output</summary>', '', ...cut, ...fence(shown, 'text'), '</details>', ''];
}
