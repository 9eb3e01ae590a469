/** What an operator must know before a step runs, as lines of safe text: the same for frames and for line prompts. */

import { escapeText } from '../core/escape.ts';
import type { Purpose } from '../core/event.ts';
import type { Context, Question, ResolvedBlock, Since } from '../core/need.ts';
import type { Block, Companion, Plan } from '../core/plan.ts';
import type { Prose } from '../core/prose.ts';
import { routesOf } from '../core/routes.ts';
import type { Run, Value } from '../core/run.ts';
import { countOf, durationWords, originWords, purposeWord, riskWords } from '../core/words.ts';
import { endWords } from './ending.ts';
import { documentName, inline, type Placed, placed, targetTitle } from './place.ts';

/** A step as it is shown before it runs. */
export type Card = {
  readonly at: Placed;
  /** `3 drain-connections`, `undo of 3 drain-connections`, `dry run of 3 drain-connections`. */
  readonly title: string;
  readonly heading: string;
  readonly risk: string;
  /** How much the risk calls for attention. */
  readonly alarm: 'none' | 'warn' | 'bad';
  /** The author's words above the block; only for the step itself. */
  readonly prose: Prose;
  /** Language, time limit, place in the file; of a step done by hand only the place. */
  readonly header: readonly string[];
  /** The folder it runs in. */
  readonly cwd?: string;
  /** The language of the block. */
  readonly language: string;
  /** The exact bytes that will run, by line; a secret that is written out in them is masked. */
  readonly command: readonly string[];
  /** The same before values were filled in. */
  readonly raw: readonly string[];
  /** The values that were filled in, and where they came from. */
  readonly values: readonly string[];
  /** Where it acts, what happens when it fails, how it is undone and verified. */
  readonly facts: readonly string[];
  /** How its dry run ended, where that was the last thing that ran. */
  readonly tried?: string;
  /** The last run here in which it ended well, and the difference by line. */
  readonly since?: { readonly words: string; readonly diff: readonly string[] };
  readonly question: string;
};

/** The card of a step that is to be confirmed or attested. */
export function cardOf(plan: Plan, run: Run, question: Extract<Question, { kind: 'confirm' | 'attest' }>, context: Context): Card {
  const at = placed(plan, run, question.frame, question.step);
  const { step } = at;
  const { purpose, block, timeoutMs } = blockShown(plan, run, question);
  const own = purpose === 'run';
  const dry = purpose === 'dry-run';
  const { since, masked } = context;
  return {
    at,
    title: `${own ? '' : `${purposeWord(purpose)} of `}${at.label} ${inline(step.id)}`,
    heading: inline(step.title),
    risk: dry ? 'to change nothing' : riskWords(step.risk),
    alarm: dry ? 'none' : ({ low: 'none', medium: 'warn', high: 'bad' } as const)[step.risk],
    prose: own ? step.reading.above : [],
    header: question.kind === 'attest' ? [placeWords(block)] : headerOf(block, timeoutMs),
    ...(context.cwd !== undefined && question.kind === 'confirm' && { cwd: `cwd ${inline(context.cwd)}` }),
    language: block.language,
    command: commandLines(masked?.text ?? question.block.text),
    raw: commandLines(masked?.source ?? block.source),
    values: valueLines(question.block),
    facts: [...targetLines(question.block, context), ...(own ? [...stepFacts(plan, at), ...filesLine(context)] : [])],
    ...(own && triedOf(run, at)),
    ...(since !== undefined && { since: { words: sinceWords(since), diff: since.kind === 'never' ? [] : diffLines(since.diff) } }),
    question: questionOf(plan, at, question),
  };
}

/** The block that a question is about, and for how long it may run. */
export function blockShown(
  plan: Plan,
  run: Run,
  question: Extract<Question, { kind: 'confirm' | 'attest' }>,
): Companion & { readonly purpose: Purpose } {
  const { step } = placed(plan, run, question.frame, question.step);
  const purpose = question.kind === 'confirm' ? question.purpose : 'run';
  const { block, timeoutMs } = { run: step, check: step.check, rollback: step.rollback, 'dry-run': step.dryRun }[purpose] ?? step;
  return { purpose, block, timeoutMs };
}

function questionOf(plan: Plan, at: Placed, question: Extract<Question, { kind: 'confirm' | 'attest' }>): string {
  const stage = inline(plan.stage.name).toUpperCase();
  if (question.kind === 'attest') return `Do this on ${stage} by hand, then say how it went.`;
  switch (question.purpose) {
    case 'rollback':
      return `Undo step ${at.label} on ${stage}?`;
    case 'dry-run':
      return `Run the dry run of step ${at.label} on ${stage}?`;
    default:
      return `Run this on ${stage}?`;
  }
}

