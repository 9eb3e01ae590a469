/** A look at the databases: what the metrics of each cluster and instance are now, and what that does to the alarms. */

import type { World } from '../action.ts';
import { notesOf } from '../faults/faults.ts';
import { membersOf } from '../rds/identifiers.ts';
import type { ClusterRecord } from '../rds/records.ts';
import { deliver } from '../sns.ts';
import { evaluated } from './alarms.ts';
import { kept, type Sample } from './metrics.ts';

/** What a session that works right now takes, in capacity units, and what one that is only connected takes. A server of the sandbox has no units of its own. */
const load = { working: 0.5, connected: 0.01 };

/** Notes what every running cluster does now, and puts the alarms in the state that follows. */
export async function look(world: World): Promise<void> {
  const found = await Promise.all(world.state.clusters.map((cluster) => sampleOf(world, cluster.id)));
  const now = world.clock();
  world.state.samples = kept(world.state.samples, found.flat(), now);
  world.state.alarms = world.state.alarms.map((alarm) => {
    const next = evaluated(alarm, world.state.samples, now);
    if (next.state !== alarm.state && next.actionsEnabled) {
      const targets = next.state === 'ALARM' ? next.actions.alarm : next.state === 'OK' ? next.actions.ok : next.actions.insufficient;
      const text = JSON.stringify({ AlarmName: next.name, NewStateValue: next.state, OldStateValue: alarm.state, NewStateReason: next.reason });
      for (const topic of targets) deliver(world, { topic, subject: `${next.state}: "${next.name}"`.slice(0, 100), text });
    }
    return next;
  });
}

/** The cluster's and its instances' numbers. A cluster without a server has none, as on AWS. */
async function sampleOf(world: World, id: string): Promise<Sample[]> {
  const cluster = world.state.clusters.find((each) => each.id === id);
  const members = cluster === undefined ? [] : membersOf(world, cluster);
  if (cluster === undefined || members.length === 0 || (await world.fleet.running(id)) === undefined) return [];
  const rows = await world.fleet
    .query<{ connected: number; working: number }>(
      id,
      `SELECT count(*)::int AS connected, count(*) FILTER (WHERE state = 'active')::int AS working
         FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    )
    .catch(() => []);
  const [row] = rows;
  if (row === undefined) return [];
  const { min, max } = cluster.capacity ?? { min: 1, max: 1 };
  const wanted = Math.ceil((min + row.working * load.working + row.connected * load.connected) * 2) / 2;
  const exhausted = world.fault('acu-exhausted') && id === notesOf(world.state, 'acu-exhausted').cluster;
  const capacity = exhausted ? max : Math.min(max, Math.max(min, row.connected === 0 ? min : wanted));
  const numbers = { ServerlessDatabaseCapacity: capacity, ACUUtilization: (capacity / max) * 100, DatabaseConnections: row.connected };
  const at = world.clock().toISOString();
  return [
    { at, dimension: 'DBClusterIdentifier', id: cluster.identifier, ...numbers },
    ...members.map((each): Sample => ({ at, dimension: 'DBInstanceIdentifier', id: each.identifier, ...numbers })),
  ];
}

/** How long the load has been there already when somebody is called about it: as long as alarms usually look back. */
const exhaustedMinutes = 20;

/** Makes the recent past one in which a cluster had no capacity left. */
export function exhaust(world: World, cluster: ClusterRecord): void {
  const max = cluster.capacity?.max ?? 1;
  const now = world.clock().getTime();
  const from = new Date(now - exhaustedMinutes * 60_000).toISOString();
  const names = [
    { dimension: 'DBClusterIdentifier' as const, id: cluster.identifier },
    ...membersOf(world, cluster).map(({ identifier }) => ({ dimension: 'DBInstanceIdentifier' as const, id: identifier })),
  ];
  const isOf = (sample: Sample): boolean => names.some(({ dimension, id }) => sample.dimension === dimension && sample.id === id);
  const before = world.state.samples.filter((sample) => sample.at < from || !isOf(sample));
  const made = Array.from({ length: exhaustedMinutes }, (_, minute) => new Date(now - minute * 60_000).toISOString()).flatMap((at) =>
    names.map((name): Sample => ({ at, ...name, ServerlessDatabaseCapacity: max, ACUUtilization: 100, DatabaseConnections: 0 })),
  );
  world.state.samples = [...before, ...made.toSorted((a, b) => (a.at < b.at ? -1 : 1))];
}

/** Forgets the exhaustion that was made, so that alarms show at once that it is over: nobody waits a quarter of an hour in a rehearsal. */
export function clearExhaustion(world: World): void {
  world.state.samples = world.state.samples.filter(({ ACUUtilization: used }) => used < 100);
}
