/** Finding one's way in a run: frames, their procedures and steps, in the order in which they run. */

import type { Document, Plan, Procedure, Step } from './plan.ts';
import type { Frame, Run, StepRun } from './run.ts';
import { sections } from './variables.ts';

const untouched: StepRun = { state: { kind: 'pending' }, attempts: [], repeats: 0, playbooks: [] };

/** A frame that events name. Throws when there is none: then the journal does not belong to this engine. */
export function frameOf(run: Run, id: number): Frame {
  const frame = run.frames[id];
  if (frame === undefined) throw new Error(`The run has no frame ${id}.`);
  return frame;
}

/** A document of the plan. Throws when there is none: the plan resolves every document before the run starts. */
export function documentOf(plan: Plan, path: string): Document {
  const document = plan.documents[path];
  if (document === undefined) throw new Error(`The plan has no document ${path}.`);
  return document;
}

/** The procedures of a frame, in the order in which they run. One that the document has lost is left out. */
export function proceduresOf(plan: Plan, frame: Frame): readonly Procedure[] {
  const all = sections(documentOf(plan, frame.document));
  return frame.procedures.flatMap((anchor) => all.filter((procedure) => procedure.anchor === anchor));
}

/** The steps of a frame, in the order in which they run. */
export function stepsOf(plan: Plan, frame: Frame): readonly Step[] {
  return proceduresOf(plan, frame).flatMap((procedure) => procedure.steps);
}

/** A step of a frame by its id. Throws when the document does not have it. */
export function stepOf(plan: Plan, frame: Frame, id: string): Step {
  const step = sections(documentOf(plan, frame.document))
    .flatMap((procedure) => procedure.steps)
    .find((candidate) => candidate.id === id);
  if (step === undefined) throw new Error(`${frame.document} has no step ${id}.`);
  return step;
}

/** How far a step has come. */
export function stepRun(frame: Frame, id: string): StepRun {
  return frame.steps[id] ?? untouched;
}

/** True when nothing more is to be done about a step. */
export function settled(stepRun: StepRun): boolean {
  return ['ok', 'skipped', 'recovered', 'overridden'].includes(stepRun.state.kind);
}

/** The open frames, top first. */
export function openFrames(run: Run): readonly Frame[] {
  return run.stack.map((id) => frameOf(run, id)).reverse();
}
