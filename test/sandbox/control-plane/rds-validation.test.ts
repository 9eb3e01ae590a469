import {
  AddTagsToResourceCommand,
  CreateDBClusterCommand,
  type CreateDBClusterCommandInput,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeEventsCommand,
  FailoverDBClusterCommand,
  ModifyDBClusterCommand,
  type ModifyDBClusterCommandInput,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, refusal, startRig } from './rig.ts';
import { seedStage } from './stage.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  await seedStage(rig);
});
afterAll(() => rig.close());

const sound: CreateDBClusterCommandInput = {
  DBClusterIdentifier: 'lego-api-verify',
  Engine: 'aurora-postgresql',
  MasterUsername: 'lego',
  MasterUserPassword: 'bricks-and-sets',
};

test.each<[Partial<CreateDBClusterCommandInput>, string]>([
  [{ DBClusterIdentifier: '1lego' }, 'InvalidParameterValue'],
  [{ DBClusterIdentifier: 'lego-' }, 'InvalidParameterValue'],
  [{ DBClusterIdentifier: 'lego--api' }, 'InvalidParameterValue'],
  [{ DBClusterIdentifier: 'a'.repeat(64) }, 'InvalidParameterValue'],
  [{ DBClusterIdentifier: 'LEGO-api-local' }, 'DBClusterAlreadyExistsFault'],
  [{ Engine: 'mysql' }, 'InvalidParameterValue'],
  [{ EngineVersion: '13.1' }, 'InvalidParameterCombination'],
  [{ MasterUserPassword: undefined }, 'MissingParameter'],
  [{ MasterUserPassword: 'short' }, 'InvalidParameterValue'],
  [{ MasterUserPassword: 'with@at-sign' }, 'InvalidParameterValue'],
  [{ MasterUserPassword: 'ümlaut-password' }, 'InvalidParameterValue'],
  [{ MasterUsername: 'rdsadmin' }, 'InvalidParameterValue'],
  [{ BackupRetentionPeriod: 0 }, 'InvalidParameterValue'],
  [{ BackupRetentionPeriod: 36 }, 'InvalidParameterValue'],
  [{ Port: 80 }, 'InvalidParameterValue'],
  [{ DBSubnetGroupName: 'nowhere' }, 'DBSubnetGroupNotFoundFault'],
  [{ DBClusterParameterGroupName: 'nothing' }, 'DBClusterParameterGroupNotFound'],
  [{ VpcSecurityGroupIds: ['default'] }, 'InvalidParameterValue'],
  [{ Tags: [{ Key: 'aws:mine', Value: 'x' }] }, 'InvalidParameterValue'],
])('a cluster with %j is refused with %s', async (change, code) => {
  expect((await refusal(rig.rds.send(new CreateDBClusterCommand({ ...sound, ...change })))).code).toBe(code);
});

test.each<[Partial<ModifyDBClusterCommandInput>, string]>([
  [{ ServerlessV2ScalingConfiguration: { MinCapacity: 0.7, MaxCapacity: 1 } }, 'InvalidParameterValue'],
  [{ ServerlessV2ScalingConfiguration: { MinCapacity: -0.5, MaxCapacity: 1 } }, 'InvalidParameterValue'],
  [{ ServerlessV2ScalingConfiguration: { MaxCapacity: 256.5 } }, 'InvalidParameterValue'],
  [{ ServerlessV2ScalingConfiguration: { MinCapacity: 8, MaxCapacity: 4 } }, 'InvalidParameterCombination'],
  [{ ServerlessV2ScalingConfiguration: { MinCapacity: 2 } }, 'InvalidParameterCombination'],
  [{ ServerlessV2ScalingConfiguration: { MinCapacity: 0, SecondsUntilAutoPause: 60 } }, 'InvalidParameterValue'],
  [{ ServerlessV2ScalingConfiguration: { MinCapacity: 1, SecondsUntilAutoPause: 600 } }, 'InvalidParameterCombination'],
  [{ PreferredBackupWindow: '03:00-03:20' }, 'InvalidParameterValue'],
  [{ PreferredBackupWindow: '3:00-4:00' }, 'InvalidParameterValue'],
  [{ PreferredBackupWindow: '24:00-00:40' }, 'InvalidParameterValue'],
  [{ PreferredMaintenanceWindow: 'sun:05:00-sun:05:10' }, 'InvalidParameterValue'],
  [{ PreferredMaintenanceWindow: 'day:05:00-sun:05:30' }, 'InvalidParameterValue'],
  [{ PreferredBackupWindow: '04:45-05:15' }, 'InvalidParameterCombination'],
  [{ PreferredMaintenanceWindow: 'mon:02:45-mon:03:15' }, 'InvalidParameterCombination'],
  [{ PreferredBackupWindow: '23:45-00:30', PreferredMaintenanceWindow: 'mon:00:15-mon:01:00' }, 'InvalidParameterCombination'],
  [{ NewDBClusterIdentifier: 'two--hyphens' }, 'InvalidParameterValue'],
  [{ EngineVersion: '17.1' }, 'InvalidParameterCombination'],
  [{ ManageMasterUserPassword: true }, 'InvalidParameterValue'],
  [{ DBClusterIdentifier: 'nobody' }, 'DBClusterNotFoundFault'],
])('a change to %j is refused with %s and changes nothing', async (change, code) => {
  const before = JSON.stringify(rig.plane.world.state);
  const input = { DBClusterIdentifier: 'lego-api-local', ApplyImmediately: true, DeletionProtection: false, ...change };
  expect((await refusal(rig.rds.send(new ModifyDBClusterCommand(input)))).code).toBe(code);
  expect(JSON.stringify(rig.plane.world.state)).toBe(before);
});

test('what has no place in a range, a page or a filter is refused', async () => {
  const codes = await Promise.all(
    [
      new DescribeDBClustersCommand({ MaxRecords: 5 }),
      new DescribeDBClustersCommand({ Marker: 'elsewhere' }),
      new DescribeDBClustersCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] }),
      new DescribeDBClustersCommand({ DBClusterIdentifier: 'arn:aws:rds:us-east-1:000000000000:db:lego-api-local-1' }),
    ].map(async (command) => (await refusal(rig.rds.send(command))).code),
  );
  expect(codes).toEqual(Array(4).fill('InvalidParameterValue'));
  const other = [
    await refusal(rig.rds.send(new DescribeEventsCommand({ SourceIdentifier: 'lego-api-local' }))),
    await refusal(rig.rds.send(new DescribeEventsCommand({ Duration: 20_161 }))),
    await refusal(rig.rds.send(new FailoverDBClusterCommand({ DBClusterIdentifier: 'lego-api-local' }))),
    await refusal(rig.rds.send(new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: 'nobody', DBClusterSnapshotIdentifier: 's' }))),
    await refusal(rig.rds.send(new AddTagsToResourceCommand({ ResourceName: 'lego-api-local', Tags: [] }))),
    await refusal(
      rig.rds.send(
        new CreateDBInstanceCommand({
          DBInstanceIdentifier: 'lego-api-local-1',
          DBClusterIdentifier: 'lego-api-local',
          DBInstanceClass: 'db.serverless',
          Engine: 'aurora-postgresql',
        }),
      ),
    ),
  ];
  expect(other.map((each) => each.code)).toEqual([
    'InvalidParameterCombination',
    'InvalidParameterValue',
    'InvalidDBClusterStateFault',
    'DBClusterNotFoundFault',
    'InvalidParameterValue',
    'DBInstanceAlreadyExists',
  ]);
});
