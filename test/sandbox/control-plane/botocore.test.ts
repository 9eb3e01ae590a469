import {
  DescribeDBClusterAutomatedBackupsCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  DescribeEventsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Botocore, hasBotocore } from './botocore.ts';
import { type Rig, startRig } from './rig.ts';
import { seedStage } from './stage.ts';

const missing = !hasBotocore();
let rig: Rig;
let python: Botocore;
const latest = new Date('2026-11-22T12:00:00.250Z');

beforeAll(async () => {
  if (missing) return;
  rig = await startRig();
  rig.fleet.latest = () => latest;
  await seedStage(rig);
  python = new Botocore(rig.plane.endpoint);
});
afterAll(async () => {
  if (missing) return;
  python.close();
  await rig.close();
});

const arn = 'arn:aws:rds:us-east-1:000000000000:cluster:lego-api-local';

test.skipIf(missing)('botocore makes the calls of a recovery, and both clients read the same from every answer', async () => {
  const made = await python.call('rds', 'restore_db_cluster_to_point_in_time', {
    DBClusterIdentifier: 'lego-api-pitr',
    SourceDBClusterIdentifier: 'lego-api-local',
    RestoreToTime: '2026-11-22T11:59:00Z',
    ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 },
    VpcSecurityGroupIds: ['sg-1', 'sg-2'],
    Tags: [{ Key: 'drill', Value: 'two words' }],
    CopyTagsToSnapshot: true,
  });
  expect(made).toMatchObject({
    answer: {
      DBCluster: { Status: 'creating', ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 }, TagList: [{ Key: 'drill' }] },
    },
  });
  await rig.plane.settled();
  const instance = {
    DBInstanceIdentifier: 'lego-api-pitr-1',
    DBClusterIdentifier: 'lego-api-pitr',
    Engine: 'aurora-postgresql',
    DBInstanceClass: 'db.serverless',
  };
  await python.call('rds', 'create_db_instance', instance);
  await rig.plane.settled();
  await python.call('rds', 'create_db_cluster_snapshot', { DBClusterIdentifier: 'lego-api-pitr', DBClusterSnapshotIdentifier: 'drill' });
  await rig.plane.settled();
  const now = new Date();
  const answers: [string, object, Promise<object>][] = [
    ['describe_db_clusters', {}, rig.rds.send(new DescribeDBClustersCommand({}))],
    ['describe_db_instances', {}, rig.rds.send(new DescribeDBInstancesCommand({}))],
    ['describe_db_cluster_snapshots', {}, rig.rds.send(new DescribeDBClusterSnapshotsCommand({}))],
    ['describe_db_cluster_automated_backups', {}, rig.rds.send(new DescribeDBClusterAutomatedBackupsCommand({}))],
    ['describe_events', { EndTime: now.toISOString() }, rig.rds.send(new DescribeEventsCommand({ EndTime: now }))],
    ['describe_db_engine_versions', {}, rig.rds.send(new DescribeDBEngineVersionsCommand({}))],
    ['list_tags_for_resource', { ResourceName: arn }, rig.rds.send(new ListTagsForResourceCommand({ ResourceName: arn }))],
  ];
  for (const [method, input, ours] of answers) {
    const { $metadata: _, ...answer } = { $metadata: undefined, ...(await ours) };
    expect(Object.values(answer)[0]).not.toEqual([]);
    expect((await python.call('rds', method, input)).answer).toEqual(JSON.parse(JSON.stringify(answer)));
  }
});

test.skipIf(missing)('botocore reads errors as the CLI prints them', async () => {
  const codes = [
    await python.call('rds', 'describe_db_clusters', { DBClusterIdentifier: 'nobody' }),
    await python.call('rds', 'describe_db_instances', { DBInstanceIdentifier: 'nobody' }),
    await python.call('rds', 'delete_db_cluster', { DBClusterIdentifier: 'lego-api-local', SkipFinalSnapshot: true }),
    await python.call('rds', 'describe_reserved_db_instances'),
  ];
  expect(codes.map(({ code, status }) => [code, status])).toEqual([
    ['DBClusterNotFoundFault', 404],
    ['DBInstanceNotFound', 404],
    ['InvalidParameterCombination', 400],
    ['InvalidAction', 400],
  ]);
});
