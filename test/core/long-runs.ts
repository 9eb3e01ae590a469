/** Runs of as many events as wanted: what they cost must grow with their number, not with its square. */

import type { Event } from '../../engine/core/event.ts';
import type { Plan } from '../../engine/core/plan.ts';
import { planWith, step } from './plan-builder.ts';
import { started } from './rehearsal.ts';

const at = '2026-11-24T09:00:00.000Z';

/** A plan, and the journal of a run of it with about so many events. */
export type LongRun = { readonly name: string; readonly plan: Plan; readonly journal: (count: number) => readonly Event[] };

/** Confirmation, start and end of a step, or start and end of one more poll. */
function attempt(id: string, number: number, confirmed: boolean): readonly Event[] {
  const of = { frame: 0, step: id, purpose: 'run' } as const;
  const end = { outcome: { kind: 'exited', code: confirmed ? 0 : 1 }, unmet: [], patterns: [], values: {}, remarks: [] } as const;
  const events: readonly Event[] = [
    { type: 'step-confirmed', ...of, how: 'key', sha256: '', at },
    { type: 'attempt-started', ...of, attempt: number, folder: '', sha256: '', at },
    { type: 'attempt-ended', ...of, attempt: number, ...end, log: { bytes: 0, sha256: '' }, at },
  ];
  return confirmed ? events : events.slice(1);
}

const polled = planWith(step('wait', 'low', { everyMs: 1, timeoutMs: 1e9 }));
const long = planWith(...Array.from({ length: 33_334 }, (_, index) => step(`step-${index}`)));

export const longRuns: readonly LongRun[] = [
  {
    name: 'one polled step',
    plan: polled,
    journal: (count) => [{ ...started(polled), at }, ...Array.from({ length: count / 2 }, (_, index) => attempt('wait', index + 1, false)).flat()],
  },
  {
    name: 'very many steps',
    plan: long,
    journal: (count) => [
      { ...started(long), at },
      ...Array.from({ length: count / 3 }, (_, index) => attempt(`step-${index}`, index + 1, true)).flat(),
    ],
  },
];
