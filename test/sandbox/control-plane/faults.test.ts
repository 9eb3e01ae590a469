import { request } from 'node:http';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricStatisticsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  AddTagsToResourceCommand,
  ApplyPendingMaintenanceActionCommand,
  CreateDBClusterSnapshotCommand,
  DeleteDBClusterCommand,
  DeleteDBClusterSnapshotCommand,
  DeregisterDBProxyTargetsCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBProxyTargetsCommand,
  DescribeEventsCommand,
  DescribePendingMaintenanceActionsCommand,
  ListTagsForResourceCommand,
  ModifyDBClusterCommand,
  RDSClient,
  RebootDBInstanceCommand,
  RegisterDBProxyTargetsCommand,
  RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { GetSecretValueCommand, RotateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readDatabaseSecret } from '../../../engine/runtime/database-secret.ts';
import { type FaultName, faultList } from '../../../engine/sandbox/control-plane/faults/faults.ts';
import { type ControlPlane, startControlPlane } from '../../../engine/sandbox/control-plane/server.ts';
import { listFaults, setFault } from '../../../engine/sandbox/control-plane-client.ts';
import type { Fleet } from '../../../engine/sandbox/fleet/fleet.ts';
import { openFleet } from '../../../engine/sandbox/fleet/open-fleet.ts';
import { findHome } from '../../../engine/sandbox/home.ts';
import type { SandboxDatabase } from '../../../engine/sandbox/sandbox.ts';
import { seedStage } from '../../../engine/sandbox/stage-seed.ts';
import { newProject, removeProject, start } from '../rig.ts';
import { clientOptions, keyId, refusal } from './rig.ts';

const id = 'lego-api-local';
const arn = `arn:aws:rds:us-east-1:000000000000:cluster:${id}`;

let root: string;
let database: SandboxDatabase;
let fleet: Fleet;
let plane: ControlPlane;
let rds: RDSClient;
let secrets: SecretsManagerClient;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  root = newProject();
  database = await start(root);
  const home = await findHome(root);
  fleet = openFleet(home);
  // A second control plane in this process, beside the sandbox's own: its changes of status take no time.
  plane = await startControlPlane({ fleet, statePath: join(home.folder, 'second.json'), keyId, delays: 0 });
  await plane.change((world) => seedStage(world, home, { cluster: id, secret: `${id}-db-credentials`, database: database.database }));
  await plane.settled();
  rds = new RDSClient(clientOptions(plane.endpoint));
  secrets = new SecretsManagerClient(clientOptions(plane.endpoint));
  cloudwatch = new CloudWatchClient(clientOptions(plane.endpoint));
  await sql('CREATE TABLE sets (name text)', "INSERT INTO sets VALUES ('Galaxy Explorer')");
});
afterAll(async () => {
  for (const client of [rds, secrets, cloudwatch]) client.destroy();
  await plane.close();
  await removeProject(root);
});
afterEach(async () => {
  for (const { name, on } of await listFaults(access())) if (on) await turn(name, false);
});

function access() {
  return { endpoint: plane.endpoint, accessKeyId: keyId };
}

async function turn(name: FaultName, on: boolean, table?: string): Promise<void> {
  await setFault(access(), { name, on, table });
}

async function isOn(name: FaultName): Promise<boolean> {
  return (await listFaults(access())).some((each) => each.name === name && each.on);
}

/** What the stage's secret lets one do. */
async function sql(...statements: string[]): Promise<Record<string, unknown>[]> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: `${id}-db-credentials` }));
  const { host, port, username: user, password, dbname } = JSON.parse(SecretString);
  const client = new Client({ host, port, user, password, database: dbname });
  client.on('error', () => {});
  try {
    await client.connect();
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

async function sqlState(...statements: string[]): Promise<string> {
  const error: unknown = await sql(...statements).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof Error && 'code' in error ? String(error.code) : 'none';
}

async function snapshot(name: string): Promise<string | undefined> {
  await rds.send(new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: id, DBClusterSnapshotIdentifier: name }));
  await plane.settled();
  const { DBClusterSnapshots: [made] = [] } = await rds.send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: name }));
  return made?.Status;
}

