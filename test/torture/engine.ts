/**
 * An engine that is made to be killed. It drives a real run, with real processes and a real journal, and answers every question by itself.
 * What its operator allows is on disk before the engine hears of it. Argument: the order, as JSON.
 */

import fs, { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { callerOf, type Ground, prepareGround, recordFirst } from '../../engine/commands/ground.ts';
import type { Io } from '../../engine/commands/io.ts';
import { apply, begin } from '../../engine/core/apply.ts';
import type { Answer, Operator, Question, View } from '../../engine/core/need.ts';
import type { Run } from '../../engine/core/run.ts';
import { Fault } from '../../engine/fault.ts';
import { hashes, keepCopies, snapshot } from '../../engine/runtime/approved.ts';
import { drive } from '../../engine/runtime/drive.ts';
import { finalScan } from '../../engine/runtime/final-scan.ts';
import { createJournal, type Journal, reopenJournal } from '../../engine/runtime/journal.ts';
import { takeStage } from '../../engine/runtime/lock.ts';
import { whoAmI } from '../../engine/runtime/preflight.ts';
import { prepareFromDisk, recordedRun } from '../../engine/runtime/prepare.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { stateFolder } from '../../engine/runtime/root.ts';
import { createRunFolder, type RunFolder, readRun, runFolder } from '../../engine/runtime/run-store.ts';
import { type Driven, type Setup, Standing, StopButton } from '../../engine/runtime/setup.ts';
import { draws } from './draws.ts';

/** What an engine is to do, and when it dies. */
export type Order = {
  readonly root: string;
  /** The file to which the operator's permissions are written: `<run> <step>` a line. */
  readonly allowed: string;
  /** The run to go on with; a new one without it. */
  readonly resume?: string;
  readonly seed: number;
  /** Dies by SIGKILL at this write to the journal, counted from 1. */
  readonly dies?: { readonly at: number; readonly when: 'before' | 'after' };
  /** The journal's disk refuses this call, counted from 1, and all after it. */
  readonly refuses?: { readonly call: 'write' | 'sync'; readonly at: number };
  /** Keeps intent in memory until the end of the attempt is known, and forgets the folders that attempts made: what must never be done. */
  readonly careless: boolean;
};

// The program beside this one writes the order.
const order = JSON.parse(process.argv[2] ?? '') as Order;
const io: Io = { cwd: order.root, env: process.env, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, version: '0.0.0' };
refuse();
const project = openProject(order.root);
const draw = draws(order.seed);
await main().then(
  ({ status, id }) => process.stdout.write(`${status.kind} ${id}\n`),
  (error: unknown) => process.stdout.write(`${error instanceof Fault ? `fault ${error.exit}` : 'bug'}: ${String(error)}\n`),
);

async function main(): Promise<Run> {
  const { folder, journal, ground, started } = order.resume === undefined ? await beginRun() : await resumeRun(order.resume);
  const { identity, bash, secrets } = ground;
  const setup: Setup = {
    workshop: { folder, identity, kernels: { bash: [bash] }, secrets, view: blind(), graceMs: 1000 },
    journal,
    standing: new Standing(),
    operator: operator(),
    given: new Map(),
    changed: async () => undefined,
    since: async () => ({ kind: 'never' }),
    declared: () => [],
    stop: new StopButton(),
    leaving: new AbortController().signal,
    scan: finalScan({ folder, secrets, journal }, order.resume !== undefined),
  };
  const { run } = await drive(setup, started.plan, started.run);
  return run;
}

type Begun = { readonly folder: RunFolder; readonly journal: Journal; readonly ground: Ground; readonly started: Driven };

async function beginRun(): Promise<Begun> {
  const { plan, texts } = await prepareFromDisk(project, {
    document: 'runbooks/torture.md',
    procedures: 'all',
    stage: 'dev',
    selection: { readOnly: false },
    asIs: false,
  });
  const made = createRunFolder(project, new Date());
  hold(made.run);
  const standing = await prepareGround(io, project, { stage: 'dev', plan, run: made.run });
  const files = snapshot(project, plan, texts, standing.identity.cwd);
  keepCopies(made.copies, files);
  const written = mortal(createJournal(made.journal, () => new Date()));
  const { document, procedures, stage, selection } = plan;
  const event = recordFirst(written, standing.secrets, {
    type: 'run-started',
    run: made.run,
    document,
    asIs: false,
    procedures,
    stage: stage.name,
    selection,
    variables: stage.variables,
    files: hashes(files),
    ...whoAmI(io.env),
    engine: io.version,
    ...callerOf(standing),
  });
  return { folder: made, journal: written, ground: standing, started: { plan, run: begin(plan, event) } };
}

async function resumeRun(id: string): Promise<Begun> {
  const found = runFolder(project, id);
  hold(id);
  // The folder of an attempt is the second trace of its start: an engine refuses to make it anew.
  if (order.careless) {
    rmSync(found.attempts, { recursive: true, force: true });
    mkdirSync(found.attempts);
  }
  const text = readRun(found);
  const { plan, run: before } = recordedRun(project, found, text);
  const standing = await prepareGround(io, project, { stage: 'dev', plan, run: id });
  const written = mortal(reopenJournal(found.journal, text, () => new Date()));
  const event = recordFirst(written, standing.secrets, { type: 'run-resumed', ...whoAmI(io.env), engine: io.version, ...callerOf(standing) });
  return { folder: found, journal: written, ground: standing, started: { plan, run: apply(plan, before, event) } };
}

/** A disk that is full, or breaks, for the journal alone. Its code calls what Node exports, so that is what changes. */
function refuse(): void {
  const { refuses } = order;
  if (refuses === undefined) return;
  const { openSync, writeSync, fdatasyncSync } = fs;
  let journal: number | undefined;
  let calls = 0;
  const refused = (call: 'write' | 'sync', descriptor: number): boolean => call === refuses.call && descriptor === journal && ++calls >= refuses.at;
  const failure = (): Error => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  fs.openSync = (path, ...rest) => {
    const descriptor = openSync(path, ...rest);
    if (String(path).endsWith('journal.jsonl')) journal = descriptor;
    return descriptor;
  };
  fs.writeSync = (descriptor: number, ...rest: unknown[]) => {
    if (refused('write', descriptor)) throw failure();
    return Reflect.apply(writeSync, fs, [descriptor, ...rest]);
  };
  fs.fdatasyncSync = (descriptor) => {
    if (refused('sync', descriptor)) throw failure();
    fdatasyncSync(descriptor);
  };
  syncBuiltinESMExports();
}

/** A killed engine leaves its claim behind, and the next one takes it over. */
function hold(id: string): void {
  takeStage(stateFolder(project), 'dev', { run: id, operator: 'torture', at: new Date().toISOString() });
}

/** A journal at whose writes the engine dies. */
function mortal(whole: Journal): Journal {
  let writes = 0;
  let kept: Parameters<Journal['append']>[0] = [];
  const dying = (when: 'before' | 'after'): void => {
    if (order.dies?.at === writes && order.dies.when === when) process.kill(process.pid, 'SIGKILL');
  };
  return {
    ...whole,
    append(facts, options) {
      writes += 1;
      dying('before');
      if (order.careless && facts.some(({ type }) => type === 'attempt-started' || type === 'step-confirmed')) {
        kept = [...kept, ...facts];
        return facts.map((fact) => ({ ...fact, at: new Date().toISOString() }));
      }
      const events = whole.append([...kept, ...facts], options).slice(kept.length);
      kept = [];
      dying('after');
      return events;
    },
  };
}

function blind(): View {
  return { event: () => {}, output: () => {}, progress: () => {} };
}

/** Answers everything, now and then after a while. */
function operator(): Operator {
  return {
    async answer(_plan, asked, question) {
      if (draw(3) === 0) await sleep(draw(20));
      return answerTo(asked, question);
    },
    accept: async () => true,
    renew: async () => true,
  };
}

function answerTo(asked: Run, question: Question): Answer {
  switch (question.kind) {
    case 'confirm':
      allowOnce(asked, question.step);
      return { kind: 'run', how: 'key' };
    case 'failure':
      allow(asked, question.step);
      return { kind: 'chosen', choice: { kind: 'retry' }, by: 'operator' };
    case 'unknown': {
      const ways = question.choices.filter(({ kind }) => kind === 'settle' || kind === 'check');
      const choice = ways[draw(ways.length)];
      if (choice === undefined) throw new Error(`Step ${question.step} cannot be settled.`);
      if (choice.kind === 'settle' && choice.as !== 'happened') allow(asked, question.step);
      return { kind: 'chosen', choice, reason: 'torture', by: 'operator' };
    }
    default:
      throw new Error(`Nobody expected the question "${question.kind}".`);
  }
}

/**
 * The first confirmation of a step allows one start. Asked for it again without a word of what may have happened meanwhile, an operator
 * says yes again, but that allows nothing more.
 */
function allowOnce(asked: Run, step: string): void {
  if (!readFileSync(order.allowed, 'utf8').includes(`${asked.id} ${step}\n`)) allow(asked, step);
}

function allow({ id }: Run, step: string): void {
  appendFileSync(order.allowed, `${id} ${step}\n`, { flush: true });
}
