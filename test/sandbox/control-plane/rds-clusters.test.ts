import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  type DBCluster,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClusterAutomatedBackupsCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  waitUntilDBClusterAvailable,
  waitUntilDBClusterDeleted,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seedCluster } from '../../../engine/sandbox/control-plane/rds/seed.ts';
import { type Rig, refusal, startRig } from './rig.ts';
import { addInstance, makeCluster, seedStage, stageSeed } from './stage.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.close());

async function describe(identifier: string): Promise<DBCluster> {
  const { DBClusters = [] } = await rig.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }));
  return DBClusters[0]!;
}

test('a new cluster is creating, then available, and gets a server with its first instance', async () => {
  const { DBCluster: made } = await rig.rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: 'Lego-API-Verify',
      Engine: 'aurora-postgresql',
      MasterUsername: 'lego',
      MasterUserPassword: 'bricks-and-sets',
      ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 },
      Tags: [{ Key: 'owner', Value: 'lego + co' }],
    }),
  );
  expect(made).toMatchObject({ DBClusterIdentifier: 'lego-api-verify', Status: 'creating', DBClusterMembers: [], DeletionProtection: false });
  expect(made?.LatestRestorableTime).toBeUndefined();
  await waitUntilDBClusterAvailable({ client: rig.rds, maxWaitTime: 5, minDelay: 1 }, { DBClusterIdentifier: 'lego-api-verify' });
  expect(await describe('lego-api-verify')).toMatchObject({
    Status: 'available',
    BackupRetentionPeriod: 1,
    TagList: [{ Key: 'owner', Value: 'lego + co' }],
  });

  await addInstance(rig, 'lego-api-verify', 'lego-api-verify-1');
  const cluster = await describe('arn:aws:rds:us-east-1:000000000000:cluster:lego-api-verify');
  expect(cluster.Endpoint).toMatch(/^127\.0\.1\.\d+$/);
  expect(cluster.DBClusterMembers).toEqual([
    { DBInstanceIdentifier: 'lego-api-verify-1', IsClusterWriter: true, DBClusterParameterGroupStatus: 'in-sync', PromotionTier: 1 },
  ]);
  expect(rig.fleet.asked).toContain(`start ${cluster.DbClusterResourceId} 823`);
});

test('an instance of class db.serverless needs a capacity range of its cluster', async () => {
  const login = { MasterUsername: 'lego', MasterUserPassword: 'bricks-and-sets' };
  await rig.rds.send(new CreateDBClusterCommand({ DBClusterIdentifier: 'plain', Engine: 'aurora-postgresql', ...login }));
  await rig.plane.settled();
  const instance = { DBInstanceIdentifier: 'plain-1', DBClusterIdentifier: 'plain', Engine: 'aurora-postgresql', DBInstanceClass: 'db.serverless' };
  const { code, message } = await refusal(rig.rds.send(new CreateDBInstanceCommand(instance)));
  expect([code, message]).toEqual([
    'InvalidDBClusterStateFault',
    'Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.',
  ]);
});

test('the stage has a protected cluster with an instance, a week of backups and an automated snapshot', async () => {
  await seedStage(rig);
  const cluster = await describe('lego-api-local');
  expect(cluster).toMatchObject({
    Status: 'available',
    Endpoint: '127.0.0.1',
    Port: 5432,
    DatabaseName: 'lego',
    DeletionProtection: true,
    BackupRetentionPeriod: 7,
    PreferredBackupWindow: '03:00-03:30',
    PreferredMaintenanceWindow: 'sun:05:00-sun:05:30',
    ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 1 },
  });
  expect(cluster.DBClusterMembers?.map((each) => each.DBInstanceIdentifier)).toEqual(['lego-api-local-1']);
  const { DBClusterSnapshots = [] } = await rig.rds.send(new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'automated' }));
  expect(DBClusterSnapshots.map((each) => each.DBClusterSnapshotIdentifier)).toEqual([
    expect.stringMatching(/^rds:lego-api-local-\d{4}-\d\d-\d\d-\d\d-\d\d$/),
  ]);
  await seedStage(rig);
  expect(rig.plane.world.state.clusters).toHaveLength(1);
});

