/** An engine that runs one attempt, or follows it, in a process of its own, so that a test can kill it or put it to sleep. Prints the end as JSON. */

import { formsOf, redactor } from '../../engine/core/redact.ts';
import { type AttemptSpec, followAttempt, startAttempt } from '../../engine/runtime/attempt/attempt.ts';

type Order = { readonly start: AttemptSpec } | { readonly follow: string };

// The test beside this file writes the order.
const order = JSON.parse(process.argv[2] ?? '') as Order;
const watch = {
  redact: () => redactor(formsOf([])),
  output: () => {},
  progress: () => {},
  stop: new AbortController().signal,
  kill: new AbortController().signal,
};
const end = 'start' in order ? await startAttempt(order.start, watch) : await followAttempt(order.follow, undefined, 500, watch);
console.log(JSON.stringify(end));
