/** Companion fences: checks, rollbacks, dry runs and expectations, and the steps that they belong to. */

import type { Companion, Expectation, Step } from '../core/plan.ts';
import { type Annotation, blockOf } from './annotation.ts';
import { type Collector, didYouMean } from './collector.ts';
import { readExpectations } from './expectation.ts';
import type { Form } from './form.ts';
import { nearest } from './nearest.ts';
import { timeoutOf } from './step.ts';
import { checkRunnable } from './step-rules.ts';

/** What its companions add to a step. */
export type Companions = Pick<Step, 'expect'> & { readonly check?: Companion; readonly rollback?: Companion; readonly dryRun?: Companion };

type CompanionForm = Exclude<Form, 'step'>;

/** What stands in bold before each, so that a reader does not take an undo for the next step. */
const labels: Readonly<Record<CompanionForm, string>> = { check: 'Check', rollback: 'Undo', 'dry-run': 'Dry run', expect: 'Expected' };

/** The document's annotations; `ids` are of its steps, broken ones among them; `lines` are its text. */
export type CompanionSource = { readonly annotations: readonly Annotation[]; readonly ids: ReadonlySet<string>; readonly lines: readonly string[] };

/** Reads every companion, by the id of its step. */
export function readCompanions({ annotations, ids, lines }: CompanionSource, report: Collector): (id: string) => Companions {
  const found = new Map<string, Annotation>();
  for (const [index, annotation] of annotations.entries()) {
    const { form, id } = annotation;
    if (form === 'step') continue;
    const key = `${form} ${id.value}`;
    const first = found.get(key);
    if (!ids.has(id.value)) {
      report.error('companion-step', id.at, [`There is no step "${id.value}" in this document.`, didYouMean(nearest(id.value, ids))]);
    } else if (first !== undefined) {
      report.error('companion-duplicate', id.at, `The step ${id.value} has two fences with ${form}=; the first is on line ${first.fence.at.line}.`);
    } else {
      found.set(key, annotation);
      checkCompanion(annotation, form, report);
      if (!isLabelled(annotation, annotations[index - 1], labels[form])) {
        report.warning('companion-unlabelled', annotation.fence.at, [
          `A reader cannot tell that this is not the next step.`,
          `Write **${labels[form]}:** above the fence.`,
        ]);
      }
    }
  }
  // What is wrong with an expected line is reported once, when it is read, so all are read here.
  const expectations = new Map<string, readonly Expectation[]>();
  for (const { form, id, fence } of found.values()) if (form === 'expect') expectations.set(id.value, readExpectations(fence, lines, report));
  return (id) => {
    const companion = (form: CompanionForm): Companion | undefined => {
      const annotation = found.get(`${form} ${id}`);
      return annotation && { block: blockOf(annotation, report), timeoutMs: timeoutOf(annotation) };
    };
    const [check, rollback, dryRun] = [companion('check'), companion('rollback'), companion('dry-run')];
    return { expect: expectations.get(id) ?? [], ...(check && { check }), ...(rollback && { rollback }), ...(dryRun && { dryRun }) };
  };
}

function checkCompanion(annotation: Annotation, form: CompanionForm, report: Collector): void {
  const { fence, language } = annotation;
  if (form !== 'expect') checkRunnable(annotation, report);
  else if (language !== 'text') report.error('misplaced', fence.at, `Expected lines stand in a text block; this one is ${language}.`);
}

/** True when a bold label stands between the annotated fence before, or the heading, and this fence. */
function isLabelled({ section, fence }: Annotation, before: Annotation | undefined, label: string): boolean {
  const from = before?.section === section ? before.fence.end : section.start;
  const wanted = label.toLowerCase();
  return section.bold.some(({ text, start }) => start >= from && start < fence.start && text.replace(/:$/, '').toLowerCase() === wanted);
}
