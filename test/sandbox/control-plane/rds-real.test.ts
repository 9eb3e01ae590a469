import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  type DBCluster,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  ModifyDBClusterCommand,
  RDSClient,
  RebootDBInstanceCommand,
  RestoreDBClusterFromSnapshotCommand,
  RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedCluster } from '../../../engine/sandbox/control-plane/rds/seed.ts';
import { type ControlPlane, startControlPlane } from '../../../engine/sandbox/control-plane/server.ts';
import { at, noted, sharedSandbox } from '../fleet/rig.ts';
import { clientOptions, keyId } from './rig.ts';

const rig = sharedSandbox();
const log: string[] = [];
let plane: ControlPlane;
let rds: RDSClient;
const source = 'lego-api-local';

beforeAll(async () => {
  const { host, port, database, user } = rig.database;
  plane = await startControlPlane({ fleet: rig.fleet, statePath: join(rig.root, 'state.json'), keyId, delays: 0, log: (line) => log.push(line) });
  rds = new RDSClient(clientOptions(plane.endpoint));
  const seed = { identifier: source, id: 'local', database, user, address: { host, port }, engineVersion: '18.4' };
  await plane.change((world) => {
    // The sandbox has a control plane of its own, which counted from 0; both name backups of the same fleet.
    world.state.serial = 500;
    seedCluster(world, seed);
  });
  await plane.settled();
});
afterAll(async () => {
  rds.destroy();
  await plane.close();
  rmSync(join(rig.root, 'state.json'), { force: true });
});

async function describe(identifier: string): Promise<DBCluster> {
  const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }));
  return DBClusters[0]!;
}

/** Gives a cluster its first instance, and the address at which its data can be read. */
async function open(identifier: string): Promise<{ host: string; port: number }> {
  const instance = { DBInstanceIdentifier: `${identifier}-1`, DBInstanceClass: 'db.serverless', Engine: 'aurora-postgresql' };
  await rds.send(new CreateDBInstanceCommand({ DBClusterIdentifier: identifier, ...instance }));
  await plane.settled();
  const { Endpoint, Port, Status } = await describe(identifier);
  expect(Status).toBe('available');
  const [host = '', port] = (Endpoint ?? '').split(':');
  return { host, port: Number(port ?? Port) };
}

const capacity = { ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 1 } };

test('rows that were deleted are back in a cluster restored to the time before, and the source stays as it is', async () => {
  const home = { host: rig.database.host, port: rig.database.port };
  await at(rig, home, 'CREATE TABLE sets (id int PRIMARY KEY)', 'INSERT INTO sets SELECT generate_series(1, 20)');
  await rds.send(new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: source, DBClusterSnapshotIdentifier: 'twenty' }));
  await plane.settled();
  await at(rig, home, 'INSERT INTO sets SELECT generate_series(21, 30)');
  const before = await noted();
  await at(rig, home, 'DELETE FROM sets WHERE id > 5');

  const restored = { DBClusterIdentifier: 'pitr', SourceDBClusterIdentifier: source, RestoreToTime: before, ...capacity };
  await rds.send(new RestoreDBClusterToPointInTimeCommand(restored));
  await rds.send(
    new RestoreDBClusterFromSnapshotCommand({ DBClusterIdentifier: 'snap', SnapshotIdentifier: 'twenty', Engine: 'aurora-postgresql', ...capacity }),
  );
  await plane.settled();
  expect([(await describe('pitr')).Status, (await describe('snap')).Status, log]).toEqual(['available', 'available', []]);
  const count = 'SELECT count(*)::int AS n FROM sets';
  const [pitr, snap] = [await open('pitr'), await open('snap')];
  expect([...(await at(rig, pitr, count)), ...(await at(rig, snap, count)), ...(await at(rig, home, count))]).toEqual([
    { n: 30 },
    { n: 20 },
    { n: 5 },
  ]);
  expect([pitr.host, snap.host]).not.toContain(home.host);
});

test('a rotated master password is the one that opens the database', async () => {
  await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'pitr', MasterUserPassword: 'four-new-bricks' }));
  await plane.settled();
  const { Endpoint, Port } = await describe('pitr');
  const login = {
    host: Endpoint!.split(':')[0]!,
    port: Number(Endpoint!.split(':')[1] ?? Port),
    database: rig.database.database,
    user: rig.database.user,
  };
  const client = new pg.Client({ ...login, password: 'four-new-bricks' });
  await client.connect();
  await client.end();
  await expect(at(rig, login, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
});

test('a new cluster has the database, the user and the connections that were asked for, and a reboot gives it more', async () => {
  const login = { MasterUsername: 'builder', MasterUserPassword: 'bricks-and-sets', DatabaseName: 'town' };
  await rds.send(new CreateDBClusterCommand({ DBClusterIdentifier: 'fresh', Engine: 'aurora-postgresql', ...login, ...capacity }));
  await plane.settled();
  const address = await open('fresh');
  const parameters = async () => {
    const client = new pg.Client({ ...address, user: 'builder', password: 'bricks-and-sets', database: 'town' });
    await client.connect();
    const { rows } = await client.query('SHOW max_connections');
    await client.end();
    return rows[0]?.max_connections;
  };
  expect(await parameters()).toBe('189');
  await rds.send(
    new ModifyDBClusterCommand({ DBClusterIdentifier: 'fresh', ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 2 } }),
  );
  await plane.settled();
  expect([await parameters(), (await describe('fresh')).DBClusterMembers?.[0]?.DBClusterParameterGroupStatus]).toEqual(['189', 'pending-reboot']);
  await rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'fresh-1' }));
  await plane.settled();
  expect([await parameters(), (await describe('fresh')).DBClusterMembers?.[0]?.DBClusterParameterGroupStatus]).toEqual(['400', 'in-sync']);
});

test('parameters are those of a real server', async () => {
  const { Parameters = [] } = await rds.send(
    new DescribeDBClusterParametersCommand({
      DBClusterParameterGroupName: 'default.aurora-postgresql18',
      Filters: [{ Name: 'parameter-name', Values: ['max_connections', 'lock_timeout'] }],
    }),
  );
  expect(Parameters.map((each) => [each.ParameterName, each.ApplyType, each.DataType])).toEqual([
    ['lock_timeout', 'dynamic', 'integer'],
    ['max_connections', 'static', 'integer'],
  ]);
});

test('a cluster that is deleted leaves nothing but its final snapshot, from which it comes back', async () => {
  await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'snap-1', SkipFinalSnapshot: true }));
  await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'snap', FinalDBSnapshotIdentifier: 'last' }));
  await plane.settled();
  const kept = plane.world.state.snapshots.find((each) => each.identifier === 'last');
  expect([kept?.status, await rig.fleet.clusters()]).toEqual(['available', expect.not.arrayContaining([kept?.cluster.id])]);
  await rds.send(
    new RestoreDBClusterFromSnapshotCommand({ DBClusterIdentifier: 'again', SnapshotIdentifier: 'last', Engine: 'aurora-postgresql', ...capacity }),
  );
  await plane.settled();
  expect(await at(rig, await open('again'), 'SELECT count(*)::int AS n FROM sets')).toEqual([{ n: 20 }]);
  expect(log).toEqual([]);
});
