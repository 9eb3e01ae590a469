/** What every entry of a playbook says, so that whoever comes here at night finds the same things in the same order. */

import type { Rule } from './rule.ts';

const parts = [
  ['Symptom', /^symptoms?\b/i, 'what somebody sees: message, code, graph'],
  ['Impact', /^impact\b/i, 'who is hurt, and what is not'],
  ['Likely causes', /^(?:\w+ )?causes?\b/i, 'the most likely one first, each with what tells it from the others'],
  ['Go back', /^go back\b/i, 'whether to retry the failed step, count it as done, or stop'],
] as const;

/** An entry of a playbook lacks a part. It may be in bold or a heading. */
export const entryPartMissing: Rule = {
  id: 'entry-part-missing',
  severity: 'warning',
  scope: 'frame',
  check: ({ document, sections }) => {
    if (document.frontMatter.kind === 'runbook') return [];
    return document.procedures.flatMap(({ anchor, title, place }) => {
      const own = sections.filter(({ chapter }) => chapter?.anchor === anchor);
      const labels = own.flatMap(({ heading, bold }) => [...bold.map(({ text }) => text), String(heading?.title)]);
      return parts
        .filter(([, pattern]) => !labels.some((label) => pattern.test(label)))
        .map(([part, , holds]) => ({
          at: { line: place.line, column: place.column, length: title.length + 3 },
          words: [`The entry "${title}" has no **${part}**.`, `Write **${part}** and ${holds}.`],
        }));
    });
  },
};
