/** Answers as AWS gives them, and the commands that are put to them. */

import { type Arrival, type Reply, xml, xmlError } from './run-service.ts';

const cluster = (name: string, more = '') => `<DBCluster><DBClusterIdentifier>${name}</DBClusterIdentifier><Status>available</Status>
  <Engine>aurora-postgresql</Engine><AllocatedStorage>1</AllocatedStorage><MultiAZ>false</MultiAZ><DeletionProtection>true</DeletionProtection>
  <EarliestRestorableTime>2026-11-15T03:12:40.123Z</EarliestRestorableTime><LatestRestorableTime>2026-11-22T10:00:00Z</LatestRestorableTime>
  <ServerlessV2ScalingConfiguration><MinCapacity>0.5</MinCapacity><MaxCapacity>4</MaxCapacity></ServerlessV2ScalingConfiguration>
  <AvailabilityZones><AvailabilityZone>us-east-1a</AvailabilityZone><AvailabilityZone>us-east-1b</AvailabilityZone></AvailabilityZones>
  <ReadReplicaIdentifiers/><AssociatedRoles></AssociatedRoles><PendingModifiedValues/>
  <DBClusterMembers><DBClusterMember><DBInstanceIdentifier>${name}-1</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter>
  <PromotionTier>1</PromotionTier><DBClusterParameterGroupStatus>in-sync</DBClusterParameterGroupStatus></DBClusterMember></DBClusterMembers>
  <TagList><Tag><Key>team</Key><Value>Bau &amp; Steine äöü 煉瓦</Value></Tag><Tag><Key>empty</Key><Value></Value></Tag></TagList>${more}</DBCluster>`;

const snapshot = (name: string, created: string) => `<DBClusterSnapshot><DBClusterSnapshotIdentifier>${name}</DBClusterSnapshotIdentifier>
  <SnapshotCreateTime>${created}</SnapshotCreateTime><PercentProgress>100</PercentProgress><SnapshotType>manual</SnapshotType></DBClusterSnapshot>`;

const pages: Readonly<Record<string, string>> = {
  '': `<Marker>two</Marker><DBClusters>${cluster('one')}${cluster('two')}</DBClusters>`,
  two: `<DBClusters>${cluster('three')}</DBClusters><Marker>three</Marker>`,
  three: `<DBClusters>${cluster('four', '<Capacity>2</Capacity>')}</DBClusters>`,
};

/** What the service answers to each operation. */
export function answerOf({ operation, parameters }: Arrival): Reply {
  const answers: Readonly<Record<string, () => Reply>> = {
    DescribeDBClusters: () =>
      parameters.get('DBClusterIdentifier') === 'none'
        ? xmlError('DBClusterNotFoundFault', 'DBCluster none not found.', 404)
        : {
            body: xml(
              operation,
              parameters.has('DBClusterIdentifier') ? `<DBClusters>${cluster('one')}</DBClusters>` : (pages[parameters.get('Marker') ?? ''] ?? ''),
            ),
          },
    DescribeDBClusterSnapshots: () => ({
      body: xml(
        operation,
        `<DBClusterSnapshots>${snapshot('b', '2026-11-02T03:00:00.5Z')}${snapshot('a', '2026-10-02T03:00:00.123Z')}</DBClusterSnapshots>`,
      ),
    }),
    DescribeDBInstances: () => ({ body: xml(operation, '<DBInstances/>') }),
    DescribeDBProxies: () => ({ body: xml(operation, '') }),
    DescribeEvents: () => ({
      body: xml(
        operation,
        `<Events><Event><Message>Started &lt;failover&gt;</Message><EventCategories><EventCategory>failover</EventCategory><EventCategory>failure</EventCategory></EventCategories><Date>2026-11-22T09:00:00Z</Date></Event></Events>`,
      ),
    }),
    DescribeEngineDefaultClusterParameters: () => ({
      body: xml(
        operation,
        `<EngineDefaults><DBParameterGroupFamily>aurora-postgresql16</DBParameterGroupFamily><Parameters><Parameter><ParameterName>work_mem</ParameterName><IsModifiable>true</IsModifiable></Parameter></Parameters></EngineDefaults>`,
      ),
    }),
    DescribeCertificates: () => ({
      body: xml(operation, '<Certificates><Certificate><CertificateIdentifier>rds-ca</CertificateIdentifier></Certificate></Certificates>'),
    }),
    CreateDBClusterSnapshot: () => ({ body: xml(operation, snapshot('new', '2026-11-22T10:00:00Z')) }),
    AddTagsToResource: () => ({ body: `<${operation}Response><ResponseMetadata><RequestId>x</RequestId></ResponseMetadata></${operation}Response>` }),
    GetCallerIdentity: () => ({
      body: xml(operation, '<UserId>AIDA</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:user/lego</Arn>'),
    }),
    GetTopicAttributes: () => ({
      body: xml(
        operation,
        '<Attributes><entry><key>Owner</key><value>000000000000</value></entry><entry><key>DisplayName</key><value></value></entry></Attributes>',
      ),
    }),
    ListSubscriptionsByTopic: () => ({
      body: xml(
        operation,
        '<Subscriptions><member><SubscriptionArn>PendingConfirmation</SubscriptionArn><Protocol>email</Protocol></member></Subscriptions>',
      ),
    }),
    DescribeSecret: () => ({
      body: {
        ARN: 'arn:secret',
        Name: 'lego-api-staging-db-credentials',
        RotationEnabled: false,
        LastChangedDate: new Date('2026-07-01T10:00:00.713Z'),
        LastAccessedDate: new Date('2026-11-21T00:00:00Z'),
        VersionIdsToStages: { 'v-2': ['AWSCURRENT'], 'v-1': ['AWSPREVIOUS'] },
        Tags: [],
      },
    }),
    ListSecretVersionIds: () => ({
      body: {
        Versions: [{ VersionId: 'v-2', VersionStages: ['AWSCURRENT'], CreatedDate: new Date(1_790_000_000_000) }],
        NextToken: 'more',
        Name: 's',
      },
    }),
    ListSecrets: () => ({ body: { SecretList: [{ Name: 's' }] } }),
    GetSecretValue: () => ({ body: { Name: 's', SecretString: 'of bricks', VersionStages: ['AWSCURRENT'] } }),
    // Fractions alone: the server writes a whole number as an integer where CBOR is spoken, and AWS does not.
    GetMetricStatistics: () => ({
      body: {
        Label: 'ACUUtilization',
        Datapoints: [
          { Timestamp: new Date('2026-11-22T09:05:00Z'), Average: 12.5, Maximum: 100.25, Unit: 'Percent' },
          { Timestamp: new Date('2026-11-22T09:00:00Z'), Average: 0.25, Maximum: 99.5, Unit: 'Percent' },
        ],
      },
    }),
    DescribeAlarms: () => ({
      body: { CompositeAlarms: [], MetricAlarms: [{ AlarmName: 'lego-acu', Threshold: 90.5, EvaluationPeriods: 3, StateValue: 'OK' }] },
    }),
    PutMetricAlarm: () => ({ body: {} }),
  };
  return answers[operation]?.() ?? xmlError('InvalidAction', `No ${operation} here`);
}

