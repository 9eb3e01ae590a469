/** Finding one's way in a run: frames, their procedures and steps, in the order in which they run. */

import type { Document, Plan, Procedure, Step } from './plan.ts';
import { own, present } from './present.ts';
import type { Attempt, Frame, Run, StepRun, StepState } from './run.ts';
import { sections } from './variables.ts';

const untouched: StepRun = { state: { kind: 'pending' }, attempts: [], repeats: 0, playbooks: [] };

/** A frame that events name. Throws when there is none: then the journal does not belong to this engine. */
export function frameOf(run: Run, id: number): Frame {
  return present(run.frames[id], `The run has no frame ${id}.`);
}

/** A document of the plan. Throws when there is none: the plan resolves every document before the run starts. */
export function documentOf(plan: Plan, path: string): Document {
  return present(plan.documents[path], `The plan has no document ${path}.`);
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
  const steps = sections(documentOf(plan, frame.document)).flatMap((procedure) => procedure.steps);
  return present(
    steps.find((step) => step.id === id),
    `${frame.document} has no step ${id}.`,
  );
}

/** `Before you start`, where it is run: first in a runbook, never for playbook entries. */
export function beforeOf(plan: Plan, path: string): Procedure | undefined {
  const { frontMatter, before } = documentOf(plan, path);
  return frontMatter.kind === 'runbook' ? before : undefined;
}

/** The steps of a frame that test the ground: those of `Before you start`, where the frame began with it. */
export function groundOf(plan: Plan, frame: Frame): readonly Step[] {
  const before = beforeOf(plan, frame.document);
  return before !== undefined && frame.procedures.includes(before.anchor) ? before.steps : [];
}

/** How far a step has come. */
export function stepRun(frame: Frame, id: string): StepRun {
  return own(frame.steps, id) ?? untouched;
}

/** True when nothing more is to be done about a step. */
export function settled(stepRun: StepRun): boolean {
  return ['ok', 'skipped', 'recovered', 'overridden'].includes(stepRun.state.kind);
}

/** What a step is while nothing is under way for it: what it comes back to from a companion. */
export function resting(state: StepState): StepState {
  return state.kind === 'asked' || state.kind === 'confirmed' || state.kind === 'running' ? resting(state.before) : state;
}

/** The latest attempt of a step that has one. */
export function lastAttempt(record: StepRun): Attempt {
  return present(record.attempts.at(-1), 'The step has no attempt.');
}

/** The open frames, top first. */
export function openFrames(run: Run): readonly Frame[] {
  return run.stack.map((id) => frameOf(run, id)).reverse();
}

/** The step for which a playbook frame was opened. Throws for the bottom frame. */
export function openerOf(frame: Frame): NonNullable<Frame['opener']> {
  return present(frame.opener, `Frame ${frame.id} is not a playbook.`);
}