test('a cluster is deleted after its protection and its instances are gone', async () => {
  await seedStage(rig);
  const gone = { DBClusterIdentifier: 'lego-api-local' };
  const remove = (more: object) => refusal(rig.rds.send(new DeleteDBClusterCommand({ ...gone, ...more })));
  expect(await remove({ SkipFinalSnapshot: true })).toMatchObject({
    code: 'InvalidParameterCombination',
    message: 'Cannot delete protected Cluster, please disable deletion protection and try again.',
  });
  await rig.rds.send(new ModifyDBClusterCommand({ ...gone, DeletionProtection: false }));
  expect(await remove({})).toMatchObject({ code: 'InvalidParameterCombination' });
  expect(await remove({ SkipFinalSnapshot: true, FinalDBSnapshotIdentifier: 'last' })).toMatchObject({ code: 'InvalidParameterCombination' });
  expect(await remove({ SkipFinalSnapshot: true })).toMatchObject({ code: 'InvalidDBClusterStateFault' });
  await rig.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'lego-api-local-1' }));
  await rig.plane.settled();
  expect(rig.fleet.data.get('local')?.running).toBeUndefined();

  await rig.rds.send(new DeleteDBClusterCommand({ ...gone, FinalDBSnapshotIdentifier: 'last' }));
  await waitUntilDBClusterDeleted({ client: rig.rds, maxWaitTime: 5, minDelay: 1 }, gone);
  const { DBClusterSnapshots = [] } = await rig.rds.send(new DescribeDBClusterSnapshotsCommand({}));
  expect(DBClusterSnapshots.map((each) => [each.DBClusterSnapshotIdentifier, each.Status])).toEqual([['last', 'available']]);
  expect(rig.fleet.data.has('local')).toBe(false);
  expect(await refusal(rig.rds.send(new DescribeDBClustersCommand(gone)))).toMatchObject({ code: 'DBClusterNotFoundFault', status: 404 });
});

test('automated backups of a deleted cluster stay where that is asked for', async () => {
  await makeCluster(rig, 'spare', 'spare-1');
  await rig.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'spare-1', SkipFinalSnapshot: true }));
  await rig.rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'spare', SkipFinalSnapshot: true, DeleteAutomatedBackups: false }));
  await rig.plane.settled();
  const { DBClusterAutomatedBackups = [] } = await rig.rds.send(new DescribeDBClusterAutomatedBackupsCommand({}));
  expect(DBClusterAutomatedBackups).toMatchObject([{ DBClusterIdentifier: 'spare', Status: 'retained' }]);
  expect(DBClusterAutomatedBackups[0]?.RestoreWindow?.EarliestTime).toBeInstanceOf(Date);
});

test('a changed maximum capacity waits for a reboot of the instance', async () => {
  await seedStage(rig);
  const range = { MinCapacity: 1, MaxCapacity: 4 };
  const { DBCluster: changed } = await rig.rds.send(
    new ModifyDBClusterCommand({ DBClusterIdentifier: 'lego-api-local', ServerlessV2ScalingConfiguration: range, ApplyImmediately: true }),
  );
  expect(changed).toMatchObject({ Status: 'modifying', ServerlessV2ScalingConfiguration: range });
  await rig.plane.settled();
  const cluster = await describe('lego-api-local');
  expect([cluster.Status, cluster.DBClusterMembers?.[0]?.DBClusterParameterGroupStatus]).toEqual(['available', 'pending-reboot']);
});

