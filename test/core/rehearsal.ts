/** A run without a world: a test says what is answered and how attempts end, the clock is a number, and every event is kept. */

import { createHash } from 'node:crypto';
import { apply, begin } from '../../engine/core/apply.ts';
import { decide } from '../../engine/core/decide.ts';
import type { AttemptEnded, Event, Fact } from '../../engine/core/event.ts';
import { frameOf, stepRun } from '../../engine/core/frame.ts';
import type { Answer, Choice, Need, Question } from '../../engine/core/need.ts';
import { next } from '../../engine/core/next.ts';
import type { Plan } from '../../engine/core/plan.ts';
import type { Run, StepRun, StepState } from '../../engine/core/run.ts';

/** What an attempt leaves behind; the rest is as after a silent success. */
export type End = Partial<Pick<AttemptEnded, 'outcome' | 'error' | 'failedAt' | 'unmet' | 'patterns' | 'values' | 'badValue'>>;

/** The end with an exit code. */
export function exit(code: number, more: End = {}): End {
  return { outcome: { kind: 'exited', code }, ...more };
}

/** The end that nobody saw. */
export const lostEnd: End = { outcome: { kind: 'lost', why: 'The machine was restarted.' } };

/** The end by the time limit. */
export const timedOut: End = { outcome: { kind: 'timed-out' } };

/** SHA-256 as hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const person = { operator: 'first', host: 'bastion', engine: '0.1.0' };

/** The fact that a run of a plan begins. */
export function started(plan: Plan): Extract<Fact, { type: 'run-started' }> {
  const { document, procedures, stage, selection } = plan;
  const { name, variables, region } = stage;
  const where = { stage: name, variables, ...(region !== undefined && { region }) };
  return { type: 'run-started', run: 'r1', document, asIs: false, procedures, selection, files: { [document]: 'v1' }, ...where, ...person };
}

/** A choice in one word. */
function word(choice: Choice): string {
  if (choice.kind === 'playbook') return `#${choice.suggestion.target.anchor}`;
  return choice.kind === 'settle' ? choice.as : choice.kind;
}

/** Drives one run by hand. Facts that follow by themselves are recorded at once. */
export class Rehearsal {
  readonly events: Event[] = [];
  plan: Plan;
  run: Run;
  #now = Date.parse('2026-11-24T09:00:00.000Z');

