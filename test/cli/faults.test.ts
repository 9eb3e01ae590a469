import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeDBClusterSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultsOf } from '../../engine/commands/faults.ts';
import type { AttemptEnded, Event, Outcome } from '../../engine/core/event.ts';
import { type FaultName, faultList } from '../../engine/sandbox/control-plane/faults/faults.ts';
import type { AwsAccess } from '../../engine/sandbox/control-plane-client.ts';
import { accessOf, runningControlPlane } from '../../engine/sandbox/control-plane-process.ts';
import { findHome } from '../../engine/sandbox/home.ts';
import { resetSandbox } from '../../engine/sandbox/sandbox.ts';
import { awsConfig } from '../helpers/aws-config.ts';
import { cuttingProxy, type Spoiling } from '../helpers/cutting-proxy.ts';
import { cleanEnvironment, cli, makeProject, type TestProject } from '../helpers/project.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/wait.ts';

const stages = `stages:
  local:
    sandbox: true
    delays: 0
    database: { name: lego, cluster: lego-api-local, secret: lego-api-local-db-credentials }
    variables: { cluster: lego-api-local }
  dev:
    aws: { profile: lego, region: us-east-1, account: "000000000000" }
    variables: { cluster: lego-api-local }
`;

/** One sandbox for all tests of this file: each makes things of names of its own. */
let project: TestProject;

beforeAll(async () => {
  const document = readFileSync(new URL('../fixtures/sandbox/faults.md', import.meta.url), 'utf8');
  project = makeProject({ 'runbook.yaml': stages, 'runbooks/faults.md': document });
  const { code, stdout, stderr } = await project.runbook(['run', 'faults#make-ready', '--stage', 'local', '--yes']);
  expect(code, stdout + stderr).toBe(0);
});
afterAll(async () => {
  await resetSandbox(project.root);
  project[Symbol.dispose]();
});

/** What a run left behind: its journal, and the log of each attempt by the name of its step. */
type Ran = {
  readonly id: string;
  readonly code: number | undefined;
  readonly said: string;
  readonly events: () => readonly Event[];
  readonly attempts: () => readonly AttemptEnded[];
  readonly log: (step: string) => string;
};

/** Runs some steps of the document, whatever procedures they are in. */
async function run(name: string, steps: readonly string[], ...more: readonly string[]): Promise<Ran> {
  const only = steps.flatMap((step) => ['--only', step]);
  const given = ['--var', `name=${name}`];
  return ran(await project.runbook(['run', 'faults', '--stage', 'local', '--all', '--yes', ...only, ...given, ...more]));
}

function ran({ code, stdout, stderr }: { readonly code: number | undefined; readonly stdout: string; readonly stderr: string }): Ran {
  const said = stdout + stderr;
  const id = /\brun (\d{8}-\d{6}-\w{4}) started/.exec(said)?.[1] ?? '';
  expect(id, said).not.toBe('');
  return { id, code, said, ...recordOf(id) };
}

function recordOf(id: string): Pick<Ran, 'events' | 'attempts' | 'log'> {
  const folder = join(project.root, '.runbook/runs', id);
  const events = (): readonly Event[] => {
    const lines = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trimEnd().split('\n');
    // Written by the engine of this test.
    return lines.map((line) => JSON.parse(line) as Event);
  };
  return {
    events,
    attempts: () => events().flatMap((event) => (event.type === 'attempt-ended' ? [event] : [])),
    log: (step) => globSync(`attempts/*-${step}.1/log`, { cwd: folder }).map((path) => readFileSync(join(folder, path), 'utf8'))[0] ?? '',
  };
}

async function faultsOn(): Promise<readonly string[]> {
  return (await faultsOf(project.root)).filter(({ on }) => on).map(({ name }) => name);
}

/** How a fault shows: the steps that meet it, and of the last of them the end, the typed error and the words of the log. */
type Meeting = {
  readonly steps: readonly string[];
  readonly outcome?: Outcome;
  readonly error: string | undefined;
  readonly unmet?: readonly string[];
  readonly log: RegExp;
  /** The exit code, where it is not that of a step that failed. */
  readonly code?: number;
};

const failed: Outcome = { kind: 'exited', code: 1 };

