/** The calls that the sandbox's control plane and an independent imitation of AWS are both asked, and what is taken from their answers. */

import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as rds from '@aws-sdk/client-rds';
import * as secrets from '@aws-sdk/client-secrets-manager';
import * as sns from '@aws-sdk/client-sns';
import * as sts from '@aws-sdk/client-sts';

/** The clients of one endpoint. */
export type Clients = {
  readonly cloudwatch: cloudwatch.CloudWatchClient;
  readonly rds: rds.RDSClient;
  readonly secrets: secrets.SecretsManagerClient;
  readonly sns: sns.SNSClient;
  readonly sts: sts.STSClient;
};

/** One call. `settle`: what it begins has to be over before the next. */
export type ContractCall = { readonly name: string; readonly send: (to: Clients) => Promise<object>; readonly settle?: boolean };

const cluster = { DBClusterIdentifier: 'lego-api-contract' };
const snapshot = { DBClusterSnapshotIdentifier: 'contract-snapshot' };
const topic = 'arn:aws:sns:us-east-1:ACCOUNT:contract-alerts';
const secret = { SecretId: 'contract-secret' };
const metric = {
  Namespace: 'AWS/RDS',
  MetricName: 'ACUUtilization',
  Dimensions: [{ Name: 'DBClusterIdentifier', Value: cluster.DBClusterIdentifier }],
};
const alarm = { ...metric, AlarmName: 'contract-acu-high', Statistic: 'Average', Period: 60, EvaluationPeriods: 1, Threshold: 90 } as const;
const range = () => ({ StartTime: new Date(Date.now() - 3_600_000), EndTime: new Date(), Period: 300, Statistics: ['Average'] as const });
const serverless = { MinCapacity: 0.5, MaxCapacity: 1 };

/** The topic's ARN in the account that the endpoint has. */
async function topicArn(to: Clients): Promise<string> {
  const { Account = '' } = await to.sts.send(new sts.GetCallerIdentityCommand());
  return topic.replace('ACCOUNT', Account);
}

