/** Annotated fences: which fences are meant for the engine, and what each says. */

import type { Block } from '../core/plan.ts';
import type { Collector, Span } from './collector.ts';
import { type Fence, fenceOf } from './fence.ts';
import { type Form, forms } from './form.ts';
import { type Info, readInfo, type Setting } from './info.ts';
import { flags, keys } from './keys.ts';
import type { Section } from './section.ts';
import { visit } from './visit.ts';

/** A fence and the section in which it stands. */
export type PlacedFence = { readonly fence: Fence; readonly section: Section };

/** A fence that is meant for the engine. */
export type Annotation = PlacedFence &
  Info & {
    readonly form: Form;
    /** The id of the step that it is or belongs to. */
    readonly id: Setting;
  };

/** The fences of a document, in order. */
export function fencesOf(sections: readonly Section[], source: string): readonly PlacedFence[] {
  const fences: PlacedFence[] = [];
  for (const section of sections) {
    visit(section.tree, 'code', (node) => {
      const fence = fenceOf(node, source);
      if (fence !== undefined) fences.push({ fence, section });
    });
  }
  return fences;
}

/** Ids that are given somewhere, in annotations that are valid or not, so that one slip is not reported again at every companion. */
export function idsIn(fences: readonly PlacedFence[]): ReadonlySet<string> {
  return new Set(
    fences.flatMap(({ fence }) => Array.from(fence.info.info.matchAll(/step\s*[=:]\s*"?([A-Za-z0-9-]+)/gi), (match) => String(match[1]))),
  );
}

/** Reads the fences that are meant for the engine. One with an error may be missing; then the error says so. */
export function readAnnotations(fences: readonly PlacedFence[], report: Collector): readonly Annotation[] {
  return fences.flatMap((placed) => {
    const known = report.count();
    const info = readInfo(placed.fence.info, report);
    if (info === undefined) return [];
    const annotation = withForm(placed, info, { silent: report.count() > known, report });
    if (annotation === undefined) return [];
    refuseMisplaced(annotation, report);
    if (placed.fence.body.trim() === '') report.error('block-empty', placed.fence.at, `The block of ${annotation.id.value} is empty.`);
    return [annotation];
  });
}

function withForm(
  placed: PlacedFence,
  info: Info,
  { silent, report }: { readonly silent: boolean; readonly report: Collector },
): Annotation | undefined {
  const given = forms.flatMap((form) => {
    const id = info.settings.get(form);
    return id === undefined ? [] : [{ form, id }];
  });
  const [first, second] = given;
  if (first === undefined) {
    if (!silent)
      report.error('step-missing', placed.fence.at, ['The fence has a risk but no id, so it would never run.', 'Write step= and a kebab-case id.']);
    return undefined;
  }
  if (second !== undefined) {
    report.error('form', second.id.at, [`A fence is ${first.form}= or ${second.form}=, not both.`, 'Write a fence for each.']);
    return undefined;
  }
  return { ...placed, ...info, ...first };
}

function refuseMisplaced({ form, settings, flags: given }: Annotation, report: Collector): void {
  const refuse = (word: string, at: Span, allowed: readonly Form[] | undefined): void => {
    if (allowed?.includes(form)) return;
    report.error('misplaced', at, [`${word} may not stand on a fence with ${form}=.`, 'It belongs to the fence of the step.']);
  };
  for (const [key, { at }] of settings) refuse(`${key}=`, at, keys.get(key)?.forms);
  for (const [flag, at] of given) refuse(flag, at, flags.get(flag));
}

/** The code of an annotated fence. */
export function blockOf({ fence, language, flags: given }: Annotation, report: Collector): Block {
  return {
    language,
    flags: (['aws', 'transaction'] as const).filter((flag) => given.has(flag)),
    source: fence.body,
    place: { path: report.path, line: fence.bodyLine, column: fence.at.column },
  };
}
