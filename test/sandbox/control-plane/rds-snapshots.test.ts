import {
  AddTagsToResourceCommand,
  CopyDBClusterSnapshotCommand,
  CreateDBClusterSnapshotCommand,
  DeleteDBClusterSnapshotCommand,
  DescribeDBClusterAutomatedBackupsCommand,
  DescribeDBClusterSnapshotsCommand,
  type DescribeDBClusterSnapshotsCommandInput,
  DescribeDBClustersCommand,
  ListTagsForResourceCommand,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepUp } from '../../../engine/sandbox/control-plane/rds/automated-backups.ts';
import { type Rig, refusal, startRig } from './rig.ts';
import { seedStage } from './stage.ts';

let rig: Rig;
let now = new Date('2026-11-22T12:00:00Z');
beforeEach(async () => {
  now = new Date('2026-11-22T12:00:00Z');
  rig = await startRig({ clock: () => now });
  await seedStage(rig);
});
afterEach(() => rig.close());

const cluster = { DBClusterIdentifier: 'lego-api-local' };

async function list(input: DescribeDBClusterSnapshotsCommandInput): Promise<(string | undefined)[]> {
  const { DBClusterSnapshots = [] } = await rig.rds.send(new DescribeDBClusterSnapshotsCommand(input));
  return DBClusterSnapshots.map((each) => each.DBClusterSnapshotIdentifier);
}

const automated = 'rds:lego-api-local-2026-11-22-12-00';

test('a snapshot is creating while the cluster is backing up, then available at 100 percent with the tags of the cluster', async () => {
  const { DBClusterSnapshot: made } = await rig.rds.send(
    new CreateDBClusterSnapshotCommand({ ...cluster, DBClusterSnapshotIdentifier: 'Before-Migration', Tags: [{ Key: 'run', Value: '42' }] }),
  );
  expect(made).toMatchObject({ DBClusterSnapshotIdentifier: 'before-migration', Status: 'creating', PercentProgress: 0, SnapshotType: 'manual' });
  const during = await rig.rds.send(new DescribeDBClustersCommand(cluster));
  expect(['backing-up', 'available']).toContain(during.DBClusters?.[0]?.Status);
  await rig.plane.settled();
  const { DBClusterSnapshots: [done] = [] } = await rig.rds.send(
    new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: 'before-migration' }),
  );
  expect(done).toMatchObject({ Status: 'available', PercentProgress: 100, DbClusterResourceId: 'local', SnapshotCreateTime: now });
  expect(done?.TagList?.map((tag) => tag.Key)).toEqual(['Name', 'environment', 'run']);
});

test('a snapshot whose backup fails is shown as failed, and the cluster goes on', async () => {
  rig.fleet.failing = 'backUp';
  await rig.rds.send(new CreateDBClusterSnapshotCommand({ ...cluster, DBClusterSnapshotIdentifier: 'broken' }));
  await rig.plane.settled();
  const { DBClusterSnapshots: [failed] = [] } = await rig.rds.send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: 'broken' }));
  expect(failed?.Status).toBe('failed');
  expect((await rig.rds.send(new DescribeDBClustersCommand(cluster))).DBClusters?.[0]?.Status).toBe('available');
});

test('snapshots are found by type, by cluster and by filter, automated ones beside manual ones', async () => {
  await rig.rds.send(new CreateDBClusterSnapshotCommand({ ...cluster, DBClusterSnapshotIdentifier: 'manual-one' }));
  await rig.plane.settled();
  expect(await list({})).toEqual(['manual-one', automated]);
  expect(await list({ SnapshotType: 'manual' })).toEqual(['manual-one']);
  expect(await list({ ...cluster, SnapshotType: 'automated' })).toEqual([automated]);
  expect(await list({ Filters: [{ Name: 'snapshot-type', Values: ['manual'] }] })).toEqual(['manual-one']);
  expect(await list({ SnapshotType: 'shared' })).toEqual([]);
  expect(await refusal(list({ ...cluster, DBClusterSnapshotIdentifier: 'manual-one' }))).toMatchObject({ code: 'InvalidParameterCombination' });
  expect(await refusal(list({ DBClusterSnapshotIdentifier: 'nothing' }))).toMatchObject({ code: 'DBClusterSnapshotNotFoundFault', status: 404 });
  expect(await refusal(list({ SnapshotType: 'weekly' }))).toMatchObject({ code: 'InvalidParameterValue' });
});

