/** The loop: meet what the run needs, record it, show it, go round. */

import { setTimeout as sleep } from 'node:timers/promises';
import { apply } from '../core/apply.ts';
import { decide } from '../core/decide.ts';
import type { Fact } from '../core/event.ts';
import { frameOf, stepOf, stepRun } from '../core/frame.ts';
import type { Answer, Context, FileChange, Need, Operator, Question } from '../core/need.ts';
import { next } from '../core/next.ts';
import type { Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { checkInput } from '../document/input.ts';
import { Fault } from '../fault.ts';
import { sha256 } from './approved.ts';
import { attemptFolder, blockFor, execute, follow, type StopSignals, type Workshop } from './execute.ts';
import type { Journal } from './journal.ts';
import { seal } from './secrets.ts';
import { databaseTarget } from './target.ts';

/** Everything that a run needs from the world. */
export type Setup = {
  readonly workshop: Workshop;
  readonly journal: Journal;
  readonly operator: Operator;
  /** Values given on the command line or by the environment, by input name. */
  readonly given: ReadonlyMap<string, { readonly text: string; readonly from: string }>;
  /** Files that are not what was accepted, and the plan that they make; undefined when all are. Throws a Fault when they are not valid. */
  readonly changed: (plan: Plan, run: Run) => { readonly changes: readonly FileChange[]; readonly plan: Plan } | undefined;
  /** Ends the attempt that runs, as the operator asked. */
  readonly stop: StopButton;
  /** Aborted when the engine has to leave; a step that runs goes on without it. */
  readonly leaving: AbortSignal;
};

/** Stops the attempt that runs at the moment: pressed once it is asked to end, pressed twice it is killed. */
export class StopButton {
  #stop: AbortController | undefined;
  #kill: AbortController | undefined;

  /** True while an attempt runs. */
  get busy(): boolean {
    return this.#stop !== undefined;
  }

  press(): void {
    if (this.#stop?.signal.aborted) this.#kill?.abort();
    this.#stop?.abort();
  }

  /** Does the work of an attempt, which the button stops. */
  async during<T>(work: (signals: StopSignals) => Promise<T>): Promise<T> {
    this.#stop = new AbortController();
    this.#kill = new AbortController();
    try {
      return await work({ stop: this.#stop.signal, kill: this.#kill.signal });
    } finally {
      this.#stop = undefined;
    }
  }
}

/** A plan and the run that follows it. */
export type Driven = { readonly plan: Plan; readonly run: Run };

/** Drives a run until it ends or stops. */
export async function drive(setup: Setup, plan: Plan, run: Run): Promise<Driven> {
  let now: Driven = { plan, run };
  try {
    await recallSecrets(setup, now);
    for (;;) {
      const need = next(now.plan, now.run);
      if (need.kind === 'nothing') return now;
      now = await meet(setup, now, need);
    }
  } catch (error) {
    if (error !== leave) throw error;
    return record(setup, now, [{ type: 'run-stopped', because: 'signal' }], true);
  }
}

async function meet(setup: Setup, now: Driven, need: Exclude<Need, { kind: 'nothing' }>): Promise<Driven> {
  switch (need.kind) {
    case 'record':
      return record(setup, now, need.facts, true);
    case 'impossible': {
      // The document may have been corrected meanwhile: then the operator sees the change, and the new text decides.
      const changed = await accepted(setup, now);
      if (changed !== now) return changed;
      record(setup, now, [{ type: 'run-stopped', because: 'preflight', reason: need.message }], true);
      throw new Fault('invalid', need.message, { hint: `${need.hint} Then go on with: runbook resume ${now.run.id}` });
    }
    case 'question':
      return question(setup, now, need.question);
    case 'execution':
      return execution(setup, now, need);
    case 'reattachment':
      return reattachment(setup, now, need);
    default:
      return need satisfies never;
  }
}

/** Redacts, appends, applies, shows: the only way in which anything becomes part of a run. */
function record(setup: Setup, { plan, run }: Driven, facts: readonly Fact[], durable: boolean): Driven {
  const { secrets, view } = setup.workshop;
  const events = setup.journal.append(
    facts.map((fact) => secrets.cleanFact(fact)),
    { durable },
  );
  let now = run;
  for (const event of events) {
    now = apply(plan, now, event);
    view.event(plan, now, event);
  }
  return { plan, run: now };
}

async function question(setup: Setup, now: Driven, asked: Question): Promise<Driven> {
  if (asked.kind === 'input') return input(setup, now, asked);
  const changed = asked.kind === 'confirm' || asked.kind === 'attest' ? await accepted(setup, now) : now;
  if (changed !== now) return changed;
  const context = await contextOf(setup, now, asked);
  for (let refused: string | undefined; ; ) {
    const answer = await ask(setup, now, asked, refused === undefined ? context : { ...context, refused });
    const decision = decide(now.run, now.plan, asked, answer, sha256);
    // A confirmation becomes durable together with the start of what it confirms.
    if ('facts' in decision) return record(setup, now, decision.facts, answer.kind !== 'run');
    refused = decision.refused;
  }
}

function ask(setup: Setup, { plan, run }: Driven, asked: Question, context: Context): Promise<Answer> {
  return unlessLeaving(setup, setup.operator.answer(plan, run, asked, context));
}

/** Thrown inside this module when the engine has to leave. */
const leave = Symbol('leave');

function unlessLeaving<T>({ leaving }: Setup, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(leave);
    if (leaving.aborted) return abort();
    leaving.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => leaving.removeEventListener('abort', abort));
  });
}

async function contextOf({ workshop }: Setup, { plan, run }: Driven, asked: Question): Promise<Context> {
  if (asked.kind !== 'confirm') return {};
  const { database, cwd } = workshop.identity;
  const step = stepOf(plan, frameOf(run, asked.frame), asked.step);
  const sql = blockFor(step, asked.purpose).language === 'sql';
  return { cwd: step.cwd ?? cwd, ...(sql && database !== undefined && { target: await databaseTarget(database, asked.block.host) }) };
}

/** Asks for an input until its value is allowed. Secrets go to memory, and only their salted hash into the record. */
async function input(setup: Setup, now: Driven, asked: Extract<Question, { kind: 'input' }>): Promise<Driven> {
  const { name, allowed } = asked.input;
  const { secrets } = setup.workshop;
  const given = setup.given.get(name);
  for (let refused: string | undefined; ; ) {
    const first = refused === undefined && given !== undefined;
    const answer: Answer = first ? { kind: 'value', ...given } : await ask(setup, now, asked, refused === undefined ? {} : { refused });
    if (answer.kind === 'value') {
      refused = checkInput(asked.input, answer.text);
      if (refused !== undefined && first)
        throw new Fault('usage', `${name} from ${given.from}: ${refused}`, {
          hint: `Allowed values of ${name} stand in the Inputs table of ${asked.input.place.path}:${asked.input.place.line}.`,
        });
      if (refused !== undefined) continue;
      if (allowed.kind === 'secret') {
        secrets.set(name, answer.text);
        return record(setup, now, [{ type: 'value-given', name, from: answer.from, secret: seal(answer.text) }], true);
      }
    }
    const decision = decide(now.run, now.plan, asked, answer, sha256);
    if ('facts' in decision) return record(setup, now, decision.facts, true);
    refused = decision.refused;
  }
}

/** The same run when nothing changed; with changes accepted, the run that knows them; without, the run stopped. */
async function accepted(setup: Setup, now: Driven): Promise<Driven> {
  const found = setup.changed(now.plan, now.run);
  if (found === undefined) return now;
  const agreed = await unlessLeaving(setup, setup.operator.accept(now.plan, now.run, found.changes));
  const paths = found.changes.map((change) => change.path).join(', ');
  if (!agreed) return record(setup, now, [{ type: 'run-stopped', because: 'changes', reason: `changed since it was accepted: ${paths}` }], true);
  const files = found.changes.map(({ path, sha256: hash }) => ({ path, ...(hash !== undefined && { sha256: hash }) }));
  return record(setup, { plan: found.plan, run: now.run }, [{ type: 'changes-accepted', files }], true);
}

async function execution(setup: Setup, now: Driven, need: Extract<Need, { kind: 'execution' }>): Promise<Driven> {
  const wait = need.notBefore === undefined ? 0 : Date.parse(need.notBefore) - Date.now();
  if (wait > 0) await unlessLeaving(setup, sleep(wait));
  const changed = await accepted(setup, now);
  if (changed !== now) return changed;
  const { frame, step, purpose, block } = need;
  const { state } = stepRun(frameOf(now.run, frame), step);
  if (state.kind === 'confirmed' && state.sha256 !== sha256(block.text))
    throw new Error(`The block of step ${step} is not the one that was confirmed.`);
  const attempted = { frame, step, purpose, attempt: now.run.attempts + 1 };
  const folder = `attempts/${attemptFolder(now.run, attempted)}`;
  // Intent is on disk before the process exists.
  const started = record(setup, now, [{ type: 'attempt-started', ...attempted, folder, sha256: sha256(block.text) }], true);
  const ended = await unlessLeaving(
    setup,
    setup.stop.during((signals) => execute({ workshop: setup.workshop, ...now, attempted, signals }, block, need.timeoutMs)),
  );
  return record(setup, started, [ended], true);
}

async function reattachment(setup: Setup, now: Driven, need: Extract<Need, { kind: 'reattachment' }>): Promise<Driven> {
  const { frame, step, purpose, attempt, folder } = need;
  const attempted = { frame, step, purpose, attempt };
  const work = setup.stop.during((signals) => follow({ workshop: setup.workshop, ...now, attempted, signals }, folder));
  return record(setup, now, [await unlessLeaving(setup, work)], true);
}

/** Secrets that were typed live in memory only: a resumed run asks for them again, and checks them, before it shows any more output. */
async function recallSecrets(setup: Setup, now: Driven): Promise<void> {
  const { secrets } = setup.workshop;
  for (const [name, sealed] of Object.entries(now.run.secrets)) {
    const input = Object.values(now.plan.documents)
      .flatMap((document) => document.inputs)
      .find((candidate) => candidate.name === name);
    if (input === undefined) continue;
    const asked: Question = { kind: 'input', frame: 0, input, usedBy: [] };
    let given = setup.given.get(name);
    for (let refused: string | undefined; secrets.get(name) === undefined; given = undefined) {
      const answer: Answer =
        given === undefined ? await ask(setup, now, asked, refused === undefined ? {} : { refused }) : { kind: 'value', ...given };
      if (answer.kind !== 'value')
        throw new Fault('unconfirmed', `The secret ${name} is needed again to go on.`, {
          hint: `Set ${name.toUpperCase()} in the environment, or use --secret-file ${name}=path.`,
        });
      if (seal(answer.text, sealed.salt).sha256 === sealed.sha256) secrets.set(name, answer.text);
      else refused = `This is not the value that ${name} had when the run started.`;
    }
  }
}
