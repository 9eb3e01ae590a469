/** From a need to an attempt and back: what a process is given, and what its end means in facts. */

import { join, resolve } from 'node:path';
import type { AttemptEnded, Purpose } from '../core/event.ts';
import { documentOf, frameOf, stepOf } from '../core/frame.ts';
import type { ResolvedBlock, View } from '../core/need.ts';
import type { Block, Plan, Step } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { builtIns, declaredNames, reservedName } from '../core/variables.ts';
import { matches } from '../document/pattern.ts';
import { kernelFor } from '../kernels/kernel.ts';
import { sha256 } from './approved.ts';
import { type AttemptEnd, type AttemptSpec, type AttemptWatch, followAttempt, startAttempt } from './attempt/attempt.ts';
import { ptyMissing, type StepTerminal } from './attempt/pty.ts';
import { unmetExpectations } from './expect.ts';
import type { Identity } from './identity.ts';
import type { RunFolder } from './run-store.ts';
import type { Secrets } from './secrets.ts';

/** What every attempt of a run shares. */
export type Workshop = {
  readonly folder: RunFolder;
  readonly identity: Identity;
  readonly kernels: Readonly<Record<string, string[]>>;
  readonly secrets: Secrets;
  readonly view: View;
  /** Gives the terminal to a step for as long as the work takes; undefined where there is none. */
  readonly lend?: Lend;
  /** How long a step has between TERM and KILL. */
  readonly graceMs: number;
};

/** Gives the operator's terminal to some work and takes it back, clean, when that is done or the engine has to leave. */
export type Lend = <T>(work: (terminal: StepTerminal) => Promise<T>) => Promise<T>;

/** How the operator ends an attempt: `stop` asks it, `kill` does not wait for it any longer. */
export type StopSignals = { readonly stop: AbortSignal; readonly kill: AbortSignal };

/** Which attempt of which step. */
export type Attempted = { readonly frame: number; readonly step: string; readonly purpose: Purpose; readonly attempt: number };

/** The name of an attempt's folder, such as `03-apply-migrations.2` or `04-apply-migrations.1-check`. */
export function attemptFolder(run: Run, { frame, step, purpose, attempt }: Attempted): string {
  const earlier = frameOf(run, frame).steps[step]?.attempts.filter((other) => other.purpose === purpose).length ?? 0;
  return `${String(attempt).padStart(2, '0')}-${step}.${earlier + 1}${purpose === 'run' ? '' : `-${purpose}`}`;
}

/** The block that a purpose runs. */
export function blockFor(step: Step, purpose: Purpose): Block {
  const block = { run: step.block, check: step.check?.block, rollback: step.rollback?.block, 'dry-run': step.dryRun?.block }[purpose];
  if (block === undefined) throw new Error(`Step ${step.id} has no ${purpose}.`);
  return block;
}

/** One attempt, with all that it belongs to. */
export type Job = {
  readonly workshop: Workshop;
  readonly plan: Plan;
  readonly run: Run;
  readonly attempted: Attempted;
  readonly signals: StopSignals;
};

/** Starts a process for a confirmed block and waits for its end. */
export async function execute(job: Job, resolved: ResolvedBlock, timeoutMs: number): Promise<AttemptEnded> {
  const { workshop, run, attempted } = job;
  const step = stepOfJob(job);
  const block = blockFor(step, attempted.purpose);
  const kernel = kernelFor(block, workshop.kernels);
  if (kernel === undefined) throw new Error(`The plan has a block without a kernel: ${block.place.path}:${block.place.line}`);
  const tty = needsTerminal(job);
  const { lend } = workshop;
  const without = tty ? await terminalMissing(lend) : undefined;
  if (without !== undefined) return refused(job, without);
  const capture = step.capture !== undefined && attempted.purpose === 'run';
  const cwd = resolve(workshop.identity.cwd, step.cwd ?? '.');
  const spec: AttemptSpec = {
    folder: join(workshop.folder.attempts, attemptFolder(run, attempted)),
    command: kernel.command,
    block: resolved.text,
    env: environment(job, { block, resolved, capture, cwd }),
    cwd,
    timeoutMs,
    graceMs: workshop.graceMs,
    capture,
    ...(kernel.kind === 'bash' && { session: workshop.folder.session }),
  };
  const start = (terminal?: StepTerminal) => startAttempt(terminal === undefined ? spec : { ...spec, terminal }, watch(job));
  return ended(job, await (tty && lend !== undefined ? lend(start) : start()));
}

function needsTerminal(job: Job): boolean {
  return job.attempted.purpose === 'run' && stepOfJob(job).tty;
}

async function terminalMissing(lend: Lend | undefined): Promise<string | undefined> {
  if (lend !== undefined) return ptyMissing();
  return 'It needs a terminal, and this run has none. Resume the run in a terminal and without --json, or do the step in another one and go on with a reason.';
}

/** Goes on with an attempt that another engine started: waits for its end, or finds it. `folder` is relative to the run's. */
export async function follow(job: Job, folder: string): Promise<AttemptEnded> {
  const { workshop } = job;
  return ended(job, await followAttempt(join(workshop.folder.path, folder), undefined, workshop.graceMs, watch(job)));
}

function stepOfJob({ plan, run, attempted }: Job): Step {
  return stepOf(plan, frameOf(run, attempted.frame), attempted.step);
}

function watch(job: Job): AttemptWatch {
  const { secrets, view } = job.workshop;
  const { attempt } = job.attempted;
  // What a step draws on the operator's terminal is no text that a view could show; it is in the log.
  const drawn = needsTerminal(job);
  return {
    redact: () => secrets.redactor(),
    output: (chunk) => (drawn ? undefined : view.output(attempt, chunk)),
    progress: (percent, message) => view.progress(attempt, percent, secrets.clean(message)),
    ...job.signals,
  };
}

