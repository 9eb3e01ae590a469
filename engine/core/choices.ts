/** What an operator is offered after a failure, an unknown end or a playbook. The first choice is the suggested one. */

import { offered, type Spot } from './block.ts';
import { lastAttempt, openerOf, stepRun } from './frame.ts';
import { undoInDoubt } from './judge.ts';
import type { Choice } from './need.ts';
import type { Plan } from './plan.ts';
import type { Frame, Run, StepRun } from './run.ts';
import { suggest } from './suggest.ts';

/** After a failure: playbook entries first. */
export function failureChoices(spot: Spot): readonly Choice[] {
  const { plan, run, frame, step } = spot;
  const rollback: readonly Choice[] = offered(spot, 'rollback') ? [{ kind: 'rollback' }] : [];
  const back: readonly Choice[] = frame.opener === undefined ? [] : [{ kind: 'back' }];
  return [...playbooks(plan, run, frame.id, step.id), { kind: 'retry' }, ...rollback, { kind: 'override' }, ...back, { kind: 'stop' }];
}

/** After an unknown end: what the check says comes first; without its word, looking comes before saying. */
export function unknownChoices(spot: Spot): readonly Choice[] {
  const record = stepRun(spot.frame, spot.step.id);
  const happened: Choice = { kind: 'settle', as: 'happened' };
  const not: Choice = { kind: 'settle', as: 'did-not-happen' };
  const rest: readonly Choice[] = [{ kind: 'settle', as: 'run-again' }, { kind: 'stop' }];
  const check: readonly Choice[] = offered(spot, 'check') ? [{ kind: 'check' }] : [];
  const inPlace = effectInPlace(record);
  if (inPlace === undefined) return [...check, not, happened, ...rest];
  // The effect of a step that is in place was not undone.
  const word = inPlace !== undoInDoubt(record) ? [happened, not] : [not, happened];
  return [...word, ...check, ...rest];
}

/** What the check says, where it was the last to be asked and could tell. */
function effectInPlace(record: StepRun): boolean | undefined {
  const { purpose, end } = lastAttempt(record);
  if (purpose !== 'check' || end?.outcome.kind !== 'exited' || end.outcome.code > 1) return undefined;
  return end.outcome.code === 0;
}

/** After a playbook: what its Symptoms table says comes first. */
export function returnChoices(plan: Plan, run: Run, frame: Frame): readonly Choice[] {
  const opener = openerOf(frame);
  const others = playbooks(plan, run, opener.frame, opener.step);
  const all: readonly Choice[] = [{ kind: 'retry' }, { kind: 'done' }, ...others, { kind: 'back' }, { kind: 'stop' }];
  return all.toSorted((a, b) => Number(b.kind === opener.then) - Number(a.kind === opener.then));
}

function playbooks(plan: Plan, run: Run, frame: number, step: string): readonly Choice[] {
  return suggest(plan, run, frame, step).map((suggestion) => ({ kind: 'playbook', suggestion }));
}
