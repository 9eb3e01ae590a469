/** A fleet on a sandbox that the tests of one file share, and what they ask of its servers. */

import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { clusterAt, readRecord } from '../../../engine/sandbox/cluster.ts';
import type { Address, Fleet } from '../../../engine/sandbox/fleet/fleet.ts';
import { openFleet } from '../../../engine/sandbox/fleet/open-fleet.ts';
import { findHome, type Home } from '../../../engine/sandbox/home.ts';
import type { SandboxDatabase } from '../../../engine/sandbox/sandbox.ts';
import { newProject, queryBy, removeProject, start } from '../rig.ts';

export const connections = { maxConnections: 30 };

export type Rig = { root: string; home: Home; fleet: Fleet; database: SandboxDatabase };

/** Filled before the first test of the file. */
export function sharedSandbox(): Rig {
  // Nothing reads it before beforeAll has filled it.
  const rig = {} as Rig;
  beforeAll(async () => {
    rig.root = newProject();
    rig.home = await findHome(rig.root);
    rig.database = await start(rig.root);
    rig.fleet = openFleet(rig.home);
  });
  afterAll(() => removeProject(rig.root));
  return rig;
}

/** Runs statements as the owner of a cluster at an address, and gives the rows of the last. */
export async function at(rig: Rig, address: Address, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const { user, password, database } = rig.database;
  return queryBy({ ...address, user, password, database }, statements);
}

/** Now, and no commit before it has the same millisecond as one after it. */
export async function noted(): Promise<Date> {
  const now = new Date();
  while (Date.now() === now.getTime()) await new Promise(setImmediate);
  return now;
}

/** What is recorded of a cluster. */
export async function recordOf(rig: Rig, id: string): Promise<{ user: string; password: string }> {
  const record = await readRecord(clusterAt(rig.home, id));
  if (record === undefined) throw new Error(`There is no cluster ${id}.`);
  return record.owner;
}

/** A file of a cluster. */
export function fileOf(rig: Rig, id: string, name: string): string {
  return join(clusterAt(rig.home, id).folder, name);
}
