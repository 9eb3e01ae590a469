/** What each event changes in a run. Writes to a draft; `apply` and `fold` decide whose it is. */

import { type Draft, draftStep, type FrameDraft, type StepDraft } from './draft.ts';
import type { Event, Fact } from './event.ts';
import { documentOf, groundOf, lastAttempt, openerOf, resting } from './frame.ts';
import { judge, settledFailure, undoInDoubt, wellDone } from './judge.ts';
import { personOf } from './person.ts';
import type { Plan, Step } from './plan.ts';
import { present } from './present.ts';
import type { StepState } from './run.ts';
import { sections } from './variables.ts';

/** What the fold asks of the documents; finds a step in constant time. */
export type Lookup = { readonly plan: Plan; readonly step: (document: string, id: string) => Step };

/** A lookup in the documents of a plan. */
export function lookupIn(plan: Plan): Lookup {
  const known = new Map<string, ReadonlyMap<string, Step>>();
  return {
    plan,
    step(document, id) {
      const steps = known.get(document) ?? stepsById(plan, document);
      known.set(document, steps);
      return present(steps.get(id), `${document} has no step ${id}.`);
    },
  };
}

function stepsById(plan: Plan, document: string): ReadonlyMap<string, Step> {
  return new Map(sections(documentOf(plan, document)).flatMap((procedure) => procedure.steps.map((step) => [step.id, step])));
}

/** Writes an event into a run. */
export function change(lookup: Lookup, run: Draft, event: Event): void {
  const before = run.lastAt;
  run.lastAt = event.at;
  switch (event.type) {
    case 'run-started':
      throw new Error('A run starts once.');
    case 'run-resumed':
      run.left = { at: before, status: run.status };
      resumed(lookup.plan, run, event);
      break;
    case 'value-given':
      given(run, event);
      break;
    case 'changes-accepted':
      changesAccepted(run, event);
      break;
    case 'note-added':
      run.notes.push(noted(event));
      break;
    case 'record-repaired':
      break;
    case 'run-stopped':
      run.status = { kind: 'stopped', because: event.because, ...(event.reason !== undefined && { reason: event.reason }) };
      break;
    case 'run-ended':
      run.status = { kind: 'ended', result: event.result };
      break;
    case 'playbook-left':
      left(run, event);
      break;
    default:
      changeStep(lookup, run, event);
  }
}

type OfStep = Extract<Event, { readonly step: string }>;

function changeStep(lookup: Lookup, run: Draft, event: OfStep): void {
  const record = stepIn(run, event);
  switch (event.type) {
    case 'step-confirmed':
      confirmed(record, event);
      break;
    case 'attempt-started':
      attemptStarted(run, record, event);
      break;
    case 'attempt-ended':
      attemptEnded(lookup, run, event);
      break;
    case 'step-attested':
      attested(lookup, run, event);
      break;
    case 'step-skipped':
      record.state = { kind: 'skipped', by: event.by, reason: event.reason };
      break;
    case 'step-settled':
      settle(record, event);
      break;
    case 'retry-chosen':
      record.state = { kind: 'pending' };
      break;
    case 'companion-chosen':
      record.state = { kind: 'asked', purpose: event.purpose, before: record.state };
      break;
    case 'companion-declined':
      record.state = resting(record.state);
      break;
    case 'failure-overridden':
      record.state = { kind: 'overridden', reason: event.reason };
      break;
    case 'playbook-entered':
      record.playbooks.push(event.opened);
      entered(run, event);
      break;
  }
}

type Of<T extends Fact['type']> = Extract<Fact, { type: T }> & { readonly at: string };

function frameIn(run: Draft, id: number): FrameDraft {
  return present(run.frames[id], `The run has no frame ${id}.`);
}

function stepIn(run: Draft, { frame, step }: { readonly frame: number; readonly step: string }): StepDraft {
  return draftStep(frameIn(run, frame), step);
}

/**
 * What was confirmed and not started is confirmed again, perhaps by somebody else.
 * `Before you start` runs again, since the world may have changed while nobody watched.
 */
function resumed(plan: Plan, run: Draft, event: Of<'run-resumed'>): void {
  run.people.push(personOf(event));
  run.status = { kind: 'open' };
  for (const id of run.stack) for (const step of Object.values(frameIn(run, id).steps)) step.state = unconfirmed(step.state);
  const bottom = frameIn(run, 0);
  for (const { id } of groundOf(plan, bottom)) {
    const step = draftStep(bottom, id);
    if (step.state.kind !== 'running' && resting(step.state).kind !== 'unknown') step.state = { kind: 'pending' };
  }
}

function noted({ type: _, ...note }: Of<'note-added'>): Draft['notes'][number] {
  return note;
}

function given(run: Draft, { name, from, value, secret }: Of<'value-given'>): void {
  if (secret === undefined) {
    run.values[name] = { text: value ?? '', origin: 'input', from };
    return;
  }
  run.secrets[name] = secret;
  run.values[name] = { secret: true, origin: 'input', from };
}

