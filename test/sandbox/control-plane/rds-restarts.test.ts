import {
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  DescribeEventsCommand,
  FailoverDBClusterCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  RebootDBInstanceCommand,
  StartDBClusterCommand,
  StopDBClusterCommand,
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

const cluster = { DBClusterIdentifier: 'lego-api-local' };
const instance = { DBInstanceIdentifier: 'lego-api-local-1' };

async function members() {
  const { DBClusters: [found] = [] } = await rig.rds.send(new DescribeDBClustersCommand(cluster));
  return found?.DBClusterMembers ?? [];
}

async function statuses(): Promise<(string | undefined)[]> {
  const { DBClusters: [found] = [] } = await rig.rds.send(new DescribeDBClustersCommand(cluster));
  const { DBInstances = [] } = await rig.rds.send(new DescribeDBInstancesCommand({}));
  return [found?.Status, ...DBInstances.map((each) => each.DBInstanceStatus)];
}

test('a reboot restarts the server with the connections of the new maximum', async () => {
  const range = { MinCapacity: 1, MaxCapacity: 8 };
  await rig.rds.send(new ModifyDBClusterCommand({ ...cluster, ServerlessV2ScalingConfiguration: range }));
  await rig.plane.settled();
  const { DBInstance: rebooting } = await rig.rds.send(new RebootDBInstanceCommand(instance));
  expect(rebooting?.DBInstanceStatus).toBe('rebooting');
  await rig.plane.settled();
  expect(rig.fleet.asked.slice(-2)).toEqual(['stop local', 'start local 1669']);
  expect((await members())[0]?.DBClusterParameterGroupStatus).toBe('in-sync');
  expect(await statuses()).toEqual(['available', 'available']);
});

test('a failover needs a reader and makes it the writer', async () => {
  expect((await refusal(rig.rds.send(new FailoverDBClusterCommand(cluster)))).code).toBe('InvalidDBClusterStateFault');
  await addInstance(rig, 'lego-api-local', 'lego-api-local-2');
  const { DBCluster: during } = await rig.rds.send(new FailoverDBClusterCommand({ ...cluster, TargetDBInstanceIdentifier: 'lego-api-local-2' }));
  expect(during?.Status).toBe('failing-over');
  await rig.plane.settled();
  expect((await members()).map((each) => [each.DBInstanceIdentifier, each.IsClusterWriter])).toEqual([
    ['lego-api-local-1', false],
    ['lego-api-local-2', true],
  ]);
  const { Events = [] } = await rig.rds.send(new DescribeEventsCommand({ SourceType: 'db-cluster', EventCategories: ['failover'] }));
  expect(Events.map((each) => each.Message)).toEqual([
    'Started cross AZ failover to DB instance: lego-api-local-2',
    'Completed failover to DB instance: lego-api-local-2',
  ]);
  await rig.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'lego-api-local-2' }));
  await rig.plane.settled();
  expect((await members()).map((each) => each.IsClusterWriter)).toEqual([true]);
  expect(rig.fleet.data.get('local')?.running).toBeDefined();
});

test('a cluster stops and starts with its instances', async () => {
  await rig.rds.send(new StopDBClusterCommand(cluster));
  await rig.plane.settled();
  expect([await statuses(), rig.fleet.data.get('local')?.running]).toEqual([['stopped', 'stopped'], undefined]);
  expect((await refusal(rig.rds.send(new RebootDBInstanceCommand(instance)))).code).toBe('InvalidDBInstanceState');
  await rig.rds.send(new StartDBClusterCommand(cluster));
  await rig.plane.settled();
  expect(await statuses()).toEqual(['available', 'available']);
  expect((await refusal(rig.rds.send(new StartDBClusterCommand(cluster)))).code).toBe('InvalidDBClusterStateFault');
});

test('an instance is modified and renamed; what belongs to the cluster is refused', async () => {
  const change = { ...instance, NewDBInstanceIdentifier: 'lego-api-old-1', PromotionTier: 0, ApplyImmediately: true };
  await rig.rds.send(new ModifyDBInstanceCommand(change));
  await rig.plane.settled();
  expect((await members()).map((each) => [each.DBInstanceIdentifier, each.PromotionTier])).toEqual([['lego-api-old-1', 0]]);
  const wrong = new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'lego-api-old-1', BackupRetentionPeriod: 3 });
  expect((await refusal(rig.rds.send(wrong))).code).toBe('InvalidParameterCombination');
  expect((await refusal(rig.rds.send(new RebootDBInstanceCommand(instance)))).code).toBe('DBInstanceNotFound');
});

test('events are found by source, category and time, and forgotten after 14 days', async () => {
  const of = async (input: object) => (await rig.rds.send(new DescribeEventsCommand(input))).Events?.map((each) => each.Message);
  expect(await of({ SourceType: 'db-cluster-snapshot' })).toEqual(['Creating automated cluster snapshot', 'Automated cluster snapshot created']);
  expect(await of({ SourceType: 'db-instance', SourceIdentifier: 'lego-api-local-1' })).toEqual([]);
  expect(await of({ StartTime: new Date(Date.now() - 1000), EndTime: new Date(Date.now() - 999) })).toEqual([]);
  const { Events: [first] = [] } = await rig.rds.send(new DescribeEventsCommand({ Duration: 20_160 }));
  expect(first?.SourceArn).toMatch(/^arn:aws:rds:us-east-1:000000000000:cluster-snapshot:rds:lego-api-local-/);
  expect((await refusal(of({ StartTime: new Date('2020-01-01') }))).code).toBe('InvalidParameterValue');
});

test('there is one engine version, that of the installed PostgreSQL', async () => {
  const { DBEngineVersions = [] } = await rig.rds.send(new DescribeDBEngineVersionsCommand({ Engine: 'aurora-postgresql' }));
  expect(DBEngineVersions.map((each) => [each.EngineVersion, each.DBParameterGroupFamily])).toEqual([['18.4', 'aurora-postgresql18']]);
  expect((await rig.rds.send(new DescribeDBEngineVersionsCommand({ Engine: 'mysql' }))).DBEngineVersions).toEqual([]);
});
