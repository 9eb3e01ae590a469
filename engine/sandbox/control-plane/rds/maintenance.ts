/** Pending maintenance of RDS: what waits, who opted in, and how it is applied. */

import * as client from '@aws-sdk/client-rds';
import { z } from 'zod';
import { type Action, action, type Call, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import type { Job } from '../state.ts';
import type { Transition } from '../transitions.ts';
import { noteCluster, noteInstance } from './events.ts';
import { arnOf, clusterById, findCluster, findInstance, membersOf } from './identifiers.ts';
import { filtered, page } from './paging.ts';
import type { ClusterRecord } from './records.ts';

const pending = z.object({
  /** Id of the cluster, which no rename changes. */
  cluster: z.string(),
  action: z.string(),
  description: z.string(),
  /** Versions of the engine's patch, as they are told afterwards. */
  from: z.string(),
  to: z.string(),
  optIn: z.enum(['next-maintenance', 'immediate']).optional(),
  /** True after it failed: the cluster cannot be upgraded before its instance was rebooted. */
  broken: z.boolean().default(false),
});

/** A maintenance action that waits. */
type PendingAction = z.infer<typeof pending>;

/** The part of the state that belongs to maintenance. */
export const maintenanceState = {
  maintenance: z.array(pending).default([]),
  /** Clusters that had the patch offered with which a stage begins. */
  maintenanceOffered: z.array(z.string()).default([]),
  /** What was applied last to each cluster. */
  maintenanceApplied: z.record(z.string(), z.object({ version: z.string(), at: z.string() })).default({}),
};

/** How long after a patch the next one is offered: on AWS weeks, here long enough that the one that was applied is seen to be gone. */
const renewedMs = 60_000;

const actionNames = [
  'ca-certificate-rotation',
  'db-upgrade',
  'hardware-maintenance',
  'os-upgrade',
  'serverless-platform-version-update',
  'system-update',
];

const kind = 'apply-maintenance';

const describe = action<client.DescribePendingMaintenanceActionsMessage, client.PendingMaintenanceActionsMessage>(
  client.DescribePendingMaintenanceActions$,
  (call, input) => {
    renew(call);
    const all = call.state.maintenance.map((each) => ({ action: each, arn: arnFor(call, each) }));
    const named = input.ResourceIdentifier === undefined ? all : all.filter(({ arn }) => arn === input.ResourceIdentifier);
    if (input.ResourceIdentifier !== undefined) checkResource(call, input.ResourceIdentifier);
    const left = filtered(named, input.Filters, {
      'db-cluster-id': ({ action: each, arn }) => [clusterById(call, each.cluster)?.identifier, arn],
      // Patches of Aurora wait at the cluster, so an instance has none of its own.
      'db-instance-id': () => [],
    });
    const { items, Marker } = page(left, input, ({ arn }) => arn);
    return { PendingMaintenanceActions: items.map(({ action: each }) => shown(call, [each], each.cluster)), Marker };
  },
);

const apply = action<client.ApplyPendingMaintenanceActionMessage, client.ApplyPendingMaintenanceActionResult>(
  client.ApplyPendingMaintenanceAction$,
  (call, input) => {
    renew(call);
    const { ResourceIdentifier: arn = '', ApplyAction: name = '', OptInType: type = '' } = input;
    if (!actionNames.includes(name))
      refuse('InvalidParameterValue', `Invalid value ${name} for ApplyAction. Must be one of ${actionNames.join(', ')}.`);
    if (!['immediate', 'next-maintenance', 'undo-opt-in'].includes(type)) {
      refuse('InvalidParameterValue', `Invalid value ${type} for OptInType. Must be one of immediate, next-maintenance, undo-opt-in.`);
    }
    const cluster = checkResource(call, arn);
    const found = call.state.maintenance.find((each) => each.cluster === cluster && each.action === name);
    if (found === undefined) return refuse('ResourceNotFoundFault', `The resource ${arn} has no pending maintenance action ${name}.`);
    if (found.optIn === 'immediate') {
      refuse('InvalidParameterCombination', `An opt-in request of type immediate can't be undone or changed: ${name} is being applied to ${arn}.`);
    }
    if (type === 'undo-opt-in') delete found.optIn;
    else if (type === 'next-maintenance') found.optIn = 'next-maintenance';
    else begin(call, found);
    return { ResourcePendingMaintenanceActions: shown(call, [found], cluster) };
  },
);

/** The operations. */
export const maintenanceActions: readonly Action[] = [describe, apply];

/** Applying an action, as it goes on after the answer: the server restarts, as it does where a patch cannot be applied without downtime. */
export const maintenanceTransitions: Readonly<Record<string, Transition>> = {
  [kind]: {
    seconds: 20,
    work: async (world, job) => {
      if (job.details.fails === 'yes') return;
      const cluster = clusterById(world, job.subject);
      if (cluster === undefined || (await world.fleet.running(cluster.id)) === undefined) return;
      const maxConnections = Math.max(...membersOf(world, cluster).map((each) => each.maxConnections));
      await world.fleet.stop(cluster.id);
      cluster.address = await world.fleet.start(cluster.id, { maxConnections });
    },
    done: (world, job) => (job.details.fails === 'yes' ? failed(world, job) : applied(world, job)),
    failed: (world, job) => failed(world, job),
  },
};

/** Makes an action wait for a cluster, as a new patch release does. */
export function offerMaintenance(world: World, cluster: Pick<ClusterRecord, 'id' | 'engineVersion'>): void {
  if (world.state.maintenance.some((each) => each.cluster === cluster.id)) return;
  const last = world.state.maintenanceApplied[cluster.id]?.version;
  const from = last?.startsWith(`${cluster.engineVersion}.`) === true ? last : `${cluster.engineVersion}.0`;
  const to = from.replace(/\d+$/, (patch) => String(Number(patch) + 1));
  const description = `New Aurora PostgreSQL patch release ${to}`;
  world.state.maintenance.push({ cluster: cluster.id, action: 'system-update', description, from, to, broken: false });
}

/** Offers the next patch to each cluster whose last one was applied a while ago, so that it can be rehearsed again. */
function renew(world: World): void {
  for (const [id, { at }] of Object.entries(world.state.maintenanceApplied)) {
    const cluster = clusterById(world, id);
    if (cluster !== undefined && world.clock().getTime() - Date.parse(at) >= renewedMs) offerMaintenance(world, cluster);
  }
}

/** The patch that waits when a stage's cluster is first seen; those after it come as each one is applied. */
export function seedMaintenance(world: World, cluster: Pick<ClusterRecord, 'id' | 'engineVersion'>): void {
  if (world.state.maintenanceOffered.includes(cluster.id)) return;
  world.state.maintenanceOffered.push(cluster.id);
  offerMaintenance(world, cluster);
}

/** A reboot clears what a failed action left. */
export function clearMaintenance(world: World, cluster: string): void {
  for (const each of world.state.maintenance) if (each.cluster === cluster) each.broken = false;
}

function begin(call: Call, found: PendingAction): void {
  const cluster = clusterById(call, found.cluster);
  if (cluster === undefined) throw new Error(`The cluster ${found.cluster} of a pending action is gone.`);
  if (found.broken || cluster.status !== 'available') {
    const status = found.broken ? 'is in a state that cannot be upgraded: reboot its DB instance and try again' : `is in ${cluster.status} state`;
    refuse('InvalidDBClusterStateFault', `DBCluster ${cluster.identifier} ${status}.`);
  }
  found.optIn = 'immediate';
  const fails = call.fault('maintenance-failed');
  setStatus(call, cluster, 'upgrading');
  noteCluster(call, cluster, { code: '0177', message: 'Database cluster upgrade is in progress.', categories: ['maintenance'] });
  call.begin(kind, cluster.id, { action: found.action, fails: fails ? 'yes' : 'no' });
}

function applied(world: World, job: Job): void {
  const cluster = clusterById(world, job.subject);
  const found = world.state.maintenance.find((each) => each.cluster === job.subject && each.action === job.details.action);
  world.state.maintenance = world.state.maintenance.filter((each) => each !== found);
  if (cluster === undefined || found === undefined) return;
  world.state.maintenanceApplied[cluster.id] = { version: found.to, at: world.clock().toISOString() };
  setStatus(world, cluster, 'available');
  for (const each of membersOf(world, cluster)) {
    noteInstance(world, each, { code: '0047', message: 'Database instance patched.', categories: ['maintenance'] });
  }
  const message = `Database cluster has been patched: source version ${found.from} => ${found.to}`;
  noteCluster(world, cluster, { code: '0290', message, categories: ['maintenance'] });
}

function failed(world: World, job: Job): void {
  const cluster = clusterById(world, job.subject);
  const found = world.state.maintenance.find((each) => each.cluster === job.subject && each.action === job.details.action);
  if (cluster === undefined || found === undefined) return;
  delete found.optIn;
  found.broken = true;
  setStatus(world, cluster, 'available');
  const [instance] = membersOf(world, cluster);
  const message = `Unable to upgrade DB cluster ${cluster.identifier} because the instance ${instance?.identifier ?? 'none'} has a status of incompatible-parameters. Resolve the issue or delete the instance and try again.`;
  noteCluster(world, cluster, { code: '0085', message, categories: ['notification'] });
  noteCluster(world, cluster, { code: '0174', message: 'Database cluster is in a state that cannot be upgraded.', categories: ['maintenance'] });
  if (instance !== undefined) instance.status = 'incompatible-parameters';
}

function setStatus(world: World, cluster: ClusterRecord, status: string): void {
  cluster.status = status;
  for (const each of membersOf(world, cluster)) each.status = status;
}

/** The id of the cluster whose maintenance an ARN is about. */
function checkResource(call: Call, arn: string): string {
  const type = arn.split(':')[5];
  if (!arn.startsWith('arn:aws:rds:') || (type !== 'cluster' && type !== 'db')) {
    return refuse('InvalidParameterValue', `Invalid resource name: ${arn}. It must be the ARN of a DB cluster or DB instance.`);
  }
  try {
    return type === 'cluster' ? findCluster(call, arn).id : findInstance(call, arn).id;
  } catch {
    return refuse('ResourceNotFoundFault', `The specified resource ${arn} was not found.`);
  }
}

function arnFor(call: Call, each: PendingAction): string {
  return arnOf(call, 'cluster', clusterById(call, each.cluster)?.identifier ?? each.cluster);
}

function shown(call: Call, all: readonly PendingAction[], cluster: string): client.ResourcePendingMaintenanceActions {
  const record = clusterById(call, cluster);
  return {
    ResourceIdentifier: arnOf(call, 'cluster', record?.identifier ?? cluster),
    PendingMaintenanceActionDetails: all.map((each) => ({
      Action: each.action,
      ...(each.optIn !== undefined && { OptInStatus: each.optIn, CurrentApplyDate: applyDate(call, each, record) }),
      Description: each.description,
    })),
  };
}

/** Now, or when the next maintenance window of the cluster begins. */
function applyDate(call: Call, each: PendingAction, cluster: ClusterRecord | undefined): Date {
  const now = call.clock();
  const [, day = '', hour = '0', minute = '0'] = /^(\w{3}):(\d\d):(\d\d)-/.exec(cluster?.maintenanceWindow ?? '') ?? [];
  if (each.optIn === 'immediate' || day === '') return now;
  const begins = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), Number(hour), Number(minute)));
  const ahead = (['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'].indexOf(day.toLowerCase()) - begins.getUTCDay() + 7) % 7;
  begins.setUTCDate(begins.getUTCDate() + ahead);
  if (begins <= now) begins.setUTCDate(begins.getUTCDate() + 7);
  return begins;
}
