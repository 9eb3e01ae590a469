/** RDS Proxy: proxies, their one target group, and the databases behind them. */

import * as client from '@aws-sdk/client-rds';
import { type Action, action, type Call, type World } from '../action.ts';
import { refuse } from '../refusal.ts';
import { letsIn, loginOf } from '../secrets-manager/database-secrets.ts';
import { findVersion } from '../secrets-manager/versions.ts';
import type { Transition } from '../transitions.ts';
import { note } from './events.ts';
import { findCluster, findInstance, newId, newIdentifier } from './identifiers.ts';
import { page } from './paging.ts';
import { groupShown, type ProxyRecord, proxyShown, targetsShown } from './proxies-on-wire.ts';

const makeKind = 'make-proxy';
const targetKind = 'register-proxy-target';
const dropKind = 'delete-proxy';

const create = action<client.CreateDBProxyRequest, client.CreateDBProxyResponse>(client.CreateDBProxy$, (call, input) => {
  const name = newIdentifier(input.DBProxyName ?? '', 'DBProxyName');
  if (call.state.proxies.some((each) => each.name === name)) refuse('DBProxyAlreadyExistsFault', `DB Proxy ${name} already exists.`);
  if (input.EngineFamily !== 'POSTGRESQL') {
    refuse('InvalidParameterValue', `The sandbox has databases of the engine family POSTGRESQL only, and EngineFamily is ${input.EngineFamily}.`);
  }
  if ((input.Auth ?? []).length === 0) refuse('InvalidParameterCombination', 'Auth is required unless DefaultAuthScheme is IAM_AUTH.');
  return { DBProxy: proxyShown(call, makeProxy(call, { ...input, DBProxyName: name })) };
});

/** Adds a proxy; it becomes available a little later. */
export function makeProxy(world: World, input: Partial<client.CreateDBProxyRequest> & { readonly DBProxyName: string }): ProxyRecord {
  const at = world.clock().toISOString();
  const made: ProxyRecord = {
    name: input.DBProxyName,
    id: newId(world, 'prx'),
    status: 'creating',
    auth: (input.Auth ?? []).map(({ SecretArn: secret, IAMAuth: iam, Description: description, UserName: user }) => ({
      ...(secret !== undefined && { secret }),
      ...(description !== undefined && { description }),
      ...(user !== undefined && { user }),
      iam: iam ?? 'DISABLED',
    })),
    role: input.RoleArn ?? '',
    subnets: input.VpcSubnetIds ?? [],
    securityGroups: input.VpcSecurityGroupIds ?? ['sg-sandbox'],
    requireTls: input.RequireTLS ?? false,
    idleSeconds: input.IdleClientTimeout ?? 1800,
    debug: input.DebugLogging ?? false,
    created: at,
    updated: at,
    pool: { most: 100, mostIdle: 50, borrowSeconds: 120, pinning: [] },
    poolUpdated: at,
    targets: [],
  };
  world.state.proxies.push(made);
  world.begin(makeKind, made.id);
  return made;
}

const describe = action<client.DescribeDBProxiesRequest, client.DescribeDBProxiesResponse>(client.DescribeDBProxies$, (call, input) => {
  const all = input.DBProxyName === undefined ? call.state.proxies : [find(call, input.DBProxyName)];
  const { items, Marker } = page(all, input, ({ name }) => name);
  return { DBProxies: items.map((each) => proxyShown(call, each)), Marker };
});

const remove = action<client.DeleteDBProxyRequest, client.DeleteDBProxyResponse>(client.DeleteDBProxy$, (call, input) => {
  const found = find(call, input.DBProxyName ?? '');
  if (found.status === 'deleting') refuse('InvalidDBProxyStateFault', `DB Proxy ${found.name} is in deleting state.`);
  found.status = 'deleting';
  call.begin(dropKind, found.id);
  return { DBProxy: proxyShown(call, found) };
});

