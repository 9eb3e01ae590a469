/** What a run needs in order to go on, and what an operator can answer. */

import type { Confirmation, Event, Fact, Purpose } from './event.ts';
import type { Input, Plan } from './plan.ts';
import type { Run, Suggestion, Value } from './run.ts';

/** One thing that an operator can choose after a failure, a playbook or an unknown end. */
export type Choice =
  | { readonly kind: 'playbook'; readonly suggestion: Suggestion }
  | { readonly kind: 'retry' }
  | { readonly kind: 'rollback' }
  /** Go on although the step failed; needs a reason. */
  | { readonly kind: 'override' }
  /** Count the failed step as done; needs a reason unless the playbook itself says so. */
  | { readonly kind: 'done' }
  /** Leave the playbook unfinished, back to the failure choices below. */
  | { readonly kind: 'back' }
  /** Unknown steps: run the `check=`. */
  | { readonly kind: 'check' }
  /** Unknown steps: what became of it; needs a reason. */
  | { readonly kind: 'settle'; readonly as: 'happened' | 'did-not-happen' | 'run-again' }
  /** Stop here; the run can be resumed. */
  | { readonly kind: 'stop' };

/** A block with its values filled in: the bytes that are shown, confirmed and run. */
export type ResolvedBlock = {
  readonly text: string;
  /** SQL: the host from `host=`, filled in. */
  readonly host?: string;
  /** The value from `retype=`, filled in. */
  readonly retype?: string;
  /** The values that were filled in, in order of first use. */
  readonly used: readonly { readonly name: string; readonly value: Value }[];
};

/** What only a person (or a flag given by one) can supply. */
export type Question =
  | { readonly kind: 'input'; readonly frame: number; readonly input: Input; readonly usedBy: readonly string[] }
  | {
      readonly kind: 'confirm';
      readonly frame: number;
      readonly step: string;
      readonly purpose: Purpose;
      readonly block: ResolvedBlock;
      /** What has to be typed: the value of `retype=`, or the stage's name for risk=high on a typed stage. */
      readonly typed?: string;
    }
  | { readonly kind: 'attest'; readonly frame: number; readonly step: string; readonly block: ResolvedBlock }
  /** A step failed. The first choice is the suggested one. */
  | { readonly kind: 'failure'; readonly frame: number; readonly step: string; readonly choices: readonly Choice[] }
  /** Nobody knows how a step ended. */
  | { readonly kind: 'unknown'; readonly frame: number; readonly step: string; readonly why: string; readonly choices: readonly Choice[] }
  /** A playbook entry has run; back to the failed step of the frame below. The first choice is what the playbook says. */
  | { readonly kind: 'return'; readonly frame: number; readonly choices: readonly Choice[] };

/** What a run needs next. */
export type Need =
  | { readonly kind: 'question'; readonly question: Question }
  /** A process. `notBefore` (ISO 8601) delays a poll or a retry. */
  | {
      readonly kind: 'execution';
      readonly frame: number;
      readonly step: string;
      readonly purpose: Purpose;
      readonly block: ResolvedBlock;
      readonly timeoutMs: number;
      readonly notBefore?: string;
    }
  /** A process that was started and whose end is not on record: it may still run. */
  | {
      readonly kind: 'reattachment';
      readonly frame: number;
      readonly step: string;
      readonly purpose: Purpose;
      readonly attempt: number;
      readonly folder: string;
    }
  /** Facts that follow by themselves. */
  | { readonly kind: 'record'; readonly facts: readonly Fact[] }
  /** A value cannot be filled in, or is missing: the run cannot go on from here. */
  | { readonly kind: 'impossible'; readonly message: string; readonly hint: string }
  | { readonly kind: 'nothing' };

/** An operator's answer. */
export type Answer =
  | { readonly kind: 'value'; readonly text: string; readonly from: string }
  /** Runs what was shown, or with `onward` what need not be shown. `typed` is what was typed, where typing is wanted. */
  | { readonly kind: 'run'; readonly how: Confirmation; readonly typed?: string }
  /** Asks for the dry run of the step, which is shown and confirmed by itself. */
  | { readonly kind: 'dry-run' }
  /** Nothing was decided, but files may have changed: the question is asked again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'attested'; readonly done: boolean; readonly note: string }
  | { readonly kind: 'chosen'; readonly choice: Choice; readonly reason?: string; readonly by: 'operator' | 'rule' }
  | { readonly kind: 'stop'; readonly because: 'operator' | 'failure' | 'unconfirmed' | 'unknown' | 'signal'; readonly reason?: string };

/** Files that are not what was accepted, shown before a step runs. */
export type FileChange = {
  readonly path: string;
  readonly kind: 'changed' | 'added' | 'removed';
  /** Unified diff, where both texts are known. */
  readonly diff: string;
  readonly sha256?: string;
};

/** Where a SQL block or a database client of a step acts, asked of the server itself. */
export type DatabaseTarget = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly role: 'writer' | 'reader' | 'unknown';
};

/** Where an AWS block acts, and as whom. On a sandbox nobody answers for it but the sandbox. */
export type AwsTarget = { readonly account: string; readonly region: string; readonly arn?: string };

/** Credentials that have to be renewed before the next step can act. */
export type Renewal = { readonly profile?: string; readonly why: string; readonly hint: string };

/** A block beside the one of the last run on this stage in which the step ended well; both before values were filled in. */
export type Since =
  /** `searched`: how many of the newest runs were looked at, where there are older ones; `unread`: how many of them could not be read. */
  | { readonly kind: 'never'; readonly searched?: number; readonly unread?: number }
  | {
      readonly kind: 'compared';
      readonly run: string;
      /** When the step was done there (ISO 8601). */
      readonly at: string;
      /** How many lines differ; 0 for none. */
      readonly lines: number;
      /** Unified diff; empty where nothing differs. */
      readonly diff: string;
    };

/** Things worth knowing beside a question. */
export type Context = {
  readonly target?: DatabaseTarget;
  readonly aws?: AwsTarget;
  readonly cwd?: string;
  readonly since?: Since;
  /** Declared files of the step, else of its document, which stand in the record with their hashes; those that the block names come first. */
  readonly files?: readonly string[];
  /** The block and its source without the secrets that are written out in it; absent where there are none. */
  readonly masked?: { readonly text: string; readonly source: string };
  /** Why the last answer to this question was not taken. */
  readonly refused?: string;
};

/** Whoever answers: a terminal UI, line prompts, or the flags of an unattended run. */
export interface Operator {
  /** True when a question will be answered without being shown: then nobody looks up what is only worth knowing. Absent: every one is shown. */
  unshown?(plan: Plan, run: Run, question: Question): boolean;
  /** The answer to a question. Rejects when nobody can answer. */
  answer(plan: Plan, run: Run, question: Question, context: Context): Promise<Answer>;
  /** True to go on with the changed files, which is recorded; false to stop. */
  accept(plan: Plan, run: Run, changes: readonly FileChange[]): Promise<boolean>;
  /** True when the credentials were renewed and can be tried again; false to stop. It decides nothing about a step. */
  renew(plan: Plan, run: Run, renewal: Renewal): Promise<boolean>;
}

/** Whoever watches: every event after it is on disk, and the output of the attempt that runs. */
export interface View {
  /** `run` already holds the event. */
  event(plan: Plan, run: Run, event: Event): void;
  /** Redacted bytes, in order; a chunk may end inside a character. No more come before a promise is kept: whoever reads may be slow. */
  output(attempt: number, chunk: Uint8Array): void | Promise<void>;
  progress(attempt: number, percent: number | undefined, message: string): void;
}
