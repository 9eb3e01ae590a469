/** The archived WAL of a cluster: whole segments under the names that PostgreSQL gives them. */

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Cluster } from '../cluster.ts';

/** How long the archiver may take; it copies a segment in milliseconds, but may have fallen behind a bulk load. */
const archivedMs = 120_000;

/** Eight digits of timeline, then the segment's place in the WAL, which goes on counting when a new timeline begins. */
const segment = /^[0-9A-F]{24}$/;

/** Waits until a segment, and with it all before it, is in the archive. */
export async function archived(cluster: Cluster, name: string, client: Client): Promise<void> {
  const deadline = Date.now() + archivedMs;
  while (!(await hasSegment(cluster, name))) {
    if (Date.now() > deadline) {
      const { rows } = await client.query<{ wal: string | null }>('SELECT last_failed_wal AS wal FROM pg_stat_archiver');
      throw new Error(`The WAL segment ${name} was not archived within ${archivedMs / 1000} seconds; last failed: ${rows[0]?.wal ?? 'none'}.`);
    }
    await sleep(5);
  }
}

/** True if a segment is in the archive. */
export async function hasSegment(cluster: Cluster, name: string): Promise<boolean> {
  return (await stat(join(cluster.wal, name)).catch(() => undefined)) !== undefined;
}

/** What the archive has between two segments of one timeline, both included, and the histories of timelines. */
export async function segmentsBetween(cluster: Cluster, first: string, last: string): Promise<readonly string[]> {
  const names = await readdir(cluster.wal);
  return names.filter((name) => name.endsWith('.history') || (segment.test(name) && name >= first && name <= last));
}

/** Bytes that were archived from a segment on. */
export async function bytesSince(cluster: Cluster, first: string): Promise<number> {
  const names = (await readdir(cluster.wal)).filter((name) => segment.test(name) && position(name) >= position(first));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(cluster.wal, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Deletes everything before a segment, of whatever timeline. */
export async function forgetBefore(cluster: Cluster, first: string): Promise<void> {
  for (const name of await readdir(cluster.wal)) {
    if (/^[0-9A-F]{24}(\.|$)/.test(name) && position(name) < position(first)) await rm(join(cluster.wal, name), { force: true });
  }
}

/** Ends the running segment behind a commit that is later than `after`, and waits until it is archived. Gives its name. */
export async function closeSegment(cluster: Cluster, client: Client, after: number): Promise<string> {
  // Recovery stops at the first commit behind its target, and calls it an error if there is none.
  while (Date.now() <= after) await sleep(Math.min(after - Date.now() + 1, 250));
  await client.query('SELECT pg_current_xact_id()');
  const { rows } = await client.query<{ wal: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS wal');
  const name = rows[0]?.wal ?? '';
  await archived(cluster, name, client);
  return name;
}

function position(name: string): string {
  return name.slice(8, 24);
}
