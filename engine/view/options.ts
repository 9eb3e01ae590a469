/** What an operator can choose after a failure, an unknown end or a playbook, in words. */

import type { Outcome } from '../core/event.ts';
import { frameOf, stepRun } from '../core/frame.ts';
import { undoInDoubt } from '../core/judge.ts';
import type { Choice, Question } from '../core/need.ts';
import type { Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { countOf } from '../core/words.ts';
import { fits } from './find.ts';
import { inline, type Placed, placed } from './place.ts';

/** A question that is answered by one of its choices. */
export type Choosing = Extract<Question, { kind: 'failure' | 'unknown' | 'return' }>;

/** A choice in words: what it does, and what to know before choosing it. */
export type Option = { readonly choice: Choice; readonly label: string; readonly hint: string; readonly needsReason: boolean };

/** The least number of characters of a reason: enough to be one. */
export const reasonLength = 10;

/** The step that the choices are about: the failed one, also when its playbook has ended. */
export function subject(plan: Plan, run: Run, question: Choosing): Placed {
  if (question.kind !== 'return') return placed(plan, run, question.frame, question.step);
  const opener = frameOf(run, question.frame).opener;
  if (opener === undefined) throw new Error(`Frame ${question.frame} is not a playbook.`);
  return placed(plan, run, opener.frame, opener.step);
}

/** The choices of a question in their order; the first one is the suggested one. */
export function optionsOf(plan: Plan, run: Run, question: Choosing): readonly Option[] {
  const about = subject(plan, run, question);
  return question.choices.map((choice) => {
    const needsReason = choice.kind === 'override' || choice.kind === 'settle' || (choice.kind === 'done' && question.choices[0] !== choice);
    const { label, hint } = wordsOf(plan, run, question, choice, about);
    return { choice, label, hint: needsReason ? `${hint}; needs a reason` : hint, needsReason };
  });
}

/** So many choices have a digit of their own. */
export const digits = 9;

/** The values that an input can be chosen from, as far as they fit the filter; none where it is typed. */
export function choicesOf(question: Question | undefined, filter: string): readonly string[] {
  if (question?.kind !== 'input' || question.input.allowed.kind !== 'choices') return [];
  return question.input.allowed.choices.filter((choice) => fits(choice, filter));
}

type Words = { readonly label: string; readonly hint: string };

function wordsOf(plan: Plan, run: Run, question: Choosing, choice: Choice, about: Placed): Words {
  switch (choice.kind) {
    case 'playbook': {
      const { suggestion } = choice;
      const entry = plan.documents[suggestion.target.document]?.procedures.find(({ anchor }) => anchor === suggestion.target.anchor);
      const length = entry === undefined ? '' : `; ${countOf(entry.steps.length, 'step')}`;
      return { label: `Playbook: ${inline(suggestion.title)}`, hint: `fits ${inline(suggestion.why.join(', '))}${length}` };
    }
    case 'retry':
      return { label: `Run step ${about.label} again`, hint: `attempt ${runsOf(about) + 1}; you confirm it again` };
    case 'rollback':
      return { label: `Undo step ${about.label}`, hint: `you confirm it first: ${inline(about.step.rollback?.block.source.split('\n')[0] ?? '')}` };
    case 'override':
      return { label: 'Go on although it failed', hint: 'the run ends with exceptions' };
    case 'done':
      return { label: `Count step ${about.label} as done`, hint: 'the playbook did its work' };
    case 'back':
      return { label: 'Leave the playbook', hint: `back to the choices for step ${leftFor(plan, run, question, about)}` };
    case 'check':
      return { label: 'Run its check', hint: 'only reads; tells whether the effect is in place' };
    case 'settle':
      if (undoInDoubt(about.record))
        return {
          happened: { label: 'It was undone', hint: `step ${about.label} stays failed` },
          'did-not-happen': { label: 'It was not undone', hint: `step ${about.label} stays failed` },
          'run-again': { label: 'Undo it again', hint: 'you confirm it again' },
        }[choice.as];
      return {
        happened: { label: 'It happened', hint: 'counts as done' },
        'did-not-happen': { label: 'It did not happen', hint: 'counts as failed' },
        'run-again': { label: 'Run it again', hint: 'you confirm it again' },
      }[choice.as];
    case 'stop':
      return { label: 'Stop here', hint: 'the run can be resumed' };
  }
}

function runsOf({ record }: Placed): number {
  return record.attempts.filter((attempt) => attempt.purpose === 'run').length;
}

/** The step that a playbook was opened for, seen from a question inside it or at its end. */
function leftFor(plan: Plan, run: Run, question: Choosing, about: Placed): string {
  const opener = frameOf(run, question.frame).opener;
  return question.kind === 'return' || opener === undefined ? about.label : placed(plan, run, opener.frame, opener.step).label;
}

/** What the last check of a step said, where it has one. */
export function checkWords(run: Run, frame: number, step: string): string | undefined {
  const last = stepRun(frameOf(run, frame), step)
    .attempts.filter((attempt) => attempt.purpose === 'check')
    .at(-1)?.end?.outcome;
  return last === undefined ? undefined : `Its check says: ${checkSaid(last)}.`;
}

/** What the end of a check says. */
export function checkSaid(outcome: Outcome): string {
  if (outcome.kind !== 'exited' || outcome.code > 1) return 'cannot tell';
  return outcome.code === 0 ? 'the effect is in place' : 'the effect is not in place';
}