type Given = { readonly block: Block; readonly resolved: ResolvedBlock; readonly capture: boolean; readonly cwd: string };

/** The whole environment of a kernel: the stage's identity, then the variables, then what the kernel is told. */
function environment(job: Job, { block, resolved, capture, cwd }: Given): Readonly<Record<string, string>> {
  const { workshop, plan, run, attempted } = job;
  const { identity, secrets } = workshop;
  const document = documentOf(plan, frameOf(run, attempted.frame).document);
  const step = stepOfJob(job);
  const names = new Set([...declaredNames(document, plan.stage), ...Object.keys(run.values)]);
  const variables: Record<string, string> = {};
  const hidden: Record<string, string> = {};
  for (const name of names) {
    const value = run.values[name];
    const secret = secrets.get(name);
    if (value !== undefined && 'text' in value) variables[name] = value.text;
    else if (secret !== undefined) hidden[name] = secret;
  }
  const upper = Object.fromEntries(Object.entries({ ...variables, ...hidden }).map(([name, text]) => [name.toUpperCase(), text]));
  const secretNames = [...Object.keys(hidden).map((name) => name.toUpperCase()), ...identity.secretNames];
  return {
    ...identity.environment,
    ...upper,
    PATH: identity.pathIn(cwd),
    ...(resolved.host !== undefined && { PGHOST: resolved.host }),
    RUNBOOK_RUN: run.id,
    RUNBOOK_STEP: step.id,
    RUNBOOK_PURPOSE: attempted.purpose,
    RUNBOOK_RISK: attempted.purpose === 'check' ? 'low' : step.risk,
    RUNBOOK_SECRETS: secretNames.join(' '),
    RUNBOOK_VARIABLES: JSON.stringify(variables),
    ...(block.flags.includes('transaction') && { RUNBOOK_TRANSACTION: '1' }),
    ...(capture && { RUNBOOK_CAPTURE: '1' }),
    ...(step.cwd !== undefined && { RUNBOOK_CWD: cwd }),
  };
}

/** The end of an attempt of which nothing ran. */
function refused({ attempted }: Job, why: string): AttemptEnded {
  const log = { bytes: 0, sha256: sha256('') };
  return { type: 'attempt-ended', ...attempted, outcome: { kind: 'not-started', why }, unmet: [], patterns: [], values: {}, remarks: [], log };
}

function ended(job: Job, end: AttemptEnd): AttemptEnded {
  const { workshop, plan, attempted } = job;
  const step = stepOfJob(job);
  const { outcome, error, failedLine, log, requests, remarks, tail, endedAt } = end;
  const own = attempted.purpose === 'run';
  const succeeded = outcome.kind === 'exited' && outcome.code === 0;
  const taken = own ? valuesOf(workshop.secrets, plan, step, end) : { values: {} };
  const line = blockFor(step, attempted.purpose).place.line;
  return {
    type: 'attempt-ended',
    frame: attempted.frame,
    step: attempted.step,
    purpose: attempted.purpose,
    attempt: attempted.attempt,
    outcome,
    ...(error !== undefined && { error }),
    ...(failedLine !== undefined && { failedAt: { line: line + failedLine.line - 1, command: failedLine.command } }),
    unmet: own && succeeded ? unmetExpectations(step.expect, tail) : [],
    patterns: succeeded && !own ? [] : patternsIn(plan, tail),
    values: taken.values,
    ...(succeeded && taken.bad !== undefined && { badValue: taken.bad }),
    ...(requests.length > 0 && { requests }),
    remarks,
    log,
    ...(endedAt !== undefined && { endedAt }),
  };
}

/** Every pattern of every Symptoms table that the output matches. */
function patternsIn(plan: Plan, tail: string): readonly string[] {
  const patterns = Object.values(plan.documents).flatMap((document) =>
    document.symptoms.flatMap((symptom) => symptom.errors.flatMap((error) => (error.kind === 'pattern' ? [error.pattern] : []))),
  );
  return [...new Set(patterns)].filter((pattern) => matches(pattern, tail));
}

/** The capture and the outputs, or why one of them cannot be used. */
function valuesOf(
  secrets: Secrets,
  plan: Plan,
  step: Step,
  end: AttemptEnd,
): { readonly values: Readonly<Record<string, string>>; readonly bad?: string } {
  if (end.badOutput !== undefined) return { values: {}, bad: end.badOutput };
  const values: Record<string, string> = { ...end.outputs };
  for (const name of Object.keys(values)) {
    if (
      !/^[a-z][a-z0-9_]*$/.test(name) ||
      reservedName(name) ||
      Object.hasOwn(plan.stage.variables, name) ||
      builtIns.some((builtIn) => builtIn === name)
    )
      return { values: {}, bad: `It wrote a value for "${name}" to $RUNBOOK_OUTPUT; that name cannot be set by a step.` };
  }
  if (step.capture !== undefined) {
    const text = (end.captured ?? '').trim();
    if (text === '') return { values: {}, bad: `It printed nothing, and {${step.capture}} is to be captured from its output.` };
    values[step.capture] = text;
  }
  for (const [name, value] of Object.entries(values)) {
    const held = secrets.heldIn(value);
    if (held === undefined) continue;
    const how = 'Secrets are not kept in variables: fetch it in the block that needs it, or make it a secret of the Inputs table.';
    return { values: {}, bad: `The value of {${name}} holds ${held}. ${how}` };
  }
  return { values };
}
