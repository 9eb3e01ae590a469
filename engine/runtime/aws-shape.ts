/** What the runtime schemas of the AWS SDK's clients say, for those who read calls and answers and for those who write them. */

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
  if (!shape.isStructSchema()) return [];
  const schema: unknown = shape.getSchema();
  const count: unknown = Array.isArray(schema) ? schema[6] : undefined;
  const required = typeof count === 'number' ? count : 0;
  return Array.from(shape.structIterator(), ([name, member]) => ({ name, shape: member })).map((member, at) => ({
    ...member,
    required: at < required,
  }));
}
