/** What a waiter polls: the client's waiters do not say it, so it follows from the thing that they wait for. */

/** By the beginning of the waiter's name; a longer beginning goes before a shorter. */
const polled: readonly (readonly [string, string])[] = [
  ['DBClusterSnapshot', 'DescribeDBClusterSnapshots'],
  ['DBCluster', 'DescribeDBClusters'],
  ['DBInstance', 'DescribeDBInstances'],
  ['DBSnapshot', 'DescribeDBSnapshots'],
  ['TenantDatabase', 'DescribeTenantDatabases'],
  ['AlarmMuteRule', 'GetAlarmMuteRule'],
  ['CompositeAlarm', 'DescribeAlarms'],
  ['LogAlarm', 'DescribeAlarms'],
  ['Alarm', 'DescribeAlarms'],
];

/** The operation that a waiter polls, undefined for one that is not known. */
export function polledBy(waiter: string): string | undefined {
  return polled.find(([beginning]) => waiter.startsWith(beginning))?.[1];
}
