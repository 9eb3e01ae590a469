/** What a run needs in order to go on. Decided from the plan and the run alone, so that a resumed run goes on where it was. */

import { askFor, blockOf, companionOf, type Spot } from './block.ts';
import { failureChoices, returnChoices, unknownChoices } from './choices.ts';
import type { Purpose } from './event.ts';
import { documentOf, frameOf, groundOf, lastAttempt, openFrames, proceduresOf, resting, settled, stepRun, stepsOf } from './frame.ts';
import { pollDeadline } from './judge.ts';
import { lost } from './lost.ts';
import type { Need } from './need.ts';
import type { Plan, Step } from './plan.ts';
import { own, present } from './present.ts';
import type { Frame, Run, StepRun } from './run.ts';
import { leftOut } from './selection.ts';
import { reads } from './variables.ts';

/**
 * The next need of a run. First an attempt without an end, then steps whose end is unknown, top frame first;
 * then `Before you start`; then the steps of the top frame; then its return.
 */
export function next(plan: Plan, run: Run): Need {
  if (run.status.kind !== 'open') return { kind: 'nothing' };
  const frames = openFrames(run);
  const bottom = frameOf(run, 0);
  return (
    lost(plan, run) ??
    firstIn(plan, run, frames, ({ state }) => state.kind === 'running') ??
    firstIn(plan, run, frames, ({ state }) => resting(state).kind === 'unknown') ??
    ground(plan, run, bottom, frames) ??
    onward(plan, run, present(frames[0], 'The run has no open frame.'))
  );
}

/** What the first step needs that is in a certain state. */
function firstIn(plan: Plan, run: Run, frames: readonly Frame[], wanted: (record: StepRun) => boolean): Need | undefined {
  for (const frame of frames) {
    const step = stepsOf(plan, frame).find(({ id }) => wanted(stepRun(frame, id)));
    if (step !== undefined) return needOf({ plan, run, frame, step });
  }
  return undefined;
}

/** What the first open step of `Before you start` needs, unless a playbook is open for it: then the playbook goes first. */
function ground(plan: Plan, run: Run, bottom: Frame, frames: readonly Frame[]): Need | undefined {
  const step = groundOf(plan, bottom).find(({ id }) => !settled(stepRun(bottom, id)));
  if (step === undefined) return undefined;
  const helped = frames.some(({ opener }) => opener?.frame === bottom.id && opener.step === step.id);
  return helped ? undefined : needOf({ plan, run, frame: bottom, step });
}

/** What the first open step of the top frame needs; after the last one the playbook returns, or the run ends. */
function onward(plan: Plan, run: Run, frame: Frame): Need {
  for (const step of stepsOf(plan, frame)) {
    const need = needOf({ plan, run, frame, step });
    if (need !== undefined) return need;
  }
  if (frame.opener === undefined)
    return { kind: 'record', facts: [{ type: 'run-ended', result: exceptional(run) ? 'finished with exceptions' : 'finished' }] };
  return { kind: 'question', question: { kind: 'return', frame: frame.id, choices: returnChoices(plan, run, frame) } };
}

/** True when a step, of a playbook that was left unfinished too, is neither well nor left out by rule. */
function exceptional(run: Run): boolean {
  const states = run.frames.flatMap((frame) => Object.values(frame.steps).map((record) => record.state));
  return states.some((state) => (state.kind === 'skipped' ? state.by === 'operator' : state.kind !== 'ok' && state.kind !== 'recovered'));
}

/** What a step needs; nothing when it is settled. */
function needOf(spot: Spot): Need | undefined {
  const { frame, step } = spot;
  const record = stepRun(frame, step.id);
  const { state } = record;
  const at = { frame: frame.id, step: step.id };
  switch (state.kind) {
    case 'pending':
      return pending(spot);
    case 'asked':
      return state.purpose === 'rollback' || state.purpose === 'dry-run' ? confirm(spot, state.purpose) : execute(spot, record, state.purpose);
    case 'confirmed':
      return execute(spot, record, state.purpose);
    case 'waiting':
      return execute(spot, record, 'run');
    case 'verifying':
      return execute(spot, record, 'check');
    case 'running':
      return { kind: 'reattachment', ...at, purpose: state.purpose, attempt: state.attempt, folder: lastAttempt(record).folder };
    case 'unknown':
      return { kind: 'question', question: { kind: 'unknown', ...at, why: state.why, choices: unknownChoices(spot) } };
    case 'failed':
      return { kind: 'question', question: { kind: 'failure', ...at, choices: failureChoices(spot) } };
    case 'ok':
    case 'skipped':
    case 'recovered':
    case 'overridden':
      return undefined;
  }
}

function pending(spot: Spot): Need {
  const skipped = leftOut(spot.plan, spot.frame, spot.step);
  if (skipped !== undefined) return { kind: 'record', facts: [skipped] };
  return missingInput(spot) ?? (spot.step.manual ? attest(spot) : confirm(spot, 'run'));
}

/** Inputs are asked for before the first procedure that uses them; what only a step uses that is not run is not asked for. */
function missingInput({ plan, run, frame, step }: Spot): Need | undefined {
  const steps = proceduresOf(plan, frame)
    .filter((procedure) => procedure.steps.includes(step))
    .flatMap((procedure) => procedure.steps)
    .filter((other) => !settled(stepRun(frame, other.id)) && leftOut(plan, frame, other) === undefined);
  for (const input of documentOf(plan, frame.document).inputs) {
    const usedBy = steps.filter((other) => reads(other, input.name)).map((other) => other.id);
    if (usedBy.length > 0 && own(run.values, input.name) === undefined) return askFor(frame, input, usedBy);
  }
  return undefined;
}

function attest(spot: Spot): Need {
  const block = blockOf(spot, 'run');
  return 'kind' in block ? block : { kind: 'question', question: { kind: 'attest', frame: spot.frame.id, step: spot.step.id, block } };
}

function confirm(spot: Spot, purpose: 'run' | 'rollback' | 'dry-run'): Need {
  const { plan, frame, step } = spot;
  const block = blockOf(spot, purpose);
  if ('kind' in block) return block;
  const stageName = plan.stage.confirm === 'typed' && step.risk === 'high' ? plan.stage.name : undefined;
  // A dry run changes nothing: who types the name for it types it blind for the step.
  const typed = purpose === 'dry-run' ? undefined : (block.retype ?? stageName);
  return { kind: 'question', question: { kind: 'confirm', frame: frame.id, step: step.id, purpose, block, ...(typed !== undefined && { typed }) } };
}

function execute(spot: Spot, record: StepRun, purpose: Purpose): Need {
  const block = blockOf(spot, purpose);
  if ('kind' in block) return block;
  const need = { kind: 'execution', frame: spot.frame.id, step: spot.step.id, purpose, block } as const;
  if (record.state.kind !== 'waiting') return { ...need, timeoutMs: timeoutOf(spot.step, purpose) };
  return { ...need, timeoutMs: timeLeft(spot.step, record, record.state.until), notBefore: record.state.until };
}

function timeoutOf(step: Step, purpose: Purpose): number {
  return purpose === 'run' ? step.timeoutMs : companionOf(step, purpose).timeoutMs;
}

/** A poll may take what is left of the step's time; every other repetition has its timeout for itself. */
function timeLeft(step: Step, record: StepRun, until: string): number {
  return step.everyMs === undefined ? step.timeoutMs : pollDeadline(step, record) - Date.parse(until);
}