const describeGroups = action<client.DescribeDBProxyTargetGroupsRequest, client.DescribeDBProxyTargetGroupsResponse>(
  client.DescribeDBProxyTargetGroups$,
  (call, input) => ({ TargetGroups: [groupShown(call, findWithGroup(call, input))] }),
);

const modifyGroup = action<client.ModifyDBProxyTargetGroupRequest, client.ModifyDBProxyTargetGroupResponse>(
  client.ModifyDBProxyTargetGroup$,
  (call, input) => {
    const found = findWithGroup(call, input);
    if (input.NewName !== undefined) refuse('InvalidParameterValue', "You can't rename the default target group.");
    const wanted = input.ConnectionPoolConfig ?? {};
    const pool = {
      most: wanted.MaxConnectionsPercent ?? found.pool.most,
      mostIdle: wanted.MaxIdleConnectionsPercent ?? Math.min(found.pool.mostIdle, wanted.MaxConnectionsPercent ?? found.pool.most),
      borrowSeconds: wanted.ConnectionBorrowTimeout ?? found.pool.borrowSeconds,
      pinning: wanted.SessionPinningFilters ?? found.pool.pinning,
      ...((wanted.InitQuery ?? found.pool.init) !== undefined && { init: wanted.InitQuery ?? found.pool.init }),
    };
    if (pool.most < 1 || pool.most > 100) refuse('InvalidParameterValue', 'MaxConnectionsPercent must be between 1 and 100.');
    if (pool.mostIdle < 0 || pool.mostIdle > pool.most)
      refuse('InvalidParameterValue', 'MaxIdleConnectionsPercent must be between 0 and the value of MaxConnectionsPercent.');
    if (pool.borrowSeconds < 0 || pool.borrowSeconds > 300) refuse('InvalidParameterValue', 'ConnectionBorrowTimeout must be between 0 and 300.');
    found.pool = pool;
    found.poolUpdated = call.clock().toISOString();
    return { DBProxyTargetGroup: groupShown(call, found) };
  },
);

const register = action<client.RegisterDBProxyTargetsRequest, client.RegisterDBProxyTargetsResponse>(
  client.RegisterDBProxyTargets$,
  (call, input) => {
    const found = findWithGroup(call, input);
    const wanted = [
      ...(input.DBClusterIdentifiers ?? []).map((each) => ({ kind: 'cluster' as const, id: findCluster(call, each).id })),
      ...(input.DBInstanceIdentifiers ?? []).map((each) => ({ kind: 'instance' as const, id: findInstance(call, each).id })),
    ];
    const [first, second] = wanted;
    if (first === undefined || second !== undefined) refuse('InvalidParameterCombination', 'Give one DB cluster or one DB instance.');
    if (found.targets.length > 0)
      refuse('DBProxyTargetAlreadyRegisteredFault', `A target is already registered with the target group default of ${found.name}.`);
    addTarget(call, found, first);
    return { DBProxyTargets: targetsShown(call, found) };
  },
);

/** Puts a database behind a proxy. */
export function addTarget(world: World, proxy: ProxyRecord, target: { readonly kind: 'cluster' | 'instance'; readonly id: string }): void {
  proxy.targets.push({ ...target, state: 'REGISTERING' });
  world.begin(targetKind, proxy.id, { target: target.id });
}

const deregister = action<client.DeregisterDBProxyTargetsRequest, object>(client.DeregisterDBProxyTargets$, (call, input) => {
  const found = findWithGroup(call, input);
  const ids = [
    ...(input.DBClusterIdentifiers ?? []).map((each) => findCluster(call, each).id),
    ...(input.DBInstanceIdentifiers ?? []).map((each) => findInstance(call, each).id),
  ];
  if (ids.length === 0) refuse('InvalidParameterCombination', 'Give the DB cluster or DB instance to deregister.');
  const missing = ids.find((id) => !found.targets.some((target) => target.id === id));
  if (missing !== undefined) refuse('DBProxyTargetNotFoundFault', `The target is not registered with the target group default of ${found.name}.`);
  found.targets = found.targets.filter(({ id }) => !ids.includes(id));
  return {};
});

