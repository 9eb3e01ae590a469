/** The fold: a run and an event make the next run. */

import type { Event, Fact } from './event.ts';
import { frameOf, stepOf, stepRun } from './frame.ts';
import { judge, settledFailure } from './judge.ts';
import type { Plan } from './plan.ts';
import type { Frame, Run, StepRun, StepState, Value } from './run.ts';

type Started = Extract<Fact, { type: 'run-started' }>;

/** The run that begins with `run-started`. */
export function begin(plan: Plan, event: Started & { readonly at: string }): Run {
  const before = plan.documents[event.document]?.before;
  const { operator, host, engine } = event;
  return {
    id: event.run,
    document: event.document,
    stage: event.stage,
    startedAt: event.at,
    lastAt: event.at,
    people: [{ operator, host, engine }],
    ...(event.ticket !== undefined && { ticket: event.ticket }),
    ...(event.reason !== undefined && { reason: event.reason }),
    ...(event.git !== undefined && { git: event.git }),
    frames: [{ id: 0, document: event.document, procedures: [...(before === undefined ? [] : [before.anchor]), ...event.procedures], steps: {} }],
    stack: [0],
    values: firstValues(event),
    secrets: {},
    files: event.files,
    notes: [],
    attempts: 0,
    status: { kind: 'open' },
  };
}

function firstValues(event: Started): Readonly<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const [name, text] of Object.entries(event.variables)) values[name] = { text, origin: 'stage', from: 'runbook.yaml' };
  values['stage'] = { text: event.stage, origin: 'built-in', from: 'the command line' };
  values['run'] = { text: event.run, origin: 'built-in', from: 'this run' };
  values['operator'] = { text: event.operator, origin: 'built-in', from: 'this run' };
  if (event.region !== undefined) values['region'] = { text: event.region, origin: 'built-in', from: 'runbook.yaml' };
  return values;
}

/** The run after an event. `plan` must hold every document that the run has used. */
export function apply(plan: Plan, run: Run, event: Event): Run {
  return { ...change(plan, run, event), lastAt: event.at };
}

/** Folds a whole list of events. Its first one must be `run-started`. */
export function fold(plan: Plan, events: readonly Event[]): Run {
  const [first, ...rest] = events;
  if (first?.type !== 'run-started') throw new Error('A run begins with run-started.');
  return rest.reduce((run, event) => apply(plan, run, event), begin(plan, first));
}

function change(plan: Plan, run: Run, event: Event): Run {
  switch (event.type) {
    case 'run-started':
      throw new Error('A run starts once.');
    case 'run-resumed':
      return resumed(plan, run, event);
    case 'value-given':
      return given(run, event);
    case 'changes-accepted':
      return changesAccepted(run, event);
    case 'step-confirmed':
      return inState(run, event, (record) => ({ kind: 'confirmed', purpose: event.purpose, sha256: event.sha256, before: beneath(record.state) }));
    case 'attempt-started':
      return attemptStarted(run, event);
    case 'attempt-ended':
      return attemptEnded(plan, run, event);
    case 'step-attested':
      return attested(run, event);
    case 'step-skipped':
      return inState(run, event, () => ({ kind: 'skipped', by: event.by, reason: event.reason }));
    case 'step-settled':
      return settle(run, event);
    case 'retry-chosen':
      return pending(run, event);
    case 'companion-chosen':
      return inState(run, event, (record) => ({ kind: 'asked', purpose: event.purpose, before: record.state }));
    case 'companion-declined':
      return inState(run, event, (record) => beneath(record.state));
    case 'failure-overridden':
      return inState(run, event, () => ({ kind: 'overridden', reason: event.reason }));
    case 'playbook-entered':
      return entered(run, event);
    case 'playbook-left':
      return left(run, event);
    case 'note-added':
      return { ...run, notes: [...run.notes, { at: event.at, operator: event.operator, text: event.text }] };
    case 'run-stopped':
      return { ...run, status: { kind: 'stopped', because: event.because, ...(event.reason !== undefined && { reason: event.reason }) } };
    case 'run-ended':
      return { ...run, status: { kind: 'ended', result: event.result } };
  }
}

type OfStep = { readonly frame: number; readonly step: string };
type Of<T extends Fact['type']> = Extract<Fact, { type: T }> & { readonly at: string };

function withFrame(run: Run, frame: Frame): Run {
  return { ...run, frames: run.frames.with(frame.id, frame) };
}

function withStep(run: Run, { frame: id, step }: OfStep, change: (record: StepRun) => StepRun): Run {
  const frame = frameOf(run, id);
  return withFrame(run, { ...frame, steps: { ...frame.steps, [step]: change(stepRun(frame, step)) } });
}

function inState(run: Run, event: OfStep, state: (record: StepRun) => StepState): Run {
  return withStep(run, event, (record) => ({ ...record, state: state(record) }));
}

/** To be confirmed and run once more. */
function pending(run: Run, event: OfStep): Run {
  return withStep(run, event, (record) => ({ ...record, state: { kind: 'pending' }, repeats: 0 }));
}

/** What a step comes back to when a companion has run. */
function beneath(state: StepState): StepState {
  return state.kind === 'asked' || state.kind === 'confirmed' ? state.before : state;
}