/** What the engine of this test says of each fault. */
const meetings: Readonly<Record<FaultName, Meeting>> = {
  throttled: {
    steps: ['take-snapshot'],
    error: 'Throttling',
    log: /^An error occurred \(Throttling\) when calling the CreateDBClusterSnapshot operation: Rate exceeded \(request [0-9a-f-]{36}\)\n$/,
  },
  'access-denied': {
    steps: ['take-snapshot'],
    error: 'AccessDenied',
    log: /not authorized to perform: rds:CreateDBClusterSnapshot on resource: arn:aws:rds:us-east-1:000000000000:cluster:lego-api-local because/,
  },
  'connection-lost': {
    steps: ['take-snapshot'],
    outcome: { kind: 'lost', why: expect.stringMatching(/^The answer to rds:CreateDBClusterSnapshot broke off: .* may have been carried out\.$/) },
    error: undefined,
    log: /^The answer to rds:CreateDBClusterSnapshot broke off: .+\n$/,
    code: 6,
  },
  'snapshot-fails': {
    steps: ['take-snapshot', 'wait-for-snapshot'],
    error: 'failed',
    log: /lego-api-local-snapshot-fails failed\nWaiter DBClusterSnapshotAvailable failed: lego-api-local-snapshot-fails is failed/,
  },
  'snapshot-quota': {
    steps: ['take-snapshot'],
    error: 'SnapshotQuotaExceeded',
    log: /\(SnapshotQuotaExceeded\) when calling the CreateDBClusterSnapshot operation: Cannot create more than 100 manual snapshots/,
  },
  'restore-stuck': {
    steps: ['note-the-time', 'restore', 'see-cluster'],
    outcome: { kind: 'timed-out' },
    error: undefined,
    log: /^lego-api-local-restore-stuck creating\nThe wait was stopped: lego-api-local-restore-stuck creating\n$/,
  },
  'incompatible-restore': {
    steps: ['note-the-time', 'restore', 'wait-for-cluster'],
    error: 'incompatible-restore',
    log: /Waiter DBClusterAvailable failed: lego-api-local-incompatible-restore is incompatible-restore/,
  },
  'incompatible-parameters': {
    steps: ['wait-for-instance'],
    error: 'incompatible-parameters',
    log: /^lego-api-local-1 incompatible-parameters\nWaiter DBInstanceAvailable failed: lego-api-local-1 is incompatible-parameters/,
  },
  'acu-exhausted': { steps: ['see-alarm'], outcome: { kind: 'exited', code: 0 }, error: undefined, unmet: ['OK'], log: /^ALARM\n$/ },
  'connections-exhausted': {
    steps: ['count-sets'],
    error: '53300',
    log: /^ERROR: {2}127\.0\.0\.1:\d+, database "lego", user "app": .*(too many clients|remaining connection slots are reserved).* \(53300\)\n$/,
  },
  'lock-held': { steps: ['count-sets'], error: '55P03', log: /ERROR: {2}canceling statement due to lock timeout \(55P03\)/ },
  'secret-stale': {
    steps: ['count-sets'],
    error: '28P01',
    log: /^ERROR: {2}127\.0\.0\.1:\d+, database "lego", user "app": password authentication failed for user "app" \(28P01\)\n$/,
  },
  'backup-stale': {
    steps: ['note-the-time', 'restore'],
    error: 'InvalidParameterValue',
    log: /cannot be restored to \S+Z: it can be restored to a time from \S+Z to \S+Z/,
  },
  'proxy-unavailable': {
    steps: ['see-proxy'],
    outcome: { kind: 'exited', code: 0 },
    error: undefined,
    unmet: ['/^AVAILABLE/'],
    log: /^UNAVAILABLE\tUNREACHABLE\n$/,
  },
  'maintenance-failed': {
    steps: ['apply-maintenance', 'wait-for-maintenance'],
    error: 'incompatible-parameters',
    log: /^lego-api-local-1 incompatible-parameters\nWaiter DBInstanceAvailable failed: lego-api-local-1 is incompatible-parameters/,
  },
};

describe('a fault that a run is given', () => {
  test.for(faultList)('$name meets the steps as the real thing would, and is gone with the run', async ({ name }) => {
    const { steps, outcome = failed, error, unmet = [], log, code = 4 } = meetings[name];
    const { events, attempts, said, ...end } = await run(name, steps, '--fault', name);
    expect(end.code, said).toBe(code);
    expect(events()[0]).toMatchObject({ type: 'run-started', faults: [name] });
    const all = attempts().filter(({ purpose }) => purpose === 'run');
    expect(all.map(({ step }) => step)).toEqual(steps);
    const last = all.at(-1);
    expect(last).toMatchObject({ outcome, unmet });
    expect(last?.error?.code).toBe(error);
    expect(end.log(steps.at(-1) ?? '')).toMatch(log);
    expect(await faultsOn()).toEqual([]);
  });

  test('throttled: a wait polls on until it is over, and says so', async () => {
    const { code, said, log } = await run('polled', ['wait-for-instance'], '--fault', 'throttled');
    expect(code, said).toBe(0);
    expect(log('wait-for-instance')).toMatch(/^An error occurred \(Throttling\) .*: Rate exceeded; polling on\nlego-api-local-1 available\n$/);
    expect(await faultsOn()).toEqual([]);
  });
});

test('without a fault every step that met one passes', async () => {
  // How soon a restore is ready depends on the machine, so the step that hardly waits is left out.
  const steps = [...new Set(Object.values(meetings).flatMap((meeting) => meeting.steps))].filter((step) => step !== 'see-cluster');
  const { code, said, attempts } = await run('calm', [...steps, 'see-events']);
  expect(code, said).toBe(0);
  expect(new Set(attempts().map(({ step }) => step))).toEqual(new Set([...steps, 'see-events']));
});

