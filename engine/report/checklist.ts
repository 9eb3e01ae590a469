/** A run as a checklist in markdown: the same steps, for a person who types them. */

import type { Companion, Plan, Step } from '../core/plan.ts';
import { chosenProcedures, routesOf, skippedBecause } from '../core/routes.ts';
import { wordsOf } from '../core/suggest.ts';
import { durationWords, riskWords } from '../core/words.ts';
import { quotedProse } from './prose-markdown.ts';
import { code, fence, words } from './quote.ts';

/** The checklist. `filled` puts the values that are known into a block. */
export function checklistOf(plan: Plan, filled: (source: string) => string): string {
  const lines = [
    `# ${words(plan.documents[plan.document]?.title ?? plan.document)}: checklist for ${words(plan.stage.name)}`,
    '',
    `Made of ${code(plan.document)}. Words in braces stand for values that nobody knows yet: a step before prints them, or you choose them.`,
    '',
  ];
  for (const procedure of chosenProcedures(plan)) {
    lines.push(`## ${words(procedure.title)}`, '');
    for (const step of procedure.steps) lines.push(...stepLines(plan, step, filled));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

function stepLines(plan: Plan, step: Step, filled: (source: string) => string): readonly string[] {
  const skipped = skippedBecause(plan, step);
  const about = `${code(step.id)}, ${riskWords(step.risk)}, at most ${durationWords(step.timeoutMs)}`;
  if (skipped !== undefined) return [`- ${words(step.title)} (${code(step.id)}): not here, ${words(skipped)}`, ''];
  const block = (text: string, language: string): readonly string[] => ['', ...fence(filled(text), language)];
  const companion = (name: string, found: Companion | undefined): readonly string[] =>
    found === undefined ? [] : [`**${name}**`, ...block(found.block.source, found.block.language)];
  const expected = step.expect.length === 0 ? [] : ['**Expected**', '', ...fence(step.expect.map(({ text }) => text).join('\n'), 'text')];
  const routes = routesOf(plan, plan.document, step)
    .filter(({ by }) => by !== 'any')
    .map(({ title, target, errors, then }) => {
      const when =
        errors.length === 0
          ? 'in any way'
          : `with ${errors
              .map(wordsOf)
              .map((error) => code(error))
              .join(', ')}`;
      return `- If it fails ${when}: ${words(title)} (${code(`${target.document}#${target.anchor}`)}), then ${then}`;
    });
  const body = [
    ...quotedProse(step.reading.above),
    ...block(step.block.source, step.block.language).slice(1),
    ...expected,
    ...companion('Check', step.check),
    ...companion('Undo', step.rollback),
    ...(routes.length === 0 ? [] : [...routes, '']),
  ];
  return [`- [ ] **${words(step.title)}** (${about})`, '', ...body.map((line) => (line === '' ? '' : `  ${line}`))];
}
