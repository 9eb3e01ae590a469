/** What a run is driven with, and the only ways in which anything is asked or becomes part of it. */

import { apply } from '../core/apply.ts';
import type { Fact } from '../core/event.ts';
import type { Answer, Context, FileChange, Operator, Question, Since } from '../core/need.ts';
import type { Plan, Step } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import type { StopSignals, Workshop } from './execute.ts';
import type { Journal } from './journal.ts';

/** Everything that a run needs from the world. */
export type Setup = {
  readonly workshop: Workshop;
  readonly journal: Journal;
  readonly operator: Operator;
  /** Values given on the command line or by the environment, by input name. */
  readonly given: ReadonlyMap<string, { readonly text: string; readonly from: string }>;
  /** Files that are not what was accepted, and the plan that they make; undefined when all are. Rejects with a Fault when they are not valid. */
  readonly changed: (plan: Plan, run: Run) => Promise<{ readonly changes: readonly FileChange[]; readonly plan: Plan } | undefined>;
  /** A step of a document beside the last run on this stage in which it ended well. */
  readonly since: (document: string, step: Step) => Promise<Since>;
  /** The declared files that these globs match now, as project paths. */
  readonly declared: (globs: readonly string[]) => readonly string[];
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

/** Redacts, appends, applies, shows: the only way in which anything becomes part of a run. */
export function record(setup: Setup, { plan, run }: Driven, facts: readonly Fact[], durable: boolean): Driven {
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

/** The operator's answer, unless the engine has to leave first. */
export function ask(setup: Setup, { plan, run }: Driven, asked: Question, context: Context): Promise<Answer> {
  return unlessLeaving(setup, setup.operator.answer(plan, run, asked, context));
}

/** Thrown when the engine has to leave. */
export const leave = Symbol('leave');

/** The result of some work, unless the engine has to leave first; the work itself goes on. */
export function unlessLeaving<T>({ leaving }: Setup, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(leave);
    if (leaving.aborted) return abort();
    leaving.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => leaving.removeEventListener('abort', abort));
  });
}