const describeTargets = action<client.DescribeDBProxyTargetsRequest, client.DescribeDBProxyTargetsResponse>(
  client.DescribeDBProxyTargets$,
  (call, input) => ({ Targets: targetsShown(call, findWithGroup(call, input)) }),
);

/** The operations. */
export const proxyActions: readonly Action[] = [create, describe, remove, describeGroups, modifyGroup, register, deregister, describeTargets];

/** What goes on after the answers. */
export const proxyTransitions: Readonly<Record<string, Transition>> = {
  [makeKind]: {
    seconds: 10,
    done: (world, job) => {
      const found = world.state.proxies.find(({ id }) => id === job.subject);
      if (found === undefined || found.status !== 'creating') return;
      found.status = 'available';
      note(world, { sourceType: 'db-proxy', source: found.name, code: '0207', message: `DB proxy ${found.name} created.`, categories: ['creation'] });
    },
  },
  [targetKind]: {
    seconds: 10,
    work: checkTarget,
    done: () => {},
  },
  [dropKind]: {
    seconds: 5,
    done: (world, job) => {
      const found = world.state.proxies.find(({ id }) => id === job.subject);
      world.state.proxies = world.state.proxies.filter((each) => each !== found);
      if (found === undefined) return;
      note(world, { sourceType: 'db-proxy', source: found.name, code: '0212', message: `DB proxy ${found.name} deleted.`, categories: ['deletion'] });
    },
  },
};

/** What a target is after it was looked at, and why where it is not healthy. */
type Health = Pick<ProxyRecord['targets'][number], 'state' | 'reason' | 'description'>;

async function checkTarget(world: World, job: { readonly subject: string; readonly details: Readonly<Record<string, string>> }): Promise<void> {
  const proxy = world.state.proxies.find(({ id }) => id === job.subject);
  const target = proxy?.targets.find(({ id }) => id === job.details.target);
  if (proxy === undefined || target === undefined) return;
  const health = await healthOf(world, proxy, target);
  // A fault that came meanwhile is what it is in.
  if (target.state === 'REGISTERING') Object.assign(target, health);
}

/** A target is healthy if the proxy is let in with one of its secrets, tried against the real database. */
async function healthOf(world: World, proxy: ProxyRecord, target: ProxyRecord['targets'][number]): Promise<Health> {
  const cluster = target.kind === 'cluster' ? target.id : world.state.instances.find(({ id }) => id === target.id)?.cluster;
  const address = cluster === undefined ? undefined : await world.fleet.running(cluster);
  if (address === undefined) return { state: 'UNAVAILABLE', reason: 'UNREACHABLE', description: 'DBProxy Target is not reachable.' };
  for (const { secret: arn } of proxy.auth) {
    const secret = world.state.secrets.find((each) => each.arn === arn || each.name === arn);
    const login = secret === undefined ? undefined : loginOf(findVersion(secret, {}));
    if (login !== undefined && (await letsIn({ ...login, host: address.host, port: address.port }))) return { state: 'AVAILABLE' };
  }
  const description = 'Proxy does not have any registered credentials that the database lets in.';
  return { state: 'UNAVAILABLE', reason: 'AUTH_FAILURE', description };
}

function find(call: Call, name: string): ProxyRecord {
  const wanted = name.toLowerCase();
  return call.state.proxies.find((each) => each.name === wanted) ?? refuse('DBProxyNotFoundFault', `DBProxy ${wanted} not found.`);
}

function findWithGroup(call: Call, input: { readonly DBProxyName?: string | undefined; readonly TargetGroupName?: string | undefined }): ProxyRecord {
  const found = find(call, input.DBProxyName ?? '');
  if (input.TargetGroupName !== undefined && input.TargetGroupName !== 'default') {
    refuse('DBProxyTargetGroupNotFoundFault', `DBProxyTargetGroup ${input.TargetGroupName} not found for DBProxy ${found.name}.`);
  }
  return found;
}
