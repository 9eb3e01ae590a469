/** The author's words around the block of each step of a section. */

import { toString as textOf } from 'mdast-util-to-string';
import type { Annotation } from './annotation.ts';
import type { Definitions } from './failure-link.ts';
import { extentOf } from './markdown.ts';
import { lineStart, proseOf } from './prose.ts';
import { readingOf, within } from './reading.ts';
import type { Section } from './section.ts';
import type { StepWords } from './step.ts';

/** What the words are taken from: the source, and where its links by name lead. */
type Source = { readonly text: string; readonly definitions: Definitions };

/** What stands below a block and still belongs to it, when another step follows in the section. */
const labels = /^(?:expected|if this fails|cannot be undone|go back)\b/i;

/** A step of a section and its words. */
export type WordedStep = { readonly annotation: Annotation; readonly words: StepWords };

/** The steps of a section with their words. `annotations` are its annotated fences, in order. */
export function wordedSteps(section: Section, annotations: readonly Annotation[], { text, definitions }: Source): readonly WordedStep[] {
  const steps: WordedStep[] = [];
  const { children } = section.tree;
  let end = section.end;
  // From the last step up, because what is below a step ends where the next one begins.
  for (const [index, annotation] of [...annotations.entries()].reverse()) {
    const { form, fence } = annotation;
    if (form !== 'step') continue;
    const before = annotations[index - 1];
    const from = before?.fence.end ?? section.start;
    const to = Math.max(from, lineStart(text, fence.start));
    const own = before === undefined ? from : behindLabels(section, from, to, definitions);
    const above = readingOf(children, { from: own, to, definitions });
    const below = readingOf(children, { from: fence.end, to: end, definitions });
    steps.push({ annotation, words: { prose: proseOf(section, from, to, text), reading: { above, below } } });
    end = own;
  }
  return steps.reverse();
}

/** Where the words that are about the step before end: labelled paragraphs directly below it. */
function behindLabels({ tree }: Section, from: number, to: number, definitions: Definitions): number {
  const { first, past } = within(tree.children, { from, to, definitions });
  let end = from;
  for (const node of tree.children.slice(first, past)) {
    const [label] = node.type === 'paragraph' ? node.children : [];
    if (label?.type !== 'strong' || !labels.test(textOf(label))) break;
    end = extentOf(node).end;
  }
  return end;
}
