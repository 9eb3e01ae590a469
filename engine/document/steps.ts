/** The steps of a document, each with its companions, its prose and its failure link. */

import type { Step } from '../core/plan.ts';
import type { Annotation } from './annotation.ts';
import type { Collector, Span } from './collector.ts';
import { readCompanions } from './companion.ts';
import { assignLinks, type Definitions, type FailureLink, failureLinksOf } from './failure-link.ts';
import type { Section } from './section.ts';
import { readStep } from './step.ts';
import { type WordedStep, wordedSteps } from './step-words.ts';

/** A step and the fence that it was read from. */
export type PlacedStep = { readonly step: Step; readonly annotation: Annotation };

/** Where a key of a step's fence stands; where it has none, the fence itself. */
export type SettingAt = (step: Step, key: string) => Span;

/** The places of the keys of all steps. */
export function settingPlaces(steps: readonly PlacedStep[]): SettingAt {
  const places = new Map<string, Span>();
  for (const { step, annotation } of steps) for (const [key, { at }] of annotation.settings) places.set(`${step.id} ${key}`, at);
  return (step, key) => places.get(`${step.id} ${key}`) ?? { ...step.place, length: 3 };
}

/** What the steps are read from. `ids` are of the document's steps, broken ones among them. */
export type StepSource = {
  readonly annotations: readonly Annotation[];
  readonly sections: readonly Section[];
  readonly definitions: Definitions;
  readonly ids: ReadonlySet<string>;
  readonly text: string;
  readonly lines: readonly string[];
};

/** The steps in document order, and every failure link. */
export function readSteps(source: StepSource, report: Collector): { readonly steps: readonly PlacedStep[]; readonly links: readonly FailureLink[] } {
  const companionsOf = readCompanions(source, report);
  const bySection = Map.groupBy(source.annotations, (annotation) => annotation.section);
  const firsts = new Map<string, number>();
  const steps: PlacedStep[] = [];
  const links: FailureLink[] = [];
  for (const section of source.sections) {
    const annotations = bySection.get(section) ?? [];
    const own = wordedSteps(section, annotations, source).filter(({ annotation }) => isFirst(annotation, firsts, report));
    const found = failureLinksOf(section, source.definitions, report);
    const linkOf = assignLinks(found, stretchesOf(own, section), report);
    links.push(...found);
    for (const { annotation, words } of own) {
      const id = annotation.id.value;
      const failureLink = linkOf.get(id);
      const step = { ...readStep(annotation, words, report), ...companionsOf(id) };
      steps.push({ annotation, step: { ...step, ...(failureLink && { failureLink }) } });
    }
  }
  return { steps, links };
}

function isFirst({ id, fence }: Annotation, firsts: Map<string, number>, report: Collector): boolean {
  const first = firsts.get(id.value);
  if (first === undefined) firsts.set(id.value, fence.at.line);
  else report.error('id-duplicate', id.at, `The id ${id.value} is taken: the first step of that name is on line ${first}.`);
  return first === undefined;
}

function stretchesOf(steps: readonly WordedStep[], section: Section): Parameters<typeof assignLinks>[1] {
  return steps.map(({ annotation: { id, fence } }, index) => ({
    id: id.value,
    start: index === 0 ? section.start : fence.start,
    end: steps[index + 1]?.annotation.fence.start ?? section.end,
  }));
}
