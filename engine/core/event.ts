/** The vocabulary of everything that can happen in a run. A journal is a list of events; every view folds them. */

import type { Target, Then } from './plan.ts';

/** What an attempt is for. `run` is the step itself, the others are its companion fences. */
export type Purpose = 'run' | 'check' | 'rollback' | 'dry-run';

/**
 * How a step was confirmed: by a key or by typing on its screen, by a flag, or `onward`: the operator said before to run on through
 * steps that only read, and this one was not shown first.
 */
export type Confirmation = 'key' | 'typed' | 'flag' | 'onward';

/** How a process ended. */
export type Outcome =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  /** The engine ended it because its time was up. */
  | { readonly kind: 'timed-out' }
  /** The engine ended it because the operator stopped it. */
  | { readonly kind: 'stopped' }
  /** Nothing of the block ran: it could not be started, or the kernel refused it. */
  | { readonly kind: 'not-started'; readonly why: string }
  /** Nobody knows how it ended: machine, launcher or connection was lost. */
  | { readonly kind: 'lost'; readonly why: string };

/** A typed error that a kernel or block reported: an SQLSTATE, the name of an AWS error, or a word of the block's own. */
export type TypedError = { readonly code: string; readonly message: string };

/** A request to a service: what was asked for, as `service:Operation`, and the id that the service gave it. */
export type ServiceRequest = { readonly operation: string; readonly id: string };

/** Size and hash of a stored log: what was recorded after redaction. */
export type LogSeal = { readonly bytes: number; readonly sha256: string };

/** Who and where: recorded when a run starts and when it is resumed. */
export type Person = {
  readonly operator: string;
  readonly host: string;
  readonly engine: string;
  /** The AWS account in which its steps act, and as whom, as AWS itself says. */
  readonly account?: string;
  readonly arn?: string;
};

/** A fact, before the journal gives it its time and place in the chain. */
export type Fact =
  /** A run began. Always the first event. */
  | ({
      readonly type: 'run-started';
      readonly run: string;
      readonly document: string;
      /** True where the document's plain shell fences are its steps. */
      readonly asIs: boolean;
      readonly procedures: readonly string[];
      readonly stage: string;
      readonly selection: { readonly from?: string; readonly to?: string; readonly only?: readonly string[]; readonly readOnly: boolean };
      readonly variables: Readonly<Record<string, string>>;
      readonly region?: string;
      readonly ticket?: string;
      readonly reason?: string;
      readonly git?: { readonly commit: string; readonly dirty: boolean };
      /** Faults that the sandbox was given for this run. */
      readonly faults?: readonly string[];
      /** SHA-256 by path of every document, `runbook.yaml` and declared file that the run can reach. */
      readonly files: Readonly<Record<string, string>>;
    } & Person)
  /** Somebody went on with a run that had not finished. `changed` are the files that were no longer as they had been accepted. */
  | ({
      readonly type: 'run-resumed';
      readonly git?: { readonly commit: string; readonly dirty: boolean };
      readonly changed?: readonly string[];
    } & Person)
  /** An input got its value. Of a secret only a salted hash is kept. */
  | {
      readonly type: 'value-given';
      readonly name: string;
      readonly from: string;
      readonly value?: string;
      readonly secret?: { readonly salt: string; readonly sha256: string };
    }
  /** Files that changed since they were last accepted were shown, and the operator went on. A file that is gone has no hash. */
  | { readonly type: 'changes-accepted'; readonly files: readonly { readonly path: string; readonly sha256?: string }[] }
  /** A step was confirmed. `sha256` is of the block's bytes with values filled in. */
  | {
      readonly type: 'step-confirmed';
      readonly frame: number;
      readonly step: string;
      readonly purpose: Purpose;
      readonly how: Confirmation;
      readonly sha256: string;
    }
  /** A process is about to start. On disk before it does. `attempt` counts over the whole run, from 1. */
  | {
      readonly type: 'attempt-started';
      readonly frame: number;
      readonly step: string;
      readonly purpose: Purpose;
      readonly attempt: number;
      readonly folder: string;
      readonly sha256: string;
    }
  /** A process ended, or its end could not be learned. */
  | AttemptEnded
  /** A person did a manual step, or says that it failed. */
  | { readonly type: 'step-attested'; readonly frame: number; readonly step: string; readonly done: boolean; readonly note: string }
  /** A step will not run. */
  | {
      readonly type: 'step-skipped';
      readonly frame: number;
      readonly step: string;
      readonly by: 'operator' | 'stage' | 'selection';
      readonly reason: string;
    }
  /** The operator said what became of a step whose end was unknown. */
  | {
      readonly type: 'step-settled';
      readonly frame: number;
      readonly step: string;
      readonly as: 'happened' | 'did-not-happen' | 'run-again';
      readonly reason: string;
    }
  /** A failed step will be confirmed and run again. */
  | { readonly type: 'retry-chosen'; readonly frame: number; readonly step: string }
  /** The step's rollback or dry run, or of an unknown step its check, was asked for. */
  | { readonly type: 'companion-chosen'; readonly frame: number; readonly step: string; readonly purpose: 'rollback' | 'check' | 'dry-run' }
  /** The companion that was asked for is not wanted after all. Records without a purpose are of rollbacks. */
  | { readonly type: 'companion-declined'; readonly frame: number; readonly step: string; readonly purpose?: 'rollback' | 'dry-run' }
  /** A failed step stays failed and the run goes on. */
  | { readonly type: 'failure-overridden'; readonly frame: number; readonly step: string; readonly reason: string }
  /** A playbook entry was opened for a failed step; its frame is `opened`. */
  | {
      readonly type: 'playbook-entered';
      readonly frame: number;
      readonly step: string;
      readonly opened: number;
      readonly target: Target;
      readonly then: Then;
      readonly why: readonly string[];
      readonly by: 'operator' | 'rule';
    }
  /** A playbook frame was left. `back` leaves it unfinished, to the failure choices. */
  | { readonly type: 'playbook-left'; readonly frame: number; readonly as: 'retry' | 'done' | 'back'; readonly reason?: string }
  /** Somebody wrote something down. From another terminal it has an `id`, so that it is recorded once whatever dies meanwhile, and its `host`. */
  | { readonly type: 'note-added'; readonly operator: string; readonly text: string; readonly host?: string; readonly id?: string }
  /**
   * A secret stood in what was already written, and was masked there: `logs` have new seals, lines of the journal (`events`, by number) were
   * written anew with all lines behind them, and `head` was the hash of the journal before that. `files` of the run's folder were masked, or
   * dropped where a mask would be taken for a value; a block among them is no longer what its hash says. `left` are documents and declared
   * files whose kept copies hold a secret: they cannot be masked, as their names are their hashes.
   */
  | {
      readonly type: 'record-repaired';
      readonly logs: readonly { readonly attempt: number; readonly log: LogSeal }[];
      readonly events: readonly number[];
      readonly head?: string;
      readonly files?: readonly string[];
      readonly left?: readonly string[];
    }
  /** The run stopped before its end; it can be resumed. */
  | { readonly type: 'run-stopped'; readonly because: StopCause; readonly reason?: string }
  /** The run came to its end. Always the last event. */
  | { readonly type: 'run-ended'; readonly result: 'finished' | 'finished with exceptions' };

