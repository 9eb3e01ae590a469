import { describe, expect, test } from 'vitest';
import type { AwsCall } from '../../../engine/kernels/aws/call.ts';
import { checkAwsBlock } from '../../../engine/kernels/aws/check.ts';
import { effectOf } from '../../../engine/kernels/aws/effect.ts';
import { type PolicyDocument, policyFor } from '../../../engine/kernels/aws/iam.ts';
import { actsOn, extraActions, resourceTypes } from '../../../engine/kernels/aws/iam-resources.ts';
import { loadService } from '../../../engine/kernels/aws/service.ts';
import { operations } from './reading-cases.ts';

const scope = { region: 'us-east-1', account: '123456789012' };

async function callsOf(blocks: readonly string[]): Promise<readonly AwsCall[]> {
  const read = await Promise.all(blocks.map((block) => checkAwsBlock(block, { risk: 'high', declared: new Set(['stage', 'run']) })));
  expect(read.flatMap(({ problems }) => problems)).toEqual([]);
  return read.flatMap(({ calls }) => calls);
}

/** What a policy allows for each action. */
function allowed({ Statement }: PolicyDocument): Record<string, readonly string[]> {
  return Object.fromEntries(Statement.flatMap(({ Action, Resource }) => Action.map((action) => [action, Resource])));
}

async function policy(...blocks: readonly string[]): Promise<Record<string, readonly string[]>> {
  return allowed(policyFor(await callsOf(blocks), scope));
}