test('a rename takes the instances and the address along, and the old name is free', async () => {
  await seedStage(rig);
  const rename = { DBClusterIdentifier: 'lego-api-local', NewDBClusterIdentifier: 'Lego-API-Old' };
  await rig.rds.send(new ModifyDBClusterCommand(rename));
  expect((await describe('lego-api-local')).PendingModifiedValues).toEqual({ DBClusterIdentifier: 'lego-api-old' });
  const { DBCluster: renaming } = await rig.rds.send(new ModifyDBClusterCommand({ ...rename, ApplyImmediately: true }));
  expect([renaming?.DBClusterIdentifier, renaming?.Status]).toEqual(['lego-api-local', 'renaming']);
  await rig.plane.settled();
  expect(await describe('lego-api-old')).toMatchObject({ Status: 'available', Endpoint: '127.0.0.1', DbClusterResourceId: 'local' });
  expect((await refusal(describe('lego-api-local'))).code).toBe('DBClusterNotFoundFault');
  const { DBInstances = [] } = await rig.rds.send(new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-cluster-id', Values: ['lego-api-old'] }] }));
  expect(DBInstances.map((each) => [each.DBInstanceIdentifier, each.DBClusterIdentifier])).toEqual([['lego-api-local-1', 'lego-api-old']]);
});

test('a name that a cluster is about to get is taken', async () => {
  await rig.close();
  rig = await startRig({ delays: 1000 });
  await rig.plane.change((world) => {
    seedCluster(world, stageSeed);
    world.state.clusters.push({ ...world.state.clusters[0]!, id: 'c-2', identifier: 'town', pending: { identifier: 'castle' } });
  });
  const now = { ApplyImmediately: true };
  await rig.rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'lego-api-local', NewDBClusterIdentifier: 'castle', ...now }));
  const second = new ModifyDBClusterCommand({ DBClusterIdentifier: 'town', NewDBClusterIdentifier: 'castle' });
  expect((await refusal(rig.rds.send(second))).code).toBe('DBClusterAlreadyExistsFault');
  const { DBCluster: waited } = await rig.rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'town', ...now }));
  expect(waited?.Status).toBe('available');
});

test('a stage whose cluster the project calls otherwise now goes by the new name, one that a rehearsal renamed does not', async () => {
  await seedStage(rig);
  const again = (identifier: string, formerly: string) => rig.plane.change((world) => seedCluster(world, { ...stageSeed, identifier, formerly }));
  await again('lego-api-ci', 'lego-api-local');
  expect((await describe('lego-api-ci')).DBClusterMembers?.map((each) => each.DBInstanceIdentifier)).toEqual(['lego-api-ci-1']);
  await rig.rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'lego-api-ci', NewDBClusterIdentifier: 'old', ApplyImmediately: true }));
  await rig.plane.settled();
  await again('lego-api-local', 'lego-api-ci');
  expect((await describe('old')).DbClusterResourceId).toBe('local');
});

test('a new master password reaches the server and is in no answer and no file afterwards', async () => {
  await seedStage(rig);
  const password = 'new-bricks-4-all';
  const { DBCluster: changed } = await rig.rds.send(
    new ModifyDBClusterCommand({ DBClusterIdentifier: 'lego-api-local', MasterUserPassword: password }),
  );
  expect(changed?.Status).toBe('resetting-master-credentials');
  await rig.plane.settled();
  expect(rig.fleet.asked).toContain(`setPassword local app ${password}`);
  expect(JSON.stringify([await describe('lego-api-local'), rig.plane.world.state, rig.log])).not.toContain(password);
});

test('a retention waits for the maintenance window unless it is to be applied immediately', async () => {
  await seedStage(rig);
  await rig.rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'lego-api-local', BackupRetentionPeriod: 14 }));
  expect(await describe('lego-api-local')).toMatchObject({ BackupRetentionPeriod: 7, PendingModifiedValues: { BackupRetentionPeriod: 14 } });
  await rig.rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'lego-api-local', ApplyImmediately: true }));
  const cluster = await describe('lego-api-local');
  expect([cluster.BackupRetentionPeriod, cluster.PendingModifiedValues]).toEqual([14, undefined]);
});

test('clusters are shown in pages, and a filter takes ARNs too', async () => {
  await seedStage(rig);
  await rig.plane.change(({ state }) => {
    const [first] = state.clusters;
    for (let count = 10; count < 55; count += 1) state.clusters.push({ ...first!, id: `c-${count}`, identifier: `copy-${count}` });
  });
  const names: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await rig.rds.send(new DescribeDBClustersCommand({ MaxRecords: 20, Marker }));
    names.push(...(page.DBClusters ?? []).map((each) => each.DBClusterIdentifier));
    Marker = page.Marker;
  } while (Marker !== undefined);
  expect([names.length, new Set(names).size, names[0], names.at(-1)]).toEqual([46, 46, 'copy-10', 'lego-api-local']);
  const arn = 'arn:aws:rds:us-east-1:000000000000:cluster:copy-11';
  const { DBClusters = [] } = await rig.rds.send(new DescribeDBClustersCommand({ Filters: [{ Name: 'db-cluster-id', Values: [arn, 'copy-12'] }] }));
  expect(DBClusters.map((each) => each.DBClusterIdentifier)).toEqual(['copy-11', 'copy-12']);
});
