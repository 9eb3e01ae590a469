/** Where the failure of a step can lead, told before anything has failed: what a plan shows of its branches. */

import { beforeOf, documentOf } from './frame.ts';
import type { ErrorMatch, Plan, Procedure, Step, Target, Then } from './plan.ts';
import { present } from './present.ts';
import { leftOut } from './selection.ts';
import { playbooksOf, titleOf } from './suggest.ts';

/**
 * A way from a failed step to a playbook entry. `by` says what leads there: a symptom that names the step, the failure link of the step, or a
 * symptom for any step; the entries are offered in this order. `errors` are the failures that the symptom is for; none for a link, which is
 * for every failure. `then` is what the operator is advised to do when the entry has run.
 */
export type Route = {
  readonly target: Target;
  readonly title: string;
  readonly by: 'named' | 'linked' | 'any';
  readonly errors: readonly ErrorMatch[];
  readonly then: Then;
};

/** The ways from a step of the document `path`, in the order in which they are offered. From within an entry none leads back into it. */
export function routesOf(plan: Plan, path: string, step: Step, within?: Target): readonly Route[] {
  const symptoms = playbooksOf(plan, path, step).flatMap((playbook) =>
    playbook.symptoms.flatMap(({ steps, errors, entry, then }): readonly Route[] => {
      if (steps !== 'any' && !steps.includes(step.id)) return [];
      const target = { document: playbook.path, anchor: entry };
      return [{ target, title: titleOf(playbook, entry), by: steps === 'any' ? 'any' : 'named', errors, then }];
    }),
  );
  const { failureLink: link } = step;
  const linked: readonly Route[] =
    link === undefined ? [] : [{ target: link, title: titleOf(documentOf(plan, link.document), link.anchor), by: 'linked', errors: [], then: 'ask' }];
  const all = [...symptoms, ...linked].filter(({ target }) => within === undefined || keyOf(target) !== keyOf(within));
  return (['named', 'linked', 'any'] as const).flatMap((by) => all.filter((route) => route.by === by));
}

/** The procedures that run, in their order, `Before you start` first where it runs. */
export function chosenProcedures(plan: Plan): readonly Procedure[] {
  const { procedures } = documentOf(plan, plan.document);
  const before = beforeOf(plan, plan.document);
  const chosen = plan.procedures.flatMap((anchor) => procedures.filter((procedure) => procedure.anchor === anchor));
  return before === undefined ? chosen : [before, ...chosen];
}

/** Why a step of the document that was asked for will be skipped; undefined where it runs. */
export function skippedBecause(plan: Plan, step: Step): string | undefined {
  const before = beforeOf(plan, plan.document);
  const procedures = [...(before === undefined ? [] : [before.anchor]), ...plan.procedures];
  return leftOut(plan, { id: 0, document: plan.document, procedures, steps: {} }, step)?.reason;
}

/** Why a step of a playbook entry will be skipped: a selection names none of its steps. */
export function skippedInEntry(plan: Plan, { document, anchor }: Target, step: Step): string | undefined {
  return leftOut(plan, { id: 1, document, procedures: [anchor], steps: {} }, step)?.reason;
}

/** A playbook entry that the run can come to. */
export type Reached = { readonly target: Target; readonly entry: Procedure };

/** The entries that failures of the steps that run can lead to, and failures in those: nearest first, each once. */
export function reachedEntries(plan: Plan): readonly Reached[] {
  const reached = new Map<string, Reached>();
  const follow = (path: string, steps: readonly Step[], within?: Target): void => {
    for (const { target } of steps.flatMap((step) => routesOf(plan, path, step, within))) {
      const entry = documentOf(plan, target.document).procedures.find(({ anchor }) => anchor === target.anchor);
      if (!reached.has(keyOf(target))) reached.set(keyOf(target), { target, entry: present(entry, `There is no entry ${keyOf(target)}.`) });
    }
  };
  for (const { steps } of chosenProcedures(plan))
    follow(
      plan.document,
      steps.filter((step) => skippedBecause(plan, step) === undefined),
    );
  // A Map tells of what is added while it is walked.
  for (const { target, entry } of reached.values())
    follow(
      target.document,
      entry.steps.filter((step) => skippedInEntry(plan, target, step) === undefined),
      target,
    );
  return [...reached.values()];
}

/** A target as one text. */
export function keyOf({ document, anchor }: Target): string {
  return `${document}#${anchor}`;
}
