/** A plan with the values that are known filled in, as data. */

import type { Plan, Procedure } from '../core/plan.ts';
import type { Value } from '../core/run.ts';
import { declaredNames, fillIn, sections } from '../core/variables.ts';

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

/** The chosen procedures, `Before you start` first. */
export function chosen({ document: path, documents, procedures }: Plan): readonly Procedure[] {
  const document = documents[path];
  if (document === undefined) return [];
  const before = document.before === undefined ? [] : [document.before];
  return [...before, ...procedures.flatMap((anchor) => document.procedures.filter((procedure) => procedure.anchor === anchor))];
}

/** The text with known values filled in; the others stay as `{name}`. */
export function filled(plan: Plan, path: string, source: string, known: Known): string {
  const document = plan.documents[path];
  const declared = document === undefined ? new Set<string>() : declaredNames(document, plan.stage);
  return fillIn(source, (name) => (declared.has(name) ? known.get(name)?.text : undefined));
}

/** The plan as an object of stable shape, for programs. */
export function planObject(plan: Plan, known: Known): unknown {
  const steps = (procedure: Procedure): unknown =>
    procedure.steps.map(({ block, prose, reading, place, ...step }) => ({
      ...step,
      language: block.language,
      flags: block.flags,
      text: filled(plan, place.path, block.source, known),
      place,
    }));
  const documents = Object.values(plan.documents).filter((document) => document.path !== plan.document);
  return {
    version: 1,
    document: plan.document,
    stage: plan.stage,
    selection: plan.selection,
    procedures: chosen(plan).map((procedure) => ({ anchor: procedure.anchor, title: procedure.title, steps: steps(procedure) })),
    playbooks: documents.map((document) => ({
      path: document.path,
      symptoms: document.symptoms,
      entries: sections(document).map((entry) => ({ anchor: entry.anchor, title: entry.title, steps: steps(entry) })),
    })),
  };
}
