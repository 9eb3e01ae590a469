/** What a run still needs of its documents and no longer finds there, because they were changed while it was under way. */

import { openFrames, settled, stepsOf } from './frame.ts';
import type { Need } from './need.ts';
import type { Plan } from './plan.ts';
import type { Frame, Run, StepRun } from './run.ts';
import { sections } from './variables.ts';

/** The first thing that is missing, in words. Going on would drop a procedure that was chosen, or a failure, without a word. */
export function lost(plan: Plan, run: Run): Need | undefined {
  for (const frame of openFrames(run)) {
    const what = missingIn(plan, frame);
    if (what !== undefined) return { kind: 'impossible', message: `${what}, and this run is not done with it.`, hint: 'Put it back as it was.' };
  }
  return undefined;
}

function missingIn(plan: Plan, frame: Frame): string | undefined {
  const { document: path } = frame;
  const document = plan.documents[path];
  if (document === undefined) return `No step or front matter leads to ${path} any more`;
  const anchors = sections(document).map((procedure) => procedure.anchor);
  const anchor = frame.procedures.find((wanted) => !anchors.includes(wanted));
  if (anchor !== undefined) return `${path} no longer has the procedure #${anchor}`;
  const steps = new Set(stepsOf(plan, frame).map((step) => step.id));
  const step = Object.entries(frame.steps).find(([id, record]) => !steps.has(id) && begun(record));
  return step === undefined ? undefined : `${path} no longer has the step ${step[0]}`;
}

/** True when something of a step is left to be done that has been done in part. */
function begun(record: StepRun): boolean {
  return !settled(record) && (record.state.kind !== 'pending' || record.failure !== undefined);
}
