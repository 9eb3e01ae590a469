/** Documents without annotations, run as they are: each shell fence becomes a step. */

import type { Annotation, PlacedFence } from './annotation.ts';
import type { Collector } from './collector.ts';

const shells = new Set(['bash', 'sh', 'shell', 'zsh']);

/** A step of medium risk for every shell fence. A document with annotated fences is refused: its author said what is a step. */
export function asIsAnnotations(fences: readonly PlacedFence[], annotated: readonly PlacedFence[], report: Collector): readonly Annotation[] {
  const [first] = annotated;
  if (first !== undefined) report.error('as-is', first.fence.at, ['This document has steps of its own.', 'Run it without --as-is.']);
  return fences
    .map((placed) => ({ ...placed, language: String(/^[^\s{,]*/.exec(placed.fence.info.info)?.[0]) }))
    .filter(({ fence, language }) => fence.closed && shells.has(language.toLowerCase()) && fence.body.trim() !== '')
    .map((placed, index) => {
      const { at } = placed.fence;
      const settings = new Map(Object.entries({ risk: 'medium', timeout: '10m' }).map(([key, value]) => [key, { value, at }]));
      return { ...placed, form: 'step', id: { value: `block-${index + 1}`, at }, settings, flags: new Map(), refused: new Set() };
    });
}
