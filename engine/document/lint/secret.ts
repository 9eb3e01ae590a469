/** Secrets written into a document. A handful of exact patterns: what they find is one. */

import { rules } from '../../core/recognise.ts';
import type { DocumentRead } from '../document-read.ts';
import type { Rule } from './rule.ts';
import type { Match } from './text-places.ts';

/** The kinds that are secrets whatever stands around them, wherever they stand in a line. */
const exact = rules
  .filter((rule) => rule.exact)
  .map((rule) => ({ ...rule, everywhere: new RegExp(rule.pattern.source, rule.pattern.flags.replace('y', 'g')) }));

/** Words that stand for a password in examples, and what is too short to be one. */
const standIns = /^(?:pass(?:word|wd)?|pwd?|secret|example|changeme|x{3,}|\.{3}|.{1,2})$/i;

/** A secret in the text. */
export const secret: Rule = {
  id: 'secret',
  severity: 'error',
  scope: 'text',
  check: ({ lines }) =>
    secretsIn(lines).map(({ what, at }) => ({
      at,
      words: [`${what} stands in the document.`, 'Take it out, and replace it where it is used: whoever has read access has seen it.'],
    })),
};

function secretsIn(lines: DocumentRead['lines']): readonly (Match & { readonly what: string })[] {
  return lines.flatMap((line, index) =>
    exact.flatMap(({ what, everywhere, refuse }) =>
      Array.from(line.matchAll(everywhere), (match) => {
        const text = String(match.at(-1));
        const at = { line: index + 1, column: match.index + match[0].length - text.length + 1, length: text.length };
        return { what: `${what.charAt(0).toUpperCase()}${what.slice(1)}`, text, at };
      }).filter(({ text }) => !standIns.test(text) && refuse?.(text) !== true),
    ),
  );
}

/** The text with its secrets covered, so that a diagnostic can show the lines around them. */
export function withoutSecrets(source: string): string {
  const lines = source.split('\n');
  for (const { text, at } of secretsIn(lines)) {
    const line = String(lines[at.line - 1]);
    lines[at.line - 1] = line.slice(0, at.column - 1) + '*'.repeat(text.length) + line.slice(at.column - 1 + text.length);
  }
  return lines.join('\n');
}
