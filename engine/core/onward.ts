/** Running on: which questions an operator may have answered before they are asked. */

import { frameOf, proceduresOf, stepOf } from './frame.ts';
import type { Question } from './need.ts';
import type { Plan } from './plan.ts';
import { present } from './present.ts';
import type { Run } from './run.ts';

/** A procedure of a frame: as far as it, an operator runs on. */
export type Stretch = { readonly frame: number; readonly anchor: string };

/** True for a step that only reads and wants nothing typed and no terminal: it may run without having been shown. */
export function runsOnward(plan: Plan, run: Run, question: Question): boolean {
  if (question.kind !== 'confirm' || question.purpose !== 'run' || question.typed !== undefined) return false;
  const { risk, tty } = stepOf(plan, frameOf(run, question.frame), question.step);
  return risk === 'low' && !tty;
}

/** The procedure in which an operator may run on from a question; undefined where running on is not offered. */
export function stretchOf(plan: Plan, run: Run, question: Question): Stretch | undefined {
  if (question.kind !== 'confirm' || !runsOnward(plan, run, question)) return undefined;
  const { frame, step } = question;
  const procedure = proceduresOf(plan, frameOf(run, frame)).find(({ steps }) => steps.some(({ id }) => id === step));
  return { frame, anchor: present(procedure, `Step ${step} is in no procedure of its frame.`).anchor };
}

/** True when a question lies in a stretch and its step may run without having been shown. */
export function within(stretch: Stretch, plan: Plan, run: Run, question: Question): boolean {
  const own = stretchOf(plan, run, question);
  return own?.frame === stretch.frame && own.anchor === stretch.anchor;
}
