/** Definitions of links and footnotes across the pieces of a document: whether `[x]` is a link depends on all of it. */

import type { Root } from 'mdast';
import { visit } from './visit.ts';

/** What stands in brackets, in a form that can be compared. There may be more than there are links. */
export function labelsIn(text: string): ReadonlySet<string> {
  return new Set(Array.from(text.matchAll(/\[((?:\\[\s\S]|[^[\]\\])+)\]/g), ([, label]) => keyOf(String(label))));
}

/** For each tree the definitions, as markdown, that others have, that it lacks, and that it may speak of: what stands in its brackets is asked for. */
export function missingDefinitions(trees: readonly Root[], labels: (index: number) => ReadonlySet<string>): readonly (readonly string[])[] {
  const own = trees.map(definitionsIn);
  const all = new Map<string, Set<string>>();
  for (const definition of own.flatMap((definitions) => [...definitions])) {
    const key = keyOf(definition);
    all.set(key, (all.get(key) ?? new Set()).add(definition));
  }
  if (all.size === 0) return [];
  return own.map((defined, index) =>
    [...labels(index)].flatMap((key) => [...(all.get(key) ?? [])].filter((definition) => !defined.has(definition)).map((label) => `[${label}]: x`)),
  );
}

/** The labels of what a tree defines; those of footnotes with their `^`. */
function definitionsIn(tree: Root): ReadonlySet<string> {
  const found = new Set<string>();
  visit(tree, (node) => {
    if (node.type === 'definition') found.add(node.identifier);
    if (node.type === 'footnoteDefinition') found.add(`^${node.identifier}`);
  });
  return found;
}

/** Without letter case, blanks and quote marks: a label may go over several lines of a quote. */
function keyOf(label: string): string {
  return label
    .toLowerCase()
    .toUpperCase()
    .replace(/[\s>]+/g, '');
}
