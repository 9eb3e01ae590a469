/** Changes of status that take a while, in the background of the answers; those under way go on after a restart. */

import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, stackOf } from '../../fault.ts';
import type { World } from './action.ts';
import type { Job } from './state.ts';

/** What happens between two statuses. */
export type Transition = {
  /** How long it takes at least, so that a person can watch it. */
  readonly seconds: number;
  /** The real work. After a restart it is done again from the start, so it must put up with what the first try left. */
  work?(world: World, job: Job): Promise<void>;
  /** True while it must not end. */
  held?(world: World, job: Job): boolean;
  /** What is true at the end. */
  done(world: World, job: Job): void;
  /** What is true if the work failed; else the failure is only logged. */
  failed?(world: World, job: Job, error: unknown): void;
};

/** How often a transition that is held asks again. */
const heldMs = 100;

/** The transitions that are under way. */
export class Transitions {
  readonly #table: Readonly<Record<string, Transition>>;
  readonly #scale: number;
  readonly #save: () => Promise<void>;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  /** `scale` multiplies every duration; 0 leaves only the work. */
  constructor(table: Readonly<Record<string, Transition>>, options: { readonly scale: number; readonly save: () => Promise<void> }) {
    this.#table = table;
    this.#scale = options.scale;
    this.#save = options.save;
  }

  /** Notes the job in the state and starts it. */
  begin(world: World, wanted: Pick<Job, 'kind' | 'subject' | 'details'>): void {
    const begun = world.clock();
    const seconds = this.#transition(wanted.kind).seconds * this.#scale;
    world.state.serial += 1;
    const job: Job = {
      id: `job-${world.state.serial}`,
      ...wanted,
      begunAt: begun.toISOString(),
      dueAt: new Date(begun.getTime() + seconds * 1000).toISOString(),
    };
    world.state.jobs.push(job);
    this.#start(world, job);
  }

  /** Goes on with what an earlier process left. */
  resume(world: World): void {
    for (const job of world.state.jobs) this.#start(world, job);
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Starts nothing more and waits for work that cannot be interrupted. What did not end stays in the state. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
  }

  #transition(kind: string): Transition {
    const transition = this.#table[kind];
    if (transition === undefined) throw new Error(`There is no transition ${kind}.`);
    return transition;
  }

  #start(world: World, job: Job): void {
    const running = this.#run(world, job).catch((error: unknown) => {
      if (!this.#closing.signal.aborted) world.log(`${job.kind} of ${job.subject}: ${stackOf(error)}`);
    });
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async #run(world: World, job: Job): Promise<void> {
    const transition = this.#transition(job.kind);
    const { signal } = this.#closing;
    // The answer that began it shows the status in between, so nothing may end before the handler does.
    await new Promise((resolve) => setImmediate(resolve));
    const failure = await work(transition, world, job);
    const rest = Date.parse(job.dueAt) - world.clock().getTime();
    if (rest > 0) await sleep(rest, undefined, { signal });
    while (transition.held?.(world, job) === true) await sleep(heldMs, undefined, { signal });
    if (signal.aborted) return;
    world.state.jobs = world.state.jobs.filter((other) => other.id !== job.id);
    if (failure === undefined) transition.done(world, job);
    else {
      world.log(`${job.kind} of ${job.subject} failed: ${messageOf(failure.reason)}`);
      transition.failed?.(world, job, failure.reason);
    }
    await this.#save();
  }
}

async function work(transition: Transition, world: World, job: Job): Promise<{ readonly reason: unknown } | undefined> {
  try {
    await transition.work?.(world, job);
    return undefined;
  } catch (reason) {
    return { reason };
  }
}

/** How far a job is, from 0 to 99; undefined when there is none of this kind. */
export function progressOf(world: World, kind: string, subject: string): number | undefined {
  const job = world.state.jobs.find((each) => each.kind === kind && each.subject === subject);
  if (job === undefined) return undefined;
  const [begun, due, now] = [Date.parse(job.begunAt), Date.parse(job.dueAt), world.clock().getTime()];
  return due <= begun ? 0 : Math.max(0, Math.min(99, Math.floor(((now - begun) / (due - begun)) * 100)));
}