describe('the least policy for calls', () => {
  test('lets everybody ask who they are, read on everything, and change what is named', async () => {
    const calls = await callsOf([
      'aws rds describe-db-clusters --db-cluster-identifier lego-api-{stage}',
      'aws rds create-db-cluster-snapshot --db-cluster-identifier lego-api-{stage} --db-cluster-snapshot-identifier lego-api-{stage}-{run} --tags Key=stage,Value={stage}',
      'aws rds wait db-cluster-snapshot-available --db-cluster-snapshot-identifier "$SNAPSHOT"',
    ]);
    expect(policyFor(calls, scope)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'OnEverything',
          Effect: 'Allow',
          Action: ['rds:DescribeDBClusterSnapshots', 'rds:DescribeDBClusters', 'sts:GetCallerIdentity'],
          Resource: ['*'],
        },
        {
          Sid: 'RdsAddTagsToResource',
          Effect: 'Allow',
          Action: ['rds:AddTagsToResource'],
          Resource: ['arn:aws:rds:us-east-1:123456789012:cluster-snapshot:lego-api-*-*'],
        },
        {
          Sid: 'RdsCreateDBClusterSnapshot',
          Effect: 'Allow',
          Action: ['rds:CreateDBClusterSnapshot'],
          Resource: ['arn:aws:rds:us-east-1:123456789012:cluster-snapshot:lego-api-*-*', 'arn:aws:rds:us-east-1:123456789012:cluster:lego-api-*'],
        },
      ],
    });
  });

  const rds = (...names: readonly string[]): readonly string[] => names.map((name) => `arn:aws:rds:us-east-1:123456789012:${name}`);

  test.each<readonly [string, string, readonly string[]]>([
    ['aws rds reboot-db-instance --db-instance-identifier Lego-1', 'rds:RebootDBInstance', rds('db:lego-1')],
    [
      'aws rds restore-db-cluster-from-snapshot --db-cluster-identifier new --snapshot-identifier rds:old-1 --engine aurora-postgresql --db-subnet-group-name lego',
      'rds:RestoreDBClusterFromSnapshot',
      rds('cluster-pg:default*', 'cluster-snapshot:rds:old-1', 'cluster:new', 'og:default*', 'subgrp:lego'),
    ],
    [
      'aws rds delete-db-cluster --db-cluster-identifier x --final-db-snapshot-identifier y',
      'rds:DeleteDBCluster',
      rds('cluster-snapshot:y', 'cluster:x'),
    ],
    ['aws rds modify-db-cluster --db-cluster-identifier x --new-db-cluster-identifier y', 'rds:ModifyDBCluster', rds('cluster:x', 'cluster:y')],
    ['aws rds modify-db-proxy --db-proxy-name lego', 'rds:ModifyDBProxy', rds('db-proxy:*')],
    ['aws rds delete-event-subscription --subscription-name Lego', 'rds:DeleteEventSubscription', rds('es:Lego')],
    [
      'aws rds apply-pending-maintenance-action --resource-identifier arn:aws:rds:us-east-1:123456789012:cluster:x --apply-action a --opt-in-type b',
      'rds:ApplyPendingMaintenanceAction',
      rds('cluster:x'),
    ],
    [
      'aws rds apply-pending-maintenance-action --resource-identifier "$ARN" --apply-action a --opt-in-type b',
      'rds:ApplyPendingMaintenanceAction',
      rds('*'),
    ],
    [
      'aws secretsmanager get-secret-value --secret-id lego-api-{stage}-db-credentials',
      'secretsmanager:GetSecretValue',
      ['arn:aws:secretsmanager:us-east-1:123456789012:secret:lego-api-*-db-credentials-??????'],
    ],
    [
      'aws cloudwatch delete-alarms --alarm-names lego-{stage} other',
      'cloudwatch:DeleteAlarms',
      ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:lego-*', 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:other'],
    ],
    ['aws sns create-topic --name lego', 'sns:CreateTopic', ['arn:aws:sns:us-east-1:123456789012:lego']],
    ['aws sns publish --topic-arn "$TOPIC" --message x', 'sns:Publish', ['arn:aws:sns:us-east-1:123456789012:*']],
    [
      'aws rds create-db-proxy --db-proxy-name p --engine-family POSTGRESQL --role-arn arn:aws:iam::1:role/p --vpc-subnet-ids a',
      'iam:PassRole',
      ['arn:aws:iam::1:role/p'],
    ],
    ['aws rds modify-db-cluster --db-cluster-identifier x --manage-master-user-password', 'secretsmanager:CreateSecret', ['*']],
    ['aws cloudwatch put-metric-data --namespace n --metric-name m', 'cloudwatch:PutMetricData', ['*']],
  ])('%s', async (block, action, resources) => {
    expect((await policy(block))[action]).toEqual(resources);
  });

  test('asks for nothing that a parameter which is off would need', async () => {
    const actions = await policy('aws rds modify-db-cluster --db-cluster-identifier x --no-manage-master-user-password');
    expect(Object.keys(actions)).toEqual(['sts:GetCallerIdentity', 'rds:ModifyDBCluster']);
  });

  test('takes a name that covers another for both, and * for a Region and an account that are not known', async () => {
    const calls = await callsOf([
      'aws rds reboot-db-instance --db-instance-identifier lego-{stage}',
      'aws rds reboot-db-instance --db-instance-identifier lego-1',
    ]);
    expect(allowed(policyFor(calls, {}))['rds:RebootDBInstance']).toEqual(['arn:aws:rds:*:*:db:lego-*']);
    expect(allowed(policyFor(calls, { ...scope, partition: 'aws-cn' }))['rds:RebootDBInstance']).toEqual([
      'arn:aws-cn:rds:us-east-1:123456789012:db:lego-*',
    ]);
  });

  test('is the same whatever the order of the calls, and each Sid stands once', async () => {
    const calls = await callsOf(operations);
    const { Statement } = policyFor(calls, scope);
    expect(JSON.stringify(policyFor(calls.toReversed(), scope))).toBe(JSON.stringify(policyFor(calls, scope)));
    expect(new Set(Statement.map(({ Sid }) => Sid)).size).toBe(Statement.length);
    expect(Statement.every(({ Sid }) => /^[A-Za-z0-9]+$/.test(Sid))).toBe(true);
    // Of what changes something only what has no name can stand on everything.
    const anywhere = Statement.find(({ Sid }) => Sid === 'OnEverything')?.Action ?? [];
    expect(anywhere.filter((action) => effectOf(action.replace(/:.*/, ''), action.replace(/.*:/, '')) === 'changes')).toEqual([]);
  });
});

test('what operations act on is said of operations, parameters and types that exist', async () => {
  const wrong: string[] = [];
  for (const [key, specs] of Object.entries(actsOn)) {
    const [service = '', operation = ''] = key.split(':');
    const loaded = await loadService(service);
    if (loaded === undefined || ![...loaded.commands.values()].includes(operation)) wrong.push(`${key} is not an operation`);
    const members = Array.from(loaded?.operation(operation).parameters.values() ?? [], ({ member }) => member);
    for (const spec of specs.split(' ')) {
      const [, type = '', parameter = ''] = /^([a-z-]+)\??=(\w*)(?:\|default\*)?$/.exec(spec) ?? [];
      if (type !== 'any' && resourceTypes[service]?.[type] === undefined) wrong.push(`${key}: ${spec} has no type`);
      if (parameter !== '' && !members.includes(parameter)) wrong.push(`${key} has no parameter ${parameter}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(extraActions.every(({ given, on }) => !/^@\w/.test(on) || on === `@${given}`)).toBe(true);
});
