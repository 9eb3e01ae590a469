/** The block that an attempt of a step runs, with its values filled in. */

import type { Purpose } from './event.ts';
import { documentOf } from './frame.ts';
import type { Need, ResolvedBlock } from './need.ts';
import type { Block, Companion, Document, Input, Plan, Step } from './plan.ts';
import { present } from './present.ts';
import type { Frame, Run } from './run.ts';
import { declaredNames, resolve, sections } from './variables.ts';

/** Which step of which frame, in a run that follows a plan. */
export type Spot = { readonly plan: Plan; readonly run: Run; readonly frame: Frame; readonly step: Step };

/** The companion of a step. Throws when it has none: only what there is can be chosen. */
export function companionOf(step: Step, purpose: Exclude<Purpose, 'run'>): Companion {
  const companion = { check: step.check, rollback: step.rollback, 'dry-run': step.dryRun }[purpose];
  return present(companion, `Step ${step.id} has no ${purpose}.`);
}

/** Every block of a document that an attempt could run. What a person does by hand is not among them. */
export function blocksOf(document: Document): readonly { readonly step: Step; readonly purpose: Purpose; readonly block: Block }[] {
  return sections(document)
    .flatMap(({ steps }) => steps)
    .flatMap((step) => {
      const { manual, block, check, rollback, dryRun } = step;
      const all = { run: manual ? undefined : block, check: check?.block, rollback: rollback?.block, 'dry-run': dryRun?.block };
      return purposes.flatMap((purpose) => (all[purpose] === undefined ? [] : [{ step, purpose, block: all[purpose] }]));
    });
}

const purposes = ['run', 'check', 'rollback', 'dry-run'] as const;

/** The block, or what the run needs before there is one. */
export function blockOf({ plan, run, frame, step }: Spot, purpose: Purpose): ResolvedBlock | Need {
  const block = purpose === 'run' ? step.block : companionOf(step, purpose).block;
  const declared = declaredNames(documentOf(plan, frame.document), plan.stage);
  const resolved = resolve(step, block, { declared, values: run.values });
  if (!('kind' in resolved) || resolved.kind === 'impossible') return resolved;
  // A capture that never came, because its step was skipped or settled by hand: the operator may know the value.
  const meaning = `{${resolved.name}}, which an earlier step of this run did not leave behind`;
  return askFor(frame, { name: resolved.name, meaning, allowed: { kind: 'text' }, place: step.place }, [step.id]);
}

/** The question for the value of an input. */
export function askFor(frame: Frame, input: Input, usedBy: readonly string[]): Need {
  return { kind: 'question', question: { kind: 'input', frame: frame.id, input, usedBy } };
}

/** True when a companion is there and no value stands in its way: what could never run is not offered. */
export function offered(spot: Spot, purpose: 'check' | 'rollback' | 'dry-run'): boolean {
  const { check, rollback, dryRun } = spot.step;
  if ({ check, rollback, 'dry-run': dryRun }[purpose] === undefined) return false;
  const block = blockOf(spot, purpose);
  return !('kind' in block && block.kind === 'impossible');
}
