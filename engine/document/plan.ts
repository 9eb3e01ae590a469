/** A plan: the document that was asked for with everything that it can lead to, or what is wrong before the first step. */

import type { Plan, Selection, Stage } from '../core/plan.ts';
import { checkSelection, checkStage, checkStageNames, chooseProcedures } from './choose.ts';
import { collector, nowhere } from './collector.ts';
import type { Diagnostic } from './diagnostic.ts';
import { readDocument } from './parse.ts';
import { checkSymptoms, reach } from './reach.ts';
import { checkPlaybook, checkRunbook } from './variable-check.ts';

/** Reads a file of the project, by its path relative to the root. */
export type ReadFile = (path: string) => string | undefined;

/** What an operator asks for. `document` is a path relative to the project root, with `/`. */
export type PlanRequest = {
  readonly document: string;
  /** Anchors or titles; `all`: in the order of `rehearsal`; undefined: the only one. */
  readonly procedures: readonly string[] | 'all' | undefined;
  readonly stage: Stage;
  /** The stages that the project has. */
  readonly knownStages: readonly string[];
  readonly selection: Selection;
  /** Take each shell fence of a document without annotations as a step. */
  readonly asIs?: boolean;
};

/** The plan, unless a diagnostic is an error, and everything that was found in any of its documents. */
export function buildPlan(request: PlanRequest, read: ReadFile): { readonly plan?: Plan; readonly diagnostics: readonly Diagnostic[] } {
  const { stage, selection, knownStages, asIs = false } = request;
  const source = read(request.document);
  if (source === undefined) {
    const report = collector(request.document);
    report.error('document-missing', nowhere, 'There is no such file.');
    return { diagnostics: report.diagnostics() };
  }
  const first = readDocument(request.document, source, { asIs });
  const documents = reach(first, (path) => {
    const text = read(path);
    return text === undefined ? undefined : readDocument(path, text, {});
  });
  const procedures = chooseProcedures(first, request.procedures);
  checkSelection(first, procedures, selection);
  checkSymptoms(first, documents);
  for (const document of documents.values()) {
    checkStage(document, stage.name, document === first ? 'error' : 'warning');
    checkStageNames(document, knownStages);
    if (document === first) checkRunbook(document, { stage, selection, procedures });
    else checkPlaybook(document, stage);
  }
  const diagnostics = [...documents.values()].flatMap(({ report }) => report.diagnostics());
  if (diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return { diagnostics };
  const byPath = Object.fromEntries([...documents].map(([path, { document }]) => [path, document]));
  return { plan: { document: request.document, procedures, documents: byPath, stage, selection }, diagnostics };
}