/** Why a run stopped before its end. */
export type StopCause =
  /** The operator asked for it. */
  | 'operator'
  /** A step failed, and the operator, a playbook or a rule said stop. */
  | 'failure'
  /** A confirmation was missing or refused. */
  | 'unconfirmed'
  /** Somebody has to say what became of a step, and nobody is there. */
  | 'unknown'
  /** Files changed and that was not accepted. */
  | 'changes'
  /** A check before a step failed: account, tool, connection. */
  | 'preflight'
  /** The engine got SIGHUP, SIGINT or SIGTERM. */
  | 'signal';

/** The end of an attempt, with everything that the fold needs from its output. */
export type AttemptEnded = {
  readonly type: 'attempt-ended';
  readonly frame: number;
  readonly step: string;
  readonly purpose: Purpose;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly error?: TypedError;
  /** The line of the document that failed, and the command on it. */
  readonly failedAt?: { readonly line: number; readonly command: string };
  /** Expectations that were not met, as written. Empty when all were. */
  readonly unmet: readonly string[];
  /** Symptom patterns that match the last MB of output. */
  readonly patterns: readonly string[];
  /** Values for variables: the capture and what the block wrote to `$RUNBOOK_OUTPUT`. */
  readonly values: Readonly<Record<string, string>>;
  /** Why the capture or an output could not be used. Fails the step. */
  readonly badValue?: string;
  /** Requests that a service answered, such as `rds:CreateDBClusterSnapshot`, with the ids by which its own log (CloudTrail) knows them. */
  readonly requests?: readonly ServiceRequest[];
  /** Anything else that the operator must know: state of the shell lost, processes that survive, output not kept. */
  readonly remarks: readonly string[];
  readonly log: LogSeal;
  /** When the process ended (ISO 8601, UTC), where that was long before it could be recorded: the engine was gone meanwhile. */
  readonly endedAt?: string;
};

/** A fact and when it was recorded (ISO 8601, UTC). */
export type Event = Fact & { readonly at: string };
