/** What a run is driven with, and the only ways in which anything is asked or becomes part of it. */

import { apply } from '../core/apply.ts';
import type { Event, Fact } from '../core/event.ts';
import type { Answer, Context, FileChange, Operator, Question, Since } from '../core/need.ts';
import type { Plan, Step } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import type { StopSignals, Workshop } from './execute.ts';
import type { FinalScan } from './final-scan.ts';
import type { Journal } from './journal.ts';
import { clearNotes, notOnRecord, type WaitingNote } from './notes.ts';

/** Everything that a run needs from the world. */
export type Setup = {
  readonly workshop: Workshop;
  readonly journal: Journal;
  /** Where the run has come to, and the notes that wait for their place in its record. */
  readonly standing: Standing;
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
  /** Looks for secrets in what was written, before the run ends or stops. */
  readonly scan: FinalScan;
};

/** How far the run is on record. Notes come at any time, so whoever holds a run may hold one without the latest of them. */
export class Standing {
  readonly #inbox: () => readonly WaitingNote[];
  #latest: Driven | undefined;

  /** `inbox` gives the notes from other terminals. */
  constructor(inbox: () => readonly WaitingNote[] = () => []) {
    this.#inbox = inbox;
  }

  /** The latest run, undefined before the first record. */
  get latest(): Driven | undefined {
    return this.#latest;
  }

  reached(driven: Driven): Driven {
    this.#latest = driven;
    return driven;
  }

  /** Notes that are not on record yet, and all that are in the inbox. An inbox that cannot be read never stops a run. */
  waiting(run: Run): { readonly fresh: readonly WaitingNote[]; readonly all: readonly WaitingNote[] } {
    try {
      const all = this.#inbox();
      return { fresh: notOnRecord(run, all), all };
    } catch {
      return { fresh: [], all: [] };
    }
  }
}

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

/** Redacts, appends, applies, shows: the only way in which anything becomes part of a run. Notes that wait go first. */
export function record(setup: Setup, { plan, run }: Driven, facts: readonly Fact[], durable: boolean): Driven {
  const { workshop, standing } = setup;
  const { secrets } = workshop;
  const now: Driven = { plan, run: standing.latest?.run ?? run };
  const { fresh, all } = standing.waiting(now.run);
  const closing = facts.find(({ type }) => type === 'run-ended' || type === 'run-stopped');
  const before = closing === undefined ? now : searched(setup, now, closing.type === 'run-ended');
  const events = setup.journal.append(
    [...fresh.map(({ fact }) => fact), ...facts].map((fact) => secrets.cleanFact(fact)),
    { durable: durable || fresh.length > 0 },
  );
  clearNotes(all);
  return applied(setup, before, events);
}

/** The run when what it has written was searched for secrets, and without those that were found. */
function searched(setup: Setup, now: Driven, ends: boolean): Driven {
  const { events, masked } = setup.scan.look(now.run, ends);
  return applied(setup, masked ? { ...now, run: setup.workshop.secrets.cleanData(now.run) } : now, events);
}

function applied({ workshop: { view }, scan, standing }: Setup, { plan, run }: Driven, events: readonly Event[]): Driven {
  let now = run;
  for (const event of events) {
    scan.noted(event);
    now = apply(plan, now, event);
    view.event(plan, now, event);
  }
  return standing.reached({ plan, run: now });
}

/** Records notes that came from another terminal, at once, also while a step runs or a question is open. */
export function takeNotes(setup: Setup): void {
  const { latest } = setup.standing;
  if (latest === undefined || latest.run.status.kind === 'ended' || setup.standing.waiting(latest.run).all.length === 0) return;
  record(setup, latest, [], true);
}

/** Records what the operator wants noted, whatever the run is doing. */
export function addNote(setup: Setup, text: string): void {
  const { latest } = setup.standing;
  const operator = latest?.run.people.at(-1)?.operator;
  if (latest !== undefined && operator !== undefined && latest.run.status.kind !== 'ended')
    record(setup, latest, [{ type: 'note-added', operator, text }], true);
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