async function clusterStatus(name: string): Promise<string | undefined> {
  return (await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: name }))).DBClusters?.[0]?.Status;
}

async function instanceStatus(): Promise<string | undefined> {
  return (await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: `${id}-1` }))).DBInstances?.[0]?.DBInstanceStatus;
}

async function reboot(): Promise<void> {
  await rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: `${id}-1` }));
  await plane.settled();
}

async function resize(max: number): Promise<void> {
  const capacity = { MinCapacity: 0.5, MaxCapacity: max };
  await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: id, ServerlessV2ScalingConfiguration: capacity, ApplyImmediately: true }));
  await plane.settled();
}

async function messages(type: 'db-cluster' | 'db-instance' | 'db-cluster-snapshot'): Promise<(string | undefined)[]> {
  return (await rds.send(new DescribeEventsCommand({ SourceType: type }))).Events?.map(({ Message }) => Message) ?? [];
}

test('every fault is listed with what it does and what ends it, and an unknown one names those that there are', async () => {
  expect((await listFaults(access())).map(({ name, on }) => [name, on])).toEqual(faultList.map(({ name }) => [name, false]));
  const unknown: string = 'gremlins';
  await expect(setFault(access(), { name: unknown as FaultName, on: true })).rejects.toThrow(/There is no fault "gremlins"\. There are: throttled, /);
  await expect(listFaults({ ...access(), accessKeyId: 'AKIASOMEBODYELSE0000' })).rejects.toThrow(/not the access key id of this sandbox/);
  await expect(listFaults({ ...access(), endpoint: 'http://127.0.0.1:9' })).rejects.toThrow(/does not answer/);
});

test('throttled: five calls are answered Throttling, and the one after them goes through', async () => {
  await turn('throttled', true);
  for (let call = 0; call < 5; call += 1) {
    expect(await refusal(rds.send(new DescribeDBClustersCommand()))).toMatchObject({ code: 'Throttling', message: 'Rate exceeded', status: 400 });
  }
  expect(await clusterStatus(id)).toBe('available');
  expect(await isOn('throttled')).toBe(false);
});

test('throttled: a call of the engine itself goes through and uses up none of them', async () => {
  await turn('throttled', true);
  const access = { credentials: clientOptions('').credentials, region: 'us-east-1', endpoint: plane.endpoint };
  expect(await readDatabaseSecret(`${id}-db-credentials`, access)).toMatchObject({ user: 'app' });
  for (let call = 0; call < 5; call += 1) expect((await refusal(rds.send(new DescribeDBClustersCommand()))).code).toBe('Throttling');
});

test('access-denied: what changes something is refused in the words of IAM, what reads is not', async () => {
  await turn('access-denied', true);
  expect(await refusal(snapshot('denied'))).toEqual({
    code: 'AccessDenied',
    status: 403,
    message: `User: arn:aws:sts::000000000000:assumed-role/sandbox/runbook is not authorized to perform: rds:CreateDBClusterSnapshot on resource: ${arn} because no identity-based policy allows the rds:CreateDBClusterSnapshot action`,
  });
  expect(await clusterStatus(id)).toBe('available');
  await new STSClient(clientOptions(plane.endpoint)).send(new GetCallerIdentityCommand());
  await turn('access-denied', false);
  await rds.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: [{ Key: 'allowed', Value: 'yes' }] }));
});

