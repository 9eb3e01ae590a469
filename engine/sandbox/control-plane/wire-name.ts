/** Names of shapes in the Query protocol, which alone has names of its own on the wire. */

import type { Shape } from '../../runtime/aws-shape.ts';

/** The name of a member, list item or map part on the wire: its xmlName trait, or the usual one. */
export function wireName(shape: Shape, usual: string): string {
  const name = shape.getMergedTraits().xmlName;
  return typeof name === 'string' ? name : usual;
}

/** Whether items of a list stand directly below its name. */
export function isFlat(shape: Shape): boolean {
  return Boolean(shape.getMergedTraits().xmlFlattened);
}