test('a copy keeps the data of an automated snapshot; automated ones themselves cannot be deleted', async () => {
  const removed = await refusal(rig.rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: automated })));
  expect(removed.code).toBe('InvalidDBClusterSnapshotStateFault');
  await rig.rds.send(new CopyDBClusterSnapshotCommand({ SourceDBClusterSnapshotIdentifier: automated, TargetDBClusterSnapshotIdentifier: 'kept' }));
  await rig.plane.settled();
  const [{ backup } = { backup: '' }] = rig.plane.world.state.snapshots;
  now = new Date('2026-12-05T12:00:00Z');
  await rig.plane.change(keepUp);
  await rig.plane.settled();
  expect(await list({ SnapshotType: 'manual' })).toEqual(['kept']);
  expect(rig.fleet.backups.has(backup)).toBe(true);
  await rig.rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'kept' }));
  expect(rig.fleet.backups.has(backup)).toBe(false);
  expect(await list({ SnapshotType: 'manual' })).toEqual([]);
});

test('an identifier is used once, and there may be a hundred manual snapshots', async () => {
  const create = (name: string) => rig.rds.send(new CreateDBClusterSnapshotCommand({ ...cluster, DBClusterSnapshotIdentifier: name }));
  await create('one');
  await rig.plane.settled();
  expect((await refusal(create('ONE'))).code).toBe('DBClusterSnapshotAlreadyExistsFault');
  await rig.plane.change(({ state }) => {
    const one = state.snapshots.find((each) => each.identifier === 'one')!;
    for (let count = 0; count < 99; count += 1) state.snapshots.push({ ...one, id: `s-${count}`, identifier: `s-${count}` });
  });
  expect(await refusal(create('more'))).toMatchObject({ code: 'SnapshotQuotaExceeded', status: 400 });
});

test('an automated snapshot is taken once a day in its window and kept for the retention', async () => {
  now = new Date('2026-11-23T02:59:00Z');
  await rig.plane.change(keepUp);
  expect(rig.plane.world.state.snapshots).toHaveLength(1);
  for (const day of ['23', '24', '25', '26', '27', '28', '29', '30']) {
    now = new Date(`2026-11-${day}T03:00:30Z`);
    await rig.plane.change(keepUp);
    await rig.plane.settled();
    await rig.plane.change(keepUp);
  }
  const names = await list({ SnapshotType: 'automated' });
  expect([names.length, names[0], names.at(-1)]).toEqual([8, 'rds:lego-api-local-2026-11-23-03-00', 'rds:lego-api-local-2026-11-30-03-00']);
});

test('automated backups tell from when to when a cluster can be restored', async () => {
  const { DBClusterAutomatedBackups: [backup] = [] } = await rig.rds.send(new DescribeDBClusterAutomatedBackupsCommand(cluster));
  expect(backup).toMatchObject({
    Status: 'active',
    DbClusterResourceId: 'local',
    BackupRetentionPeriod: 7,
    RestoreWindow: { EarliestTime: rig.fleet.earliest },
  });
  const nobody = new DescribeDBClusterAutomatedBackupsCommand({ DBClusterIdentifier: 'nobody' });
  expect((await refusal(rig.rds.send(nobody))).code).toBe('DBClusterAutomatedBackupNotFoundFault');
});

test('tags are added, replaced and removed by ARN, also of an automated snapshot', async () => {
  const ResourceName = `arn:aws:rds:us-east-1:000000000000:cluster-snapshot:${automated}`;
  const Tags = [
    { Key: 'keep', Value: 'yes' },
    { Key: 'why', Value: 'audit' },
  ];
  await rig.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
  await rig.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key: 'keep', Value: 'no' }] }));
  await rig.rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ['why'] }));
  expect((await rig.rds.send(new ListTagsForResourceCommand({ ResourceName }))).TagList).toEqual([{ Key: 'keep', Value: 'no' }]);
});
