/** Ctrl+Z: stopping as every program does. */

import { pause } from '../runtime/pause.ts';

/** How long a signal to oneself may take to arrive. */
const arrivesWithinMs = 50;

/**
 * Stops the engine and those that it shares its process group with (npx), and comes back when the shell continues it. Where there is no shell to
 * do that the signal does nothing, and this comes back at once. A step is in a session of its own and goes on.
 */
export async function suspendSelf(): Promise<void> {
  process.kill(0, 'SIGTSTP');
  await pause(arrivesWithinMs);
}