/** `Before you start` runs again, since the world may have changed while nobody watched. */
function resumed(plan: Plan, run: Run, event: Of<'run-resumed'>): Run {
  const { operator, host, engine } = event;
  const bottom = frameOf(run, 0);
  const again = new Set(plan.documents[bottom.document]?.before?.steps.map((step) => step.id));
  const steps = Object.fromEntries(
    Object.entries(bottom.steps).map(([id, record]) => [
      id,
      again.has(id) && !unsettledEnd(record) ? { ...record, state: { kind: 'pending' } as const } : record,
    ]),
  );
  return { ...withFrame(run, { ...bottom, steps }), people: [...run.people, { operator, host, engine }], status: { kind: 'open' } };
}

function unsettledEnd(record: StepRun): boolean {
  return record.state.kind === 'running' || record.state.kind === 'unknown';
}

function given(run: Run, event: Of<'value-given'>): Run {
  const from = event.from;
  if (event.secret !== undefined) {
    const secrets = { ...run.secrets, [event.name]: event.secret };
    return { ...run, secrets, values: { ...run.values, [event.name]: { secret: true, origin: 'input', from } } };
  }
  return { ...run, values: { ...run.values, [event.name]: { text: event.value ?? '', origin: 'input', from } } };
}

/** What was confirmed before the change has to be confirmed again. */
function changesAccepted(run: Run, event: Of<'changes-accepted'>): Run {
  const files: Record<string, string> = { ...run.files };
  for (const { path, sha256 } of event.files) {
    if (sha256 === undefined) delete files[path];
    else files[path] = sha256;
  }
  const frames = run.frames.map((frame) => ({
    ...frame,
    steps: Object.fromEntries(Object.entries(frame.steps).map(([id, record]) => [id, { ...record, state: unconfirmed(record.state) }])),
  }));
  return { ...run, files, frames };
}

function unconfirmed(state: StepState): StepState {
  if (state.kind === 'waiting') return { kind: 'pending' };
  if (state.kind !== 'confirmed') return state;
  return state.purpose === 'run' ? { kind: 'pending' } : { kind: 'asked', purpose: state.purpose, before: state.before };
}

function attemptStarted(run: Run, event: Of<'attempt-started'>): Run {
  const { attempt, purpose, folder, sha256, at } = event;
  return withStep({ ...run, attempts: attempt }, event, (record) => ({
    ...record,
    state: { kind: 'running', purpose, attempt, before: beneath(record.state) },
    attempts: [...record.attempts, { attempt, purpose, folder, sha256, startedAt: at }],
    repeats: record.state.kind === 'waiting' ? record.repeats + 1 : record.repeats,
  }));
}

function attemptEnded(plan: Plan, run: Run, event: Of<'attempt-ended'>): Run {
  const frame = frameOf(run, event.frame);
  const step = stepOf(plan, frame, event.step);
  const values: Record<string, Value> = { ...run.values };
  for (const [name, text] of Object.entries(event.values)) {
    values[name] = { text, origin: name === step.capture ? 'capture' : 'output', from: event.step };
  }
  return withStep({ ...run, values }, event, (record) => {
    const { state, failure } = judge(step, record, event, event.at);
    const attempts = record.attempts.map((attempt) => (attempt.attempt === event.attempt ? { ...attempt, endedAt: event.at, end: event } : attempt));
    return { ...record, attempts, state, ...(failure !== undefined && { failure }) };
  });
}

function attested(run: Run, event: Of<'step-attested'>): Run {
  return withStep(run, event, (record) => {
    if (event.done) return { ...record, state: record.failure === undefined ? { kind: 'ok' } : { kind: 'recovered', by: 'retry' } };
    return { ...record, state: { kind: 'failed' }, failure: { kind: 'manual', message: event.note, patterns: [] } };
  });
}

function settle(run: Run, event: Of<'step-settled'>): Run {
  switch (event.as) {
    case 'happened':
      return inState(run, event, (record) =>
        record.failure === undefined ? { kind: 'ok' } : { kind: 'recovered', by: 'operator', reason: event.reason },
      );
    case 'did-not-happen':
      return withStep(run, event, (record) => ({ ...record, state: { kind: 'failed' }, failure: settledFailure(record, event.reason) }));
    case 'run-again':
      return pending(run, event);
  }
}

function entered(run: Run, event: Of<'playbook-entered'>): Run {
  const { frame, step, then, why, by, target } = event;
  const below = withStep(run, event, (record) => ({ ...record, playbooks: [...record.playbooks, event.opened] }));
  const opened: Frame = {
    id: event.opened,
    document: target.document,
    procedures: [target.anchor],
    opener: { frame, step, then, why, by },
    steps: {},
  };
  return { ...below, frames: [...below.frames, opened], stack: [...below.stack, opened.id] };
}

function left(run: Run, event: Of<'playbook-left'>): Run {
  const frame = frameOf(run, event.frame);
  const opener = frame.opener;
  if (opener === undefined) throw new Error(`Frame ${frame.id} is not a playbook.`);
  const popped = { ...withFrame(run, { ...frame, left: event.as }), stack: run.stack.filter((id) => id !== frame.id) };
  switch (event.as) {
    case 'retry':
      return pending(popped, opener);
    case 'done':
      return inState(popped, opener, () => ({ kind: 'recovered', by: 'playbook', ...(event.reason !== undefined && { reason: event.reason }) }));
    case 'back':
      return popped;
  }
}
