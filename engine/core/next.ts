/** What a run needs in order to go on. Decided from the plan and the run alone, so that a resumed run goes on where it was. */

import type { Fact, Purpose } from './event.ts';
import { documentOf, frameOf, openFrames, proceduresOf, settled, stepRun, stepsOf } from './frame.ts';
import { pollDeadline } from './judge.ts';
import type { Choice, Need, ResolvedBlock } from './need.ts';
import type { Companion, Input, Plan, Step } from './plan.ts';
import type { Frame, Run, StepRun } from './run.ts';
import { suggest } from './suggest.ts';
import { declaredNames, reads, resolve } from './variables.ts';

/** The next need of a run. */
export function next(plan: Plan, run: Run): Need {
  if (run.status.kind !== 'open') return { kind: 'nothing' };
  const frames = openFrames(run);
  return reattach(run, frames) ?? settle(plan, frames) ?? walk(plan, run, frames);
}

/** An attempt without an end comes before everything else. */
function reattach(run: Run, frames: readonly Frame[]): Need | undefined {
  for (const frame of frames) {
    for (const [step, record] of Object.entries(frame.steps)) {
      if (record.state.kind !== 'running') continue;
      const { attempt, purpose } = record.state;
      const folder = record.attempts.at(-1)?.folder ?? '';
      return { kind: 'reattachment', frame: frame.id, step, purpose, attempt, folder };
    }
  }
  return run.stack.length === 0 ? { kind: 'nothing' } : undefined;
}

/** Steps whose end is unknown come next, top frame first, even before the steps that check the ground. */
function settle(plan: Plan, frames: readonly Frame[]): Need | undefined {
  for (const frame of frames) {
    for (const step of stepsOf(plan, frame)) {
      const { state, attempts } = stepRun(frame, step.id);
      if (state.kind !== 'unknown') continue;
      const evidence = attempts.at(-1)?.purpose === 'check' ? attempts.at(-1)?.end?.outcome : undefined;
      const code = evidence?.kind === 'exited' ? evidence.code : undefined;
      return { kind: 'question', question: { kind: 'unknown', frame: frame.id, step: step.id, why: state.why, choices: settleChoices(step, code) } };
    }
  }
  return undefined;
}

/** What the check says comes first; without one, looking comes before saying. */
function settleChoices(step: Step, checked: number | undefined): readonly Choice[] {
  const as = {
    happened: { kind: 'settle', as: 'happened' },
    not: { kind: 'settle', as: 'did-not-happen' },
    again: { kind: 'settle', as: 'run-again' },
  } as const;
  const check: readonly Choice[] = step.check === undefined ? [] : [{ kind: 'check' }];
  const stop: Choice = { kind: 'stop' };
  if (checked === 0) return [as.happened, as.not, ...check, as.again, stop];
  if (checked === 1) return [as.not, as.happened, ...check, as.again, stop];
  return [...check, as.not, as.happened, as.again, stop];
}

/** The first step that is not settled: of `Before you start` if any, else of the top frame. */
function walk(plan: Plan, run: Run, frames: readonly Frame[]): Need {
  const bottom = frameOf(run, 0);
  const before = documentOf(plan, bottom.document).before;
  const waiting = bottom.procedures[0] === before?.anchor ? before?.steps.find((step) => !settled(stepRun(bottom, step.id))) : undefined;
  if (waiting !== undefined && !openedFor(frames, bottom, waiting)) return needOf(plan, run, bottom, waiting);
  const top = frames[0] ?? bottom;
  const step = stepsOf(plan, top).find((candidate) => !settled(stepRun(top, candidate.id)));
  if (step !== undefined) return needOf(plan, run, top, step);
  return top.opener === undefined ? ended(run) : returning(plan, run, top, top.opener);
}

/** True when a playbook is open for this step: then the playbook goes first. */
function openedFor(frames: readonly Frame[], frame: Frame, step: Step): boolean {
  return frames.some((open) => open.opener?.frame === frame.id && open.opener.step === step.id);
}

