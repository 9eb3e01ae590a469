/** Markdown to a document: everything that one file says, and everything that is wrong with it. */

import { slug } from 'github-slugger';
import { toString as textOf } from 'mdast-util-to-string';
import type { Document } from '../core/plan.ts';
import { fencesOf, idsIn, readAnnotations } from './annotation.ts';
import { asIsAnnotations } from './as-is.ts';
import { readChapters } from './chapters.ts';
import { type Collector, collector } from './collector.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { DocumentRead } from './document-read.ts';
import { checkDocument } from './document-rules.ts';
import { definitionsOf } from './failure-link.ts';
import { annotatedFences } from './fence-slips.ts';
import { type FrontMatterRead, noFrontMatter, readFrontMatter } from './front-matter.ts';
import { readInputs } from './inputs.ts';
import { readMarkdown } from './limits.ts';
import { normalise } from './normalise.ts';
import { fileName } from './outline.ts';
import { readingOf } from './reading.ts';
import { type Heading, type Section, sectionsOf } from './section.ts';
import { readSteps, settingPlaces } from './steps.ts';
import { readSymptoms } from './symptoms.ts';

/** `asIs`: the document has no annotations; each shell fence becomes a step. */
export type ParseOptions = { readonly asIs?: boolean };

/** Reads a document. Never throws: all that is wrong is in the diagnostics, and the document is what remains. */
export function parseDocument(
  path: string,
  source: string,
  options: ParseOptions = {},
): { readonly document: Document; readonly diagnostics: readonly Diagnostic[] } {
  const { document, report } = readDocument(path, source, options);
  return { document, diagnostics: report.diagnostics() };
}

/** Reads a document, for a plan. */
export function readDocument(path: string, source: string, { asIs = false }: ParseOptions): DocumentRead {
  const report = collector(path);
  // What must not be parsed is read as an empty document.
  const { text, root } = readMarkdown(normalise(source), report);
  const lines = text.split('\n');
  const sections = sectionsOf(root, text);
  const fences = fencesOf(sections, text);
  const ids = idsIn(fences);
  const front = asIs ? noFrontMatter : readFrontMatter(text, report);
  const annotated = annotatedFences({ sections, fences, ids, lines }, report);
  const annotations = asIs ? asIsAnnotations(fences, annotated, report) : readAnnotations(annotated, report);
  const titles = sections.flatMap((section) => (section.heading?.depth === 1 ? [{ section, heading: section.heading }] : []));
  if (!asIs && (front.present || annotated.length > 0)) checkFrame(front, titles, report);
  const definitions = definitionsOf(root);
  const { steps, links } = readSteps({ annotations, sections, definitions, ids, text, lines }, report);
  const settingAt = settingPlaces(steps);
  const title = titles[0]?.heading ?? { depth: 1, title: fileName(path), anchor: slug(fileName(path)), at: { line: 1, column: 1, length: 1 } };
  const chapters = readChapters({ steps, settingAt, sections, text, ...(asIs && { home: title }) }, report);
  const named = (name: string) => (asIs ? [] : sections.filter(({ chapter }) => chapter?.title.toLowerCase() === name));
  const entries = chapters.procedures.map((procedure) => procedure.anchor);
  const playbook = front.frontMatter.kind === 'playbook';
  const symptoms = playbook ? named('symptoms').flatMap((section) => readSymptoms(section, entries, report)) : [];
  const escalation = named('escalation').flatMap(({ tree, start, end }) => readingOf(tree.children, { from: start, to: end, definitions }));
  const document: Document = {
    path,
    title: title.title,
    summary: summaryOf(titles[0]?.section),
    frontMatter: front.frontMatter,
    inputs: named('inputs').flatMap((section) => readInputs(section, report)),
    symptoms: symptoms.map(({ symptom }) => symptom),
    ...(escalation.length > 0 && { escalation }),
    ...chapters,
  };
  const read = { document, report, text, root, sections, lines, links, symptoms, front, settingAt };
  checkDocument(read);
  return read;
}

/** Checks what every document with steps has: front matter, and one title. */
function checkFrame(front: FrontMatterRead, titles: readonly { readonly heading: Heading }[], report: Collector): void {
  const top = { line: 1, column: 1, length: 1 };
  if (!front.present)
    report.error('front-matter-missing', top, ['The document has steps but no front matter.', 'Begin it with three lines: ---, kind: runbook, ---.']);
  if (titles.length === 0) report.error('title', top, ['The document has no title.', 'Write an H1 such as # Database operations.']);
  for (const { heading } of titles.slice(1)) report.error('title', heading.at, 'The document has a second title; only the first H1 is one.');
}

/** The first paragraph below the title. */
function summaryOf(section: Section | undefined): string {
  const paragraph = section?.tree.children.find((node) => node.type === 'paragraph');
  return textOf(paragraph).replace(/\s+/g, ' ');
}
