/** Who drives a run, as the event says that began or resumed it. */

import type { Person } from './event.ts';

/** The person of an event, without the rest of it. */
export function personOf({ operator, host, engine, account, arn }: Person): Person {
  return { operator, host, engine, ...(account !== undefined && { account }), ...(arn !== undefined && { arn }) };
}
