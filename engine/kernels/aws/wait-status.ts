/** What a poll of a waiter tells of the things that are waited for. */

import type { Answer } from './sdk.ts';

/** One thing that is waited for. */
export type Thing = { readonly name: string; readonly status: string; readonly percent?: number };

/** Where a poll's answer tells name, status and progress of each thing. */
const places: Readonly<Record<string, readonly [list: string, name: string, status: string]>> = {
  DescribeDBClusters: ['DBClusters', 'DBClusterIdentifier', 'Status'],
  DescribeDBInstances: ['DBInstances', 'DBInstanceIdentifier', 'DBInstanceStatus'],
  DescribeDBClusterSnapshots: ['DBClusterSnapshots', 'DBClusterSnapshotIdentifier', 'Status'],
  DescribeDBSnapshots: ['DBSnapshots', 'DBSnapshotIdentifier', 'Status'],
  DescribeTenantDatabases: ['TenantDatabases', 'TenantDBName', 'Status'],
  DescribeAlarms: ['MetricAlarms', 'AlarmName', 'StateValue'],
};

/** What was seen in a poll. */
export function thingsIn(operation: string, answer: Answer): readonly Thing[] {
  const place = places[operation];
  if (place === undefined) return [];
  const [list, name, status] = place;
  const items = answer[list];
  return (Array.isArray(items) ? items : []).map((item: Readonly<Record<string, unknown>>) => {
    const percent = Number(item.PercentProgress ?? Number.NaN);
    return {
      name: String(item[name] ?? list),
      status: String(item[status] ?? 'unknown'),
      ...(percent >= 0 && percent <= 100 && { percent }),
    };
  });
}

/** Things in a few words: `lego-api-staging creating`. Of many, those that stand for the others. */
export function wordsFor(things: readonly Thing[]): string {
  const shown = things.slice(0, 3).map(({ name, status }) => `${name} ${status}`);
  return [...shown, ...(things.length > shown.length ? [`${things.length - shown.length} more`] : [])].join(', ');
}

/** How far all of them are; undefined when one of them does not say. */
export function percentOf(things: readonly Thing[]): number | undefined {
  const known = things.flatMap(({ percent }) => percent ?? []);
  return known.length === 0 || known.length < things.length ? undefined : Math.min(...known);
}

/** States that the waiters of the services take for the end of all hope: for what should come to be, and for what should be gone. */
const hopeless = ['failed', 'incompatible-restore', 'incompatible-parameters', 'incompatible-network', 'deleted', 'deleting'];
const notGoing = ['creating', 'modifying', 'rebooting', 'resetting-master-credentials'];

/** The thing on whose status a wait has failed. */
export function failedOf(things: readonly Thing[], waiter: string): Thing | undefined {
  const bad = waiter.endsWith('Deleted') ? notGoing : hopeless;
  return things.find(({ status }) => bad.includes(status)) ?? things[0];
}