/** What was confirmed before the change has to be confirmed again. */
function changesAccepted(run: Draft, event: Of<'changes-accepted'>): void {
  for (const { path, sha256 } of event.files) {
    if (sha256 === undefined) delete run.files[path];
    else run.files[path] = sha256;
  }
  for (const frame of run.frames)
    for (const step of Object.values(frame.steps)) step.state = step.state.kind === 'waiting' ? { kind: 'pending' } : unconfirmed(step.state);
}

function unconfirmed(state: StepState): StepState {
  if (state.kind !== 'confirmed') return state;
  return state.purpose === 'run' ? { kind: 'pending' } : { kind: 'asked', purpose: state.purpose, before: state.before };
}

function confirmed(step: StepDraft, { purpose, how, sha256 }: Of<'step-confirmed'>): void {
  if (purpose === 'run') step.repeats = 0;
  step.state = { kind: 'confirmed', purpose, how, sha256, before: resting(step.state) };
}

function attemptStarted(run: Draft, step: StepDraft, { attempt, purpose, folder, sha256, at }: Of<'attempt-started'>): void {
  run.attempts = attempt;
  if (step.state.kind === 'waiting') step.repeats += 1;
  const { state } = step;
  step.attempts.push({ attempt, purpose, folder, sha256, ...(state.kind === 'confirmed' && { how: state.how }), startedAt: at });
  step.state = { kind: 'running', purpose, attempt, before: resting(step.state) };
}

function attemptEnded(lookup: Lookup, run: Draft, event: Of<'attempt-ended'>): void {
  const { document } = frameIn(run, event.frame);
  const step = lookup.step(document, event.step);
  const record = stepIn(run, event);
  const { state, failure } = judge(step, record, { end: event, at: event.at, by: helper(run, record) });
  record.attempts.splice(-1, 1, { ...lastAttempt(record), endedAt: event.endedAt ?? event.at, end: event });
  record.state = state;
  if (failure !== undefined) record.failure = failure;
  takeValues(run, step, event, state);
}

/** Who is to be thanked when a step that has failed is well again: the playbook that sent it back, or whoever ran it once more. */
function helper(run: Draft, { playbooks }: StepDraft): 'retry' | 'playbook' {
  const last = playbooks.at(-1);
  return last === undefined || frameIn(run, last).left === 'back' ? 'retry' : 'playbook';
}

/** What a block wrote to `$RUNBOOK_OUTPUT` counts whatever became of it; what it printed only when it ended well. */
function takeValues(run: Draft, step: Step, { values, step: from }: Of<'attempt-ended'>, { kind }: StepState): void {
  const whole = kind === 'ok' || kind === 'recovered' || kind === 'verifying';
  for (const [name, text] of Object.entries(values)) {
    if (name !== step.capture) run.values[name] = { text, origin: 'output', from };
    else if (whole) run.values[name] = { text, origin: 'capture', from };
  }
}

function attested(lookup: Lookup, run: Draft, event: Of<'step-attested'>): void {
  const record = stepIn(run, event);
  if (event.done) {
    const { check } = lookup.step(frameIn(run, event.frame).document, event.step);
    record.state = check === undefined ? wellDone(record, helper(run, record)) : { kind: 'verifying' };
    return;
  }
  record.state = { kind: 'failed' };
  record.failure = { kind: 'manual', message: event.note, patterns: [] };
}

function settle(record: StepDraft, event: Of<'step-settled'>): void {
  if (undoInDoubt(record)) {
    // Whether the undo happened or not: the step itself has failed.
    record.state =
      event.as === 'run-again' ? { kind: 'asked', purpose: 'rollback', before: { kind: 'failed' } } : { kind: 'failed', settled: event.reason };
    return;
  }
  switch (event.as) {
    case 'happened':
      record.state =
        record.failure === undefined ? { kind: 'ok', settled: event.reason } : { kind: 'recovered', by: 'operator', reason: event.reason };
      break;
    case 'did-not-happen':
      record.state = { kind: 'failed', settled: event.reason };
      record.failure = settledFailure(record, event.reason);
      break;
    case 'run-again':
      record.state = { kind: 'pending' };
      break;
  }
}

function entered(run: Draft, { frame, step, opened, target, then, why, by }: Of<'playbook-entered'>): void {
  run.frames.push({ id: opened, document: target.document, procedures: [target.anchor], opener: { frame, step, then, why, by }, steps: {} });
  run.stack.push(opened);
}

function left(run: Draft, event: Of<'playbook-left'>): void {
  const frame = frameIn(run, event.frame);
  const below = stepIn(run, openerOf(frame));
  frame.left = event.as;
  run.stack.splice(run.stack.indexOf(frame.id), 1);
  if (event.as === 'retry') below.state = { kind: 'pending' };
  if (event.as === 'done') below.state = { kind: 'recovered', by: 'playbook', ...(event.reason !== undefined && { reason: event.reason }) };
}
