/** Switches faults: makes the condition of the world that each one is, and takes it away again. */

import { newPassword } from '../../cluster.ts';
import { clusterName } from '../../place.ts';
import type { World } from '../action.ts';
import { clearExhaustion, exhaust, look } from '../cloudwatch/look.ts';
import { noteInstance } from '../rds/events.ts';
import { clusterById, membersOf } from '../rds/identifiers.ts';
import { offerMaintenance } from '../rds/maintenance.ts';
import { addTarget, makeProxy } from '../rds/proxies.ts';
import type { ClusterRecord, InstanceRecord } from '../rds/records.ts';
import { snapshotOf } from '../rds/snapshots.ts';
import { findDatabaseSecret, type Login, letsIn, loginOf } from '../secrets-manager/database-secrets.ts';
import { findVersion, putSecret, type Secret, stages, withLabel, withVersion } from '../secrets-manager/versions.ts';
import { begin, end, type FaultName, isOn, notesOf, throttledCalls } from './faults.ts';
import type { FaultSessions } from './sessions.ts';

/** What a fault may be told. */
export type FaultWishes = { readonly table?: string | undefined };

/** What faults are switched on: the world, and the sessions that they hold. */
type Stand = { readonly world: World; readonly sessions: FaultSessions };

/** What is unreachable says so in these words. */
const unreachable = { reason: 'UNREACHABLE', description: 'DBProxy Target is not reachable: the proxy lost the connection to it.' } as const;

const dayMs = 24 * 60 * 60_000;

/** The stage's own cluster. */
function stageCluster(world: World): ClusterRecord {
  const found = clusterById(world, clusterName) ?? world.state.clusters[0];
  if (found === undefined) throw new Error('The sandbox has no cluster yet: runbook sandbox start');
  return found;
}

/** Switches a fault on. What it says when it cannot be says what is missing. */
export async function switchOn({ world, sessions }: Stand, name: FaultName, wishes: FaultWishes): Promise<void> {
  if (isOn(world.state, name)) return;
  const notes = (await makers[name]?.(world, sessions, wishes)) ?? {};
  begin(world.state, name, { since: world.clock().toISOString(), ...notes });
  if (name === 'acu-exhausted') {
    exhaust(world, stageCluster(world));
    await look(world);
  }
}

/** Switches a fault off, with the condition that it made. */
export async function switchOff({ world, sessions }: Stand, name: FaultName): Promise<void> {
  if (!isOn(world.state, name)) return;
  await breakers[name]?.(world, sessions, notesOf(world.state, name));
  end(world.state, name);
}

type Notes = Readonly<Record<string, string>>;
type Maker = (world: World, sessions: FaultSessions, wishes: FaultWishes) => Promise<Notes> | Notes;
type Breaker = (world: World, sessions: FaultSessions, notes: Notes) => Promise<void> | void;

/** How a condition is made. Faults that only meet calls or later work need nothing. */
const makers: { readonly [Name in FaultName]?: Maker } = {
  throttled: () => ({ left: String(throttledCalls) }),
  'snapshot-quota': fillQuota,
  'incompatible-parameters': (world) => {
    const cluster = stageCluster(world);
    const instance = writerOf(world, cluster);
    instance.status = 'incompatible-parameters';
    const message = 'Database instance put into incompatible-parameters. The instance ran out of memory at its maximum capacity.';
    noteInstance(world, instance, { code: '0035', message, categories: ['failure'] });
    return { instance: instance.id, min: String(cluster.capacity?.min ?? 0), max: String(cluster.capacity?.max ?? 0) };
  },
  'acu-exhausted': (world) => ({ cluster: stageCluster(world).id, max: String(stageCluster(world).capacity?.max ?? 1) }),
  'lock-held': async (world, sessions, { table }) => ({ table: await sessions.lock('lock-held', await stageLogin(world), table) }),
  'connections-exhausted': async (world, sessions) => ({ sessions: String(await sessions.fill('connections-exhausted', await stageLogin(world))) }),
  'secret-stale': async (world) => {
    await stageLogin(world);
    const secret = stageSecret(world);
    const login = loginOf(findVersion(secret, {}));
    const id = crypto.randomUUID();
    // As after a restore to a time before the last rotation: the database has the password of AWSPREVIOUS.
    const value = { text: JSON.stringify({ ...login, password: newPassword() }) };
    putSecret(world.state, withVersion(secret, { id, value, labels: [stages.current], at: world.clock().toISOString() }));
    return { secret: secret.arn, version: id, before: findVersion(secret, {}).id };
  },
  'backup-stale': (world) => {
    const cluster = stageCluster(world);
    return { cluster: cluster.id, snapshots: manualOf(world).join(' ') };
  },
  'proxy-unavailable': (world) => {
    const [first] = world.state.proxies;
    if (first === undefined) makeStageProxy(world);
    const proxies = world.state.proxies.filter(({ status }) => status !== 'deleting');
    for (const target of proxies.flatMap((proxy) => proxy.targets)) Object.assign(target, { state: 'UNAVAILABLE', ...unreachable });
    return {};
  },
  'maintenance-failed': (world) => {
    offerMaintenance(world, stageCluster(world));
    return {};
  },
};

