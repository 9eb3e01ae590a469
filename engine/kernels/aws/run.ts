/** Runs one call of a block, and prints its answer. */

import type { Fields } from './answer-value.ts';
import type { Around } from './around.ts';
import { type AwsCall, nameOf } from './call.ts';
import { printed } from './output.ts';
import { apartPages, joinPages, pageShapeOf } from './paging.ts';
import { search } from './query.ts';
import { parseQuery } from './query-syntax.ts';
import type { Query } from './query-tree.ts';
import { QueryError } from './query-words.ts';
import { loadSdk } from './sdk.ts';
import { sendChange, sendForPages, sendRead } from './send.ts';
import { waitFor } from './wait.ts';

/** A call whose query was read: nothing is sent before all of them are. */
export type ReadyCall = AwsCall & { readonly parsedQuery: Query | undefined };

/** An answer that came, but that its query does not fit. */
export class Unshown extends Error {
  override readonly name = 'Unshown';
  readonly code = 'bad-query';
  readonly call: AwsCall;

  constructor(call: AwsCall, why: string) {
    const done = call.changes ? ` The change itself was made: do not repeat it.` : '';
    super(`${nameOf(call)} was answered, but --query cannot be applied to its answer: ${why}.${done}`);
    this.call = call;
  }
}

/** Reads the query of a call. @throws QueryError */
export function ready(call: AwsCall): ReadyCall {
  return { ...call, parsedQuery: call.query === undefined ? undefined : parseQuery(call.query) };
}

/** Sends a call, or waits, and prints the answer. @throws AwsFailure, Stopped, Unshown */
export async function runCall(call: ReadyCall, around: Around): Promise<void> {
  const sdk = await loadSdk(call.service);
  if (call.waiter !== undefined) return waitFor(call, sdk, around);
  if (call.changes) return show(call, around, [await sendChange(call, sdk, around)]);
  const shape = pageShapeOf(call, sdk);
  if (shape === undefined) return show(call, around, [await sendRead(call, sdk, around)]);
  const pages = await sendForPages(call, shape, { sdk, around });
  // A query is put to each page where the CLI prints pages as they come.
  return show(call, around, call.output === 'text' ? apartPages(pages, shape) : [joinPages(pages, shape)]);
}

async function show(call: ReadyCall, around: Around, answers: readonly Fields[]): Promise<void> {
  for (const answer of answers) around.print(await textOf(call, answer));
}

async function textOf(call: ReadyCall, answer: Fields): Promise<string> {
  try {
    return await printed(call.parsedQuery === undefined ? answer : search(call.parsedQuery, answer), call.output, call.operation);
  } catch (error) {
    if (error instanceof QueryError) throw new Unshown(call, error.message);
    throw error;
  }
}
