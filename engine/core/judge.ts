/** What the end of an attempt means for its step. */

import type { AttemptEnded, Outcome } from './event.ts';
import type { Step } from './plan.ts';
import type { Failure, StepRun, StepState } from './run.ts';

/** What becomes of the step, and the failure where it failed. */
export type Verdict = { readonly state: StepState; readonly failure?: Failure };

/** Judges the end of an attempt of `step`. `record` is the step before the end; `at` is the time of the end (ISO 8601). */
export function judge(step: Step, record: StepRun, end: AttemptEnded, at: string): Verdict {
  const before: StepState = record.state.kind === 'running' ? record.state.before : { kind: 'pending' };
  switch (end.purpose) {
    case 'run':
      return judgeRun(step, record, end, at);
    case 'check':
      return before.kind === 'verifying' ? verify(record, end) : { state: before };
    case 'rollback':
      // A rollback whose end is not known leaves nobody sure of anything; one that failed leaves the step failed.
      return uncertain(step, end.outcome) ? { state: { kind: 'unknown', why: `its undo ${describe(end.outcome)}` } } : { state: before };
    case 'dry-run':
      return { state: before };
  }
}

function judgeRun(step: Step, record: StepRun, end: AttemptEnded, at: string): Verdict {
  if (uncertain(step, end.outcome)) return { state: { kind: 'unknown', why: `it ${describe(end.outcome)}` } };
  const failure = failureOf(end);
  if (failure === undefined) return { state: succeeded(step, record) };
  const again = repetition(step, record, end, at);
  if (again !== undefined) return { state: again };
  const polled = step.everyMs !== undefined && step.retries === 0;
  return {
    state: { kind: 'failed' },
    failure: polled ? { ...failure, kind: 'timeout', message: `It did not succeed in time. ${failure.message}` } : failure,
  };
}

/** The state of a step whose own attempt ended well. */
function succeeded(step: Step, record: StepRun): StepState {
  return step.check === undefined ? done(record) : { kind: 'verifying' };
}

/** `ok`, or `recovered` for a step that has failed before. */
function done(record: StepRun): StepState {
  if (record.failure === undefined) return { kind: 'ok' };
  return { kind: 'recovered', by: record.playbooks.length > 0 ? 'playbook' : 'retry' };
}

function verify(record: StepRun, end: AttemptEnded): Verdict {
  const { outcome } = end;
  if (outcome.kind === 'exited' && outcome.code === 0) return { state: done(record) };
  if (outcome.kind === 'exited' && outcome.code === 1) {
    const message = 'The command ended well, but its check says that the effect is not in place.';
    return { state: { kind: 'failed' }, failure: { ...describeFailure(end), kind: 'check', message } };
  }
  return { state: { kind: 'unknown', why: `the command ended well, but its check cannot tell (it ${describe(outcome)})` } };
}

/** True when nobody can know from the end whether the step had its effect. A step that only reads is simply failed. */
function uncertain(step: Step, outcome: Outcome): boolean {
  if (outcome.kind === 'lost') return true;
  return (outcome.kind === 'timed-out' || outcome.kind === 'stopped') && step.risk !== 'low';
}

function failureOf(end: AttemptEnded): Failure | undefined {
  const common = describeFailure(end);
  const { outcome } = end;
  switch (outcome.kind) {
    case 'exited':
      if (outcome.code !== 0)
        return { ...common, kind: 'exit', code: outcome.code, message: end.error?.message ?? `It ended with exit code ${outcome.code}.` };
      if (end.badValue !== undefined) return { ...common, kind: 'value', message: end.badValue };
      if (end.unmet.length > 0) return { ...common, kind: 'expect', message: `Its output is not as expected: ${end.unmet.join('; ')}` };
      return undefined;
    case 'signalled':
      return { ...common, kind: 'signal', message: `It was ended by ${outcome.signal}.` };
    case 'timed-out':
      return { ...common, kind: 'timeout', message: 'Its time was up.' };
    case 'stopped':
      return { ...common, kind: 'stopped', message: 'It was stopped by the operator.' };
    case 'not-started':
      return { ...common, kind: 'not-started', message: outcome.why };
    case 'lost':
      return { ...common, kind: 'settled', message: outcome.why };
  }
}

function describeFailure(end: AttemptEnded): Pick<Failure, 'error' | 'failedAt' | 'patterns'> {
  return {
    patterns: end.patterns,
    ...(end.error !== undefined && { error: end.error }),
    ...(end.failedAt !== undefined && { failedAt: end.failedAt }),
  };
}

/** The failure of a step whose end was unknown and that, as the operator says, had no effect. */
export function settledFailure(record: StepRun, reason: string): Failure {
  const end = record.attempts.filter((attempt) => attempt.purpose === 'run').at(-1)?.end;
  const seen = end === undefined ? undefined : failureOf(end);
  return { kind: 'settled', patterns: [], ...seen, message: reason === '' ? (seen?.message ?? 'It did not happen.') : reason };
}

/** Whether a step that only reads is repeated without asking, and when. */
function repetition(step: Step, record: StepRun, end: AttemptEnded, at: string): StepState | undefined {
  if (step.risk !== 'low' || (step.retries === 0 && step.everyMs === undefined)) return undefined;
  if (end.outcome.kind === 'stopped' || end.outcome.kind === 'not-started') return undefined;
  const now = Date.parse(at);
  const until = now + (step.everyMs ?? 0);
  if (step.retries > 0 ? record.repeats >= step.retries : until >= pollDeadline(step, record, now)) return undefined;
  const sha256 = record.attempts.at(-1)?.sha256 ?? '';
  return { kind: 'waiting', until: new Date(until).toISOString(), sha256 };
}

/** When a step's polls are over: its timeout counts from the first attempt since it was confirmed. */
export function pollDeadline(step: Step, record: StepRun, now: number): number {
  const first = record.attempts.at(-1 - record.repeats);
  return (first === undefined ? now : Date.parse(first.startedAt)) + step.timeoutMs;
}

/** How an attempt ended, to follow "it". */
export function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `ended with exit code ${outcome.code}`;
    case 'signalled':
      return `was ended by ${outcome.signal}`;
    case 'timed-out':
      return 'was ended because its time was up';
    case 'stopped':
      return 'was stopped by the operator';
    case 'not-started':
      return `did not start: ${outcome.why}`;
    case 'lost':
      return `may have ended or not: ${outcome.why}`;
  }
}
