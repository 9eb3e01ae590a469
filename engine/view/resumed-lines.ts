/** What somebody who goes on with a run must know first: how it was left, what is the same and what is not, and what comes before new steps. */

import type { Event } from '../core/event.ts';
import { frameOf, groundOf, resting } from '../core/frame.ts';
import type { Plan } from '../core/plan.ts';
import { present } from '../core/present.ts';
import { comparedAtResume } from '../core/resumed.ts';
import type { Run } from '../core/run.ts';
import { countWords, durationWords, stopWords } from '../core/words.ts';
import { inline } from './place.ts';

/** The lines for an event by which a run was resumed; `run` already holds it. */
export function resumedLines(plan: Plan, run: Run, event: Extract<Event, { type: 'run-resumed' }>): readonly string[] {
  const compared = comparedAtResume(run, event);
  const same = compared.filter(({ before, now }) => before === now).map(({ what }) => what);
  const other = compared.filter(({ before, now }) => before !== now);
  const changed = event.changed ?? [];
  return [
    leftWords(run, event),
    `so far: ${countWords(run)}`,
    ...(same.length + Number(changed.length === 0) === 0
      ? []
      : [`the same: ${[...same, ...(changed.length === 0 ? ['documents and files'] : [])].join(', ')}`]),
    ...other.map(({ what, before, now }) => `different: ${what} was ${inline(before)}, is ${inline(now)}`),
    ...changed.map((path) => `different: ${inline(path)} was changed; the difference is shown before the next step`),
    ...comingFirst(plan, run),
  ];
}

function leftWords(run: Run, event: Event): string {
  const left = present(run.left, 'A run that was resumed was left before.');
  const ago = durationWords(Date.parse(event.at) - Date.parse(left.at));
  if (left.status.kind === 'stopped') return stopWords(left.status.because).replace('stopped', `stopped ${ago} ago`);
  return `last heard of ${ago} ago: its engine ended without saying why`;
}

/** A step that runs or whose end is unknown goes before all others, then the steps that test the ground. */
function comingFirst(plan: Plan, run: Run): readonly string[] {
  const steps = run.stack.flatMap((id) => Object.entries(frameOf(run, id).steps).map(([step, { state }]) => ({ step: inline(step), state })));
  const running = steps.filter(({ state }) => state.kind === 'running').map(({ step }) => `${step}, which was running`);
  const unknown = steps.filter(({ state }) => resting(state).kind === 'unknown').map(({ step }) => `${step}, whose end is unknown`);
  const ground = groundOf(plan, frameOf(run, 0)).length > 0 ? ['the steps of "Before you start" again'] : [];
  const first = [...running, ...unknown, ...ground];
  return first.length === 0 ? [] : [`first: ${first.join('; ')}`];
}
