/** What happened and what state things are in, for the three questions that are answered by choosing. */

import { frameOf } from '../core/frame.ts';
import type { Plan } from '../core/plan.ts';
import type { Attempt, Run } from '../core/run.ts';
import { durationWords, outcomeWords, purposeWord, stateDetail } from '../core/words.ts';
import { type Choosing, checkWords, subject } from './options.ts';
import { entryOf, inline, type Placed, placedSteps } from './place.ts';

/** An end in words. */
export type Ending = {
  readonly at: Placed;
  /** What it is, in capitals where it is bad: `3 migrate FAILED   exit 1 after 2.1 s`. */
  readonly title: string;
  readonly tone: 'bad' | 'warn' | 'good';
  /** What failed and where. */
  readonly what: readonly string[];
  /** What state things are in now. */
  readonly now: readonly string[];
  readonly question: string;
};

/** The end that a question is about. */
export function endingOf(plan: Plan, run: Run, question: Choosing): Ending {
  const at = subject(plan, run, question);
  switch (question.kind) {
    case 'failure':
      return failed(at);
    case 'unknown':
      return unknown(run, question, at);
    case 'return':
      return returned(plan, run, question.frame, at);
  }
}

function failed(at: Placed): Ending {
  const { step, record, label } = at;
  const last = record.attempts.filter((attempt) => attempt.purpose === 'run').at(-1);
  const failure = record.failure;
  const where = failure?.failedAt;
  return {
    at,
    tone: 'bad',
    title: `${label} ${inline(step.id)} FAILED   ${endWords(last)}`.trimEnd(),
    what: [
      inline(failure?.message ?? 'It failed.'),
      ...(failure?.error === undefined ? [] : [`error ${inline(failure.error.code)}`]),
      ...(where === undefined ? [] : [`at ${inline(step.place.path)}:${where.line}: ${inline(where.command)}`]),
      ...(last?.end?.remarks ?? []).map(inline),
    ],
    now: [...stateNow(at), ...companionEnd(record.attempts)],
    question: 'What next?',
  };
}

function stateNow({ step, record, label }: Placed): readonly string[] {
  if (record.failure?.kind === 'not-started') return [`Nothing of step ${label} ran, and nothing after it.`];
  if (step.risk === 'low') return [`Step ${label} only reads. Nothing after it has run.`];
  return [`Step ${label} may have done a part of its work. Nothing after it has run.`];
}

/** The undo or check that ran since the step failed. */
function companionEnd(attempts: readonly Attempt[]): readonly string[] {
  const last = attempts.at(-1);
  if (last === undefined || last.purpose === 'run' || last.end === undefined) return [];
  return [`Its ${purposeWord(last.purpose)} ended: ${inline(outcomeWords(last.end.outcome))}.`];
}

function unknown(run: Run, question: Extract<Choosing, { kind: 'unknown' }>, at: Placed): Ending {
  const check = checkWords(run, question.frame, question.step);
  // What still runs may have its effect yet.
  const remarks = at.record.attempts.findLast(({ purpose }) => purpose === 'run' || purpose === 'rollback')?.end?.remarks ?? [];
  return {
    at,
    tone: 'warn',
    title: `${at.label} ${inline(at.step.id)} is UNKNOWN`,
    what: [`Nobody knows whether it had its effect: ${inline(question.why)}.`, ...remarks.map(inline), ...(check === undefined ? [] : [check])],
    now: ['It may have happened in full, in part, or not at all. Nothing after it has run.'],
    question: 'What became of it?',
  };
}

function returned(plan: Plan, run: Run, frameId: number, at: Placed): Ending {
  const frame = frameOf(run, frameId);
  const steps = placedSteps(plan, run, frame);
  const says = {
    retry: `run step ${at.label} again`,
    done: `count step ${at.label} as done`,
    stop: 'stop here',
    ask: 'choose how to go on',
  }[frame.opener?.then ?? 'ask'];
  return {
    at,
    tone: 'good',
    title: `Playbook "${inline(entryOf(plan, frame)?.title ?? '')}" ended`,
    what: steps.map(({ label, step, record }) =>
      [`${label} ${inline(step.id)}`, inline(stateDetail(record.state)), endWords(record.attempts.at(-1))].filter(Boolean).join('   '),
    ),
    now: [`The playbook says: ${says}.`],
    question: `Back to step ${at.label} ${inline(at.step.id)}`,
  };
}

/** How an attempt ended and how long it took: `exit 1 after 2.1 s`. */
export function endWords(attempt: Attempt | undefined): string {
  if (attempt?.end === undefined) return '';
  const outcome = inline(outcomeWords(attempt.end.outcome));
  if (attempt.endedAt === undefined) return outcome;
  return `${outcome} after ${durationWords(Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt))}`;
}
