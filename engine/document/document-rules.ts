/** What the parts of a document demand of each other. */

import type { Document } from '../core/plan.ts';
import { sections } from '../core/variables.ts';
import { type Collector, didYouMean } from './collector.ts';
import type { DocumentRead } from './document-read.ts';
import type { FrontMatterRead } from './front-matter.ts';
import { nearest } from './nearest.ts';

/** Checks that front matter, procedures, steps and inputs agree. */
export function checkDocument({ document, front, settingAt, report }: DocumentRead): void {
  checkRehearsal(document, front, report);
  const { stages } = document.frontMatter;
  const inputs = new Set(document.inputs.map((input) => input.name));
  for (const step of sections(document).flatMap((procedure) => procedure.steps)) {
    for (const stage of step.stages ?? []) {
      if (stages === undefined || stages.includes(stage)) continue;
      report.error('stage-not-listed', settingAt(step, 'stages'), [
        `The step ${step.id} names the stage ${stage}, which the front matter does not list.`,
        didYouMean(nearest(stage, stages)),
      ]);
    }
    if (step.capture !== undefined && inputs.has(step.capture)) {
      report.error('name-taken', settingAt(step, 'capture'), [
        `The step ${step.id} captures ${step.capture}, which is an input.`,
        'Choose another name.',
      ]);
    }
  }
}

function checkRehearsal({ frontMatter, procedures }: Document, front: FrontMatterRead, report: Collector): void {
  const anchors = procedures.map((procedure) => procedure.anchor);
  const at = front.at('rehearsal');
  for (const [index, anchor] of (frontMatter.rehearsal ?? []).entries()) {
    if (!anchors.includes(anchor))
      report.error('rehearsal', at, [`There is no procedure ${anchor} to rehearse.`, didYouMean(nearest(anchor, anchors))]);
    else if (frontMatter.rehearsal?.indexOf(anchor) !== index) report.error('rehearsal', at, `The procedure ${anchor} stands in rehearsal twice.`);
  }
}
