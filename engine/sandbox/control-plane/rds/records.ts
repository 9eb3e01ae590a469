/** The records of clusters, instances, snapshots and events. Times are ISO strings. */

import { z } from 'zod';
import { tag } from '../tag.ts';

const cluster = z.object({
  /** Like DbClusterResourceId: never changes, and names the folder of its data. */
  id: z.string(),
  identifier: z.string(),
  status: z.string(),
  createdAt: z.string(),
  engineVersion: z.string(),
  database: z.string().optional(),
  user: z.string(),
  /** Where the server listens; undefined until it first ran. */
  address: z.object({ host: z.string(), port: z.number().int() }).optional(),
  port: z.number().int(),
  capacity: z.object({ min: z.number(), max: z.number(), pauseSeconds: z.number().optional() }).optional(),
  retentionDays: z.number().int(),
  backupWindow: z.string(),
  maintenanceWindow: z.string(),
  deletionProtection: z.boolean(),
  copyTagsToSnapshot: z.boolean(),
  parameterGroup: z.string(),
  subnetGroup: z.string(),
  securityGroups: z.array(z.string()),
  autoMinorVersionUpgrade: z.boolean(),
  /** What waits for the maintenance window. */
  pending: z.object({ identifier: z.string().optional(), retentionDays: z.number().optional(), engineVersion: z.string().optional() }),
  /** What a clone and its source have in common. */
  cloneGroup: z.string().optional(),
  tags: z.array(tag),
});

const instance = z.object({
  id: z.string(),
  identifier: z.string(),
  /** Id of its cluster. */
  cluster: z.string(),
  status: z.string(),
  createdAt: z.string(),
  instanceClass: z.string(),
  engineVersion: z.string(),
  writer: z.boolean(),
  promotionTier: z.number().int(),
  /** The maximum of connections that the server was started with; a changed capacity shows at the next reboot. */
  maxConnections: z.number().int(),
  maintenanceWindow: z.string(),
  autoMinorVersionUpgrade: z.boolean(),
  publiclyAccessible: z.boolean(),
  availabilityZone: z.string(),
  tags: z.array(tag),
});

const snapshot = z.object({
  id: z.string(),
  identifier: z.string(),
  kind: z.enum(['manual', 'automated']),
  status: z.string(),
  createdAt: z.string(),
  /** Name of the fleet's base backup; a copy of a snapshot shares it with its source. */
  backup: z.string(),
  /** What the cluster was when the snapshot was taken; it may be gone or renamed. */
  cluster: z.object({ id: z.string(), identifier: z.string(), createdAt: z.string() }),
  engineVersion: z.string(),
  user: z.string(),
  database: z.string().optional(),
  port: z.number().int(),
  sourceArn: z.string().optional(),
  tags: z.array(tag),
});

/** A cluster that was deleted with its automated backups kept. */
const retained = z.object({
  cluster,
  deletedAt: z.string(),
});

const event = z.object({
  at: z.string(),
  sourceType: z.enum(['db-cluster', 'db-instance', 'db-cluster-snapshot', 'db-proxy']),
  source: z.string(),
  code: z.string(),
  message: z.string(),
  categories: z.array(z.string()),
});

export type ClusterRecord = z.infer<typeof cluster>;
export type InstanceRecord = z.infer<typeof instance>;
export type SnapshotRecord = z.infer<typeof snapshot>;
export type EventRecord = z.infer<typeof event>;

/** The part of the state that belongs to RDS. */
export const rdsState = {
  /** The version of the installed PostgreSQL, which every cluster has. */
  engineVersion: z.string().default('18.4'),
  clusters: z.array(cluster).default([]),
  instances: z.array(instance).default([]),
  snapshots: z.array(snapshot).default([]),
  retained: z.array(retained).default([]),
  events: z.array(event).default([]),
};
