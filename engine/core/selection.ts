/** Which steps a run leaves out, and why: those of other stages, and those that were not selected. */

import type { Fact } from './event.ts';
import { groundOf, stepsOf } from './frame.ts';
import type { Plan, Step } from './plan.ts';
import type { Frame } from './run.ts';

type Skipped = Extract<Fact, { type: 'step-skipped' }>;

/** The fact that a step of a frame is skipped, where this run leaves it out. */
export function leftOut(plan: Plan, frame: Frame, step: Step): Skipped | undefined {
  const skipped = (by: 'stage' | 'selection', reason: string): Skipped => ({ type: 'step-skipped', frame: frame.id, step: step.id, by, reason });
  if (step.stages !== undefined && !step.stages.includes(plan.stage.name)) return skipped('stage', `only on ${step.stages.join(', ')}`);
  const { from, to, only, readOnly } = plan.selection;
  if (readOnly && step.risk !== 'low') return skipped('selection', '--read-only');
  // The selection names steps of the document that was asked for; what its ground and its failures need is not left out.
  if (frame.id !== 0 || groundOf(plan, frame).includes(step)) return undefined;
  const order = stepsOf(plan, frame).map((other) => other.id);
  const at = order.indexOf(step.id);
  if (only !== undefined && !only.includes(step.id)) return skipped('selection', `--only ${only.join(',')}`);
  if (from !== undefined && at < order.indexOf(from)) return skipped('selection', `--from ${from}`);
  if (to !== undefined && at > order.indexOf(to)) return skipped('selection', `--to ${to}`);
  return undefined;
}
