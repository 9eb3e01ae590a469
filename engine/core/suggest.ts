/** Which playbook entries fit a failed step, best first. */

import { documentOf, frameOf, openFrames, stepOf, stepRun } from './frame.ts';
import type { Document, ErrorMatch, Plan, Step, Symptom, Target } from './plan.ts';
import type { Failure, Frame, Run, Suggestion } from './run.ts';

/** How many frames may be open at once. */
export const deepest = 6;

/**
 * Entries for the failure of a step: first the symptoms that name the step, then its failure link, then the symptoms for any step.
 * An entry that is open already is left out, so a playbook cannot lead into itself, and nothing is suggested at the deepest level.
 */
export function suggest(plan: Plan, run: Run, frameId: number, stepId: string): readonly Suggestion[] {
  if (run.stack.length >= deepest) return [];
  const frame = frameOf(run, frameId);
  const step = stepOf(plan, frame, stepId);
  const failure = stepRun(frame, stepId).failure;
  if (failure === undefined) return [];
  const rows = playbooksOf(plan, frame, step).flatMap((playbook) => fitting(playbook, step, failure));
  const named = rows.filter((row) => row.named).map((row) => row.suggestion);
  const any = rows.filter((row) => !row.named).map((row) => row.suggestion);
  const linked = step.failureLink === undefined ? [] : [linkSuggestion(plan, step.failureLink)];
  return merged([...named, ...linked, ...any]).filter((suggestion) => !isOpen(run, suggestion.target));
}

/** The playbooks whose symptoms are looked at: the document's own, the one behind the failure link, and a playbook's own table. */
function playbooksOf(plan: Plan, frame: Frame, step: Step): readonly Document[] {
  const document = documentOf(plan, frame.document);
  const paths = new Set<string>();
  if (document.frontMatter.playbook !== undefined) paths.add(document.frontMatter.playbook);
  if (step.failureLink !== undefined) paths.add(step.failureLink.document);
  if (document.frontMatter.kind === 'playbook') paths.add(document.path);
  return [...paths].map((path) => documentOf(plan, path));
}

type Row = { readonly named: boolean; readonly suggestion: Suggestion };

function fitting(playbook: Document, step: Step, failure: Failure): readonly Row[] {
  return playbook.symptoms.flatMap((symptom) => {
    const named = symptom.steps !== 'any' && symptom.steps.includes(step.id);
    if (!named && symptom.steps !== 'any') return [];
    const errors = symptom.errors.filter((error) => fits(error, failure));
    if (errors.length === 0) return [];
    const why = [...(named ? [`step ${step.id}`] : []), ...errors.map(wordsOf)];
    return [
      {
        named,
        suggestion: {
          target: targetOf(playbook, symptom),
          title: titleOf(playbook, symptom.entry),
          then: symptom.then,
          why,
          byRule: errors.some(typed),
        },
      },
    ];
  });
}

function fits(error: ErrorMatch, failure: Failure): boolean {
  switch (error.kind) {
    case 'exit':
      return failure.kind === 'exit' && failure.code === error.code;
    case 'code':
      return failure.error?.code === error.code;
    case 'timeout':
    case 'expect':
    case 'check':
      return failure.kind === error.kind;
    case 'pattern':
      return failure.patterns.includes(error.pattern);
  }
}

/** Only exit codes and typed errors may lead into a playbook without a person. */
function typed(error: ErrorMatch): boolean {
  return error.kind === 'exit' || error.kind === 'code';
}

function wordsOf(error: ErrorMatch): string {
  switch (error.kind) {
    case 'exit':
      return `exit ${error.code}`;
    case 'code':
      return error.code;
    case 'pattern':
      return `output has /${error.pattern}/`;
    default:
      return error.kind;
  }
}

function targetOf(playbook: Document, symptom: Symptom): Target {
  return { document: playbook.path, anchor: symptom.entry };
}

function titleOf(playbook: Document, anchor: string): string {
  return playbook.procedures.find((entry) => entry.anchor === anchor)?.title ?? anchor;
}

function linkSuggestion(plan: Plan, link: Target): Suggestion {
  const title = titleOf(documentOf(plan, link.document), link.anchor);
  return { target: link, title, then: 'ask', why: ['the link of the step'], byRule: false };
}

/** One suggestion for each entry: the first one's place, the reasons of all, and what a symptom says of the return. */
function merged(suggestions: readonly Suggestion[]): readonly Suggestion[] {
  const byTarget = new Map<string, Suggestion>();
  for (const next of suggestions) {
    const key = `${next.target.document}#${next.target.anchor}`;
    const first = byTarget.get(key);
    if (first === undefined) byTarget.set(key, next);
    else
      byTarget.set(key, {
        ...first,
        then: first.then === 'ask' ? next.then : first.then,
        why: [...new Set([...first.why, ...next.why])],
        byRule: first.byRule || next.byRule,
      });
  }
  return [...byTarget.values()];
}

function isOpen(run: Run, target: Target): boolean {
  return openFrames(run).some((frame) => frame.document === target.document && frame.procedures.includes(target.anchor));
}
