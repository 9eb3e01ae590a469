/** What was asked for: procedures, steps and stage, by the names that the document has. */

import type { Document, Selection, Step } from '../core/plan.ts';
import { sections } from '../core/variables.ts';
import { didYouMean, nowhere, type Words } from './collector.ts';
import type { DocumentRead } from './document-read.ts';
import { nearest } from './nearest.ts';

/** The anchors of the procedures that were asked for, in the order in which they run. What is not there is reported. */
export function chooseProcedures({ document, report }: DocumentRead, asked: readonly string[] | 'all' | undefined): readonly string[] {
  const { procedures, path } = document;
  const anchors = procedures.map((procedure) => procedure.anchor);
  const [first, ...others] = anchors;
  if (first === undefined) {
    report.error('document-empty', nowhere, [
      'This document has no procedure.',
      'A procedure is an H2 section with fences such as ```bash step=take-snapshot risk=medium timeout=2m.',
    ]);
    return [];
  }
  if (asked === 'all') return document.frontMatter.rehearsal ?? anchors;
  if (asked === undefined) {
    if (others.length === 0) return [first];
    report.error('procedure-missing', nowhere, [
      `This document has several procedures: ${anchors.join(', ')}.`,
      `Name one, such as ${path.replace(/\.md$/, '')}#${first}.`,
    ]);
    return [];
  }
  return [...new Set(asked.flatMap((name) => findProcedure(document, name, (words) => report.error('procedure-unknown', nowhere, words))))];
}

function findProcedure({ procedures }: Document, name: string, refuse: (words: Words) => void): readonly string[] {
  const anchors = procedures.map((procedure) => procedure.anchor);
  if (anchors.includes(name)) return [name];
  // Equal titles have different anchors.
  const titled = procedures.filter((procedure) => procedure.title === name).map((procedure) => procedure.anchor);
  if (titled.length > 1) refuse([`Several procedures have the title "${name}".`, `Name one by its anchor: ${titled.join(', ')}.`]);
  if (titled.length === 0) {
    const near = nearest(name, [...anchors, ...procedures.map((procedure) => procedure.title)]);
    refuse([`Unknown procedure "${name}". This document has: ${anchors.join(', ')}.`, didYouMean(near)]);
  }
  return titled;
}

/** Checks that the steps of a selection are among those that the chosen procedures have. */
export function checkSelection({ document, report }: DocumentRead, procedures: readonly string[], { from, to, only }: Selection): void {
  // Procedures that were not found have been reported.
  if (procedures.length === 0) return;
  const ids = stepsOf(document, procedures).map((step) => step.id);
  const asked = [from, to, ...(only ?? [])].filter((id) => id !== undefined);
  const unknown = asked.filter((id) => !ids.includes(id));
  for (const id of unknown) {
    report.error('step-unknown', nowhere, [`Unknown step "${id}". The chosen procedures have: ${ids.join(', ')}.`, didYouMean(nearest(id, ids))]);
  }
  if (from !== undefined && to !== undefined && unknown.length === 0 && ids.indexOf(from) > ids.indexOf(to)) {
    report.error('selection-empty', nowhere, `The step ${from} comes after ${to}, so nothing would run.`);
  }
}

/** The steps of some procedures in the order in which they run, those of `Before you start` first. */
export function stepsOf(document: Document, procedures: readonly string[]): readonly Step[] {
  const chosen = procedures.flatMap((anchor) => document.procedures.filter((procedure) => procedure.anchor === anchor));
  return [...(document.before?.steps ?? []), ...chosen.flatMap((procedure) => procedure.steps)];
}

/** Checks the stage against those that a document lists. A playbook that leaves it out is only missing when it is needed. */
export function checkStage({ document, front, report }: DocumentRead, stage: string, severity: 'error' | 'warning'): void {
  const { stages } = document.frontMatter;
  if (stages === undefined || stages.includes(stage)) return;
  report[severity]('stage-not-listed', front.at('stages'), [
    `This document is not for the stage ${stage}; it lists ${stages.join(', ')}.`,
    didYouMean(nearest(stage, stages)),
  ]);
}

/** Warns of stages that are probably mistyped. A document may name stages that a project does not have: it may be shared. */
export function checkStageNames({ document, front, settingAt, report }: DocumentRead, known: readonly string[]): void {
  const steps = sections(document).flatMap((procedure) => procedure.steps);
  const named = [
    ...(document.frontMatter.stages ?? []).map((stage) => ({ stage, at: front.at('stages') })),
    // A step's stages are among the document's, where it lists any.
    ...(document.frontMatter.stages === undefined ? steps : []).flatMap((step) =>
      (step.stages ?? []).map((stage) => ({ stage, at: settingAt(step, 'stages') })),
    ),
  ];
  for (const { stage, at } of named) {
    const near = known.includes(stage) ? undefined : nearest(stage, known);
    if (near !== undefined) report.warning('stage-unknown', at, [`The project has no stage ${stage}.`, didYouMean(near)]);
  }
}