/** In an order in which each finds what it needs. */
export const contractCalls: readonly ContractCall[] = [
  { name: 'GetCallerIdentity', send: (to) => to.sts.send(new sts.GetCallerIdentityCommand()) },
  { name: 'CreateSecret', send: (to) => to.secrets.send(new secrets.CreateSecretCommand({ Name: secret.SecretId, SecretString: '{"a":1}' })) },
  { name: 'CreateSecret, taken', send: (to) => to.secrets.send(new secrets.CreateSecretCommand({ Name: secret.SecretId, SecretString: 'b' })) },
  { name: 'GetSecretValue', send: (to) => to.secrets.send(new secrets.GetSecretValueCommand(secret)) },
  { name: 'GetSecretValue, missing', send: (to) => to.secrets.send(new secrets.GetSecretValueCommand({ SecretId: 'nowhere' })) },
  {
    name: 'GetSecretValue, no such label',
    send: (to) => to.secrets.send(new secrets.GetSecretValueCommand({ ...secret, VersionStage: 'AWSPENDING' })),
  },
  { name: 'PutSecretValue', send: (to) => to.secrets.send(new secrets.PutSecretValueCommand({ ...secret, SecretString: '{"a":2}' })) },
  { name: 'UpdateSecret', send: (to) => to.secrets.send(new secrets.UpdateSecretCommand({ ...secret, Description: 'c' })) },
  { name: 'DescribeSecret', send: (to) => to.secrets.send(new secrets.DescribeSecretCommand(secret)) },
  { name: 'ListSecretVersionIds', send: (to) => to.secrets.send(new secrets.ListSecretVersionIdsCommand(secret)) },
  { name: 'ListSecrets', send: (to) => to.secrets.send(new secrets.ListSecretsCommand({})) },
  { name: 'RotateSecret, not configured', send: (to) => to.secrets.send(new secrets.RotateSecretCommand(secret)) },
  { name: 'DeleteSecret', send: (to) => to.secrets.send(new secrets.DeleteSecretCommand(secret)) },
  { name: 'GetSecretValue, deleted', send: (to) => to.secrets.send(new secrets.GetSecretValueCommand(secret)) },
  { name: 'RestoreSecret', send: (to) => to.secrets.send(new secrets.RestoreSecretCommand(secret)) },
  { name: 'CreateTopic', send: (to) => to.sns.send(new sns.CreateTopicCommand({ Name: 'contract-alerts' })) },
  {
    name: 'Subscribe',
    send: async (to) => to.sns.send(new sns.SubscribeCommand({ TopicArn: await topicArn(to), Protocol: 'email', Endpoint: 'dba@example.com' })),
  },
  {
    name: 'ListSubscriptionsByTopic',
    send: async (to) => to.sns.send(new sns.ListSubscriptionsByTopicCommand({ TopicArn: await topicArn(to) })),
  },
  { name: 'ListTopics', send: (to) => to.sns.send(new sns.ListTopicsCommand({})) },
  { name: 'GetTopicAttributes', send: async (to) => to.sns.send(new sns.GetTopicAttributesCommand({ TopicArn: await topicArn(to) })) },
  {
    name: 'GetTopicAttributes, missing',
    send: async (to) => to.sns.send(new sns.GetTopicAttributesCommand({ TopicArn: `${await topicArn(to)}-gone` })),
  },
  { name: 'Publish', send: async (to) => to.sns.send(new sns.PublishCommand({ TopicArn: await topicArn(to), Message: 'hello' })) },
  {
    name: 'CreateDBCluster',
    settle: true,
    send: (to) =>
      to.rds.send(
        new rds.CreateDBClusterCommand({
          ...cluster,
          Engine: 'aurora-postgresql',
          MasterUsername: 'lego',
          MasterUserPassword: 'bricks-and-sets',
          DatabaseName: 'lego',
          ServerlessV2ScalingConfiguration: serverless,
        }),
      ),
  },
  {
    name: 'CreateDBInstance',
    settle: true,
    send: (to) =>
      to.rds.send(
        new rds.CreateDBInstanceCommand({
          ...cluster,
          DBInstanceIdentifier: 'lego-api-contract-1',
          DBInstanceClass: 'db.serverless',
          Engine: 'aurora-postgresql',
        }),
      ),
  },
  { name: 'DescribeDBClusters', send: (to) => to.rds.send(new rds.DescribeDBClustersCommand(cluster)) },
  { name: 'DescribeDBClusters, missing', send: (to) => to.rds.send(new rds.DescribeDBClustersCommand({ DBClusterIdentifier: 'nowhere' })) },
  { name: 'DescribeDBInstances', send: (to) => to.rds.send(new rds.DescribeDBInstancesCommand({ DBInstanceIdentifier: 'lego-api-contract-1' })) },
  { name: 'DescribeDBInstances, missing', send: (to) => to.rds.send(new rds.DescribeDBInstancesCommand({ DBInstanceIdentifier: 'nowhere' })) },
  {
    name: 'CreateDBClusterSnapshot',
    settle: true,
    send: (to) => to.rds.send(new rds.CreateDBClusterSnapshotCommand({ ...cluster, ...snapshot })),
  },
  { name: 'CreateDBClusterSnapshot, taken', send: (to) => to.rds.send(new rds.CreateDBClusterSnapshotCommand({ ...cluster, ...snapshot })) },
  { name: 'DescribeDBClusterSnapshots', send: (to) => to.rds.send(new rds.DescribeDBClusterSnapshotsCommand(snapshot)) },
  {
    name: 'DescribeDBClusterSnapshots, missing',
    send: (to) => to.rds.send(new rds.DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: 'nowhere' })),
  },
  {
    name: 'ModifyDBCluster',
    settle: true,
    send: (to) =>
      to.rds.send(
        new rds.ModifyDBClusterCommand({
          ...cluster,
          ApplyImmediately: true,
          ServerlessV2ScalingConfiguration: { MinCapacity: 1, MaxCapacity: 2 },
        }),
      ),
  },
  {
    name: 'ModifyDBCluster, minimum above maximum',
    send: (to) => to.rds.send(new rds.ModifyDBClusterCommand({ ...cluster, ServerlessV2ScalingConfiguration: { MinCapacity: 8, MaxCapacity: 4 } })),
  },
  {
    name: 'RebootDBInstance',
    settle: true,
    send: (to) => to.rds.send(new rds.RebootDBInstanceCommand({ DBInstanceIdentifier: 'lego-api-contract-1' })),
  },
  {
    name: 'RestoreDBClusterToPointInTime',
    settle: true,
    send: (to) =>
      to.rds.send(
        new rds.RestoreDBClusterToPointInTimeCommand({
          SourceDBClusterIdentifier: cluster.DBClusterIdentifier,
          DBClusterIdentifier: 'contract-pitr',
          UseLatestRestorableTime: true,
        }),
      ),
  },
  {
    name: 'RestoreDBClusterToPointInTime, neither time',
    send: (to) =>
      to.rds.send(
        new rds.RestoreDBClusterToPointInTimeCommand({
          SourceDBClusterIdentifier: cluster.DBClusterIdentifier,
          DBClusterIdentifier: 'contract-none',
        }),
      ),
  },
  {
    name: 'RestoreDBClusterFromSnapshot',
    settle: true,
    send: (to) =>
      to.rds.send(
        new rds.RestoreDBClusterFromSnapshotCommand({
          SnapshotIdentifier: snapshot.DBClusterSnapshotIdentifier,
          DBClusterIdentifier: 'contract-restore',
          Engine: 'aurora-postgresql',
        }),
      ),
  },
  { name: 'DescribeEvents', send: (to) => to.rds.send(new rds.DescribeEventsCommand({ SourceType: 'db-cluster' })) },
  {
    name: 'CreateEventSubscription',
    send: async (to) =>
      to.rds.send(
        new rds.CreateEventSubscriptionCommand({
          SubscriptionName: 'contract-events',
          SnsTopicArn: await topicArn(to),
          SourceType: 'db-cluster',
          SourceIds: [cluster.DBClusterIdentifier],
          EventCategories: ['failover'],
          Enabled: true,
        }),
      ),
  },
  { name: 'DescribeEventSubscriptions', send: (to) => to.rds.send(new rds.DescribeEventSubscriptionsCommand({})) },
  {
    name: 'DescribeEventSubscriptions, missing',
    send: (to) => to.rds.send(new rds.DescribeEventSubscriptionsCommand({ SubscriptionName: 'nowhere' })),
  },
  { name: 'DeleteEventSubscription', send: (to) => to.rds.send(new rds.DeleteEventSubscriptionCommand({ SubscriptionName: 'contract-events' })) },
  { name: 'DescribeDBProxies, missing', send: (to) => to.rds.send(new rds.DescribeDBProxiesCommand({ DBProxyName: 'nowhere' })) },
  { name: 'DescribeDBProxies', send: (to) => to.rds.send(new rds.DescribeDBProxiesCommand({})) },
  {
    name: 'PutMetricAlarm',
    settle: true,
    send: (to) => to.cloudwatch.send(new cloudwatch.PutMetricAlarmCommand({ ...alarm, ComparisonOperator: 'GreaterThanThreshold' })),
  },
  { name: 'DescribeAlarms', send: (to) => to.cloudwatch.send(new cloudwatch.DescribeAlarmsCommand({})) },
  {
    name: 'GetMetricStatistics',
    send: (to) => to.cloudwatch.send(new cloudwatch.GetMetricStatisticsCommand({ ...metric, ...range(), Statistics: ['Average'] })),
  },
  { name: 'DeleteAlarms', send: (to) => to.cloudwatch.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: [alarm.AlarmName] })) },
  {
    name: 'DeleteDBCluster, with an instance',
    send: (to) => to.rds.send(new rds.DeleteDBClusterCommand({ ...cluster, SkipFinalSnapshot: true })),
  },
  {
    name: 'DeleteDBInstance',
    settle: true,
    send: (to) => to.rds.send(new rds.DeleteDBInstanceCommand({ DBInstanceIdentifier: 'lego-api-contract-1', SkipFinalSnapshot: true })),
  },
  { name: 'DeleteDBClusterSnapshot', send: (to) => to.rds.send(new rds.DeleteDBClusterSnapshotCommand(snapshot)) },
  { name: 'DeleteDBCluster', settle: true, send: (to) => to.rds.send(new rds.DeleteDBClusterCommand({ ...cluster, SkipFinalSnapshot: true })) },
  { name: 'Unsubscribe and DeleteTopic', send: async (to) => to.sns.send(new sns.DeleteTopicCommand({ TopicArn: await topicArn(to) })) },
];

/** The clients of an endpoint. Each call is sent once. */
export function clientsOf(endpoint: string, accessKeyId: string): Clients {
  const options = { endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: 'sandbox' }, maxAttempts: 1 };
  return {
    cloudwatch: new cloudwatch.CloudWatchClient(options),
    rds: new rds.RDSClient(options),
    secrets: new secrets.SecretsManagerClient(options),
    sns: new sns.SNSClient(options),
    sts: new sts.STSClient(options),
  };
}
