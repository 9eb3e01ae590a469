/** Tags as they are kept. */

import { z } from 'zod';

/** A tag. */
export const tag = z.object({ Key: z.string(), Value: z.string() });

/** A tag. */
export type Tag = z.infer<typeof tag>;

type GivenTag = { readonly Key?: string | undefined; readonly Value?: string | undefined };

/** Tags as a client gives them; what is left out of one is empty. */
export function tagsOf(tags: readonly GivenTag[] | undefined): Tag[] {
  return (tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
}
