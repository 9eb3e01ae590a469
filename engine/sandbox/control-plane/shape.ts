/** What the readers and writers of all protocols ask of a client's runtime schema. */

import { NormalizedSchema } from '@smithy/core/schema';

/** A schema as the clients export it, or one of its parts. */
export type Shape = NormalizedSchema;

/** The shape behind a reference of a client's schema. */
export function shapeOf(reference: Parameters<typeof NormalizedSchema.of>[0]): Shape {
  return NormalizedSchema.of(reference);
}

/** One member of a structure. */
export type Member = { readonly name: string; readonly shape: Shape; readonly required: boolean };

/** The members of a structure; a client lists the required ones first and says how many they are. */
export function membersOf(shape: Shape): Member[] {
  const schema: unknown = shape.getSchema();
  const count: unknown = Array.isArray(schema) ? schema[6] : undefined;
  const required = typeof count === 'number' ? count : 0;
  return [...shape.structIterator()].map(([name, member], index) => ({ name, shape: member, required: index < required }));
}

/** The name of a member, list item or map part on the wire: its xmlName trait, or the usual one. */
export function wireName(shape: Shape, usual: string): string {
  const name = shape.getMergedTraits().xmlName;
  return typeof name === 'string' ? name : usual;
}

/** Whether items of a list stand directly below its name. */
export function isFlat(shape: Shape): boolean {
  return Boolean(shape.getMergedTraits().xmlFlattened);
}

/** Whether a value is an object with members. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
