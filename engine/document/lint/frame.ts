/** What stands at the top of every document: who keeps it right, when it was reviewed, what it is for. */

import { nowhere } from '../collector.ts';
import type { Rule } from './rule.ts';

const required = [
  ['owner', 'owner', 'who keeps this document right'],
  ['severity', 'severity', 'how bad it is when this is needed, such as SEV-2'],
  ['reviewed', 'reviewed', 'the day on which somebody last went through it, such as 2026-01-31'],
  ['review-every', 'reviewEvery', 'after how many days it is reviewed again, such as 90'],
  ['escalation', 'escalation', 'who is called when this does not help'],
] as const;

/** The front matter lacks what the templates have. */
export const fieldMissing: Rule = {
  id: 'field-missing',
  severity: 'error',
  scope: 'frame',
  check: ({ front, document }) =>
    required
      // A key whose value is not valid has been reported.
      .filter(([key, field]) => document.frontMatter[field] === undefined && front.at(key) === nowhere)
      .map(([key, , holds]) => ({ at: nowhere, words: [`The front matter has no ${key}.`, `Write ${key}: and ${holds}.`] })),
};

/** Nothing below the title says what the document does. */
export const summaryMissing: Rule = {
  id: 'summary-missing',
  severity: 'error',
  scope: 'frame',
  check: ({ document, sections }) => {
    const title = sections.find(({ heading }) => heading?.depth === 1)?.heading;
    if (title === undefined || document.summary !== '') return [];
    return [{ at: title.at, words: ['No sentence below the title says what this does.', 'Write what it does, to what, and how long it takes.'] }];
  },
};

const dayMs = 86_400_000;

/** The review is due, or lies in the future. */
export const reviewDue: Rule = {
  id: 'review-due',
  severity: 'warning',
  scope: 'frame',
  check: ({ document, front }, { today }) => {
    const { reviewed, reviewEvery } = document.frontMatter;
    if (reviewed === undefined) return [];
    const ageDays = (Date.parse(today) - Date.parse(reviewed)) / dayMs;
    const at = front.at('reviewed');
    // Somewhere it is tomorrow already.
    if (ageDays < -1) return [{ at, words: `It was reviewed on ${reviewed}, which lies in the future.` }];
    if (reviewEvery === undefined || ageDays <= reviewEvery) return [];
    return [
      {
        at,
        words: [`The last review was ${ageDays} days ago; one is due every ${reviewEvery} days.`, 'Go through the document, and write the day here.'],
      },
    ];
  },
};
