/** Whom to call when a step has failed, and what to tell them. */

import { stripVTControlCharacters } from 'node:util';
import { documentOf } from '../core/frame.ts';
import type { Plan } from '../core/plan.ts';
import type { Prose } from '../core/prose.ts';
import type { Run } from '../core/run.ts';
import { endingOf } from './ending.ts';
import type { Choosing } from './options.ts';
import { documentName, inline, trail } from './place.ts';

/** What each document says, below a line of safe text that names it, and a summary for whoever is called. */
export type Escalation = { readonly said: readonly { readonly title: string; readonly words: Prose }[]; readonly summary: string };

const nobody = 'These documents do not say whom to call: write it into a section Escalation.';

/** How many lines of output the summary ends with. */
const lastLines = 5;

/** What the documents say about escalation: that of the failed step first, then its playbook. `output` are the last lines that were printed. */
export function escalationOf(plan: Plan, run: Run, question: Choosing, output: readonly string[]): Escalation {
  const { at, title, what, now } = endingOf(plan, run, question);
  const failed = documentOf(plan, at.frame.document).path;
  const paths = new Set([failed, run.document, ...Object.values(plan.documents).flatMap(({ frontMatter }) => frontMatter.playbook ?? [])]);
  const said = [...paths].flatMap((path) => sayingOf(plan, path));
  const person = run.people.at(-1);
  return {
    said: said.length === 0 ? [{ title: nobody, words: [] }] : said,
    summary: [
      `${inline(plan.stage.name).toUpperCase()}: ${title.replace(/ {3}/gu, ', ')}`,
      `${trail(plan, run, '>')}, ${inline(at.step.title)} (${inline(at.step.place.path)}:${at.step.place.line})`,
      `run ${inline(run.id)}, started ${run.startedAt}${person === undefined ? '' : ` by ${inline(person.operator)} on ${inline(person.host)}`}`,
      ...(run.ticket === undefined ? [] : [`ticket ${inline(run.ticket)}`]),
      ...what,
      ...now,
      ...(output.length === 0 ? [] : ['last lines:', ...output.slice(-lastLines).map((line) => `  ${stripVTControlCharacters(line)}`)]),
    ].join('\n'),
  };
}

function sayingOf(plan: Plan, path: string): Escalation['said'] {
  const document = plan.documents[path];
  if (document === undefined) return [];
  const { escalation, frontMatter } = document;
  if (escalation === undefined && frontMatter.escalation === undefined) return [];
  const whom = frontMatter.escalation === undefined ? '' : `: ${inline(frontMatter.escalation)}`;
  return [{ title: `${frontMatter.kind} ${documentName(path)}${whom}`, words: escalation ?? [] }];
}
