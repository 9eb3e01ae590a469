/** JSON Schema of what the engine writes. */

import { z } from 'zod';

/** The schema for readers: what a later version adds is no mistake of what was written, so readers pass over it. */
export function openJsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
}
