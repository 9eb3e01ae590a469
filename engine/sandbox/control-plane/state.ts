/** What the control plane knows, as it stands in one file; the data itself is with the fleet. */

import { z } from 'zod';
import { cloudwatchState } from './cloudwatch/cloudwatch.ts';
import { faultState } from './faults/faults.ts';
import { maintenanceState } from './rds/maintenance.ts';
import { proxiesState } from './rds/proxies-on-wire.ts';
import { rdsState } from './rds/records.ts';
import { subscriptionsState } from './rds/subscriptions.ts';
import { secretsState } from './secrets-manager/secrets-manager.ts';
import { snsState } from './sns.ts';

/** A change of status that is under way: what it is about, when it began and when it is over at the earliest. */
const job = z.object({
  id: z.string(),
  kind: z.string(),
  /** The id of the resource, which no rename changes. */
  subject: z.string(),
  begunAt: z.string(),
  dueAt: z.string(),
  details: z.record(z.string(), z.string()),
});

const shape = z.object({
  version: z.literal(1),
  /** Counts up for ids that must never come again. */
  serial: z.number().int(),
  jobs: z.array(job),
  /** Names of the faults that are switched on. */
  faults: z.array(z.string()),
  ...faultState,
  ...rdsState,
  ...secretsState,
  ...cloudwatchState,
  ...snsState,
  ...subscriptionsState,
  ...maintenanceState,
  ...proxiesState,
});

/** A change of status that is under way. */
export type Job = z.infer<typeof job>;
/** Everything that is kept. A handler changes it in place, in one go, after it has checked everything; the server writes it to disk before it answers. */
export type State = z.infer<typeof shape>;

/** The state of a sandbox in which nothing was made yet. */
export function emptyState(): State {
  return readState({ version: 1, serial: 0, jobs: [], faults: [] });
}

/** Checks what was read from disk. Parts that an older engine did not know begin empty. */
export function readState(value: unknown): State {
  return shape.parse(value);
}
