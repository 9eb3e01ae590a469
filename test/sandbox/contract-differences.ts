/** Where the control plane and moto answer differently, and why the control plane is right, or leaves something out. */

/** Differences of one kind at one call, or at `*` any, and their reason by AWS's API reference. */
type Known = { readonly call: string; readonly reason: string; readonly differences: readonly string[] };

const known: readonly Known[] = [
  {
    call: '*',
    reason:
      'of features that the sandbox leaves out: replication, DNS, KMS, backtrack (Aurora MySQL), log exports, Serverless v1, domains, global databases',
    differences: [
      'only there: .DBCluster.ReadReplicaIdentifiers',
      'only there: .DBCluster.HostedZoneId',
      'only there: .DBCluster.KmsKeyId',
      'only there: .DBCluster.BacktrackWindow',
      'only there: .DBCluster.EnabledCloudwatchLogsExports',
      'only there: .DBCluster.ScalingConfigurationInfo',
      'only there: .DBCluster.StorageType',
      'only there: .DBCluster.PubliclyAccessible',
      'only there: .DBCluster.DomainMemberships',
      'only there: .DBCluster.GlobalWriteForwardingRequested',
    ],
  },
  {
    call: '*',
    reason: 'there is nothing to restore to before the first backup is complete; AWS gives null until then',
    differences: ['only there: .DBCluster.EarliestRestorableTime', 'only there: .DBCluster.LatestRestorableTime'],
  },
  {
    call: '*',
    reason: 'members that the API reference of DBInstance has and moto leaves out',
    differences: [
      'only here: .DBInstance.PendingModifiedValues',
      'only here: .DBInstance.PubliclyAccessible',
      'only here: .DBInstance.MonitoringInterval',
      'only here: .DBInstance.PerformanceInsightsEnabled',
      'only here: .DBInstance.NetworkType',
    ],
  },
  {
    call: '*',
    reason: 'of features that the sandbox leaves out: replicas, option groups, KMS, certificates, domains, log exports',
    differences: [
      'only there: .DBInstance.ReadReplicaDBInstanceIdentifiers',
      'only there: .DBInstance.LicenseModel',
      'only there: .DBInstance.OptionGroupMemberships',
      'only there: .DBInstance.KmsKeyId',
      'only there: .DBInstance.CACertificateIdentifier',
      'only there: .DBInstance.DomainMemberships',
      'only there: .DBInstance.EnabledCloudwatchLogsExports',
    ],
  },
  {
    call: '*',
    reason: 'Aurora restores clusters, so the time is a member of the cluster',
    differences: ['only there: .DBInstance.LatestRestorableTime'],
  },
  {
    call: 'CreateDBInstance',
    reason: 'an instance has neither before it is made; moto shows it as available at once',
    differences: ['only there: .DBInstance.Endpoint', 'only there: .DBInstance.InstanceCreateTime'],
  },
  {
    call: '*',
    reason: 'members that the API reference of DBClusterSnapshot has and moto leaves out',
    differences: [
      'only here: .DBClusterSnapshot.AvailabilityZones',
      'only here: .DBClusterSnapshot.EngineMode',
      'only here: .DBClusterSnapshot.LicenseModel',
      'only here: .DBClusterSnapshot.IAMDatabaseAuthenticationEnabled',
      'only here: .DBClusterSnapshot.DbClusterResourceId',
    ],
  },
  {
    call: '*',
    reason: 'the sandbox has no KMS, and its snapshots are not encrypted',
    differences: ['only there: .DBClusterSnapshot.KmsKeyId'],
  },
  {
    call: '*',
    reason: 'the API reference gives it while a cluster is being made; moto makes clusters at once',
    differences: ['only here: .DBCluster.PercentProgress'],
  },
  {
    call: '*',
    reason: 'a restored cluster has the range that the request gives; moto takes it from the source',
    differences: ['only there: .DBCluster.ServerlessV2ScalingConfiguration'],
  },
  {
    call: '*',
    reason: 'members that the API reference of EventSubscription has; moto writes them with other names or empty',
    differences: ['only here: .EventSubscription.CustomerAwsId', 'only here: .EventSubscription.SubscriptionCreationTime'],
  },
  {
    call: 'DescribeAlarms',
    reason: 'the API reference of MetricAlarm has it',
    differences: ['only here: .MetricAlarm.StateTransitionedTimestamp'],
  },
  {
    call: 'DescribeAlarms',
    reason: 'only alarms on metric math have Metrics, and an alarm that was not evaluated has no data for its reason',
    differences: ['only there: .MetricAlarm.StateReasonData', 'only there: .MetricAlarm.Metrics'],
  },
  {
    call: '*',
    reason: 'the API reference has it for a secret whose value was read; moto forgets it when a version is added',
    differences: ['only here: .LastAccessedDate', 'only here: .Secret.LastAccessedDate'],
  },
  {
    call: 'ListSecretVersionIds',
    reason: 'the API reference of SecretVersionsListEntry has it',
    differences: ['only here: .Version.KmsKeyIds'],
  },
  {
    call: 'ListSecretVersionIds',
    reason: 'moto gives an empty token at the end, and a date for a version that was never read',
    differences: ['only there: .Version.LastAccessedDate', 'only there: .NextToken'],
  },
  {
    call: 'RotateSecret, not configured',
    reason: 'AWS demands a rotation function, in the request or from before; moto rotates without one',
    differences: ['error: InvalidRequestException here, an answer there'],
  },
  {
    call: 'GetTopicAttributes',
    reason: 'AWS gives it where one was set, and the effective one always',
    differences: ['only there: .Attributes.DeliveryPolicy'],
  },
  {
    call: 'ModifyDBCluster, minimum above maximum',
    reason: 'MinCapacity may not be above MaxCapacity; moto checks no capacity',
    differences: ['error: InvalidParameterCombination here, an answer there'],
  },
  {
    call: 'RestoreDBClusterToPointInTime, neither time',
    reason: 'one of RestoreToTime and UseLatestRestorableTime has to be given; moto restores without',
    differences: ['error: InvalidParameterCombination here, an answer there'],
  },
];

/** A difference at one call, or at `*` any. */
export type KnownDifference = { readonly call: string; readonly difference: string; readonly reason: string };

/** All of them. One that is no longer a difference fails the test. */
export const allowed: readonly KnownDifference[] = known.flatMap(({ call, reason, differences }) =>
  differences.map((difference) => ({ call, difference, reason })),
);
