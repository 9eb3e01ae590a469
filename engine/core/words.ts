/** The words for states, ends, times and results: one place for every view and report. */

import type { Confirmation, Outcome, Purpose, StopCause } from './event.ts';
import type { Risk } from './plan.ts';
import { countsOf, resultOf } from './result.ts';
import type { Origin, Run, StepState } from './run.ts';

/** One word for how far a step is. What needs a person is in capitals. */
export function stateWord(state: StepState): string {
  switch (state.kind) {
    case 'pending':
    case 'confirmed':
    case 'running':
    case 'waiting':
    case 'verifying':
    case 'ok':
    case 'skipped':
    case 'recovered':
      return state.kind;
    case 'asked':
      return stateWord(state.before);
    case 'failed':
      return 'FAILED';
    case 'overridden':
      return 'failed, went on';
    case 'unknown':
      return 'UNKNOWN';
  }
}

/** What stands beside a step that has settled: why it was skipped, how it recovered, that a person said what became of it. */
export function stateDetail(state: StepState): string {
  switch (state.kind) {
    case 'skipped':
      return state.by === 'operator' ? `skipped: ${state.reason}` : `skipped, ${state.reason}`;
    case 'recovered':
      return `recovered by ${{ retry: 'a retry', playbook: 'its playbook', operator: 'the operator' }[state.by]}${because(state.reason)}`;
    case 'ok':
    case 'failed':
      return state.settled === undefined ? stateWord(state) : `${stateWord(state)}, settled by the operator${because(state.settled)}`;
    case 'overridden':
      return `failed, went on: ${state.reason}`;
    case 'unknown':
      return `UNKNOWN: ${state.why}`;
    default:
      return stateWord(state);
  }
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

/** How a process ended, as a predicate: "exit 3", "timed out". */
export function outcomeWords(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `exit ${outcome.code}`;
    case 'signalled':
      return `ended by ${outcome.signal}`;
    case 'timed-out':
      return 'timed out';
    case 'stopped':
      return 'stopped by the operator';
    case 'not-started':
      return `not started: ${outcome.why}`;
    case 'lost':
      return `end not known: ${outcome.why}`;
  }
}

/** What an attempt was for, as a noun. */
export function purposeWord(purpose: Purpose): string {
  return { run: 'step', check: 'check', rollback: 'undo', 'dry-run': 'dry run' }[purpose];
}

/** How a step was confirmed. `onward` was not shown first, and says so. */
export function confirmedWords(how: Confirmation): string {
  return { key: 'confirmed', typed: 'confirmed (typed)', flag: 'confirmed (flag)', onward: 'confirmed onward' }[how];
}

/** The risk as it stands beside a title. */
export function riskWords(risk: Risk): string {
  return { low: 'risk low, only reads', medium: 'risk medium', high: 'risk HIGH' }[risk];
}

/** Where a value came from. */
export function originWords(origin: Origin, from: string): string {
  const where = { 'built-in': 'built in', stage: 'stage', input: 'input', capture: 'captured', output: 'output' }[origin];
  return `${where}, ${from}`;
}

/** Why a run stopped. */
export function stopWords(because: StopCause): string {
  return {
    operator: 'stopped by the operator',
    failure: 'stopped after a failure',
    unconfirmed: 'stopped: a confirmation was missing or refused',
    unknown: 'stopped: nobody said what became of a step',
    changes: 'stopped: files changed and that was not accepted',
    preflight: 'stopped: a check before a step failed',
    signal: 'stopped by a signal',
  }[because];
}

/** How a run stands, in capitals where somebody has to look. */
export function resultWords(run: Run): string {
  const result = resultOf(run);
  const words = {
    finished: 'FINISHED',
    'finished with exceptions': 'FINISHED WITH EXCEPTIONS',
    failed: 'FAILED',
    stopped: 'STOPPED',
    unknown: 'UNKNOWN',
    open: 'not finished',
  }[result];
  if (run.status.kind !== 'stopped') return words;
  const because = stopWords(run.status.because);
  return result === 'stopped' ? because.replace('stopped', words) : `${words}, ${because}`;
}

/** How many steps ended how; a step that recovered is not among the ok ones. */
export function countWords(run: Run): string {
  const { ok, recovered, skipped, failed, unknown } = countsOf(run);
  const counts = `ok ${ok}   recovered ${recovered}   skipped ${skipped}   failed ${failed}`;
  return unknown === 0 ? counts : `${counts}   UNKNOWN ${unknown}`;
}

/** A length of time: `0.3 s`, `30 s`, `2m 9s`, `1h 5m`. */
export function durationWords(ms: number): string {
  const tenths = Math.max(0, Math.round(ms / 100));
  if (tenths < 600) return `${ms % 1000 === 0 || tenths === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(tenths / 10);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const [large, small] = hours > 0 ? [`${hours}h`, minutes > 0 ? ` ${minutes}m` : ''] : [`${minutes}m`, seconds % 60 > 0 ? ` ${seconds % 60}s` : ''];
  return large + small;
}

/** A clock of the time that has passed: `00:02:31`. */
export function clockWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

/** A size: `812 B`, `6.1 kB`, `1.4 MB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `1 line`, `2 lines`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
