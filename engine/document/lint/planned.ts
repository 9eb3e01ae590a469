/** What a plan would report of a document, for every stage and every procedure, from documents that are parsed once. */

import type { Stage } from '../../core/plan.ts';
import { checkStage, checkStageNames, chooseProcedures } from '../choose.ts';
import { collector } from '../collector.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { DocumentRead } from '../document-read.ts';
import { reach } from '../reach.ts';
import { checkEachProcedure, checkPlaybook } from '../variable-check.ts';
import type { World } from './rule.ts';

/** Everything that planning finds in a document and in those that it leads to. */
export function plannedProblems(read: DocumentRead, stages: readonly Stage[], { find }: Pick<World, 'find'>): readonly Diagnostic[] {
  const first = unreported(read);
  const documents = reach(first, (path) => {
    const found = find(path);
    return found && unreported(found);
  });
  const known = stages.map((stage) => stage.name);
  // A playbook may hold nothing but a table; a runbook without a step has nothing to run.
  if (first.document.frontMatter.kind === 'runbook' && first.document.procedures.length === 0) chooseProcedures(first, undefined);
  for (const document of documents.values()) checkStageNames(document, known);
  const own = stagesOf(first, stages);
  const onStages = own.map((stage) => ({ stage: stage.name, diagnostics: onStage(first, documents, stage) }));
  return [...reported(documents.values()), ...joined(onStages)];
}

/** The document with an empty report: what one check finds must not be found again by the next. */
export function unreported(read: DocumentRead): DocumentRead {
  return { ...read, report: collector(read.document.path) };
}

function reported(documents: Iterable<DocumentRead>): readonly Diagnostic[] {
  return [...documents].flatMap(({ report }) => report.diagnostics());
}

/** The stages that a document is for. Where the project knows none of them, one that has everything and decides nothing. */
function stagesOf({ document }: DocumentRead, stages: readonly Stage[]): readonly Stage[] {
  const listed = document.frontMatter.stages;
  const own = stages.filter(({ name }) => listed === undefined || listed.includes(name));
  if (own.length > 0) return own;
  return (listed ?? ['any']).map((name) => ({ name, sandbox: false, confirm: 'ask', onFailure: 'ask', variables: {}, region: 'any' }));
}

/** Each procedure is checked by itself: that is how most runs begin. */
function onStage(first: DocumentRead, documents: ReadonlyMap<string, DocumentRead>, stage: Stage): readonly Diagnostic[] {
  const all = [...documents.values()].map(unreported);
  for (const read of all) {
    const { path, frontMatter } = read.document;
    const asked = path === first.document.path;
    if (!asked) checkStage(read, stage.name, 'warning');
    if (!asked || frontMatter.kind === 'playbook') checkPlaybook(read, stage);
    else checkEachProcedure(read, stage);
  }
  return reported(all);
}

/** What was found on several stages, once, with the stages where it is not all of them. */
function joined(onStages: readonly { readonly stage: string; readonly diagnostics: readonly Diagnostic[] }[]): readonly Diagnostic[] {
  const found = new Map<string, { readonly diagnostic: Diagnostic; readonly stages: Set<string> }>();
  for (const { stage, diagnostics } of onStages) {
    for (const diagnostic of diagnostics) {
      const key = keyOf(diagnostic);
      const { stages } = found.get(key) ?? { stages: new Set() };
      found.set(key, { diagnostic, stages: stages.add(stage) });
    }
  }
  return Array.from(found.values(), ({ diagnostic, stages }) => {
    if (stages.size === onStages.length) return diagnostic;
    const where = `This is so on ${[...stages].join(', ')}.`;
    return { ...diagnostic, hint: diagnostic.hint === undefined ? where : `${diagnostic.hint} ${where}` };
  });
}

/** Equal for what two checks found alike. */
export function keyOf({ rule, message, place: { path, line, column } }: Diagnostic): string {
  return [rule, path, line, column, message].join('\n');
}
