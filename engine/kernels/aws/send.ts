/** Sends calls: one that reads with the SDK's retries, one that changes something exactly once. */

import { valuesOf } from './answer.ts';
import type { Fields } from './answer-value.ts';
import { type Around, Stopped } from './around.ts';
import { type AwsCall, nameOf } from './call.ts';
import { AwsFailure, failureOf, unreadable } from './failure.ts';
import { type PageShape, type Pages, startOf, takePages } from './paging.ts';
import type { Answer, Sdk } from './sdk.ts';
import { openClient } from './session.ts';

/** How often a call that only reads is sent before it counts as failed. */
const readAttempts = 3;

/** Sends a call that changes something, once, and returns its answer. @throws AwsFailure */
export async function sendChange(call: AwsCall, sdk: Sdk, around: Around): Promise<Fields> {
  // A client of its own has no connection yet, so that one that was made is this call's.
  const { client, reached } = openClient(sdk, around.session, 1);
  around.underWay(`${nameOf(call)} (line ${call.line}) had been sent and not answered`);
  try {
    const answer = await client.send(sdk.command(call.operation, call.input));
    const values = read(answer, call, sdk);
    around.underWay(undefined);
    around.answered(nameOf(call), answer.$metadata?.requestId);
    return values;
  } catch (error) {
    const failure = error instanceof AwsFailure ? error : failureOf(error, call, { reached: reached(), xml: sdk.speaksXml });
    if (failure.kind !== 'lost') around.underWay(undefined);
    around.answered(nameOf(call), failure.requestId);
    throw failure;
  } finally {
    client.destroy();
  }
}

/** Sends a call that only reads, and returns its answer. @throws AwsFailure, Stopped */
export async function sendRead(call: AwsCall, sdk: Sdk, around: Around): Promise<Fields> {
  for await (const answer of answers(call, { sdk, around, inPages: false })) return answer;
  throw unreadable(call);
}

/** Fetches the pages of an answer. @throws AwsFailure, Stopped */
export async function sendForPages(call: AwsCall, shape: PageShape, { sdk, around }: { readonly sdk: Sdk; readonly around: Around }): Promise<Pages> {
  return takePages(answers(call, { sdk, around, inPages: true }), shape, call.paging);
}

type Asking = { readonly sdk: Sdk; readonly around: Around; readonly inPages: boolean };

async function* answers(call: AwsCall, { sdk, around, inPages }: Asking): AsyncGenerator<Fields> {
  const { client, reached } = openClient(sdk, around.session, readAttempts);
  const options = { abortSignal: around.stop };
  const paginate = inPages ? sdk.paginate(call.operation) : undefined;
  const { token } = startOf(call.paging.startingToken);
  const config = {
    client,
    ...(call.paging.pageSize !== undefined && { pageSize: call.paging.pageSize }),
    ...(token !== undefined && { startingToken: token }),
  };
  try {
    // The paginator writes its token into the input.
    const pages = paginate?.(config, { ...call.input }, options) ?? once(client.send(sdk.command(call.operation, call.input), options));
    for await (const answer of pages) {
      around.answered(nameOf(call), answer.$metadata?.requestId);
      yield read(answer, call, sdk);
    }
  } catch (error) {
    if (around.stop.aborted) throw new Stopped('The step was stopped before the answer came.');
    const failure = error instanceof AwsFailure ? error : failureOf(error, call, { reached: reached(), xml: sdk.speaksXml });
    around.answered(nameOf(call), failure.requestId);
    throw failure;
  } finally {
    client.destroy();
  }
}

async function* once(answer: Promise<Answer>): AsyncGenerator<Answer> {
  yield await answer;
}

/** What an answer says. Some page that is no answer (of a proxy, say) is read as an empty one, but no service answers without an id. */
function read(answer: Answer, call: AwsCall, sdk: Sdk): Fields {
  const values = valuesOf(answer, sdk.output(call.operation), sdk.speaksXml ? 'utc' : 'local');
  if (answer.$metadata?.requestId === undefined && Object.keys(values).length === 0) throw unreadable(call);
  return values;
}
