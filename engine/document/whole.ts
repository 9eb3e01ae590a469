/** A whole document, or one section of it, as its reader sees it, with a word at each block that runs. */

import type { Code } from 'mdast';
import type { Document, Step } from '../core/plan.ts';
import type { Prose } from '../core/prose.ts';
import { sections } from '../core/variables.ts';
import { countOf, durationWords } from '../core/words.ts';
import type { Diagnostic } from './diagnostic.ts';
import { definitionsOf } from './failure-link.ts';
import { extentOf } from './markdown.ts';
import { readDocument } from './parse.ts';
import { readingOf } from './reading.ts';
import type { Section } from './section.ts';

/** What is read: `prose` is undefined where no heading has the anchor, and `anchors` are those that there are, in the order of the text. */
export type Whole = {
  readonly document: Document;
  readonly diagnostics: readonly Diagnostic[];
  readonly prose?: Prose;
  readonly anchors: readonly string[];
};

/** Reads a document; with `anchor`, the words are those of that heading and of what stands below it. Never throws. */
export function readWhole(path: string, source: string, anchor?: string): Whole {
  const { document, report, root, sections: parts, text } = readDocument(path, source, {});
  const about = {
    document,
    diagnostics: report.diagnostics(),
    anchors: parts.flatMap(({ heading }) => (heading === undefined ? [] : [heading.anchor])),
  };
  const stretch = anchor === undefined ? { from: 0, to: text.length } : below(parts, anchor);
  if (stretch === undefined) return about;
  return { ...about, prose: readingOf(root.children, { ...stretch, definitions: definitionsOf(root), noteOf: notes(document) }) };
}

/** From the heading of an anchor to the next one that is not below it. */
function below(parts: readonly Section[], anchor: string): { readonly from: number; readonly to: number } | undefined {
  let from = 0;
  let open: { readonly depth: number; readonly from: number } | undefined;
  // Each part ends where the heading of the next one begins.
  for (const { heading, end } of parts) {
    if (open !== undefined && heading !== undefined && heading.depth <= open.depth) return { from: open.from, to: from };
    if (heading?.anchor === anchor) open = { depth: heading.depth, from };
    from = end;
  }
  return open && { from: open.from, to: from };
}

/** What stands above a block that runs: which step it is, how dangerous, how long it may take. */
function notes(document: Document): (code: Code) => string | undefined {
  const steps = sections(document).flatMap((section) => section.steps);
  const byLine = new Map(steps.map((step) => [step.place.line, stepWords(step)]));
  return (code) => byLine.get(extentOf(code).span.line) ?? companionWords(code);
}

function stepWords(step: Step): string {
  const parts = [
    `step ${step.id}`,
    `risk ${step.risk === 'high' ? 'HIGH' : step.risk}`,
    ...(step.manual ? ['by hand'] : []),
    durationWords(step.timeoutMs),
    ...(step.everyMs === undefined ? [] : [`again every ${durationWords(step.everyMs)}`]),
    ...(step.retries === 0 ? [] : [`tried again ${countOf(step.retries, 'time')}`]),
    ...(step.capture === undefined ? [] : [`captures {${step.capture}}`]),
    ...(step.stages === undefined ? [] : [`only on ${step.stages.join(', ')}`]),
  ];
  return parts.join(', ');
}

const companions = [
  ['check', 'check of'],
  ['rollback', 'undo of'],
  ['dry-run', 'dry run of'],
  ['expect', 'expected of'],
] as const;

function companionWords({ meta }: Code): string | undefined {
  return companions.flatMap(([key, words]) => {
    const id = new RegExp(`(?:^|\\s)${key}=([a-z0-9-]+)`).exec(String(meta))?.[1];
    return id === undefined ? [] : [`${words} ${id}`];
  })[0];
}
