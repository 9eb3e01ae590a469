/** The control plane beside an independent imitation of AWS: the same calls, the shapes of the answers compared, every difference with its reason. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clients, clientsOf, contractCalls } from './contract-calls.ts';
import { allowed } from './contract-differences.ts';
import { keyId, type Rig, startRig } from './control-plane/rig.ts';

const installed = spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0;

let moto: ChildProcess | undefined;
let rig: Rig;
/** Of each call, the differences between the two answers. */
const found = new Map<string, string[]>();

beforeAll(async () => {
  if (!installed) return;
  const port = await freePort();
  moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  rig = await startRig();
  await answering(endpoint);
  const [ours, theirs] = [clientsOf(rig.plane.endpoint, keyId), clientsOf(endpoint, keyId)];
  for (const call of contractCalls) {
    const [mine, other] = await Promise.all([shapeOfAnswer(call.send, ours), shapeOfAnswer(call.send, theirs)]);
    if (call.settle === true) await rig.plane.settled();
    found.set(call.name, differences(mine, other));
  }
}, 60_000);

afterAll(async () => {
  moto?.kill('SIGKILL');
  await rig?.close();
});

describe.skipIf(!installed)('the control plane beside moto (skipped where moto_server is not installed)', () => {
  test.each(contractCalls.map(({ name }) => name))('%s is answered alike, but for what is known', (name) => {
    const known = allowed.filter(({ call }) => call === name || call === '*').map(({ difference }) => difference);
    expect(found.get(name)?.filter((each) => !known.some((difference) => fits(each, difference)))).toEqual([]);
  });

  test('every known difference is still one', () => {
    const gone = allowed.filter(
      ({ call, difference }) => ![...found].some(([name, all]) => (call === name || call === '*') && all.some((each) => fits(each, difference))),
    );
    expect(gone).toEqual([]);
  });
});

/** A member is the same whether its structure is the answer or an item of the list in it: `.DBClusters[].Port` and `.DBCluster.Port`. */
function fits(seen: string, known: string): boolean {
  return seen.replace(/ \.(\w+?)s?(?:List)?\[\]/, ' .$1') === known;
}

/** Paths of everything in an answer with the type of each, or the code of the error. */
async function shapeOfAnswer(send: (to: Clients) => Promise<object>, to: Clients): Promise<Map<string, string>> {
  try {
    const { $metadata: _, ...answer } = { $metadata: undefined, ...(await send(to)) };
    return new Map(pathsIn(answer, ''));
  } catch (error) {
    const code = error instanceof Error && 'Code' in error && typeof error.Code === 'string' ? error.Code : error instanceof Error ? error.name : '';
    return new Map([['error', code]]);
  }
}

function pathsIn(value: unknown, path: string): [string, string][] {
  if (value === undefined || value === null) return [];
  if (value instanceof Date) return [[path, 'time']];
  if (value instanceof Uint8Array) return [[path, 'bytes']];
  // Of a list, what its items have together; an empty one says nothing of them.
  if (Array.isArray(value)) return [[path, 'list'], ...value.flatMap((item) => pathsIn(item, `${path}[]`))];
  if (typeof value !== 'object') return [[path, typeof value]];
  // Ids of versions are keys.
  const entries = Object.entries(value).map(([key, below]) => [/^[0-9a-f-]{36}$/.test(key) ? '<id>' : key, below] as const);
  return [...(path === '' ? [] : [[path, 'structure'] as [string, string]]), ...entries.flatMap(([key, below]) => pathsIn(below, `${path}.${key}`))];
}

/** Lines such as `only here: .DBCluster.Status`. Below a list that one side has empty, nothing is compared. */
function differences(mine: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  if (mine.has('error') || other.has('error')) {
    const [here, there] = [mine.get('error') ?? 'an answer', other.get('error') ?? 'an answer'];
    return here === there ? [] : [`error: ${here} here, ${there} there`];
  }
  const empty = (path: string, side: ReadonlyMap<string, string>): boolean =>
    [...side].some(
      ([list, type]) => type === 'list' && path.startsWith(`${list}[]`) && ![...side.keys()].some((each) => each.startsWith(`${list}[]`)),
    );
  const lines = [
    ...[...mine.keys()].filter((path) => !other.has(path) && !empty(path, other)).map((path) => `only here: ${path}`),
    ...[...other.keys()].filter((path) => !mine.has(path) && !empty(path, mine)).map((path) => `only there: ${path}`),
    ...[...mine]
      .filter(([path, type]) => other.has(path) && other.get(path) !== type)
      .map(([path, type]) => `${type} here, ${other.get(path)} there: ${path}`),
  ];
  // What is below a member that only one side has follows from it.
  return lines.filter((line) => !lines.some((above) => line !== above && (line.startsWith(`${above}.`) || line.startsWith(`${above}[]`))));
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('A TCP server has an address with a port.');
  return address.port;
}

async function answering(endpoint: string): Promise<void> {
  const deadline = Date.now() + 40_000;
  while (Date.now() < deadline) {
    if (
      await fetch(`${endpoint}/moto-api/`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await sleep(50);
  }
  throw new Error('moto_server does not answer.');
}
