/** Steps to procedures: which H2 sections hold steps, and which may not. */

import type { Procedure } from '../core/plan.ts';
import type { Collector, Span } from './collector.ts';
import { extentOf } from './markdown.ts';
import { proseOf } from './prose.ts';
import type { Heading, Section } from './section.ts';
import type { PlacedStep } from './steps.ts';

const reserved = new Set(
  [
    'When to use',
    'Impact and risk',
    'Prerequisites',
    'Access',
    'Inputs',
    'Symptoms',
    'Escalation',
    'Afterwards',
    'False alarms',
    'References',
    'Change log',
  ].map((title) => title.toLowerCase()),
);

const beforeTitle = 'before you start';

/** The procedures of a document, and the one that runs before each of them. */
export type Chapters = { readonly before?: Procedure; readonly procedures: readonly Procedure[] };

/** What the procedures are made of. `home` takes the steps that stand below no H2; without it, such a step is an error. */
export type ChapterSource = {
  readonly steps: readonly PlacedStep[];
  readonly sections: readonly Section[];
  readonly text: string;
  readonly home?: Heading;
};

/** Groups steps by their H2. A step where none may stand is reported and left out. */
export function readChapters({ steps, sections, text, home }: ChapterSource, report: Collector): Chapters {
  const groups = new Map<Heading, PlacedStep[]>();
  for (const placed of steps) {
    const chapter = placed.section.chapter ?? home;
    if (chapter === undefined) refuse(placed, 'stands below no H2, and only those are procedures', report);
    else if (home === undefined && reserved.has(chapter.title.toLowerCase()))
      refuse(placed, `stands below "${chapter.title}", a section that holds no steps`, report);
    else groups.set(chapter, [...(groups.get(chapter) ?? []), placed]);
  }
  const procedures: Procedure[] = [];
  let before: Procedure | undefined;
  for (const [heading, placed] of groups) {
    const procedure = {
      anchor: heading.anchor,
      title: heading.title,
      prose: introduction(heading, sections, text),
      steps: placed.map(({ step }) => step),
      place: placeOf(heading.at, report),
    };
    if (home !== undefined || heading.title.toLowerCase() !== beforeTitle) {
      procedures.push(procedure);
      continue;
    }
    checkBefore(procedure, before, report);
    before ??= procedure;
  }
  return { ...(before && { before }), procedures };
}

function refuse({ step }: PlacedStep, why: string, report: Collector): void {
  report.error('step-place', { ...step.place, length: 3 }, `The step ${step.id} ${why}.`);
}

function checkBefore(procedure: Procedure, first: Procedure | undefined, report: Collector): void {
  if (first !== undefined)
    report.error(
      'step-place',
      { ...procedure.place, length: 3 },
      `There are two sections "${first.title}" with steps; the first is on line ${first.place.line}.`,
    );
  for (const { id, risk, place } of procedure.steps) {
    if (risk !== 'low')
      report.error('before-risk', { ...place, length: 3 }, [
        `The step ${id} must have risk=low: "${procedure.title}" runs before every procedure.`,
        'Give it a procedure of its own.',
      ]);
  }
}

/** What stands between the heading and the first heading or fence below it. */
function introduction(heading: Heading, sections: readonly Section[], text: string): string {
  const section = sections.find((candidate) => candidate.heading === heading);
  if (section === undefined) return '';
  const fence = section.tree.children.find((node) => node.type === 'code');
  return proseOf(section, section.start, fence === undefined ? section.end : extentOf(fence).start, text);
}

function placeOf(at: Span, report: Collector): Procedure['place'] {
  return { path: report.path, line: at.line, column: at.column };
}