test('connection-lost: the change is made, its answer breaks off in the middle, and the next one arrives whole', async () => {
  await turn('connection-lost', true);
  const body = `Action=AddTagsToResource&Version=2014-10-31&ResourceName=${arn}&Tags.Tag.1.Key=owner&Tags.Tag.1.Value=bricks`;
  const answer = await raw(body);
  expect(answer).toMatchObject({ status: 200, ended: false });
  expect(answer.text).toMatch(/^<AddTagsToResourceResponse/);
  expect(answer.text).not.toContain('</AddTagsToResourceResponse>');
  const { TagList } = await rds.send(new ListTagsForResourceCommand({ ResourceName: arn }));
  expect(TagList).toContainEqual({ Key: 'owner', Value: 'bricks' });
  expect(await isOn('connection-lost')).toBe(false);
  await rds.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: [{ Key: 'owner', Value: 'sets' }] }));
  await turn('connection-lost', true);
  await expect(rds.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: [{ Key: 'seen', Value: 'yes' }] }))).rejects.toThrow();
});

/** A call by hand, which shows how much of the answer arrives. */
function raw(body: string): Promise<{ status: number | undefined; text: string; ended: boolean }> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${keyId}/20260101/us-east-1/rds/aws4_request, SignedHeaders=host, Signature=0`;
  return new Promise((resolve, reject) => {
    const call = request(
      plane.endpoint,
      { method: 'POST', headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' } },
      (answer) => {
        let text = '';
        answer.on('data', (part: Buffer) => {
          text += part.toString();
        });
        answer.on('error', () => {});
        answer.on('close', () => resolve({ status: answer.statusCode, text, ended: answer.complete }));
      },
    );
    call.once('error', reject);
    call.end(body);
  });
}

test('snapshot-fails: the next snapshot ends failed, the one after it works', async () => {
  await turn('snapshot-fails', true);
  expect(await snapshot('before-migration-1')).toBe('failed');
  expect(await isOn('snapshot-fails')).toBe(false);
  expect(await snapshot('before-migration-2')).toBe('available');
});

test('snapshot-quota: creating is refused until a manual snapshot is deleted, and an old one is there for that', async () => {
  const { DBClusterSnapshots: there = [] } = await rds.send(new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'manual' }));
  for (const each of there) {
    await rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: each.DBClusterSnapshotIdentifier }));
  }
  await turn('snapshot-quota', true);
  expect(await refusal(snapshot('one-too-many'))).toMatchObject({
    code: 'SnapshotQuotaExceeded',
    message: 'Cannot create more than 100 manual snapshots',
  });
  const { DBClusterSnapshots: [old] = [] } = await rds.send(new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'manual' }));
  expect(old?.SnapshotCreateTime?.getTime()).toBeLessThan(Date.now() - 30 * 86_400_000);
  expect(old?.TagList).toContainEqual({ Key: 'purpose', Value: 'pre-migration' });
  await rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: old?.DBClusterSnapshotIdentifier }));
  expect(await snapshot('one-more')).toBe('available');
  expect(await isOn('snapshot-quota')).toBe(false);
});

function restore(name: string): Promise<unknown> {
  return rds.send(
    new RestoreDBClusterToPointInTimeCommand({ SourceDBClusterIdentifier: id, DBClusterIdentifier: name, UseLatestRestorableTime: true }),
  );
}

async function drop(name: string): Promise<void> {
  await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: name, SkipFinalSnapshot: true }));
}

test('restore-stuck: the restored cluster stays creating until it is deleted', async () => {
  await turn('restore-stuck', true);
  await restore('stuck');
  await expect.poll(() => fleet.clusters(), { timeout: 20_000 }).toHaveLength(2);
  expect(await clusterStatus('stuck')).toBe('creating');
  await drop('stuck');
  await expect.poll(() => isOn('restore-stuck'), { timeout: 10_000 }).toBe(false);
  await plane.settled();
  expect((await refusal(clusterStatus('stuck'))).code).toBe('DBClusterNotFoundFault');
});

test('incompatible-restore: the next restored cluster ends so, and is deleted', async () => {
  await turn('incompatible-restore', true);
  await restore('incompatible');
  await plane.settled();
  expect(await clusterStatus('incompatible')).toBe('incompatible-restore');
  expect(await isOn('incompatible-restore')).toBe(false);
  await drop('incompatible');
  await plane.settled();
});

test('incompatible-parameters: a reboot alone does not help, more capacity and a reboot do', async () => {
  await turn('incompatible-parameters', true);
  expect(await instanceStatus()).toBe('incompatible-parameters');
  expect(await messages('db-instance')).toContainEqual(expect.stringMatching(/^Database instance put into incompatible-parameters/));
  await reboot();
  expect(await instanceStatus()).toBe('incompatible-parameters');
  await resize(2);
  await reboot();
  expect(await instanceStatus()).toBe('available');
  expect(await isOn('incompatible-parameters')).toBe(false);
  await resize(1);
});

test('acu-exhausted: utilization is at 100 and the alarm fires, until the maximum is raised', async () => {
  const dimensions = [{ Name: 'DBClusterIdentifier', Value: id }];
  const metric = { Namespace: 'AWS/RDS', MetricName: 'ACUUtilization', Dimensions: dimensions };
  const rule = {
    EvaluationPeriods: 3,
    Threshold: 90,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Statistic: 'Average',
    Period: 300,
  } as const;
  await cloudwatch.send(new PutMetricAlarmCommand({ AlarmName: 'acu-high', ...metric, ...rule }));
  await plane.settled();
  const state = async () => (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['acu-high'] }))).MetricAlarms?.[0]?.StateValue;
  expect(await state()).toBe('OK');
  await turn('acu-exhausted', true);
  expect(await state()).toBe('ALARM');
  const range = { StartTime: new Date(Date.now() - 900_000), EndTime: new Date(Date.now() + 1000), Period: 300, Statistics: ['Average' as const] };
  const { Datapoints = [] } = await cloudwatch.send(new GetMetricStatisticsCommand({ ...metric, ...range }));
  expect(Datapoints.length).toBeGreaterThanOrEqual(3);
  expect(new Set(Datapoints.map(({ Average }) => Average))).toEqual(new Set([100]));
  await resize(4);
  expect(await state()).toBe('OK');
  expect(await isOn('acu-exhausted')).toBe(false);
  await resize(1);
});

test('lock-held: a session of an application blocks the table until it is terminated', async () => {
  await turn('lock-held', true);
  expect(await sqlState("SET lock_timeout = '100ms'", 'SELECT * FROM sets')).toBe('55P03');
  const blockers = await sql("SELECT pid, application_name AS application, state FROM pg_stat_activity WHERE state = 'idle in transaction'");
  expect(blockers).toEqual([{ pid: expect.any(Number), application: 'lego-api', state: 'idle in transaction' }]);
  await sql(`SELECT pg_terminate_backend(${blockers[0]?.pid})`);
  expect(await sqlState('SELECT * FROM sets')).toBe('none');
  await expect.poll(() => isOn('lock-held')).toBe(false);
  await expect(setFault(access(), { name: 'lock-held', on: true, table: 'gone' })).rejects.toThrow('The database has no table gone.');
});

test('connections-exhausted: nobody gets in until the sessions are terminated, and they do not come back', async () => {
  await turn('connections-exhausted', true);
  expect(await sqlState('SELECT 1')).toBe('53300');
  await fleet.query('local', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lego-api'");
  await expect.poll(() => sqlState('SELECT 1')).toBe('none');
  await expect.poll(() => isOn('connections-exhausted')).toBe(false);
});

test('secret-stale: the secret does not let in until it is rotated, which makes a password that does', async () => {
  await turn('secret-stale', true);
  expect(await sqlState('SELECT 1')).toBe('28P01');
  await secrets.send(new RotateSecretCommand({ SecretId: `${id}-db-credentials` }));
  await plane.settled();
  expect(await sqlState('SELECT 1')).toBe('none');
  expect(await isOn('secret-stale')).toBe(false);
});

test('secret-stale: setting the password that the secret has ends it, too', async () => {
  await turn('secret-stale', true);
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: `${id}-db-credentials` }));
  await rds.send(
    new ModifyDBClusterCommand({ DBClusterIdentifier: id, MasterUserPassword: JSON.parse(SecretString).password, ApplyImmediately: true }),
  );
  await plane.settled();
  expect(await sqlState('SELECT 1')).toBe('none');
  expect(await isOn('secret-stale')).toBe(false);
});

test('backup-stale: backups look old until a manual snapshot becomes available', async () => {
  const lag = async () => {
    const { DBClusters: [cluster] = [] } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
    return Math.round((Date.now() - (cluster?.LatestRestorableTime?.getTime() ?? 0)) / 3_600_000);
  };
  const age = async () => {
    const { DBClusterSnapshots = [] } = await rds.send(new DescribeDBClusterSnapshotsCommand({ SnapshotType: 'automated' }));
    return Math.round((Date.now() - Math.max(...DBClusterSnapshots.map((each) => each.SnapshotCreateTime?.getTime() ?? 0))) / 3_600_000);
  };
  await turn('backup-stale', true);
  expect([await lag(), await age()]).toEqual([3, 30]);
  expect(await snapshot('by-hand')).toBe('available');
  expect([await lag(), await age()]).toEqual([0, 0]);
  expect(await isOn('backup-stale')).toBe(false);
});

test('proxy-unavailable: the target is UNAVAILABLE with a reason until it is registered anew', async () => {
  await turn('proxy-unavailable', true);
  await plane.settled();
  const proxy = { DBProxyName: `${id}-proxy` };
  const health = async () => {
    const { Targets = [] } = await rds.send(new DescribeDBProxyTargetsCommand(proxy));
    return Targets.map(({ TargetHealth }) => TargetHealth).filter((each) => each !== undefined);
  };
  expect(await health()).toEqual([{ State: 'UNAVAILABLE', Reason: 'UNREACHABLE', Description: expect.stringMatching(/not reachable/) }]);
  await rds.send(new DeregisterDBProxyTargetsCommand({ ...proxy, DBClusterIdentifiers: [id] }));
  const { DBProxyTargets = [] } = await rds.send(new RegisterDBProxyTargetsCommand({ ...proxy, DBClusterIdentifiers: [id] }));
  expect(DBProxyTargets.map(({ Type }) => Type)).toEqual(['TRACKED_CLUSTER', 'RDS_INSTANCE']);
  await plane.settled();
  expect(await health()).toEqual([{ State: 'AVAILABLE' }]);
  expect(await isOn('proxy-unavailable')).toBe(false);
});

test('maintenance-failed: the action fails with an event and waits again after a reboot', async () => {
  await turn('maintenance-failed', true);
  const apply = () =>
    rds.send(new ApplyPendingMaintenanceActionCommand({ ResourceIdentifier: arn, ApplyAction: 'system-update', OptInType: 'immediate' }));
  const pending = async () => (await rds.send(new DescribePendingMaintenanceActionsCommand({}))).PendingMaintenanceActions ?? [];
  await apply();
  await plane.settled();
  expect(await messages('db-cluster')).toContain('Database cluster is in a state that cannot be upgraded.');
  expect((await refusal(apply())).code).toBe('InvalidDBClusterStateFault');
  await reboot();
  expect(await isOn('maintenance-failed')).toBe(false);
  expect(await pending()).toHaveLength(1);
  await apply();
  expect(await clusterStatus(id)).toMatch(/upgrading|available/);
  await plane.settled();
  expect(await messages('db-cluster')).toContainEqual(expect.stringMatching(/^Database cluster has been patched: source version \S+ => \S+$/));
  expect(await pending()).toEqual([]);
  expect(await sqlState('SELECT * FROM sets')).toBe('none');
});
