/** A run as the fold of its events: what the views draw and what `next` decides from. */

import type { AttemptEnded, Confirmation, Person, Purpose, StopCause, TypedError } from './event.ts';
import type { Target, Then } from './plan.ts';

/** Where a value came from. */
export type Origin = 'built-in' | 'stage' | 'input' | 'capture' | 'output';

/** The value of a variable. A secret has no text here: it lives in memory only. */
export type Value =
  | { readonly text: string; readonly origin: Origin; readonly from: string }
  | { readonly secret: true; readonly origin: 'input'; readonly from: string };

/** Why a step counts as failed. */
export type Failure = {
  readonly kind: 'exit' | 'signal' | 'timeout' | 'stopped' | 'expect' | 'check' | 'value' | 'manual' | 'not-started' | 'settled';
  /** One line for people. */
  readonly message: string;
  readonly code?: number;
  readonly error?: TypedError;
  readonly patterns: readonly string[];
  readonly failedAt?: { readonly line: number; readonly command: string };
};

/** pending → confirmed → running → verifying → ok | failed | unknown; skipped; failed → recovered. */
export type StepState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'confirmed'; readonly purpose: Purpose; readonly how: Confirmation; readonly sha256: string; readonly before: StepState }
  /** A companion was asked for (rollback and dry run: to be confirmed; check: to be executed). `before` is what it comes back to. */
  | { readonly kind: 'asked'; readonly purpose: Purpose; readonly before: StepState }
  | { readonly kind: 'running'; readonly purpose: Purpose; readonly attempt: number; readonly before: StepState }
  /** It failed and is repeated without asking, not before `until` (ISO 8601). */
  | { readonly kind: 'waiting'; readonly until: string; readonly sha256: string }
  /** It ended well; its `check=` has the last word. */
  | { readonly kind: 'verifying' }
  /** `settled`: its end, or that of its undo, was unknown, and a person said what became of it, for this reason. */
  | { readonly kind: 'ok'; readonly settled?: string }
  | { readonly kind: 'failed'; readonly settled?: string }
  /** It failed and the operator went on, for `reason`. */
  | { readonly kind: 'overridden'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'skipped'; readonly by: 'operator' | 'stage' | 'selection'; readonly reason: string }
  | { readonly kind: 'recovered'; readonly by: 'retry' | 'playbook' | 'operator'; readonly reason?: string };

/** One process of a step. */
export type Attempt = {
  readonly attempt: number;
  readonly purpose: Purpose;
  readonly folder: string;
  readonly sha256: string;
  /** How it was confirmed; absent where nobody was asked, as for a check or a repetition. */
  readonly how?: Confirmation;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly end?: AttemptEnded;
};

/** A step as far as it has come. */
export type StepRun = {
  readonly state: StepState;
  readonly attempts: readonly Attempt[];
  /** The latest failure; stays when the step recovers. */
  readonly failure?: Failure;
  /** Retries made without asking since the operator last confirmed. */
  readonly repeats: number;
  /** Playbook frames opened for it. */
  readonly playbooks: readonly number[];
};

/** A document on the stack: the runbook (frame 0), or a playbook entry opened for a failed step of the frame below. */
export type Frame = {
  readonly id: number;
  readonly document: string;
  /** Anchors; `before` first where it is run. */
  readonly procedures: readonly string[];
  readonly opener?: {
    readonly frame: number;
    readonly step: string;
    readonly then: Then;
    readonly why: readonly string[];
    readonly by: 'operator' | 'rule';
  };
  readonly left?: 'retry' | 'done' | 'back';
  readonly steps: Readonly<Record<string, StepRun>>;
};

/** Something that somebody wrote down. One from another terminal has its host, and an id that no other note has. */
type Note = { readonly at: string; readonly operator: string; readonly text: string; readonly host?: string; readonly id?: string };

/** The sum of all events so far. */
export type Run = {
  readonly id: string;
  readonly document: string;
  readonly stage: string;
  readonly startedAt: string;
  readonly lastAt: string;
  readonly people: readonly Person[];
  readonly ticket?: string;
  readonly reason?: string;
  readonly git?: { readonly commit: string; readonly dirty: boolean };
  /** Faults that the sandbox was given. */
  readonly faults?: readonly string[];
  /** Every frame ever opened, by id. */
  readonly frames: readonly Frame[];
  /** Ids of the frames that are open, bottom first. */
  readonly stack: readonly number[];
  /** Values by name; those of the stage and the built-in ones among them. */
  readonly values: Readonly<Record<string, Value>>;
  /** Hashes of secrets that were typed, to check them on resume. */
  readonly secrets: Readonly<Record<string, { readonly salt: string; readonly sha256: string }>>;
  /** Accepted SHA-256 by path. */
  readonly files: Readonly<Record<string, string>>;
  /** When it was left by whoever drove it before, and how; from the moment that it is resumed. */
  readonly left?: { readonly at: string; readonly status: Run['status'] };
  readonly notes: readonly Note[];
  /** How many attempts were started. */
  readonly attempts: number;
  readonly status:
    | { readonly kind: 'open' }
    | { readonly kind: 'stopped'; readonly because: StopCause; readonly reason?: string }
    | { readonly kind: 'ended'; readonly result: 'finished' | 'finished with exceptions' };
};

/** A playbook entry that fits a failure, and why. */
export type Suggestion = {
  readonly target: Target;
  readonly title: string;
  readonly then: Then;
  readonly why: readonly string[];
  readonly byRule: boolean;
};
