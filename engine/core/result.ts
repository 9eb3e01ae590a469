/** What became of a run, in one word and in numbers. */

import { resting } from './frame.ts';
import type { Run, StepState } from './run.ts';

/** `open`: nobody wrote down that it stopped; it runs at this moment, or its engine died. */
export type Result = 'finished' | 'finished with exceptions' | 'failed' | 'stopped' | 'unknown' | 'open';

/** The result of a run. */
export function resultOf(run: Run): Result {
  if (run.status.kind === 'ended') return run.status.result;
  if (statesOf(run).some((state) => state.kind === 'unknown')) return 'unknown';
  if (run.status.kind === 'open') return 'open';
  return run.status.because === 'failure' ? 'failed' : 'stopped';
}

/** How many steps ended how, playbooks included. */
export type Counts = { readonly ok: number; readonly recovered: number; readonly skipped: number; readonly failed: number; readonly unknown: number };

const countedAs: Readonly<Partial<Record<StepState['kind'], keyof Counts>>> = {
  ok: 'ok',
  recovered: 'recovered',
  skipped: 'skipped',
  failed: 'failed',
  overridden: 'failed',
  unknown: 'unknown',
};

/** Counts the steps of all frames. A failure that was gone on after counts as failed. */
export function countsOf(run: Run): Counts {
  const counts = { ok: 0, recovered: 0, skipped: 0, failed: 0, unknown: 0 };
  for (const { kind } of statesOf(run)) {
    const name = countedAs[kind];
    if (name !== undefined) counts[name] += 1;
  }
  return counts;
}

/** A step for which a companion is under way counts as what it was before. */
function statesOf(run: Run): readonly StepState[] {
  return run.frames.flatMap((frame) => Object.values(frame.steps).map((record) => resting(record.state)));
}
