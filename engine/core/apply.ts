/** The fold: a run and an event make the next run. */

import { change, lookupIn } from './change.ts';
import { draftOf } from './draft.ts';
import type { Event, Fact } from './event.ts';
import { beforeOf } from './frame.ts';
import { personOf } from './person.ts';
import type { Plan } from './plan.ts';
import type { Run, Value } from './run.ts';

type Started = Extract<Fact, { type: 'run-started' }> & { readonly at: string };

/** The run that begins with `run-started`. */
export function begin(plan: Plan, event: Started): Run {
  const before = beforeOf(plan, event.document);
  return {
    id: event.run,
    document: event.document,
    stage: event.stage,
    startedAt: event.at,
    lastAt: event.at,
    people: [personOf(event)],
    ...(event.ticket !== undefined && { ticket: event.ticket }),
    ...(event.reason !== undefined && { reason: event.reason }),
    ...(event.git !== undefined && { git: event.git }),
    ...(event.faults !== undefined && { faults: event.faults }),
    frames: [{ id: 0, document: event.document, procedures: [...(before === undefined ? [] : [before.anchor]), ...event.procedures], steps: {} }],
    stack: [0],
    values: firstValues(event),
    secrets: {},
    files: event.files,
    notes: [],
    attempts: 0,
    status: { kind: 'open' },
  };
}

function firstValues({ variables, stage, run, operator, region }: Started): Readonly<Record<string, Value>> {
  const fromStage = Object.entries(variables).map(([name, text]): [string, Value] => [name, { text, origin: 'stage', from: 'runbook.yaml' }]);
  return {
    ...Object.fromEntries(fromStage),
    stage: { text: stage, origin: 'built-in', from: 'the command line' },
    run: { text: run, origin: 'built-in', from: 'this run' },
    operator: { text: operator, origin: 'built-in', from: 'this run' },
    ...(region !== undefined && { region: { text: region, origin: 'built-in', from: 'runbook.yaml' } }),
  };
}

/** The run after an event. `plan` is what was accepted when the event came. */
export function apply(plan: Plan, run: Run, event: Event): Run {
  const draft = draftOf(run);
  change(lookupIn(plan), draft, event);
  return draft;
}

/**
 * Folds a whole list of events. Its first one must be `run-started`.
 * `planOf` gives the plan for the files that were accepted at a point of the run (SHA-256 by path): an attempt is judged by the
 * document of its time. Without it, `plan` stands for all of them.
 */
export function fold(plan: Plan, events: Iterable<Event>, planOf: (files: Run['files']) => Plan = () => plan): Run {
  let at: { lookup: ReturnType<typeof lookupIn>; readonly draft: ReturnType<typeof draftOf> } | undefined;
  for (const event of events) {
    if (at === undefined) {
      if (event.type !== 'run-started') break;
      const lookup = lookupIn(planOf(event.files));
      at = { lookup, draft: draftOf(begin(lookup.plan, event)) };
      continue;
    }
    change(at.lookup, at.draft, event);
    if (event.type === 'changes-accepted') at.lookup = lookupIn(planOf(at.draft.files));
  }
  if (at === undefined) throw new Error('A run begins with run-started.');
  return at.draft;
}
