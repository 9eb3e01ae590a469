/** Proxies as they are kept, and as RDS shows them. */

import type { DBProxy, DBProxyTarget, DBProxyTargetGroup } from '@aws-sdk/client-rds';
import { z } from 'zod';
import type { Call } from '../action.ts';
import { arnOf, clusterById, membersOf } from './identifiers.ts';
import { endpointOf } from './on-wire.ts';

const target = z.object({
  kind: z.enum(['cluster', 'instance']),
  id: z.string(),
  state: z.enum(['REGISTERING', 'AVAILABLE', 'UNAVAILABLE']),
  reason: z.enum(['UNREACHABLE', 'CONNECTION_FAILED', 'AUTH_FAILURE', 'PENDING_PROXY_CAPACITY']).optional(),
  description: z.string().optional(),
});

const proxy = z.object({
  name: z.string(),
  id: z.string(),
  status: z.enum(['creating', 'available', 'deleting']),
  auth: z.array(
    z.object({
      secret: z.string().optional(),
      description: z.string().optional(),
      user: z.string().optional(),
      iam: z.enum(['DISABLED', 'REQUIRED', 'ENABLED']),
    }),
  ),
  role: z.string(),
  subnets: z.array(z.string()),
  securityGroups: z.array(z.string()),
  requireTls: z.boolean(),
  idleSeconds: z.number(),
  debug: z.boolean(),
  created: z.string(),
  updated: z.string(),
  pool: z.object({
    most: z.number(),
    mostIdle: z.number(),
    borrowSeconds: z.number(),
    pinning: z.array(z.string()),
    init: z.string().optional(),
  }),
  poolUpdated: z.string(),
  targets: z.array(target),
});

/** A proxy with its target group. */
export type ProxyRecord = z.infer<typeof proxy>;

/** The part of the state that belongs to RDS Proxy. */
export const proxiesState = { proxies: z.array(proxy).default([]) };

/** A proxy. Its endpoint leads nowhere, as that of a cluster without a server does. */
export function proxyShown(call: Pick<Call, 'account'> & { readonly region: string }, each: ProxyRecord): DBProxy {
  return {
    DBProxyName: each.name,
    DBProxyArn: arnOf(call, 'db-proxy', each.id),
    Status: each.status,
    EngineFamily: 'POSTGRESQL',
    VpcId: 'vpc-sandbox',
    VpcSecurityGroupIds: each.securityGroups,
    VpcSubnetIds: each.subnets,
    Auth: each.auth.map((auth) => ({
      AuthScheme: 'SECRETS',
      ...(auth.secret !== undefined && { SecretArn: auth.secret }),
      ...(auth.description !== undefined && { Description: auth.description }),
      ...(auth.user !== undefined && { UserName: auth.user }),
      IAMAuth: auth.iam,
      ClientPasswordAuthType: 'POSTGRES_SCRAM_SHA_256',
    })),
    RoleArn: each.role,
    Endpoint: `${each.name}.proxy-sandbox.${call.region}.rds.invalid`,
    RequireTLS: each.requireTls,
    IdleClientTimeout: each.idleSeconds,
    DebugLogging: each.debug,
    CreatedDate: new Date(each.created),
    UpdatedDate: new Date(each.updated),
    EndpointNetworkType: 'IPV4',
    TargetConnectionNetworkType: 'IPV4',
  };
}

/** The one target group that a proxy has. */
export function groupShown(call: Call, each: ProxyRecord): DBProxyTargetGroup {
  const { pool } = each;
  return {
    DBProxyName: each.name,
    TargetGroupName: 'default',
    TargetGroupArn: arnOf(call, 'target-group', `prx-tg-${each.id.slice(4)}`),
    IsDefault: true,
    Status: 'available',
    ConnectionPoolConfig: {
      MaxConnectionsPercent: pool.most,
      MaxIdleConnectionsPercent: pool.mostIdle,
      ConnectionBorrowTimeout: pool.borrowSeconds,
      SessionPinningFilters: pool.pinning,
      ...(pool.init !== undefined && { InitQuery: pool.init }),
    },
    CreatedDate: new Date(each.created),
    UpdatedDate: new Date(each.poolUpdated),
  };
}

/** A cluster behind a proxy shows as itself and as its instances, whose health is known. */
export function targetsShown(call: Call, each: ProxyRecord): DBProxyTarget[] {
  return each.targets.flatMap((one): DBProxyTarget[] => {
    const { state: State, reason: Reason, description: Description } = one;
    const health = { State, ...(Reason !== undefined && { Reason }), ...(Description !== undefined && { Description }) };
    const cluster = clusterById(call, one.kind === 'cluster' ? one.id : (call.state.instances.find(({ id }) => id === one.id)?.cluster ?? ''));
    if (cluster === undefined) return [];
    const port = cluster.address?.port ?? cluster.port;
    const instances = membersOf(call, cluster).filter(({ id }) => one.kind === 'cluster' || id === one.id);
    const shown = instances.map(
      (instance): DBProxyTarget => ({
        Endpoint: endpointOf(call, cluster),
        TrackedClusterId: cluster.identifier,
        RdsResourceId: instance.identifier,
        Port: port,
        Type: 'RDS_INSTANCE',
        Role: instance.writer ? 'READ_WRITE' : 'READ_ONLY',
        TargetHealth: health,
      }),
    );
    if (one.kind === 'instance') return shown;
    return [
      { RdsResourceId: cluster.identifier, Port: port, Type: 'TRACKED_CLUSTER', TargetArn: arnOf(call, 'cluster', cluster.identifier) },
      ...shown,
    ];
  });
}
