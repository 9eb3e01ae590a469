/** Steps: an annotated fence and what its info string asks for. */

import type { Risk, Step } from '../core/plan.ts';
import { type Annotation, blockOf } from './annotation.ts';
import type { Collector } from './collector.ts';
import { parseDuration } from './duration.ts';
import { risks } from './keys.ts';
import { checkStep } from './step-rules.ts';

/** How long an attempt may take when nothing is said. */
const defaultTimeoutMs = 600_000;

/** What a step has before companions, expectations and its failure link are added. */
export type BareStep = Omit<Step, 'expect' | 'check' | 'rollback' | 'dryRun' | 'failureLink'>;

/** The author's words for a step: as written, and as read. */
export type StepWords = Pick<Step, 'prose' | 'reading'>;

/** The step of an annotated fence. Without a valid risk it counts as high. */
export function readStep(annotation: Annotation, words: StepWords, report: Collector): BareStep {
  const { fence, section, flags, id } = annotation;
  const value = (key: string): string | undefined => annotation.settings.get(key)?.value;
  const everyMs = parseDuration(String(value('every')));
  const stages = value('stages')?.split(',');
  const texts = { capture: value('capture'), cwd: value('cwd'), host: value('host'), files: value('files'), retype: value('retype') };
  const { capture, cwd, host, files, retype } = texts;
  checkStep(annotation, riskOf(annotation), report);
  return {
    id: id.value,
    title: section.heading?.title ?? id.value,
    risk: riskOf(annotation) ?? 'high',
    block: blockOf(annotation, report),
    timeoutMs: timeoutOf(annotation),
    manual: flags.has('manual'),
    tty: flags.has('tty'),
    retries: Number(value('retries') ?? 0),
    ...(everyMs !== undefined && { everyMs }),
    ...(capture !== undefined && { capture }),
    ...(stages !== undefined && { stages }),
    ...(cwd !== undefined && { cwd }),
    ...(host !== undefined && { host }),
    ...(files !== undefined && { files }),
    ...(retype !== undefined && { retype }),
    ...words,
    place: { path: report.path, line: fence.at.line, column: fence.at.column },
  };
}

/** The time limit of a step or companion. */
export function timeoutOf({ settings }: Annotation): number {
  return parseDuration(String(settings.get('timeout')?.value)) ?? defaultTimeoutMs;
}

/** The risk of a step; undefined when it is missing. */
function riskOf({ settings }: Annotation): Risk | undefined {
  return risks.find((risk) => risk === settings.get('risk')?.value);
}
