/** The loop: meet what the run needs, record it, show it, go round. */

import { setTimeout as sleep } from 'node:timers/promises';
import { decide } from '../core/decide.ts';
import { frameOf, stepRun } from '../core/frame.ts';
import type { Need, Question } from '../core/need.ts';
import { next } from '../core/next.ts';
import type { Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { Fault } from '../fault.ts';
import { sha256 } from './approved.ts';
import { assure, stepBefore } from './assure.ts';
import { contextOf } from './context.ts';
import { attemptFolder, execute, follow } from './execute.ts';
import { giveInput, recallSecrets } from './inputs.ts';
import { ask, type Driven, leave, record, type Setup, unlessLeaving } from './setup.ts';

/** Drives a run until it ends or stops. */
export async function drive(setup: Setup, plan: Plan, run: Run): Promise<Driven> {
  let now: Driven = { plan, run };
  try {
    await recallSecrets(setup, now);
    for (;;) {
      const need = next(now.plan, now.run);
      if (need.kind === 'nothing') return now;
      now = await meet(setup, now, need);
    }
  } catch (error) {
    if (error !== leave) throw error;
    return record(setup, now, [{ type: 'run-stopped', because: 'signal' }], true);
  }
}

async function meet(setup: Setup, now: Driven, need: Exclude<Need, { kind: 'nothing' }>): Promise<Driven> {
  switch (need.kind) {
    case 'record':
      return record(setup, now, need.facts, true);
    case 'impossible': {
      // The document may have been corrected meanwhile: then the operator sees the change, and the new text decides.
      const changed = await accepted(setup, now);
      if (changed !== now) return changed;
      record(setup, now, [{ type: 'run-stopped', because: 'preflight', reason: need.message }], true);
      throw new Fault('invalid', need.message, { hint: `${need.hint} Then go on with: runbook resume ${now.run.id}` });
    }
    case 'question':
      return question(setup, now, need.question);
    case 'execution':
      return execution(setup, now, need);
    case 'reattachment':
      return reattachment(setup, now, need);
    default:
      return need satisfies never;
  }
}

async function question(setup: Setup, now: Driven, asked: Question): Promise<Driven> {
  if (asked.kind === 'input') return giveInput(setup, now, asked);
  const changed = asked.kind === 'confirm' || asked.kind === 'attest' ? await accepted(setup, now) : now;
  if (changed !== now) return changed;
  if (asked.kind === 'confirm') await assure(setup, now, stepBefore(now, asked, false));
  const context = await unlessLeaving(setup, contextOf(setup, now, asked));
  for (let refused: string | undefined; ; ) {
    const answer = await ask(setup, now, asked, refused === undefined ? context : { ...context, refused });
    const decision = decide(now.run, now.plan, asked, answer, sha256);
    // A confirmation becomes durable together with the start of what it confirms.
    if ('facts' in decision) return record(setup, now, decision.facts, answer.kind !== 'run');
    refused = decision.refused;
  }
}

/** The same run when nothing changed; with changes accepted, the run that knows them; without, the run stopped. */
async function accepted(setup: Setup, now: Driven): Promise<Driven> {
  const found = await changesIn(setup, now);
  if (found === undefined) return now;
  const agreed = await unlessLeaving(setup, setup.operator.accept(now.plan, now.run, found.changes));
  const paths = found.changes.map((change) => change.path).join(', ');
  if (!agreed) return record(setup, now, [{ type: 'run-stopped', because: 'changes', reason: `changed since it was accepted: ${paths}` }], true);
  const files = found.changes.map(({ path, sha256: hash }) => ({ path, ...(hash !== undefined && { sha256: hash }) }));
  return record(setup, { plan: found.plan, run: now.run }, [{ type: 'changes-accepted', files }], true);
}

/** Documents that are not valid any more stop the run; it goes on when they are. */
async function changesIn(setup: Setup, now: Driven): ReturnType<Setup['changed']> {
  try {
    return await setup.changed(now.plan, now.run);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    record(setup, now, [{ type: 'run-stopped', because: 'changes', reason: 'files were changed, and what they are now cannot be run' }], true);
    throw new Fault(error.exit, error.message, {
      hint: `No further step was started. Correct that, then go on with: runbook resume ${now.run.id}`,
      cause: error,
    });
  }
}

async function execution(setup: Setup, now: Driven, need: Extract<Need, { kind: 'execution' }>): Promise<Driven> {
  const wait = need.notBefore === undefined ? 0 : Date.parse(need.notBefore) - Date.now();
  if (wait > 0) await unlessLeaving(setup, sleep(wait));
  await assure(setup, now, stepBefore(now, need, true));
  const changed = await accepted(setup, now);
  if (changed !== now) return changed;
  const { frame, step, purpose, block } = need;
  const { state } = stepRun(frameOf(now.run, frame), step);
  if (state.kind === 'confirmed' && state.sha256 !== sha256(block.text))
    throw new Error(`The block of step ${step} is not the one that was confirmed.`);
  const attempted = { frame, step, purpose, attempt: now.run.attempts + 1 };
  const folder = `attempts/${attemptFolder(now.run, attempted)}`;
  // Intent is on disk before the process exists.
  const started = record(setup, now, [{ type: 'attempt-started', ...attempted, folder, sha256: sha256(block.text) }], true);
  const ended = await unlessLeaving(
    setup,
    setup.stop.during((signals) => execute({ workshop: setup.workshop, ...now, attempted, signals }, block, need.timeoutMs)),
  );
  setup.workshop.identity.attempted(stepBefore(now, need, true));
  return record(setup, started, [ended], true);
}

async function reattachment(setup: Setup, now: Driven, need: Extract<Need, { kind: 'reattachment' }>): Promise<Driven> {
  const { frame, step, purpose, attempt, folder } = need;
  const attempted = { frame, step, purpose, attempt };
  const work = setup.stop.during((signals) => follow({ workshop: setup.workshop, ...now, attempted, signals }, folder));
  const ended = await unlessLeaving(setup, work);
  setup.workshop.identity.attempted(stepBefore(now, need, true));
  return record(setup, now, [ended], true);
}
