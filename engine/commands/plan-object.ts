/** A plan with the values that are known filled in, as data. */

import type { Companion, Input, Plan, Procedure, Step, Target } from '../core/plan.ts';
import { chosenProcedures, reachedEntries, routesOf, skippedBecause, skippedInEntry } from '../core/routes.ts';
import type { Value } from '../core/run.ts';
import { declaredNames, fillIn, reads, sections } from '../core/variables.ts';

/** Values that are known before a run, by name. */
export type Known = ReadonlyMap<string, Pick<Extract<Value, { text: string }>, 'text'>>;

/** What is known of a plan: the stage's variables, what was given (`name=value`), and who runs it where that matters. */
export function knownValues({ stage }: Plan, given: readonly string[], operator?: string): Known {
  const values = new Map(Object.entries(stage.variables));
  values.set('stage', stage.name);
  if (operator !== undefined) values.set('operator', operator);
  if (stage.region !== undefined) values.set('region', stage.region);
  for (const text of given) values.set(text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1));
  return new Map([...values].map(([name, text]) => [name, { text }]));
}

/** The text with known values filled in; the others stay as `{name}`. */
export function filled(plan: Plan, path: string, source: string, known: Known): string {
  const document = plan.documents[path];
  const declared = document === undefined ? new Set<string>() : declaredNames(document, plan.stage);
  return fillIn(source, (name) => (declared.has(name) ? known.get(name)?.text : undefined));
}

/** The inputs that the steps of this run read, each once. Those of playbook entries are asked for when an entry is opened. */
export function neededInputs(plan: Plan): readonly Input[] {
  const steps = chosenProcedures(plan).flatMap((procedure) => procedure.steps.filter((step) => skippedBecause(plan, step) === undefined));
  return (plan.documents[plan.document]?.inputs ?? []).filter(({ name }) => steps.some((step) => reads(step, name)));
}

/** The plan as an object of stable shape, for programs. */
export function planObject(plan: Plan, known: Known): unknown {
  const chosen = chosenProcedures(plan);
  const reached = new Set(reachedEntries(plan).map(({ entry }) => entry));
  const others = Object.values(plan.documents).filter((document) => document.path !== plan.document);
  return {
    version: 1,
    document: plan.document,
    title: plan.documents[plan.document]?.title,
    stage: plan.stage,
    selection: plan.selection,
    inputs: neededInputs(plan).map(({ place, ...input }) => ({ ...input, ...(known.has(input.name) && { value: known.get(input.name)?.text }) })),
    procedures: chosen.map((procedure) => ({
      anchor: procedure.anchor,
      title: procedure.title,
      steps: procedure.steps.map((step) => stepObject(plan, plan.document, step, known, { skipped: skippedBecause(plan, step) })),
    })),
    playbooks: others.map((document) => ({
      path: document.path,
      title: document.title,
      symptoms: document.symptoms,
      entries: sections(document).map((entry) => ({
        anchor: entry.anchor,
        title: entry.title,
        reachable: reached.has(entry),
        steps: entrySteps(plan, { document: document.path, anchor: entry.anchor }, entry, known),
      })),
    })),
  };
}

function entrySteps(plan: Plan, within: Target, entry: Procedure, known: Known): readonly unknown[] {
  return entry.steps.map((step) => stepObject(plan, within.document, step, known, { skipped: skippedInEntry(plan, within, step), within }));
}

type Spot = { readonly skipped: string | undefined; readonly within?: Target };

function stepObject(plan: Plan, path: string, step: Step, known: Known, { skipped, within }: Spot): unknown {
  const { block, prose, reading, place, check, rollback, dryRun, failureLink, ...rest } = step;
  const text = (source: string): string => filled(plan, path, source, known);
  const companion = (name: string, found: Companion | undefined): object =>
    found === undefined
      ? {}
      : { [name]: { language: found.block.language, flags: found.block.flags, text: text(found.block.source), timeoutMs: found.timeoutMs } };
  return {
    ...rest,
    language: block.language,
    flags: block.flags,
    text: text(block.source),
    ...companion('check', check),
    ...companion('rollback', rollback),
    ...companion('dryRun', dryRun),
    ...(skipped !== undefined && { skipped }),
    onFailure: { entries: routesOf(plan, path, step, within), choices: choicesAfter(step, within !== undefined) },
    place,
  };
}

/** What an operator can choose after the failure of a step, besides its entries. */
function choicesAfter({ rollback }: Step, inEntry: boolean): readonly string[] {
  return ['retry', ...(rollback === undefined ? [] : ['rollback']), 'override', ...(inEntry ? ['back'] : []), 'stop'];
}
