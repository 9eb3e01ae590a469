import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateDBClusterSnapshotCommand,
  DeleteDBClusterCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startControlPlane } from '../../../engine/sandbox/control-plane/server.ts';
import { keyId, type Rig, startRig } from './rig.ts';
import { makeCluster, seedStage } from './stage.ts';

let folder: string;
const rigs: Rig[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runbook-transitions-'));
});
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startRig>[0]): Promise<Rig> {
  const rig = await startRig({ statePath: join(folder, 'state.json'), ...options });
  rigs.push(rig);
  return rig;
}

async function snapshot(rig: Rig): Promise<[string | undefined, number | undefined]> {
  const { DBClusterSnapshots: [found] = [] } = await rig.rds.send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: 'slow' }));
  return [found?.Status, found?.PercentProgress];
}

/** A control plane that is slow with the snapshot it was asked for. */
async function underWay(options: { readonly clock?: () => Date; readonly delays: number }): Promise<Rig> {
  const rig = await start({ ...options, delays: 0 });
  await seedStage(rig);
  await rig.close();
  rigs.pop();
  const slow = await start(options);
  slow.fleet.data.set('local', { from: 'empty', running: undefined, maxConnections: 0 });
  await slow.rds.send(wanted);
  return slow;
}

const wanted = new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: 'lego-api-local', DBClusterSnapshotIdentifier: 'slow' });

test('a status stays for as long as the delays say, and the percentage grows', async () => {
  let now = Date.parse('2026-11-22T12:00:00Z');
  const slow = await underWay({ clock: () => new Date(now), delays: 100 });
  expect(await snapshot(slow)).toEqual(['creating', 0]);
  now += 300_000;
  expect(await snapshot(slow)).toEqual(['creating', 50]);
  now += 300_000;
  expect(await snapshot(slow)).toEqual(['creating', 99]);
});

test('what is under way goes on after a restart, and its work is done again', async () => {
  const slow = await underWay({ delays: 1000 });
  await slow.close();
  rigs.pop();
  expect(JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')).jobs).toHaveLength(1);

  const later = await start({ delays: 0, clock: () => new Date(Date.now() + 24 * 60 * 60 * 1000) });
  later.fleet.data.set('local', { from: 'empty', running: undefined, maxConnections: 0 });
  await later.plane.settled();
  expect(await snapshot(later)).toEqual(['available', 100]);
  expect(later.fleet.asked.filter((each) => each.startsWith('backUp'))).toHaveLength(1);
  expect(later.plane.world.state.jobs).toEqual([]);
});

test('a snapshot whose data was there before a restart keeps that data', async () => {
  const slow = await underWay({ delays: 1000 });
  await expect.poll(() => slow.fleet.backups.size, { interval: 5 }).toBe(1);
  await slow.close();
  rigs.pop();

  const later = await start({ delays: 0, clock: () => new Date(Date.now() + 24 * 60 * 60 * 1000) });
  for (const [name, backup] of slow.fleet.backups) later.fleet.backups.set(name, backup);
  await later.plane.settled();
  expect(await snapshot(later)).toEqual(['available', 100]);
  expect(later.fleet.asked.filter((each) => /backUp/i.test(each))).toEqual([]);
});

test('a deletion that was cut off when the data was gone ends, and keeps the final snapshot that it took', async () => {
  const rig = await start({ delays: 0 });
  await makeCluster(rig, 'town');
  const id = rig.plane.world.state.clusters[0]!.id;
  await rig.close();
  rigs.pop();
  const slow = await start({ delays: 1000 });
  slow.fleet.data.set(id, { from: 'empty', running: undefined, maxConnections: 0 });
  await slow.rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'town', FinalDBSnapshotIdentifier: 'slow' }));
  await expect.poll(() => slow.fleet.data.size, { interval: 5 }).toBe(0);
  const backups = new Map(slow.fleet.backups);
  await slow.close();
  rigs.pop();

  const later = await start({ delays: 0, clock: () => new Date(Date.now() + 24 * 60 * 60 * 1000) });
  for (const [name, backup] of backups) later.fleet.backups.set(name, backup);
  await later.plane.settled();
  expect(await snapshot(later)).toEqual(['available', 100]);
  expect([backups.size, later.fleet.backups, later.log]).toEqual([1, backups, []]);
  expect((await later.rds.send(new DescribeDBClustersCommand({}))).DBClusters).toEqual([]);
});

test('a state that somebody changed by hand is refused with what to do', async () => {
  const statePath = join(folder, 'damaged.json');
  await writeFile(statePath, '{"version":1,"serial":"many"}');
  const rig = await start({});
  const options = { fleet: rig.fleet, statePath, keyId };
  await expect(startControlPlane(options)).rejects.toMatchObject({
    message: `${statePath} is not what the sandbox's control plane wrote there.`,
    hint: expect.stringContaining('runbook sandbox reset'),
  });
});
