/** What a reader sees around the block of each step, between its heading and the next step. */

import type { Blockquote, Root } from 'mdast';
import { toString as textOf } from 'mdast-util-to-string';
import type { Step } from '../../core/plan.ts';
import { sections } from '../../core/variables.ts';
import { alertOf } from '../alert.ts';
import type { Span } from '../collector.ts';
import type { DocumentRead } from '../document-read.ts';
import { extentOf } from '../markdown.ts';
import { visit } from '../visit.ts';
import { inOneLine } from './text-places.ts';

/** A step and the words around it. */
export type StepPlace = {
  readonly step: Step;
  readonly at: Span;
  /** True when an alert or the words "High risk" stand between its heading and its block. */
  readonly warned: boolean;
  /** The paragraphs above it, up to the heading or the annotated fence before. */
  readonly above: string;
  /** The paragraphs below it, up to the next step or heading. */
  readonly below: readonly string[];
};

/** Every step of a document that changes something, and that the engine runs. */
export function changingSteps(read: DocumentRead): readonly StepPlace[] {
  return stepPlaces(read).filter(({ step }) => step.risk !== 'low' && !step.manual);
}

/** Every step of a document, in its order. One walk over each section: a section may have very many steps. */
export function stepPlaces({ document, sections: parts, settingAt }: DocumentRead): readonly StepPlace[] {
  const steps = new Map(sections(document).flatMap((procedure) => procedure.steps.map((step) => [step.place.line, step])));
  return parts.flatMap(({ tree }) => {
    const places: (StepPlace & { readonly below: string[] })[] = [];
    let warned = false;
    visit(tree, (node, _index, parent) => {
      if (node.type === 'blockquote' && parent === tree && warnings.has(alertOf(node)?.name ?? '')) warned = true;
      if (node.type === 'code') {
        const step = steps.get(extentOf(node).span.line);
        if (step !== undefined) places.push({ step, at: settingAt(step, 'step'), warned, above: unquoted(step.prose), below: [] });
      }
      if (node.type !== 'paragraph' && node.type !== 'tableCell') return;
      const text = inOneLine(textOf(node, { includeHtml: false }));
      if (/\bhigh risk\b/i.test(text)) warned = true;
      places.at(-1)?.below.push(text);
    });
    return places;
  });
}

/** The alerts that tell of danger. A note or a tip does not. */
const warnings: ReadonlySet<string> = new Set(['WARNING', 'CAUTION', 'IMPORTANT']);

/** Markdown without the marks of quotes and emphasis. */
function unquoted(prose: string): string {
  return inOneLine(prose.replace(/^[ \t]*(?:>[ \t]?)+/gm, '').replace(/[*_]/g, ''));
}

/** The quotes of a document, and whether each stands by itself: in a list or in another quote GitHub draws no alert. */
export function quotesOf(root: Root): readonly { readonly quote: Blockquote; readonly nested: boolean }[] {
  const quotes: { quote: Blockquote; nested: boolean }[] = [];
  visit(root, 'blockquote', (quote, _index, parent) => {
    quotes.push({ quote, nested: parent !== root });
  });
  return quotes;
}
