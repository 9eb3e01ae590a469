/** What a call is about, as an ARN: the sentence of a refused permission names it. */

import { isRecord } from '../../../core/is-record.ts';
import type { Call } from '../action.ts';

/** Members of an input that name what a call is about, and the kind that their ARN has; the first that is there counts. */
const names: Readonly<Record<string, readonly (readonly [member: string, prefix: string])[]>> = {
  rds: [
    ['ResourceIdentifier', ''],
    ['ResourceName', ''],
    ['SourceDBClusterIdentifier', 'cluster:'],
    ['DBClusterIdentifier', 'cluster:'],
    ['DBInstanceIdentifier', 'db:'],
    ['DBClusterSnapshotIdentifier', 'cluster-snapshot:'],
    ['SubscriptionName', 'es:'],
    ['DBProxyName', 'db-proxy:'],
  ],
  secretsmanager: [
    ['SecretId', 'secret:'],
    ['Name', 'secret:'],
  ],
  sns: [
    ['TopicArn', ''],
    ['Name', ''],
  ],
  cloudwatch: [['AlarmName', 'alarm:']],
};

/** The ARN, or `*` where the input names nothing. */
export function resourceOf(call: Call, input: unknown): string {
  if (!isRecord(input)) return '*';
  for (const [member, prefix] of names[call.service] ?? []) {
    const name = input[member];
    if (typeof name !== 'string') continue;
    return name.startsWith('arn:') ? name : `arn:aws:${call.service}:${call.region}:${call.account}:${prefix}${name}`;
  }
  return '*';
}
