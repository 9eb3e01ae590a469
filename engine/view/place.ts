/** Where in a run a step is: its number, its document, and the words for both. */

import { escapeText } from '../core/escape.ts';
import { documentOf, frameOf, proceduresOf, stepOf, stepRun, stepsOf } from '../core/frame.ts';
import type { Plan, Procedure, Step, Target } from '../core/plan.ts';
import type { Frame, Run, StepRun } from '../core/run.ts';

/** One line of text that is not ours, with nothing in it that could steer a terminal. */
export function inline(text: string): string {
  return escapeText(text, { colour: false });
}

/** A step in its frame. */
export type Placed = {
  readonly frame: Frame;
  readonly step: Step;
  readonly record: StepRun;
  /** Its number from 1, in a playbook after that of the step it was opened for: `3`, `3.1`. */
  readonly label: string;
  /** The label among all of its frame: `3/7`, `3.1/3.4`. */
  readonly ofAll: string;
};

/** The step that a question or an event names. */
export function placed(plan: Plan, run: Run, frameId: number, stepId: string): Placed {
  const frame = frameOf(run, frameId);
  const steps = stepsOf(plan, frame);
  const number = steps.findIndex((step) => step.id === stepId) + 1;
  const label = labelOf(plan, run, frame, number);
  const ofAll = `${label}/${labelOf(plan, run, frame, steps.length)}`;
  return { frame, step: stepOf(plan, frame, stepId), record: stepRun(frame, stepId), label, ofAll };
}

/** Every step of a frame, in order. */
export function placedSteps(plan: Plan, run: Run, frame: Frame): readonly Placed[] {
  return stepsOf(plan, frame).map((step) => placed(plan, run, frame.id, step.id));
}

function labelOf(plan: Plan, run: Run, frame: Frame, number: number): string {
  if (frame.opener === undefined) return String(number);
  return `${placed(plan, run, frame.opener.frame, frame.opener.step).label}.${number}`;
}

/** The name of a document: its file's name without the extension. */
export function documentName(path: string): string {
  return inline(path.slice(path.lastIndexOf('/') + 1).replace(/\.md$/u, ''));
}

/** The title of a playbook entry or procedure. */
export function targetTitle(plan: Plan, target: Target): string {
  const document = plan.documents[target.document];
  return inline(document?.procedures.find((procedure) => procedure.anchor === target.anchor)?.title ?? target.anchor);
}

/** The playbook entry that a frame runs; undefined for the runbook itself. */
export function entryOf(plan: Plan, frame: Frame): Procedure | undefined {
  return frame.opener === undefined ? undefined : proceduresOf(plan, frame)[0];
}

/** The document's name, and behind an arrow each playbook that is open. */
export function trail(plan: Plan, run: Run, arrow: string): string {
  const names = run.stack.map((id) => {
    const frame = frameOf(run, id);
    const entry = entryOf(plan, frame);
    return entry === undefined ? documentName(documentOf(plan, frame.document).path) : inline(entry.title);
  });
  return names.join(` ${arrow} `);
}