  /** Begins a run, or goes on after the events of one. */
  constructor(plan: Plan, journal: readonly Event[] = []) {
    this.plan = plan;
    const [first, ...rest] = journal;
    const begun = first?.type === 'run-started' ? first : { ...started(plan), at: this.#time() };
    this.events.push(begun);
    this.run = begin(plan, begun);
    for (const event of rest) this.#take(event);
    if (journal.length === 0) this.#follow();
  }

  /** The same run once more, to be driven another way. */
  fork(): Rehearsal {
    const other = new Rehearsal(this.plan, this.events.slice(0, 1));
    other.events.push(...this.events.slice(1));
    other.run = this.run;
    other.#now = this.#now;
    return other;
  }

  get need(): Need {
    return next(this.plan, this.run);
  }

  get question(): Question {
    const { need } = this;
    if (need.kind !== 'question') throw new Error(`Expected a question, found ${JSON.stringify(need)}.`);
    return need.question;
  }

  /** The need in a few words, such as `confirm apply-migrations`. */
  get now(): string {
    const { need } = this;
    if (need.kind === 'execution' || need.kind === 'reattachment') return `${need.kind} ${need.step} ${need.purpose}`;
    if (need.kind !== 'question') return need.kind === 'nothing' ? this.run.status.kind : need.kind;
    const { question } = need;
    if (question.kind === 'input') return `input ${question.input.name}`;
    if (question.kind === 'return') return `return ${question.frame}`;
    return question.kind === 'confirm' && question.purpose !== 'run'
      ? `confirm ${question.step} ${question.purpose}`
      : `${question.kind} ${question.step}`;
  }

  /** The choices in words, the suggested one first. */
  get choices(): readonly string[] {
    const { question } = this;
    return 'choices' in question ? question.choices.map(word) : [];
  }

  /** Gives an answer that must be taken. */
  answer(answer: Answer): this {
    const decision = decide(this.run, this.plan, this.question, answer, sha256);
    if ('refused' in decision) throw new Error(decision.refused);
    return this.record(...decision.facts);
  }

  /** Gives an answer that must be refused, and gives the words of the refusal. */
  refused(answer: Answer): string {
    const decision = decide(this.run, this.plan, this.question, answer, sha256);
    if ('facts' in decision) throw new Error(`The answer was taken: ${JSON.stringify(decision.facts)}`);
    return decision.refused;
  }

  confirm(): this {
    const { question } = this;
    return this.answer({ kind: 'run', how: 'key', ...(question.kind === 'confirm' && question.typed !== undefined && { typed: question.typed }) });
  }

  choose(wanted: string, reason?: string): this {
    const { question } = this;
    const choice = 'choices' in question ? question.choices.find((candidate) => word(candidate) === wanted) : undefined;
    if (choice === undefined) throw new Error(`${wanted} is not among ${this.choices.join(', ')} (${this.now}).`);
    return this.answer({ kind: 'chosen', choice, by: 'operator', ...(reason !== undefined && { reason }) });
  }

  skip(reason = 'not wanted'): this {
    return this.answer({ kind: 'skip', reason });
  }

  value(text: string): this {
    return this.answer({ kind: 'value', text, from: 'a person' });
  }

  attest(done: boolean, note = 'seen to it'): this {
    return this.answer({ kind: 'attested', done, note });
  }

  /** Starts the attempt that is needed, when its time has come. */
  start(): this {
    const { need } = this;
    if (need.kind !== 'execution') throw new Error(`Expected an execution, found ${this.now}.`);
    const { frame, step, purpose, block, notBefore } = need;
    if (notBefore !== undefined) this.#now = Math.max(this.#now, Date.parse(notBefore));
    const attempt = this.run.attempts + 1;
    return this.record({ type: 'attempt-started', frame, step, purpose, attempt, folder: `attempts/${attempt}`, sha256: sha256(block.text) });
  }

  /** Ends the attempt that runs. */
  finish(end: End = {}, tookMs = 1000): this {
    const { need } = this;
    if (need.kind !== 'reattachment') throw new Error(`Expected a running attempt, found ${this.now}.`);
    const { frame, step, purpose, attempt } = need;
    this.#now += tookMs;
    return this.record({
      type: 'attempt-ended',
      frame,
      step,
      purpose,
      attempt,
      outcome: { kind: 'exited', code: 0 },
      unmet: [],
      patterns: [],
      values: {},
      remarks: [],
      log: { bytes: 0, sha256: sha256('') },
      ...end,
    });
  }

  /** Confirms where that is asked, starts, and ends with `end`. */
  does(end: End = {}, tookMs?: number): this {
    if (this.need.kind === 'question') this.confirm();
    return this.start().finish(end, tookMs);
  }

  stop(): this {
    return this.answer({ kind: 'stop', because: 'operator' });
  }

  resume(operator = 'second'): this {
    return this.record({ type: 'run-resumed', ...person, operator });
  }

  /** Files changed and that was accepted; from now on `plan` holds. */
  accept(plan: Plan = this.plan, files: readonly { readonly path: string; readonly sha256?: string }[] = []): this {
    this.plan = plan;
    return this.record({ type: 'changes-accepted', files });
  }

  record(...facts: readonly Fact[]): this {
    for (const fact of facts) this.#take({ ...fact, at: this.#time() });
    return this.#follow();
  }

  /** How far a step of a frame has come. */
  step(id: string, frame = 0): StepRun {
    return stepRun(frameOf(this.run, frame), id);
  }

  state(id: string, frame = 0): StepState {
    return this.step(id, frame).state;
  }

  /** The latest failure of a step in words. */
  failure(id: string, frame = 0): string | undefined {
    return this.step(id, frame).failure?.message;
  }

  #take(event: Event): void {
    this.events.push(event);
    this.run = apply(this.plan, this.run, event);
    this.#now = Math.max(this.#now, Date.parse(event.at));
  }

  #follow(): this {
    for (let need = this.need; need.kind === 'record'; need = this.need) for (const fact of need.facts) this.#take({ ...fact, at: this.#time() });
    return this;
  }

  #time(): string {
    this.#now += 1;
    return new Date(this.#now).toISOString();
  }
}
