import {
  CreateDBClusterSnapshotCommand,
  type DBCluster,
  DeleteDBClusterCommand,
  DescribeDBClustersCommand,
  ModifyDBClusterCommand,
  RestoreDBClusterFromSnapshotCommand,
  RestoreDBClusterToPointInTimeCommand,
  type RestoreDBClusterToPointInTimeCommandInput,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Rig, refusal, startRig } from './rig.ts';
import { addInstance, seedStage } from './stage.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
  await seedStage(rig);
});
afterEach(() => rig.close());

const source = 'lego-api-local';
const target = 'lego-api-local-pitr';

async function describe(identifier: string): Promise<DBCluster> {
  const { DBClusters = [] } = await rig.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }));
  return DBClusters[0]!;
}

function restore(more: Partial<RestoreDBClusterToPointInTimeCommandInput>) {
  return rig.rds.send(new RestoreDBClusterToPointInTimeCommand({ SourceDBClusterIdentifier: source, DBClusterIdentifier: target, ...more }));
}

test('a restore to a point in time is a new cluster without instances, unprotected, with the retention and tags of its source', async () => {
  const at = new Date(Date.now() - 60_000);
  const { DBCluster: made } = await restore({ RestoreToTime: at, ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 1 } });
  expect(made).toMatchObject({ Status: 'creating', PercentProgress: '0' });
  await rig.plane.settled();
  expect(await describe(target)).toMatchObject({
    Status: 'available',
    DBClusterMembers: [],
    DeletionProtection: false,
    BackupRetentionPeriod: 7,
    TagList: [
      { Key: 'Name', Value: source },
      { Key: 'environment', Value: 'sandbox' },
    ],
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-default', Status: 'active' }],
  });
  // The clients send whole seconds where there are no milliseconds, and milliseconds where there are.
  expect(rig.fleet.asked).toContain(`recover local ${(await describe(target)).DbClusterResourceId} ${at.toISOString()}`);
  expect((await describe(target)).Endpoint).not.toBe('127.0.0.1');
  await addInstance(rig, target, `${target}-1`);
  expect((await describe(target)).Endpoint).toMatch(/^127\.0\.1\./);
});

test('tags of its own replace those of the source', async () => {
  await restore({ UseLatestRestorableTime: true, Tags: [{ Key: 'drill', Value: 'yes' }] });
  expect((await describe(target)).TagList).toEqual([{ Key: 'drill', Value: 'yes' }]);
});

test('one form of the time is needed, and it must be in the range that there is', async () => {
  const cases: [Partial<RestoreDBClusterToPointInTimeCommandInput>, string][] = [
    [{}, 'InvalidParameterCombination'],
    [{ RestoreToTime: new Date(), UseLatestRestorableTime: true }, 'InvalidParameterCombination'],
    [{ RestoreType: 'copy-on-write', RestoreToTime: new Date(Date.now() - 1000) }, 'InvalidParameterCombination'],
    [{ RestoreType: 'half-copy', UseLatestRestorableTime: true }, 'InvalidParameterValue'],
    [{ RestoreToTime: new Date(Date.now() + 60_000) }, 'InvalidParameterValue'],
    [{ RestoreToTime: new Date('2025-12-31T23:59:59Z') }, 'InvalidParameterValue'],
    [{ UseLatestRestorableTime: true, SourceDBClusterIdentifier: 'nobody' }, 'DBClusterNotFoundFault'],
    [{ UseLatestRestorableTime: true, DBClusterIdentifier: source }, 'DBClusterAlreadyExistsFault'],
  ];
  for (const [input, code] of cases) expect([input, (await refusal(restore(input))).code]).toEqual([input, code]);
  rig.fleet.earliest = undefined;
  expect((await refusal(restore({ UseLatestRestorableTime: true }))).code).toBe('InvalidDBClusterStateFault');
  expect((await describe(source)).LatestRestorableTime).toBeUndefined();
});

test('a clone and its source have a clone group in common', async () => {
  await restore({ RestoreType: 'copy-on-write', UseLatestRestorableTime: true });
  await rig.plane.settled();
  expect((await describe(target)).CloneGroupId).toBe((await describe(source)).CloneGroupId);
  expect((await describe(target)).CloneGroupId).toBeDefined();
});

test('a snapshot is restored with the data that it holds', async () => {
  rig.fleet.failing = 'backUp';
  for (const name of ['broken', 'before']) {
    await rig.rds.send(new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: source, DBClusterSnapshotIdentifier: name }));
    await rig.plane.settled();
  }
  const restored = { DBClusterIdentifier: 'lego-api-restore', SnapshotIdentifier: 'before', Engine: 'aurora-postgresql', EngineVersion: '18.4' };
  const broken = await refusal(rig.rds.send(new RestoreDBClusterFromSnapshotCommand({ ...restored, SnapshotIdentifier: 'broken' })));
  expect(broken.code).toBe('InvalidDBClusterSnapshotStateFault');
  await rig.rds.send(new RestoreDBClusterFromSnapshotCommand(restored));
  await rig.plane.settled();
  const cluster = await describe('lego-api-restore');
  const { backup } = rig.plane.world.state.snapshots.find((each) => each.identifier === 'before')!;
  expect(rig.fleet.data.get(cluster.DbClusterResourceId!)?.from).toBe(backup);
  expect(cluster).toMatchObject({ Status: 'available', MasterUsername: 'app', DatabaseName: 'lego', TagList: [] });
  const wrong = { ...restored, DBClusterIdentifier: 'other' };
  expect((await refusal(rig.rds.send(new RestoreDBClusterFromSnapshotCommand({ ...wrong, SnapshotIdentifier: 'none' })))).code).toBe(
    'DBClusterSnapshotNotFoundFault',
  );
});

test('a restore that fails ends in the status that AWS shows, and its cluster can still be deleted', async () => {
  rig.fleet.failing = 'recover';
  await restore({ UseLatestRestorableTime: true, DeletionProtection: true });
  await rig.plane.settled();
  expect((await describe(target)).Status).toBe('incompatible-restore');
  expect(rig.log.join('\n')).toContain('recover failed on purpose');
  const change = (more: object) => rig.rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: target, ...more }));
  expect((await refusal(change({ DeletionProtection: false, BackupRetentionPeriod: 3 }))).code).toBe('InvalidDBClusterStateFault');
  await change({ DeletionProtection: false, ApplyImmediately: true });
  await rig.rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: target, SkipFinalSnapshot: true }));
  await rig.plane.settled();
  expect((await refusal(describe(target))).code).toBe('DBClusterNotFoundFault');
});