function ended(run: Run): Need {
  const records = run.frames.flatMap((frame) => Object.values(frame.steps));
  const exceptional = records.some(({ state }) => state.kind === 'overridden' || (state.kind === 'skipped' && state.by === 'operator'));
  return { kind: 'record', facts: [{ type: 'run-ended', result: exceptional ? 'finished with exceptions' : 'finished' }] };
}

function returning(plan: Plan, run: Run, top: Frame, opener: NonNullable<Frame['opener']>): Need {
  const others = suggest(plan, run, opener.frame, opener.step).map((suggestion) => ({ kind: 'playbook', suggestion }) as const);
  const all: readonly Choice[] = [{ kind: 'retry' }, { kind: 'done' }, ...others, { kind: 'back' }, { kind: 'stop' }];
  const first = all.filter((choice) => choice.kind === opener.then);
  return { kind: 'question', question: { kind: 'return', frame: top.id, choices: [...first, ...all.filter((choice) => !first.includes(choice))] } };
}

function needOf(plan: Plan, run: Run, frame: Frame, step: Step): Need {
  const record = stepRun(frame, step.id);
  const { state } = record;
  switch (state.kind) {
    case 'pending':
      return skipped(plan, frame, step) ?? missingInput(plan, run, frame, step) ?? start(plan, run, frame, step);
    case 'asked':
      return state.purpose === 'rollback' ? confirm(plan, run, frame, step, 'rollback') : execute(plan, run, frame, step, state.purpose);
    case 'confirmed':
      return execute(plan, run, frame, step, state.purpose);
    case 'waiting':
      return execute(plan, run, frame, step, 'run');
    case 'verifying':
      return execute(plan, run, frame, step, 'check');
    case 'failed':
      return { kind: 'question', question: { kind: 'failure', frame: frame.id, step: step.id, choices: failureChoices(plan, run, frame, step) } };
    // Unknown and running steps have had their turn; the others are settled.
    case 'running':
    case 'unknown':
    case 'ok':
    case 'skipped':
    case 'recovered':
    case 'overridden':
      return { kind: 'nothing' };
  }
}

/** A step that this run leaves out, and why. */
function skipped(plan: Plan, frame: Frame, step: Step): Need | undefined {
  const skip = (by: 'stage' | 'selection', reason: string): Need => {
    const fact: Fact = { type: 'step-skipped', frame: frame.id, step: step.id, by, reason };
    return { kind: 'record', facts: [fact] };
  };
  if (step.stages !== undefined && !step.stages.includes(plan.stage.name)) return skip('stage', `only on ${step.stages.join(', ')}`);
  const { from, to, only, readOnly } = plan.selection;
  if (readOnly && step.risk !== 'low') return skip('selection', '--read-only');
  if (frame.id !== 0 || documentOf(plan, frame.document).before?.steps.includes(step)) return undefined;
  const order = stepsOf(plan, frame).map((other) => other.id);
  const at = order.indexOf(step.id);
  if (only !== undefined && !only.includes(step.id)) return skip('selection', `--only ${only.join(',')}`);
  if (from !== undefined && at < order.indexOf(from)) return skip('selection', `--from ${from}`);
  if (to !== undefined && at > order.indexOf(to)) return skip('selection', `--to ${to}`);
  return undefined;
}

/** Inputs are asked for before the first procedure that uses them. */
function missingInput(plan: Plan, run: Run, frame: Frame, step: Step): Need | undefined {
  const procedure = proceduresOf(plan, frame).find((candidate) => candidate.steps.includes(step));
  const steps = procedure?.steps ?? [step];
  for (const input of documentOf(plan, frame.document).inputs) {
    const usedBy = steps.filter((candidate) => reads(candidate, input.name)).map((candidate) => candidate.id);
    if (usedBy.length > 0 && run.values[input.name] === undefined) return askFor(frame, input, usedBy);
  }
  return undefined;
}

