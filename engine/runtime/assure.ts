/** Before a step acts: who acts is made sure of, and renewed by the operator where that is needed. Until then nothing is sent. */

import type { Purpose } from '../core/event.ts';
import { frameOf, stepOf } from '../core/frame.ts';
import { Fault } from '../fault.ts';
import type { Upcoming } from './login.ts';
import { type Driven, record, type Setup, unlessLeaving } from './setup.ts';

/** A step that is asked about, or that is about to start. */
export type StepBefore = Upcoming & { readonly starts: boolean; readonly confirmed: boolean };

/** What a step is, as far as it decides what has to be sure before it. `starts` when it is not only asked about. */
export function stepBefore({ plan, run }: Driven, at: { frame: number; step: string; purpose: Purpose }, starts: boolean): StepBefore {
  const step = stepOf(plan, frameOf(run, at.frame), at.step);
  const own = at.purpose === 'run' || at.purpose === 'rollback';
  const companion = { run: step, check: step.check, rollback: step.rollback, 'dry-run': step.dryRun }[at.purpose];
  return { changes: own && step.risk !== 'low', timeoutMs: companion?.timeoutMs ?? step.timeoutMs, starts, confirmed: at.purpose !== 'check' };
}

/**
 * Resolves when the stage's credentials are good for a step and its database is the one of now.
 * @throws Fault `preflight`, with the run stopped, when they are not.
 */
export async function assure(setup: Setup, now: Driven, { starts, confirmed, changes, timeoutMs }: StepBefore): Promise<void> {
  const { identity, secrets } = setup.workshop;
  // For the question an answer of a few minutes ago does; before the start of a change AWS is asked again.
  const upcoming = { changes: changes && starts, timeoutMs };
  try {
    for (;;) {
      const renewal = await unlessLeaving(setup, identity.check(upcoming));
      secrets.add(identity.secrets);
      if (renewal === undefined) break;
      const renewed = await unlessLeaving(setup, setup.operator.renew(now.plan, now.run, renewal));
      if (!renewed) throw new Fault('preflight', `${renewal.why} Nothing was sent.`, { hint: renewal.hint });
    }
    // What was shown for confirmation is where it acts: a step that was confirmed keeps the database that the question named.
    if (!(starts && confirmed)) await unlessLeaving(setup, identity.refreshDatabase({ changes }));
    secrets.add(identity.secrets);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    record(setup, now, [{ type: 'run-stopped', because: 'preflight', reason: error.message }], true);
    const { message, hint, cause } = error;
    throw new Fault('preflight', message, { hint: `${hint === undefined ? '' : `${hint}\n`}Then go on with: runbook resume ${now.run.id}`, cause });
  }
}