/** The way to the control plane of the sandbox. */
async function controlPlane(): Promise<AwsAccess> {
  const found = await runningControlPlane(await findHome(project.root));
  if (found === undefined) throw new Error('The control plane does not run.');
  return accessOf(found);
}

/** The snapshots of a name, as the control plane knows them. */
async function snapshotsOf(name: string): Promise<readonly (string | undefined)[]> {
  const { endpoint, accessKeyId } = await controlPlane();
  const rds = new RDSClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: 'sandbox' } });
  const { DBClusterSnapshots: found = [] } = await rds.send(new DescribeDBClusterSnapshotsCommand({ DBClusterIdentifier: 'lego-api-local' }));
  rds.destroy();
  return found.map((each) => each.DBClusterSnapshotIdentifier).filter((each) => each === `lego-api-local-${name}`);
}

/** A stage that is no sandbox, whose calls reach the control plane through a proxy that spoils some answers. */
async function behindProxy(spoil: Readonly<Record<string, Spoiling>>) {
  const { endpoint, accessKeyId } = await controlPlane();
  const proxy = await cuttingProxy(endpoint, spoil);
  const { environment: env } = awsConfig(temporaryFolder(), proxy.url, { lego: { AccessKeyId: accessKeyId, SecretAccessKey: 'sandbox-secret-key' } });
  const snapshot = (name: string) => [
    'run',
    'faults',
    '-p',
    'take-a-snapshot',
    '--stage',
    'dev',
    '--yes',
    '--only',
    'take-snapshot',
    '--var',
    `name=${name}`,
  ];
  const arrivals = (operation: string) => proxy.arrived.filter((each) => each === operation).length;
  return { proxy, env, snapshot, arrivals };
}

describe('a call that changes something', () => {
  test('whose answer is cut off by a proxy is UNKNOWN, arrived once, and is settled by its check', async () => {
    const { env, snapshot, arrivals } = await behindProxy({ CreateDBClusterSnapshot: 'cut' });
    const cut = ran(await project.runbook(snapshot('cut'), { env }));
    expect(cut.code, cut.said).toBe(6);
    expect(cut.said).toContain('UNKNOWN');
    const why = expect.stringMatching(
      /^The answer to rds:CreateDBClusterSnapshot broke off: .* The call was sent once and may have been carried out\.$/,
    );
    expect(cut.attempts()).toMatchObject([{ step: 'take-snapshot', purpose: 'run', outcome: { kind: 'lost', why } }]);
    expect(cut.events().at(-1)).toMatchObject({ type: 'run-stopped', because: 'unknown' });
    expect(arrivals('CreateDBClusterSnapshot')).toBe(1);
    expect(await snapshotsOf('cut')).toHaveLength(1);
    using terminal = openTerminal(['node', cli, 'resume', cut.id], { cwd: project.root, env });
    await terminal.answer('› 1  Run its check', '\r');
    await terminal.shows('Its check says: the effect is in place.');
    await terminal.answer('› 1  It happened', '\r');
    await terminal.answer('For what reason', 'its check has seen it\r');
    expect(await terminal.ended).toBe(0);
    expect(arrivals('CreateDBClusterSnapshot')).toBe(1);
  });

  test('whose check could not look is UNKNOWN, and not taken for one without effect', async () => {
    const { env, snapshot, arrivals } = await behindProxy({ DescribeDBClusterSnapshots: 'cut' });
    const { code, said, attempts } = ran(await project.runbook(snapshot('unseen'), { env }));
    expect(code, said).toBe(6);
    expect(attempts()).toMatchObject([
      { purpose: 'run', outcome: { kind: 'exited', code: 0 } },
      { purpose: 'check', outcome: { kind: 'exited', code: 2 }, error: { code: 'ECONNRESET' } },
    ]);
    expect(said).toContain('its check cannot tell');
    expect(arrivals('CreateDBClusterSnapshot')).toBe(1);
  });

  test('that is answered after it was stopped is neither ok nor failed: the answer is recorded, and it is UNKNOWN', async () => {
    const { proxy, env, snapshot, arrivals } = await behindProxy({ CreateDBClusterSnapshot: 'hold' });
    const engine = spawn('node', [cli, ...snapshot('stopped')], { cwd: project.root, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    engine.stdout.on('data', (bytes: Buffer) => {
      stdout += bytes.toString();
    });
    await until('the answer of the call', () => proxy.held() > 0);
    engine.kill('SIGINT');
    await until('the step to be asked to end', () => stdout.includes('Waiting for an answer before this step ends: rds:CreateDBClusterSnapshot'));
    proxy.release();
    const [code] = await once(engine, 'exit');
    const { attempts, said, log } = ran({ code, stdout, stderr: '' });
    expect(code, said).toBe(130);
    expect(attempts()).toMatchObject([{ outcome: { kind: 'stopped' }, requests: [{ operation: 'rds:CreateDBClusterSnapshot' }] }]);
    expect(log('take-snapshot')).toMatch(/\nlego-api-local-stopped\n$/);
    expect(said).toContain('UNKNOWN');
    expect(arrivals('CreateDBClusterSnapshot')).toBe(1);
  });
});
