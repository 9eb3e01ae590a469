/**
 * Whether the events of a run follow the rules of the machine: each one has to be possible in the state that the events before it made.
 * What the machine cannot know it does not judge: an end that is told otherwise than it was is as possible as the true one.
 */

import { begin } from './apply.ts';
import { change, type Lookup, lookupIn } from './change.ts';
import { decide } from './decide.ts';
import { type Draft, draftOf } from './draft.ts';
import type { Event, Fact } from './event.ts';
import type { Answer, Need, Question } from './need.ts';
import { next } from './next.ts';
import type { Plan } from './plan.ts';
import { present } from './present.ts';
import type { Run } from './run.ts';

/** An event that was not possible where it stands: its number, from 1, and why, as a sentence. */
export type Breach = { readonly event: number; readonly what: string };

/**
 * What the rules are told by. `planOf` gives the plan for files that were accepted (SHA-256 by path) and throws where there is none; `hash` gives
 * the SHA-256 of a text as hex. With `masked`, values were masked after they were used: no block can be compared with its hash any more.
 */
export type Rules = {
  readonly planOf: (files: Run['files']) => Plan;
  readonly hash: (text: string) => string;
  readonly masked: boolean;
};

/** The events of a run that break the rules. After one of them the others are judged by the state that it made all the same. Never throws. */
export function conform(events: readonly Event[], rules: Rules): readonly Breach[] {
  const [first, ...rest] = events;
  if (first?.type !== 'run-started') return [{ event: 1, what: 'A run begins with run-started.' }];
  const breaches: Breach[] = [];
  const folders = new Set<string>();
  let now: Now | undefined;
  attempt(breaches, 1, () => {
    const lookup = lookupIn(rules.planOf(first.files));
    now = { lookup, run: draftOf(begin(lookup.plan, first)) };
    return undefined;
  });
  if (now === undefined) return breaches;
  const state: Now = now;
  for (const [index, event] of rest.entries()) {
    attempt(breaches, index + 2, () => breachOf(state, event, rules) ?? reused(folders, event));
    attempt(breaches, index + 2, () => {
      change(state.lookup, state.run, event);
      if (event.type === 'changes-accepted') state.lookup = lookupIn(rules.planOf(state.run.files));
      return undefined;
    });
  }
  return breaches;
}

/**
 * The run so far, and the documents that hold. `returned` is the question that the event before answered by leaving a playbook: whoever goes
 * from one playbook straight into another has answered one question with two events.
 */
type Now = { lookup: Lookup; readonly run: Draft; returned?: Question | undefined };

function attempt(breaches: Breach[], event: number, work: () => string | undefined): void {
  try {
    const what = work();
    if (what !== undefined) breaches.push({ event, what });
  } catch (error) {
    const what = `It cannot follow what stands before it: ${error instanceof Error ? error.message : String(error)}`;
    // Whatever could not be judged cannot be folded either, mostly for the same reason.
    if (breaches.at(-1)?.event !== event) breaches.push({ event, what });
  }
}

/** Two attempts never share a folder: the second one would have written over the first one's log. */
function reused(folders: Set<string>, event: Event): string | undefined {
  if (event.type !== 'attempt-started') return undefined;
  if (folders.has(event.folder)) return `An earlier attempt has the folder ${event.folder} already.`;
  folders.add(event.folder);
  return undefined;
}

function breachOf(now: Now, event: Event, rules: Rules): string | undefined {
  const { run, returned } = now;
  const { plan } = now.lookup;
  now.returned = undefined;
  switch (event.type) {
    case 'note-added':
    case 'record-repaired':
      return undefined;
    case 'run-started':
      return 'A run starts once.';
    case 'run-resumed':
      return run.status.kind === 'ended' ? 'The run had ended.' : undefined;
    default: {
      const need = next(plan, run);
      if (need.kind === 'nothing') return run.status.kind === 'ended' ? 'The run had ended.' : 'The run had stopped and was not resumed.';
      if (event.type === 'run-stopped') return undefined;
      if (event.type === 'playbook-left' && event.as === 'back' && need.kind === 'question') now.returned = need.question;
      const what = unneeded({ plan, run, need }, event, rules);
      if (what === undefined || event.type !== 'playbook-entered' || returned === undefined) return what;
      return entered({ plan, run, question: returned }, event, rules) ? undefined : what;
    }
  }
}

type Open = Exclude<Need, { readonly kind: 'nothing' }>;
type Moment = { readonly plan: Plan; readonly run: Run; readonly need: Open };
type Needed = Exclude<Event, { readonly type: 'run-started' | 'run-resumed' | 'run-stopped' | 'note-added' | 'record-repaired' }>;

function unneeded(moment: Moment, event: Needed, rules: Rules): string | undefined {
  const { need } = moment;
  const expected = `Expected ${needWords(need)}.`;
  // With a value masked in it a block can become one that could not be made.
  if (need.kind === 'impossible' && rules.masked) return undefined;
  switch (event.type) {
    case 'changes-accepted':
      return need.kind === 'reattachment' || need.kind === 'record' ? expected : undefined;
    case 'attempt-started':
      return need.kind === 'execution' ? started(moment.run, need, event, rules) : expected;
    case 'attempt-ended':
      return need.kind === 'reattachment' && sameSpot(need, event) && need.attempt === event.attempt ? undefined : expected;
    case 'value-given':
      return given(need, event) ? undefined : expected;
    default:
      return follows(moment, event, rules) ? undefined : expected;
  }
}

type Spot = { readonly frame: number; readonly step: string; readonly purpose: string };

function sameSpot(one: Spot, other: Spot): boolean {
  return one.frame === other.frame && one.step === other.step && one.purpose === other.purpose;
}

