/** Which playbook entries fit a failed step, best first. */

import { documentOf, frameOf, openFrames, stepOf, stepRun } from './frame.ts';
import type { Document, ErrorMatch, Plan, Step, Target } from './plan.ts';
import type { Failure, Run, Suggestion } from './run.ts';

/** How many frames may be open at once. */
export const deepest = 6;

/**
 * Entries for the failure of a step: first the symptoms that name the step, then its failure link, then the symptoms for any step.
 * An entry that is open already is left out, so a playbook cannot lead into itself, and nothing is suggested at the deepest level.
 */
export function suggest(plan: Plan, run: Run, frameId: number, stepId: string): readonly Suggestion[] {
  const frame = frameOf(run, frameId);
  const step = stepOf(plan, frame, stepId);
  const { failure } = stepRun(frame, stepId);
  if (failure === undefined || run.stack.length >= deepest) return [];
  const rows = playbooksOf(plan, frame.document, step).flatMap((playbook) => fitting(playbook, step, failure));
  const fits = step.failureLink === undefined ? rows : [...rows, linkFit(plan, step.failureLink)];
  const best = ranks.flatMap((rank) => fits.filter((fit) => fit.rank === rank));
  return merged(best).filter((suggestion) => !isOpen(run, suggestion.target));
}

const ranks = ['named', 'linked', 'any'] as const;

type Fit = { readonly rank: (typeof ranks)[number]; readonly suggestion: Suggestion };

/** The playbooks whose symptoms are looked at for a step of the document `path`: the document's own, the one behind the failure link, and a playbook's own table. */
export function playbooksOf(plan: Plan, path: string, step: Step): readonly Document[] {
  const document = documentOf(plan, path);
  const paths = new Set<string>();
  if (document.frontMatter.playbook !== undefined) paths.add(document.frontMatter.playbook);
  if (step.failureLink !== undefined) paths.add(step.failureLink.document);
  if (document.frontMatter.kind === 'playbook') paths.add(document.path);
  return [...paths].map((path) => documentOf(plan, path));
}

function fitting(playbook: Document, step: Step, failure: Failure): readonly Fit[] {
  return playbook.symptoms.flatMap((symptom): readonly Fit[] => {
    if (symptom.steps !== 'any' && !symptom.steps.includes(step.id)) return [];
    const rank = symptom.steps === 'any' ? 'any' : 'named';
    const errors = symptom.errors.filter((error) => fits(error, failure));
    if (errors.length === 0) return [];
    const why = [...(rank === 'named' ? [`step ${step.id}`] : []), ...errors.map(wordsOf)];
    const target = { document: playbook.path, anchor: symptom.entry };
    return [{ rank, suggestion: { target, title: titleOf(playbook, symptom.entry), then: symptom.then, why, byRule: errors.some(typed) } }];
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

/** A way in which a failure is recognised, in words. */
export function wordsOf(error: ErrorMatch): string {
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

/** The title of an entry. */
export function titleOf(playbook: Document, anchor: string): string {
  return playbook.procedures.find((entry) => entry.anchor === anchor)?.title ?? anchor;
}

function linkFit(plan: Plan, link: Target): Fit {
  const title = titleOf(documentOf(plan, link.document), link.anchor);
  return { rank: 'linked', suggestion: { target: link, title, then: 'ask', why: ['the link of the step'], byRule: false } };
}

/** One suggestion for each entry: the first one's place and the reasons of all. A link says nothing of the return, so a symptom does. */
function merged(fits: readonly Fit[]): readonly Suggestion[] {
  const byTarget = new Map<string, Fit>();
  for (const next of fits) {
    const { target, then, why, byRule } = next.suggestion;
    const key = `${target.document}#${target.anchor}`;
    const first = byTarget.get(key);
    if (first === undefined) {
      byTarget.set(key, next);
      continue;
    }
    const said = first.rank === 'linked' ? { rank: next.rank, then } : { rank: first.rank, then: first.suggestion.then };
    const reasons = [...new Set([...first.suggestion.why, ...why])];
    const suggestion = { ...first.suggestion, then: said.then, why: reasons, byRule: first.suggestion.byRule || byRule };
    byTarget.set(key, { rank: said.rank, suggestion });
  }
  return [...byTarget.values()].map((fit) => fit.suggestion);
}

function isOpen(run: Run, target: Target): boolean {
  return openFrames(run).some((frame) => frame.document === target.document && frame.procedures.includes(target.anchor));
}