/** How a condition is taken away. */
const breakers: { readonly [Name in FaultName]?: Breaker } = {
  'incompatible-parameters': (world, _, notes) => {
    const instance = world.state.instances.find(({ id }) => id === notes.instance);
    if (instance?.status === 'incompatible-parameters') instance.status = 'available';
  },
  'acu-exhausted': (world) => {
    end(world.state, 'acu-exhausted');
    clearExhaustion(world);
    return look(world);
  },
  'lock-held': (_, sessions) => sessions.end('lock-held'),
  'connections-exhausted': (_, sessions) => sessions.end('connections-exhausted'),
  'secret-stale': (world, _, notes) => {
    const secret = world.state.secrets.find(({ arn }) => arn === notes.secret);
    const holdsStale = secret !== undefined && findVersion(secret, {}).id === notes.version;
    if (holdsStale) putSecret(world.state, withLabel(secret, stages.current, notes.before ?? ''));
  },
  'proxy-unavailable': (world) => {
    const targets = world.state.proxies.flatMap((proxy) => proxy.targets).filter(({ description }) => description === unreachable.description);
    for (const target of targets) {
      target.state = 'AVAILABLE';
      delete target.reason;
      delete target.description;
    }
  },
  'maintenance-failed': (world) => {
    for (const each of world.state.maintenance.filter(({ broken }) => broken)) {
      each.broken = false;
      for (const instance of membersOf(world, { id: each.cluster })) if (instance.status === 'incompatible-parameters') instance.status = 'available';
    }
  },
};

/** The ids of the manual snapshots that there are. */
export function manualOf(world: World): string[] {
  return world.state.snapshots.filter(({ kind }) => kind === 'manual').map(({ id }) => id);
}

/** One manual snapshot at least has to be there to be deleted: if need be an old one, left from before a migration, with real data. */
async function fillQuota(world: World): Promise<Notes> {
  if (manualOf(world).length === 0) {
    const cluster = stageCluster(world);
    const snapshot = snapshotOf(world, cluster);
    await world.fleet.backUp(cluster.id, snapshot.backup);
    const createdAt = new Date(world.clock().getTime() - 40 * dayMs).toISOString();
    const identifier = `${cluster.identifier}-manual-${createdAt.slice(0, 10)}`;
    const tags = [...cluster.tags, { Key: 'purpose', Value: 'pre-migration' }];
    world.state.snapshots.push({ ...snapshot, identifier, status: 'available', createdAt, tags });
  }
  return { limit: String(manualOf(world).length) };
}

function writerOf(world: World, cluster: ClusterRecord): InstanceRecord {
  const found = membersOf(world, cluster).find(({ writer }) => writer);
  if (found === undefined) throw new Error(`Cluster ${cluster.identifier} has no instance.`);
  return found;
}

function makeStageProxy(world: World): void {
  const cluster = stageCluster(world);
  const proxy = makeProxy(world, { DBProxyName: `${cluster.identifier}-proxy`, Auth: [{ SecretArn: stageSecret(world).arn }] });
  addTarget(world, proxy, { kind: 'cluster', id: cluster.id });
}

/** The secret of the stage's cluster. */
function stageSecret(world: World): Secret {
  const found = findDatabaseSecret(world, stageCluster(world));
  if (found === undefined) throw new Error('The sandbox has no secret for its cluster yet: runbook sandbox start');
  return found;
}

/** The login of the stage's secret, which has to work: an application has no other. */
async function stageLogin(world: World): Promise<Login> {
  const login = loginOf(findVersion(stageSecret(world), {}));
  if (login === undefined || !(await letsIn(login))) {
    throw new Error('The database does not let the login of its secret in, so no application can be connected to it. Is another fault on?');
  }
  return login;
}
