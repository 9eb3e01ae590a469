/** Secrets written into a document. A handful of exact patterns: what they find is one. */

import type { DocumentRead } from '../document-read.ts';
import type { Rule } from './rule.ts';
import { type Match, matchesIn } from './text-places.ts';

const patterns: readonly (readonly [what: string, pattern: RegExp])[] = [
  // Keys in AWS's own examples end with EXAMPLE.
  ['The id of an AWS access key', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b(?<!EXAMPLE)/g],
  ['An AWS secret key', /(?<=aws_?secret_?access_?key["']?\s{0,4}[=:]\s{0,4}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])(?<!EXAMPLEKEY)/gi],
  ['A private key', /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----/g],
  ['A GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b/g],
  ['A Slack token', /\bxox[abeprs]-[A-Za-z0-9-]{20,}/g],
  ['A password in a URL', /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'<>]{0,64}:)[^\s/:@"'`<>{}$*…]{3,128}(?=@[^\s/])/g],
];

/** Words that stand for a password in examples. */
const standIns = /^(?:pass(?:word|wd)?|pwd?|secret|example|changeme|x{3,}|\.{3})$/i;

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
  return patterns.flatMap(([what, pattern]) =>
    matchesIn(lines, pattern)
      .filter(({ text }) => !standIns.test(text))
      .map((match) => ({ ...match, what })),
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
