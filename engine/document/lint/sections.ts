/** The sections that the templates have and every document needs. */

import type { FrontMatter } from '../../core/plan.ts';
import { nowhere } from '../collector.ts';
import type { DocumentRead } from '../document-read.ts';
import type { Finding, Rule } from './rule.ts';

/** By kind. "Inputs" is not among them: a document without inputs has none. */
const required: Readonly<Record<FrontMatter['kind'], readonly (readonly [title: string, holds: string])[]>> = {
  runbook: [
    ['When to use', 'what makes somebody do this, and when not to'],
    ['Impact and risk', 'who notices, for how long, and what cannot be undone'],
    ['Prerequisites', 'what must be there before'],
    ['Access', 'which roles are needed, how to get them and how to give them back'],
    ['Escalation', 'whom to ask for help, when, and what to tell them'],
    ['Change log', 'what changed, with the date'],
  ],
  playbook: [
    ['Impact and risk', 'who is hurt, and what to do in the first minute'],
    ['Symptoms', 'the table from errors to entries'],
    ['Escalation', 'whom to ask for help, when, and what to tell them'],
    ['Change log', 'what changed, with the date'],
  ],
};

/** A required section is missing or empty. */
export const sectionMissing: Rule = {
  id: 'section-missing',
  severity: 'error',
  scope: 'frame',
  check: (read) => required[read.document.frontMatter.kind].flatMap(([title, holds]) => missing(read, title, holds)),
};

function missing({ sections }: DocumentRead, title: string, holds: string): readonly Finding[] {
  const own = sections.filter(({ chapter }) => chapter?.title.toLowerCase() === title.toLowerCase());
  const heading = own[0]?.chapter;
  if (heading === undefined) return [{ at: nowhere, words: [`The section "${title}" is missing.`, `Write ## ${title}: ${holds}.`] }];
  // A comment is for authors: on GitHub the section would be empty.
  const filled = own.some(({ tree, comments }) => tree.children.length > comments.length);
  return filled ? [] : [{ at: heading.at, words: [`The section "${title}" is empty.`, `It says ${holds}.`] }];
}
