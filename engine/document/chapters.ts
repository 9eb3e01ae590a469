/** Steps to procedures: which H2 sections hold steps, and which may not. */

import type { Procedure } from '../core/plan.ts';
import type { Collector } from './collector.ts';
import { extentOf } from './markdown.ts';
import { lineStart, proseOf } from './prose.ts';
import type { Heading, Section } from './section.ts';
import type { PlacedStep, SettingAt } from './steps.ts';
import { visit } from './visit.ts';

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
  readonly settingAt: SettingAt;
  readonly sections: readonly Section[];
  readonly text: string;
  readonly home?: Heading;
};

/** Groups steps by their H2. A step where none may stand is reported and left out. */
export function readChapters({ steps, settingAt, sections, text, home }: ChapterSource, report: Collector): Chapters {
  const groups = new Map<Heading, PlacedStep[]>();
  for (const placed of steps) {
    const chapter = placed.annotation.section.chapter ?? home;
    if (chapter === undefined) refuse(placed, 'stands below no H2, and only those are procedures', report);
    else if (home === undefined && reserved.has(chapter.title.toLowerCase()))
      refuse(placed, `stands below "${chapter.title}", a section that holds no steps`, report);
    else if (groups.get(chapter)?.push(placed) === undefined) groups.set(chapter, [placed]);
  }
  const procedures: Procedure[] = [];
  let before: Procedure | undefined;
  for (const [heading, placed] of groups) {
    const { anchor, title, at } = heading;
    const place = { path: report.path, line: at.line, column: at.column };
    const procedure = { anchor, title, prose: introduction(heading, sections, text), steps: placed.map(({ step }) => step), place };
    if (home !== undefined || title.toLowerCase() !== beforeTitle) {
      procedures.push(procedure);
      continue;
    }
    if (before !== undefined)
      report.error('step-place', at, `There are two sections "${title}" with steps; the first is on line ${before.place.line}.`);
    checkBefore(procedure, settingAt, report);
    before ??= procedure;
  }
  return { ...(before && { before }), procedures };
}

function refuse({ annotation }: PlacedStep, why: string, report: Collector): void {
  report.error('step-place', annotation.fence.at, `The step ${annotation.id.value} ${why}.`);
}

function checkBefore({ title, steps }: Procedure, settingAt: SettingAt, report: Collector): void {
  for (const step of steps) {
    if (step.risk === 'low') continue;
    const message = `The step ${step.id} must have risk=low: "${title}" runs before every procedure.`;
    report.error('before-risk', settingAt(step, 'risk'), [message, 'Give it a procedure of its own.']);
  }
}

/** What stands between the heading and the first heading or fence below it. */
function introduction(heading: Heading, sections: readonly Section[], text: string): string {
  const section = sections.find((candidate) => candidate.heading === heading);
  if (section === undefined) return '';
  let { end } = section;
  visit(section.tree, 'code', (node) => {
    end = lineStart(text, extentOf(node).start);
    return 'exit';
  });
  return proseOf(section, section.start, end, text);
}