type Started = Extract<Event, { readonly type: 'attempt-started' }>;

function started(run: Run, need: Extract<Need, { kind: 'execution' }>, event: Started, { hash, masked }: Rules): string | undefined {
  if (!sameSpot(need, event)) return `Expected ${needWords(need)}.`;
  if (event.attempt !== run.attempts + 1) return `Expected attempt ${run.attempts + 1}, found ${event.attempt}.`;
  return masked || hash(need.block.text) === event.sha256 ? undefined : 'Its block is not what the document and the values make.';
}

function given(need: Open, { name, secret }: Extract<Event, { readonly type: 'value-given' }>): boolean {
  if (need.kind !== 'question' || need.question.kind !== 'input') return false;
  const { input } = need.question;
  return input.name === name && (input.allowed.kind === 'secret') === (secret !== undefined);
}

type Chosen = Exclude<Needed, { readonly type: 'changes-accepted' | 'attempt-started' | 'attempt-ended' | 'value-given' }>;

/** True for what follows by itself, and for what an operator could have answered to the question. */
function follows({ plan, run, need }: Moment, event: Chosen, { hash, masked }: Rules): boolean {
  if (need.kind === 'record') return isAmong(need.facts, event);
  const answer = need.kind === 'question' ? answerOf(need.question, event) : undefined;
  if (need.kind !== 'question' || answer === undefined) return false;
  const unchecked = masked && event.type === 'step-confirmed' ? () => event.sha256 : hash;
  const decision = decide(run, plan, need.question, answer, unchecked);
  return isAmong('facts' in decision ? decision.facts.slice(0, 1) : [], event);
}

type Returned = { readonly plan: Plan; readonly run: Run; readonly question: Question };

/** True where the return from a playbook, which has been left, could be answered by entering this one. */
function entered({ plan, run, question }: Returned, event: Extract<Event, { readonly type: 'playbook-entered' }>, { hash }: Rules): boolean {
  const decision = decide(run, plan, question, entering(event), hash);
  return isAmong('facts' in decision ? decision.facts.slice(1) : [], event);
}

function isAmong(facts: readonly Fact[], event: Chosen): boolean {
  return facts.some((fact) => same(essence(fact), essence(event)));
}

function entering({ target, then, why, by }: Extract<Event, { readonly type: 'playbook-entered' }>): Answer {
  return { kind: 'chosen', choice: { kind: 'playbook', suggestion: { target, title: '', then, why, byRule: false } }, by };
}

/** The answer that makes an event. None makes the end of a run: that follows by itself. */
function answerOf(question: Question, event: Chosen): Answer | undefined {
  const choose = (choice: Extract<Answer, { kind: 'chosen' }>['choice'], reason?: string): Answer => ({
    kind: 'chosen',
    choice,
    by: 'operator',
    ...(reason !== undefined && { reason }),
  });
  switch (event.type) {
    case 'step-confirmed':
      return { kind: 'run', how: event.how, ...('typed' in question && question.typed !== undefined && { typed: question.typed }) };
    case 'step-skipped':
      return { kind: 'skip', reason: event.reason };
    case 'companion-declined':
      return { kind: 'skip', reason: '' };
    case 'companion-chosen':
      return event.purpose === 'dry-run' ? { kind: 'dry-run' } : choose({ kind: event.purpose });
    case 'step-attested':
      return { kind: 'attested', done: event.done, note: event.note };
    case 'step-settled':
      return choose({ kind: 'settle', as: event.as }, event.reason);
    case 'retry-chosen':
      return choose({ kind: 'retry' });
    case 'failure-overridden':
      return choose({ kind: 'override' }, event.reason);
    case 'playbook-entered':
      return entering(event);
    case 'playbook-left':
      return choose({ kind: event.as }, event.reason);
    case 'run-ended':
      return undefined;
  }
}

/** What an event decides, without when and why: words may have been masked. */
function essence(fact: Fact): Readonly<Record<string, unknown>> {
  const left = Object.entries(fact).filter(([key]) => !['at', 'why', 'reason', 'note'].includes(key));
  // Records without a purpose are of rollbacks, and of one dry run at a time there is no doubt.
  return Object.fromEntries(fact.type === 'companion-declined' ? left.filter(([key]) => key !== 'purpose') : left);
}

/** True for equal data, in whatever order its keys stand. */
function same(one: unknown, other: unknown): boolean {
  if (!isRecord(one) || !isRecord(other)) return one === other;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What the run needs, to follow "Expected". */
function needWords(need: Open): string {
  switch (need.kind) {
    case 'execution':
      return `the start of ${spotWords(need)}`;
    case 'reattachment':
      return `the end of attempt ${need.attempt}, ${spotWords(need)}`;
    case 'record':
      return present(need.facts[0], 'A record has a fact.').type;
    case 'question':
      return questionWords(need.question);
    case 'impossible':
      return `a stop: ${need.message}`;
  }
}

function questionWords(question: Question): string {
  switch (question.kind) {
    case 'input':
      return `a value for ${question.input.name}`;
    case 'confirm':
      return `a confirmation of ${spotWords(question)} with the hash of its block, or what declines it`;
    case 'attest':
      return `a word of the operator on step ${question.step}`;
    case 'failure':
      return `a choice after the failure of step ${question.step}`;
    case 'unknown':
      return `a word on the unknown end of step ${question.step}`;
    case 'return':
      return `the return from the playbook of frame ${question.frame}`;
  }
}

function spotWords({ frame, step, purpose }: Spot): string {
  return `${purpose === 'run' ? '' : `the ${purpose} of `}step ${step}${frame === 0 ? '' : ` (frame ${frame})`}`;
}
