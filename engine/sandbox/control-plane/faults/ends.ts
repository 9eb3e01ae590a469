/** Tells which faults came to their end by what was done to the world, and switches them off. */

import type { World } from '../action.ts';
import { clearExhaustion } from '../cloudwatch/look.ts';
import { clusterById } from '../rds/identifiers.ts';
import { clearMaintenance } from '../rds/maintenance.ts';
import { letsIn, loginOf } from '../secrets-manager/database-secrets.ts';
import { findVersion } from '../secrets-manager/versions.ts';
import { end, type FaultName, faultList, isOn, notesOf } from './faults.ts';
import type { FaultSessions } from './sessions.ts';
import { manualOf } from './switch.ts';

type Notes = Readonly<Record<string, string>>;
type Sight = { readonly world: World; readonly sessions: FaultSessions; readonly notes: Notes };

/** Looks at every fault that is on. Before each call, so that nobody is shown a condition that is over. */
export async function tidyFaults(world: World, sessions: FaultSessions): Promise<void> {
  for (const { name } of faultList) {
    if (!isOn(world.state, name)) continue;
    const over = await endings[name]?.({ world, sessions, notes: notesOf(world.state, name) });
    if (over === true) end(world.state, name);
  }
}

/** True when it is over. Faults that end with a call are not here. */
const endings: { readonly [Name in FaultName]?: (sight: Sight) => boolean | Promise<boolean> } = {
  'snapshot-fails': ({ world, notes }) =>
    world.state.snapshots.some(({ kind, status, createdAt }) => kind === 'manual' && status === 'failed' && createdAt >= (notes.since ?? '')),
  'snapshot-quota': ({ world, notes }) => manualOf(world).length < Number(notes.limit),
  'restore-stuck': ({ world, notes }) => {
    const stuck = notes.cluster ?? world.state.jobs.find((job) => job.kind === 'cluster-restore')?.subject;
    if (stuck === undefined) return false;
    world.state.faultNotes['restore-stuck'] = { ...notes, cluster: stuck };
    return clusterById(world, stuck) === undefined;
  },
  'incompatible-restore': ({ world, notes }) =>
    world.state.clusters.some((each) => each.status === 'incompatible-restore' && each.createdAt >= (notes.since ?? '')),
  'incompatible-parameters': ({ world, notes }) => {
    const instance = world.state.instances.find(({ id }) => id === notes.instance);
    if (instance === undefined) return true;
    if (instance.status !== 'available') return false;
    const capacity = clusterById(world, instance.cluster)?.capacity;
    if (capacity !== undefined && (capacity.min > Number(notes.min) || capacity.max > Number(notes.max))) return true;
    // A reboot alone does not help: it runs out of memory again.
    instance.status = 'incompatible-parameters';
    return false;
  },
  'acu-exhausted': ({ world, notes }) => {
    const capacity = clusterById(world, notes.cluster ?? '')?.capacity;
    if (capacity !== undefined && capacity.max <= Number(notes.max)) return false;
    clearExhaustion(world);
    return true;
  },
  'lock-held': ({ sessions }) => sessions.count('lock-held') === 0,
  'connections-exhausted': ({ sessions }) => sessions.count('connections-exhausted') === 0,
  'secret-stale': async ({ world, notes }) => {
    const secret = world.state.secrets.find(({ arn }) => arn === notes.secret);
    const login = secret?.deleteAt === undefined && secret !== undefined ? loginOf(findVersion(secret, {})) : undefined;
    return login === undefined ? secret === undefined : letsIn(login);
  },
  'backup-stale': ({ world, notes }) => {
    const before = (notes.snapshots ?? '').split(' ');
    return world.state.snapshots.some(({ id, kind, status }) => kind === 'manual' && status === 'available' && !before.includes(id));
  },
  'proxy-unavailable': ({ world }) => {
    const targets = world.state.proxies.flatMap((proxy) => proxy.targets);
    return targets.some(({ state }) => state === 'AVAILABLE') && !targets.some(({ state }) => state === 'UNAVAILABLE');
  },
  'maintenance-failed': ({ world }) => {
    const broken = world.state.maintenance.filter((each) => each.broken);
    const mended = broken.filter(
      (each) => !world.state.instances.some((instance) => instance.cluster === each.cluster && instance.status !== 'available'),
    );
    for (const each of mended) clearMaintenance(world, each.cluster);
    return broken.length > 0 && mended.length === broken.length;
  },
};
