/** What AWS does by itself, done once a minute: automated backups and windows, and a look at the metrics for the alarms. */

import { stackOf } from '../../fault.ts';
import type { World } from './action.ts';
import { look } from './cloudwatch/look.ts';
import { keepUp } from './rds/automated-backups.ts';

/** CloudWatch has a datapoint a minute. */
const everyMs = 60_000;

/** Something that goes on until it is closed. */
export type Upkeep = { close(): Promise<void> };

/** Goes on until it is closed, which waits for what is under way. One part that fails does not keep the other from being done. */
export function startUpkeep(world: World, save: () => Promise<void>): Upkeep {
  const attempt = (what: string, work: () => Promise<void>): Promise<void> =>
    work().catch((error: unknown) => world.log(`${what}: ${stackOf(error)}`));
  let last: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(async () => {
      await attempt('upkeep', () => keepUp(world));
      await attempt('metrics', () => look(world));
      await attempt('state', save);
    });
  }, everyMs);
  // Nobody is kept waiting for a minute by this.
  timer.unref();
  return {
    close: async () => {
      clearInterval(timer);
      await last;
    },
  };
}
