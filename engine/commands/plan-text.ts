/** A plan as text: what would run, in order, and what can follow a failure. */

import { escapeText } from '../core/escape.ts';
import type { Companion, Input, Plan, Procedure, Step, Target } from '../core/plan.ts';
import { chosenProcedures, type Reached, type Route, reachedEntries, routesOf, skippedBecause, skippedInEntry } from '../core/routes.ts';
import { wordsOf } from '../core/suggest.ts';
import { countOf, durationWords } from '../core/words.ts';
import { filled, type Known, neededInputs } from './plan-object.ts';

/** The plan as lines for a reader. Everything in it is escaped. */
export function planText(plan: Plan, known: Known): string {
  const { stage } = plan;
  const entries = reachedEntries(plan);
  const lines = [
    `${plan.document} on ${stage.name}${stage.sandbox ? ' (sandbox)' : ''}: ${plan.documents[plan.document]?.title ?? ''}`,
    '',
    ...inputLines(neededInputs(plan), known),
  ];
  let number = 0;
  for (const procedure of chosenProcedures(plan)) {
    lines.push(`## ${procedure.title}`, '');
    for (const step of procedure.steps)
      lines.push(...stepLines({ plan, path: plan.document, step, known }, ++number, skippedBecause(plan, step)), ...routeLines(plan, step));
  }
  lines.push(...branchLines(plan, entries, known));
  return `${escapeText(lines.join('\n').trimEnd(), { colour: false, newlines: true })}\n`;
}

function inputLines(inputs: readonly Input[], known: Known): readonly string[] {
  if (inputs.length === 0) return [];
  const lines = inputs.map((input) => {
    const value = known.get(input.name)?.text;
    const otherwise = input.default === undefined ? 'asked for' : `asked for; by default ${input.default}`;
    return `  {${input.name}}  ${input.meaning}  (${value === undefined ? otherwise : `given: ${value}`})`;
  });
  return ['Inputs', ...lines, ''];
}

type Shown = { readonly plan: Plan; readonly path: string; readonly step: Step; readonly known: Known };

function stepLines({ plan, path, step, known }: Shown, number: number, skipped: string | undefined): readonly string[] {
  const kind = step.manual ? 'manual' : [step.block.language, ...step.block.flags].join(' ');
  const more = [
    ...(step.capture === undefined ? [] : [`captures {${step.capture}}`]),
    ...(step.everyMs === undefined ? [] : [`asks again every ${durationWords(step.everyMs)}`]),
    ...(step.retries === 0 ? [] : [`tries again ${countOf(step.retries, 'time')}`]),
    ...(step.retype === undefined ? [] : [`wants "${filled(plan, path, step.retype, known)}" typed`]),
    ...(step.host === undefined ? [] : [`on host ${filled(plan, path, step.host, known)}`]),
  ];
  const block = (source: string): readonly string[] =>
    filled(plan, path, source, known)
      .trimEnd()
      .split('\n')
      .map((line) => `     ${line}`);
  const companion = (word: string, found: Companion | undefined): readonly string[] =>
    found === undefined ? [] : [`   ${word}:`, ...block(found.block.source)];
  return [
    `${number}. ${step.title} (${step.id}, risk ${step.risk}, ${kind}, ${durationWords(step.timeoutMs)})${skipped === undefined ? '' : `  skipped: ${skipped}`}`,
    ...(more.length === 0 ? [] : [`   ${more.join('; ')}`]),
    ...block(step.block.source),
    ...(step.expect.length === 0 ? [] : ['   Expected:', ...step.expect.map(({ text }) => `     ${text}`)]),
    ...companion('Check', step.check),
    ...companion('Undo', step.rollback),
    ...companion('Dry run', step.dryRun),
  ];
}

/** The ways that are the step's own; those of every step are told once. */
function routeLines(plan: Plan, step: Step): readonly string[] {
  return [...ownRoutes(routesOf(plan, plan.document, step)), ''];
}

function ownRoutes(routes: readonly Route[]): readonly string[] {
  const own = routes.filter(({ by }) => by !== 'any');
  return own.length === 0 ? [] : ['   If it fails:', ...own.map((route) => `     ${routeWords(route)}`)];
}

function routeWords({ title, target, errors, then }: Route): string {
  const when = errors.length === 0 ? 'in any way' : errors.map(wordsOf).join(', ');
  return `${when} -> ${title} (${target.document}#${target.anchor}), then ${then}`;
}

function branchLines(plan: Plan, entries: readonly Reached[], known: Known): readonly string[] {
  const steps = chosenProcedures(plan).flatMap((procedure) => procedure.steps);
  const rows = new Map(
    steps.flatMap((step) =>
      routesOf(plan, plan.document, step)
        .filter(({ by }) => by === 'any')
        .map((route) => [routeWords(route), route]),
    ),
  );
  return [
    '## What can follow a failure',
    '',
    'The operator chooses: one of the entries named at the step, the step again, its undo where it has one, to go on with a reason, or to stop.',
    plan.stage.onFailure === 'playbook' ? 'With --on-failure=playbook an entry is opened without a person, by exit codes and typed errors only.' : '',
    ...(rows.size === 0 ? [] : ['', 'If any step fails:', ...[...rows.keys()].map((words) => `  ${words}`)]),
    '',
    ...entries.flatMap(({ target, entry }) => entryLines(plan, target, entry, known)),
  ].filter((line, index, all) => line !== '' || all[index - 1] !== '');
}

function entryLines(plan: Plan, target: Target, entry: Procedure, known: Known): readonly string[] {
  return [
    `### ${entry.title} (${target.document}#${target.anchor})`,
    '',
    ...entry.steps.flatMap((step, index) => [
      ...stepLines({ plan, path: target.document, step, known }, index + 1, skippedInEntry(plan, target, step)),
      ...ownRoutes(routesOf(plan, target.document, step, target)),
      '',
    ]),
  ];
}
