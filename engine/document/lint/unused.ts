/** Inputs that nothing needs: a question at night for nothing, or the slip of a name that was meant. */

import type { Rule } from './rule.ts';

/** An input that is never used. A capture may be: what a step found then stands in the record, for people. */
export const inputUnused: Rule = {
  id: 'input-unused',
  severity: 'warning',
  scope: 'frame',
  check: ({ document, text }) => {
    const used = namesIn(text);
    return document.inputs
      .filter(({ name }) => !used.has(name))
      .map(({ name, place }) => ({
        at: { ...place, length: name.length },
        words: [
          `Nothing in this document uses the input ${name}.`,
          `Delete it, or write {${name}} where it is needed. If a script reads $${name.toUpperCase()}, say so in a sentence.`,
        ],
      }));
  },
};

/** Every way to use a variable: `{name}`, the environment variable `NAME`, and `runbook.name` in SQL. */
function namesIn(text: string): ReadonlySet<string> {
  const uses = text.matchAll(/\{([a-z][a-z0-9_]*)\}|\b([A-Z][A-Z0-9_]*)\b|\brunbook\.([a-z][a-z0-9_]*)/g);
  return new Set(Array.from(uses, (use) => String(use.slice(1).find((name) => name !== undefined)).toLowerCase()));
}
