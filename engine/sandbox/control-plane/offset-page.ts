/** Pages of services whose token is nothing but how many were given before. */

/** What a page is asked for by. */
export type PageRequest = { readonly NextToken?: string | undefined; readonly size: number };

/** One page, and the token of the next where there is more. `refuse` ends the call when the token is not one that an earlier answer gave. */
export function pageOf<Item>(
  all: readonly Item[],
  { NextToken: token, size }: PageRequest,
  refuse: () => never,
): { readonly items: readonly Item[]; readonly next: { readonly NextToken?: string } } {
  if (token !== undefined && !/^\d{1,6}$/.test(token)) refuse();
  const from = Number(token ?? 0);
  const to = from + size;
  return { items: all.slice(from, to), next: all.length > to ? { NextToken: String(to) } : {} };
}
