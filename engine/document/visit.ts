/** Walks through a markdown tree. As `unist-util-visit`, which makes and names a function for every node: that takes longer than all the rest of a walk. */

import type { Nodes, Parents } from 'mdast';

/** Sees a node, where it is in its parent, and its parent; the root has none. Gives `skip` to pass over what is in it, `exit` to see no more. */
type Visitor<Seen> = (node: Seen, index: number | undefined, parent: Parents | undefined) => unknown;

/** Shows every node of a tree, or those of one type, in the order of the text: a node comes before what is in it. */
export function visit(tree: Nodes, visitor: Visitor<Nodes>): void;
export function visit<Type extends Nodes['type']>(tree: Nodes, type: Type, visitor: Visitor<Extract<Nodes, { type: Type }>>): void;
export function visit(tree: Nodes, ...[type, visitor]: [Visitor<Nodes>] | [string, Visitor<never>]): void {
  const see = (visitor ?? type) as Visitor<Nodes>;
  const wanted = visitor === undefined ? undefined : type;
  walk(tree, { see: (node, index, parent) => (wanted === undefined || node.type === wanted ? see(node, index, parent) : undefined) });
}

/** False when no more is to be seen. */
function walk(node: Nodes, { see, index, parent }: { see: Visitor<Nodes>; index?: number; parent?: Parents }): boolean {
  const onward = see(node, index, parent);
  if (onward === 'exit' || onward === 'skip' || !('children' in node)) return onward !== 'exit';
  return node.children.every((child, at) => walk(child, { see, index: at, parent: node }));
}
