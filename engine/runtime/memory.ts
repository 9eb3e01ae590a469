/** How much memory the engine takes. */

import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the space for what is soon forgotten as large as it is, and lets that for the rest grow by a third at a time. V8 doubles them, to 64 MB and
 * more, when a program goes through much data, such as the output of a step or a long journal; an engine that does so beside a database must not.
 * Node has no other way to say this once a program runs, and an option of its command line would be one that every caller has to know. In so small
 * a space there is hardly anything to keep, and one thread is done with it before others are awake.
 */
export function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--no-parallel-scavenge');
  setFlagsFromString('--heap-growing-percent=30');
}
