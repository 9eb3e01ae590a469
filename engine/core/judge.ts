/** What the end of an attempt means for its step. */

import type { AttemptEnded, Outcome } from './event.ts';
import { lastAttempt, resting } from './frame.ts';
import type { Step } from './plan.ts';
import { present } from './present.ts';
import type { Attempt, Failure, StepRun, StepState } from './run.ts';

/** What becomes of the step, and the failure where it failed. */
export type Verdict = { readonly state: StepState; readonly failure?: Failure };

/** The end of an attempt, when it came (ISO 8601), and who made a step well again that has failed before. */
export type Ending = { readonly end: AttemptEnded; readonly at: string; readonly by: 'retry' | 'playbook' };

/** Judges the end of an attempt of `step`. `record` is the step before the end, with the attempt as its latest. */
export function judge(step: Step, record: StepRun, ending: Ending): Verdict {
  const { end } = ending;
  const before = resting(record.state);
  switch (end.purpose) {
    case 'run':
      return judgeRun(step, record, ending);
    case 'check':
      return before.kind === 'verifying' ? verify(record, ending) : { state: before };
    case 'rollback':
      // A rollback whose end is not known leaves nobody sure of anything; one that failed leaves the step failed.
      return uncertain(step, end.outcome) ? { state: { kind: 'unknown', why: `its undo ${describe(end.outcome)}` } } : { state: before };
    case 'dry-run':
      return { state: before };
  }
}

function judgeRun(step: Step, record: StepRun, ending: Ending): Verdict {
  const { end, at } = ending;
  if (uncertain(step, end.outcome)) return { state: { kind: 'unknown', why: `it ${describe(end.outcome)}` } };
  const failure = failureOf(end);
  if (failure === undefined) return { state: step.check === undefined ? wellDone(record, ending.by) : { kind: 'verifying' } };
  if (!repeatable(step, end)) return { state: { kind: 'failed' }, failure };
  const until = Date.parse(at) + (step.everyMs ?? 0);
  if (step.everyMs !== undefined && until >= pollDeadline(step, record))
    return { state: { kind: 'failed' }, failure: { ...failure, kind: 'timeout', message: `It did not succeed in time. ${failure.message}` } };
  if (step.retries > 0 && record.repeats >= step.retries) return { state: { kind: 'failed' }, failure };
  return { state: { kind: 'waiting', until: new Date(until).toISOString(), sha256: lastAttempt(record).sha256 } };
}

/** `ok`, or `recovered` for a step that has failed before. */
export function wellDone(record: StepRun, by: 'retry' | 'playbook'): StepState {
  return record.failure === undefined ? { kind: 'ok' } : { kind: 'recovered', by };
}

function verify(record: StepRun, { end, by }: Ending): Verdict {
  const { outcome } = end;
  if (outcome.kind === 'exited' && outcome.code === 0) return { state: wellDone(record, by) };
  if (outcome.kind === 'exited' && outcome.code === 1) {
    const message = 'The command ended well, but its check says that the effect is not in place.';
    return { state: { kind: 'failed' }, failure: { ...evidence(end), kind: 'check', message } };
  }
  return { state: { kind: 'unknown', why: `the command ended well, but its check cannot tell (it ${describe(outcome)})` } };
}

/**
 * True when nobody can know from the end whether the step had its effect. What a signal ended in the middle of its work could not tell how far
 * it was, whoever sent it: the engine, the system when memory ran out, another person. A step that only reads is simply failed.
 */
function uncertain(step: Step, { kind }: Outcome): boolean {
  if (kind === 'lost') return true;
  return (kind === 'timed-out' || kind === 'stopped' || kind === 'signalled') && step.risk !== 'low';
}

function failureOf(end: AttemptEnded): Failure | undefined {
  const common = evidence(end);
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

function evidence(end: AttemptEnded): Pick<Failure, 'error' | 'failedAt' | 'patterns'> {
  return {
    patterns: end.patterns,
    ...(end.error !== undefined && { error: end.error }),
    ...(end.failedAt !== undefined && { failedAt: end.failedAt }),
  };
}

/** Whether a step that only reads may be repeated without asking after this end. */
function repeatable(step: Step, { outcome }: AttemptEnded): boolean {
  if (step.risk !== 'low' || (step.retries === 0 && step.everyMs === undefined)) return false;
  return outcome.kind !== 'stopped' && outcome.kind !== 'not-started';
}

/** When a step's polls are over: its timeout counts from the first attempt since it was confirmed. */
export function pollDeadline(step: Step, record: StepRun): number {
  const first = present(record.attempts.at(-1 - record.repeats), `Step ${step.id} has fewer attempts than repetitions.`);
  return Date.parse(first.startedAt) + step.timeoutMs;
}

/** The attempt whose end is in doubt when a step is unknown: of the step itself, or of its undo. A manual step has none of its own. */
function doubtful(record: StepRun): Attempt | undefined {
  return record.attempts.findLast(({ purpose }) => purpose === 'run' || purpose === 'rollback');
}

/** True when what is unknown of a step is the end of its undo. */
export function undoInDoubt(record: StepRun): boolean {
  return doubtful(record)?.purpose === 'rollback';
}

/** The failure of a step whose end was unknown and that, as the operator says, had no effect. */
export function settledFailure(record: StepRun, reason: string): Failure {
  const end = doubtful(record)?.end;
  const seen = end === undefined ? undefined : failureOf(end);
  return { kind: 'settled', patterns: [], ...seen, message: reason };
}

/** How an attempt ended, to follow "it". */
function describe(outcome: Outcome): string {
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