/** Commands without the endpoint; each is one line. */
export const commands: readonly string[] = [
  ...['json', 'text', 'table'].flatMap((output) => [
    `rds describe-db-clusters --output ${output}`,
    `rds describe-db-clusters --db-cluster-identifier one --output ${output}`,
    `rds describe-db-clusters --max-items 1 --output ${output}`,
    `rds describe-db-clusters --max-items 3 --output ${output} --query 'DBClusters[].DBClusterIdentifier'`,
    `rds describe-db-clusters --query 'DBClusters[0].ServerlessV2ScalingConfiguration' --output ${output}`,
    `rds describe-db-clusters --query 'DBClusters[].[DBClusterIdentifier,MultiAZ,Capacity]' --output ${output}`,
    `rds describe-db-clusters --query 'length(DBClusters)' --output ${output}`,
    `rds describe-db-instances --output ${output}`,
    `rds describe-db-proxies --output ${output}`,
    `rds describe-events --duration 60 --output ${output}`,
    `rds describe-certificates --output ${output}`,
    `rds describe-engine-default-cluster-parameters --db-parameter-group-family aurora-postgresql16 --output ${output}`,
    `secretsmanager describe-secret --secret-id s --output ${output}`,
    `secretsmanager list-secret-version-ids --secret-id s --output ${output}`,
    `sns get-topic-attributes --topic-arn arn:aws:sns:us-east-1:000000000000:t --output ${output}`,
    `cloudwatch describe-alarms --output ${output}`,
    `cloudwatch get-metric-statistics --namespace AWS/RDS --metric-name ACUUtilization --start-time 2026-11-22T09:00:00Z --end-time 2026-11-22T10:00:00Z --period 300 --statistics Average Maximum --query 'sort_by(Datapoints,&Timestamp)[-12:].[Timestamp,Average,Maximum]' --output ${output}`,
  ]),
  'rds describe-db-clusters --no-paginate',
  'rds describe-db-clusters --max-items 2',
  'rds describe-db-clusters --max-items 4 --page-size 20 --query NextToken',
  'rds describe-db-clusters --starting-token eyJNYXJrZXIiOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAxfQ== --max-items 1',
  'rds describe-db-clusters --starting-token eyJNYXJrZXIiOiAidHdvIn0= --query "DBClusters[].DBClusterIdentifier"',
  'rds describe-db-clusters --marker two --query "DBClusters[].DBClusterIdentifier"',
  'rds describe-db-cluster-snapshots --query "DBClusterSnapshots[?SnapshotCreateTime<=\'2026-11-01\'].DBClusterSnapshotIdentifier" --output text',
  "rds describe-db-cluster-snapshots --query 'DBClusterSnapshots[].SnapshotCreateTime' --output text",
  'rds create-db-cluster-snapshot --db-cluster-identifier one --db-cluster-snapshot-identifier new --query DBClusterSnapshot.DBClusterSnapshotIdentifier --output text',
  'rds add-tags-to-resource --resource-name arn:aws:rds:us-east-1:000000000000:cluster:one --tags Key=team,Value=bricks',
  'sts get-caller-identity',
  'sns list-subscriptions-by-topic --topic-arn arn:aws:sns:us-east-1:000000000000:t',
  'secretsmanager list-secrets --query "SecretList[0].Missing"',
  'cloudwatch put-metric-alarm --alarm-name lego-acu --namespace AWS/RDS --metric-name ACUUtilization --statistic Average --period 300 --evaluation-periods 3 --threshold 90 --comparison-operator GreaterThanThreshold',
];