function headerOf(block: Block, timeoutMs: number): readonly string[] {
  return [inline([block.language, ...block.flags].join(' ')), `timeout ${durationWords(timeoutMs)}`, placeWords(block)];
}

/** `database-operations.md:64` */
function placeWords({ place }: Block): string {
  return `${documentName(place.path)}.md:${place.line}`;
}

/** The lines of a block: not even colour passes, and no character stays invisible. */
function commandLines(text: string): readonly string[] {
  return escapeText(text.replace(/\n$/u, ''), { colour: false, newlines: true }).split('\n');
}

function valueLines(block: ResolvedBlock): readonly string[] {
  return block.used.map(({ name, value }) => `{${inline(name)}} = ${shownValue(value)}   (${originWords(value.origin, inline(value.from))})`);
}

/** The text of a value on one line; never a secret. */
export function shownValue(value: Value): string {
  return 'secret' in value ? '********' : inline(value.text);
}

function targetLines(block: ResolvedBlock, { target, aws }: Context): readonly string[] {
  if (aws !== undefined)
    return [`account ${inline(aws.account)} in ${inline(aws.region)}`, ...(aws.arn === undefined ? [] : [`acting as ${inline(aws.arn)}`])];
  if (target === undefined) return block.host === undefined ? [] : [`host ${inline(block.host)}`];
  const role = { writer: 'writer', reader: 'reader', unknown: 'writer or reader not known' }[target.role];
  return [`database ${inline(target.database)} on ${inline(target.host)}:${target.port} as ${inline(target.user)} (${role})`];
}

function stepFacts(plan: Plan, at: Placed): readonly string[] {
  const { step } = at;
  const expected = step.expect.map(({ text }) => inline(text)).join('; ');
  const undo = step.rollback === undefined ? 'undo: none' : 'undo: yes';
  return [
    `if it fails: ${wayOutWords(plan, at)}   ${undo}`,
    ...(step.check === undefined && expected === ''
      ? []
      : [[step.check && 'verified by its check', expected && `output: ${expected}`].filter(Boolean).join('   ')]),
    ...(step.capture === undefined ? [] : [`its output becomes {${inline(step.capture)}}`]),
  ];
}

/** Where a failure leads: by the link of the step whatever the error is, else by the symptoms that the playbook knows. */
function wayOutWords(plan: Plan, { frame, step }: Placed): string {
  if (step.failureLink !== undefined) return `playbook entry "${targetTitle(plan, step.failureLink)}"`;
  const { document } = frame;
  const [anchor] = frame.id === 0 ? [] : frame.procedures;
  const within = anchor === undefined ? undefined : { document, anchor };
  const titles = [...new Set(routesOf(plan, document, step, within).map(({ title }) => title))];
  if (titles.length === 0) return 'no playbook entry is linked';
  return titles.length === 1 ? `playbook entry "${inline(titles.join())}", if its error fits` : `${titles.length} playbook entries, by its error`;
}

/** The end of the dry run, where nothing has run since. */
function triedOf(run: Run, { record }: Placed): Pick<Card, 'tried'> {
  const last = record.attempts.at(-1);
  return last?.purpose === 'dry-run' && last.attempt === run.attempts ? { tried: `dry run ended: ${endWords(last)}` } : {};
}

function sinceWords(since: Since): string {
  if (since.kind === 'compared') return `changed since last successful run here: ${since.lines === 0 ? 'nothing' : countOf(since.lines, 'line')}`;
  const { searched, unread } = since;
  const where = searched === undefined ? '' : ` (in the newest ${searched} runs)`;
  return `never run here${where}${unread === undefined ? '' : `; ${countOf(unread, 'record')} could not be read`}`;
}

function diffLines(diff: string): readonly string[] {
  return diff === '' ? [] : commandLines(diff);
}

/** How many file names stand on the question itself; the values have all of them. */
const fewFiles = 3;

function filesLine({ files = [] }: Context): readonly string[] {
  if (files.length === 0) return [];
  const rest = files.length > fewFiles ? `, and ${files.length - fewFiles} more` : '';
  return [`uses ${countOf(files.length, 'declared file')}: ${files.slice(0, fewFiles).map(inline).join(', ')}${rest}`];
}
