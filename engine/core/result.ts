/** What became of a run, in one word and in numbers. */

import type { Run, StepRun } from './run.ts';

/** `open`: nobody wrote down that it stopped; it runs at this moment, or its engine died. */
export type Result = 'finished' | 'finished with exceptions' | 'failed' | 'stopped' | 'unknown' | 'open';

/** The result of a run. */
export function resultOf(run: Run): Result {
  if (run.status.kind === 'ended') return run.status.result;
  if (recordsOf(run).some(({ state }) => state.kind === 'unknown')) return 'unknown';
  if (run.status.kind === 'open') return 'open';
  return run.status.because === 'failure' ? 'failed' : 'stopped';
}

/** How many steps ended how, playbooks included. */
export type Counts = { readonly ok: number; readonly recovered: number; readonly skipped: number; readonly failed: number; readonly unknown: number };

/** Counts the steps of all frames. A failure that was gone on after counts as failed. */
export function countsOf(run: Run): Counts {
  const counts = { ok: 0, recovered: 0, skipped: 0, failed: 0, unknown: 0 };
  for (const { state } of recordsOf(run)) {
    if (state.kind === 'overridden') counts.failed += 1;
    else if (state.kind === 'ok' || state.kind === 'recovered' || state.kind === 'skipped' || state.kind === 'failed' || state.kind === 'unknown') counts[state.kind] += 1;
  }
  return counts;
}

function recordsOf(run: Run): readonly StepRun[] {
  return run.frames.flatMap((frame) => Object.values(frame.steps));
}
