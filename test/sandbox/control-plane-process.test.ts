import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DescribeDBClustersCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { identify, isAlive } from '../../engine/runtime/process-identity.ts';
import { controlPlaneProgram } from '../../engine/sandbox/control-plane-file.ts';
import { type SandboxDatabase, startSandbox, stopSandbox } from '../../engine/sandbox/sandbox.ts';
import { sandboxStatus } from '../../engine/sandbox/status.ts';
import { details, engine, newProject, query, removeProject } from './rig.ts';

const options = { database: 'lego_api', cluster: 'lego-api-local', delays: 0 };

let root: string;
let database: SandboxDatabase;
beforeAll(async () => {
  process.env.SOME_TOKEN = 'of-the-operator';
  root = newProject();
  database = await startSandbox(root, options);
});
afterAll(() => removeProject(root));

/** What every client of the sandbox is made with. */
function client({ aws }: SandboxDatabase) {
  return {
    region: 'us-east-1',
    endpoint: aws.endpoint,
    credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: 'any' },
    maxAttempts: 1,
  };
}

async function controlPlane(): Promise<{ pid: number; endpoint: string }> {
  const { controlPlane: found } = await sandboxStatus(root);
  if (found?.pid === undefined || found.endpoint === undefined) throw new Error('The control plane does not run.');
  return { pid: found.pid, endpoint: found.endpoint };
}

/** Kills a process, and waits until it is gone. */
async function kill(pid: number): Promise<void> {
  const killed = identify(pid);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => isAlive(killed), { interval: 5, timeout: 10_000 }).toBe(false);
}

describe('the control plane of a sandbox', () => {
  it('knows the stage by its cluster, its instance and the secret with its credentials', async () => {
    const rds = new RDSClient(client(database));
    const { DBClusters } = await rds.send(new DescribeDBClustersCommand({}));
    expect(DBClusters).toEqual([
      expect.objectContaining({ DBClusterIdentifier: 'lego-api-local', MasterUsername: 'app', DatabaseName: 'lego_api', Port: database.port }),
    ]);
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({}));
    expect(DBInstances).toEqual([expect.objectContaining({ DBInstanceIdentifier: 'lego-api-local-1', DBInstanceStatus: 'available' })]);
    const { SecretString = '' } = await new SecretsManagerClient(client(database)).send(
      new GetSecretValueCommand({ SecretId: 'lego-api-local-db-credentials' }),
    );
    const { host, port, username: user, password, dbname } = JSON.parse(SecretString);
    expect(await query({ ...database, host, port, user, password, database: dbname }, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('lets nobody in without the key, which only the operator can read', async () => {
    const stranger = { ...database, aws: { ...database.aws, accessKeyId: 'AKIDSTRANGER' } };
    await expect(new RDSClient(client(stranger)).send(new DescribeDBClustersCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    const { folder } = await details(root);
    for (const name of ['process.json', 'settings.json', 'state.json', 'log']) {
      expect(statSync(join(folder, 'control-plane', name)).mode & 0o777).toBe(0o600);
    }
  });

  it.runIf(process.platform === 'linux')('is a session of its own and has nothing of the environment of whoever started it', async () => {
    const { pid } = await controlPlane();
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    expect(environment).not.toContain('of-the-operator');
    expect(environment.split('\0').filter(Boolean).sort()).toEqual(['LC_ALL=C', 'PATH=/usr/bin:/bin', 'TZ=UTC']);
    expect(readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[5]).toBe(String(pid));
  });

  it('is found by the next engine, and answers under the same address and key after it was killed', async () => {
    const { pid } = await controlPlane();
    expect(await startSandbox(root, options)).toEqual(database);
    expect((await controlPlane()).pid).toBe(pid);
    await kill(pid);
    expect((await sandboxStatus(root)).controlPlane).toEqual({ running: false });
    expect(await startSandbox(root, options)).toEqual(database);
    expect((await controlPlane()).pid).not.toBe(pid);
  });

  it('is started once where two engines find it gone at the same moment', async () => {
    await kill((await controlPlane()).pid);
    const both = await Promise.all([engine(root, 'start'), engine(root, 'start')]);
    expect(both.map(({ answer }) => answer)).toEqual([database, database]);
  });

  it('gets another port where its own was taken meanwhile', async () => {
    await stopSandbox(root);
    const { port } = new URL(database.aws.endpoint);
    const thief = createServer().listen(Number(port), '127.0.0.1');
    onTestFinished(() => void thief.close());
    await once(thief, 'listening');
    const second = await startSandbox(root, options);
    expect(second.aws).toEqual({ ...database.aws, endpoint: expect.not.stringContaining(`:${port}`) });
    await new RDSClient(client(second)).send(new DescribeDBClustersCommand({}));
    database = second;
  });

  it('is replaced where another version of the engine started it, or the project says something else of it', async () => {
    const { folder } = await details(root);
    const file = join(folder, 'control-plane', 'process.json');
    const { pid } = await controlPlane();
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"version": "[^"]*"/, '"version": "0.0.1"'));
    expect(await startSandbox(root, options)).toEqual(database);
    const { pid: second } = await controlPlane();
    expect(second).not.toBe(pid);
    await startSandbox(root, { ...options, delays: 0.5 });
    expect((await controlPlane()).pid).not.toBe(second);
    await startSandbox(root, options);
  });

  it('is not mistaken for another process that has its number, which is left alone', async () => {
    const other = spawn('sleep', ['300'], { stdio: 'ignore' });
    onTestFinished(() => void other.kill('SIGKILL'));
    const { folder } = await details(root);
    const file = join(folder, 'control-plane', 'process.json');
    const { pid } = await controlPlane();
    await kill(pid);
    writeFileSync(file, readFileSync(file, 'utf8').replace(`"pid": ${pid}`, `"pid": ${other.pid}`));
    expect((await sandboxStatus(root)).controlPlane).toEqual({ running: false });
    expect(await startSandbox(root, options)).toEqual(database);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  });

  it('says why it does not start, with its log', async () => {
    await stopSandbox(root);
    const { folder = '' } = await sandboxStatus(root);
    const state = join(folder, 'control-plane', 'state.json');
    const before = readFileSync(state, 'utf8');
    writeFileSync(state, '{"version": 7}');
    await expect(startSandbox(root, options)).rejects.toMatchObject({
      exit: 'preflight',
      message: `The sandbox's control plane did not start: ${state} is not what the sandbox's control plane wrote there.`,
      hint: expect.stringContaining(join(folder, 'control-plane', 'log')),
    });
    writeFileSync(state, before);
    await startSandbox(root, options);
  });
});

it('ends without a trace when the engine that started it dies before there is a server', async () => {
  const folder = newProject();
  onTestFinished(() => removeProject(folder));
  const child = spawn(process.execPath, [controlPlaneProgram, folder], { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin?.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(readdirSync(folder)).toEqual([]);
});

describe('a folder among the clusters that is none', () => {
  it('is told by status, and is in the way of nothing', async () => {
    const { folder } = await details(root);
    mkdirSync(join(folder, 'clusters', 'mine'));
    const problem = `The sandbox is damaged: ${join(folder, 'clusters', 'mine')} has no cluster.json.`;
    expect((await sandboxStatus(root)).clusters).toEqual([{ name: 'mine', running: false, problem }]);
    expect(await stopSandbox(root)).toBe(true);
    expect(await sandboxStatus(root)).toMatchObject({ running: false, controlPlane: { running: false } });
    expect(await startSandbox(root, options)).toEqual(database);
  });
});