function askFor(frame: Frame, input: Input, usedBy: readonly string[]): Need {
  return { kind: 'question', question: { kind: 'input', frame: frame.id, input, usedBy } };
}

function start(plan: Plan, run: Run, frame: Frame, step: Step): Need {
  if (!step.manual) return confirm(plan, run, frame, step, 'run');
  const block = blockOf(plan, run, frame, step, 'run');
  return 'kind' in block ? block : { kind: 'question', question: { kind: 'attest', frame: frame.id, step: step.id, block } };
}

function confirm(plan: Plan, run: Run, frame: Frame, step: Step, purpose: 'run' | 'rollback'): Need {
  const block = blockOf(plan, run, frame, step, purpose);
  if ('kind' in block) return block;
  const stageName = plan.stage.confirm === 'typed' && step.risk === 'high' ? plan.stage.name : undefined;
  const typed = block.retype ?? stageName;
  return { kind: 'question', question: { kind: 'confirm', frame: frame.id, step: step.id, purpose, block, ...(typed !== undefined && { typed }) } };
}

function execute(plan: Plan, run: Run, frame: Frame, step: Step, purpose: Purpose): Need {
  const block = blockOf(plan, run, frame, step, purpose);
  if ('kind' in block) return block;
  const record = stepRun(frame, step.id);
  const notBefore = record.state.kind === 'waiting' ? record.state.until : undefined;
  return {
    kind: 'execution',
    frame: frame.id,
    step: step.id,
    purpose,
    block,
    timeoutMs: timeLeft(step, record, purpose, run),
    ...(notBefore !== undefined && { notBefore }),
  };
}

/** A poll may take what is left of the step's time; every other attempt has its timeout for itself. */
function timeLeft(step: Step, record: StepRun, purpose: Purpose, run: Run): number {
  if (purpose !== 'run') return companionOf(step, purpose).timeoutMs;
  if (step.everyMs === undefined || step.retries > 0 || record.state.kind !== 'waiting') return step.timeoutMs;
  return pollDeadline(step, record, Date.parse(run.lastAt)) - Date.parse(record.state.until);
}

function companionOf(step: Step, purpose: Exclude<Purpose, 'run'>): Companion {
  const companion = { check: step.check, rollback: step.rollback, 'dry-run': step.dryRun }[purpose];
  if (companion === undefined) throw new Error(`Step ${step.id} has no ${purpose}.`);
  return companion;
}

function blockOf(plan: Plan, run: Run, frame: Frame, step: Step, purpose: Purpose): ResolvedBlock | Need {
  const document = documentOf(plan, frame.document);
  const block = purpose === 'run' ? step.block : companionOf(step, purpose).block;
  const resolved = resolve(step, block, { declared: declaredNames(document, plan.stage), values: run.values });
  if (!('kind' in resolved)) return resolved;
  if (resolved.kind === 'impossible') return resolved;
  // A capture that never came, because its step was skipped or settled by hand: the operator may know the value.
  const meaning = `{${resolved.name}}, which an earlier step of this run did not leave behind`;
  return askFor(frame, { name: resolved.name, meaning, allowed: { kind: 'text' }, place: step.place }, [step.id]);
}

function failureChoices(plan: Plan, run: Run, frame: Frame, step: Step): readonly Choice[] {
  const playbooks = suggest(plan, run, frame.id, step.id).map((suggestion) => ({ kind: 'playbook', suggestion }) as const);
  const rollback: readonly Choice[] = step.rollback === undefined ? [] : [{ kind: 'rollback' }];
  const back: readonly Choice[] = frame.opener === undefined ? [] : [{ kind: 'back' }];
  return [...playbooks, { kind: 'retry' }, ...rollback, { kind: 'override' }, ...back, { kind: 'stop' }];
}
