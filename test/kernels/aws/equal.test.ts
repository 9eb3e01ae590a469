import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Block, blocksIn, corpus } from './blocks.ts';
import { runByKernel, runByProgram } from './by-kernel.ts';
import { findCli, oneByOne, type Place, runByCli } from './cli.ts';
import { differences, exceptions, type Pair } from './comparison.ts';
import { knownTo } from './known.ts';
import { type Recorder, startRecorder } from './recorder.ts';

const cli = findCli();
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Every document that is shipped, and one that the sandbox is tested with. The bad examples of the lint rules are refused on purpose. */
const folders = ['docs', 'playbooks', 'runbooks', 'templates'];
const shipped = folders.flatMap((folder) => readdirSync(`${root}${folder}`).map((name) => `${folder}/${name}`));
const documents = ['test/fixtures/sandbox/restore.md', 'README.md', ...shipped].filter((path) => path.endsWith('.md') && path !== 'docs/lint.md');

const fromDocuments = documents.flatMap((path) => blocksIn(path, root));
// Without the CLI's own python, a wait that looks twice takes half a minute.
const quick = (block: Block): boolean => cli?.kind === 'python' || !block.text.includes('-slow');
const blocks: readonly Block[] = [...corpus(), ...fromDocuments].filter(quick);

test('the corpus has more than 200 blocks, each with a name of its own', () => {
  expect(corpus().length).toBeGreaterThan(200);
  expect(new Set(blocks.map(({ name }) => name)).size).toBe(blocks.length);
});

test('blocks of documents are found, those in samples of documents too', () => {
  const count = (path: string): number => fromDocuments.filter(({ name }) => name.startsWith(`${path}: `)).length;
  expect(count('restore.md')).toBe(6);
  expect(count('aws.md')).toBeGreaterThan(0);
  expect(count('database-operations.md')).toBeGreaterThan(100);
  expect(count('database-operations-failure.md')).toBeGreaterThan(30);
});

describe.skipIf(cli === undefined)('beside the real AWS CLI (skipped where none is installed)', () => {
  let place: Place;
  let recorder: Recorder;
  let pairs: readonly Pair[] = [];

  beforeAll(async () => {
    if (cli === undefined) return;
    const folder = mkdtempSync(join(tmpdir(), 'runbook-test-'));
    recorder = await startRecorder(knownTo(cli));
    place = { url: recorder.url, folder };
    const signed = blocks.map((block, at) => ({ ...block, key: `CLI${at}` }));
    const [theirs, ours] = await Promise.all([runByCli(signed, cli, place), allByKernel()]);
    pairs = blocks.map((block, at) => ({
      block,
      cli: { ran: theirs[at] ?? nothing, asked: recorder.askedBy(`CLI${at}`) },
      kernel: ours[at] ?? { ran: nothing, asked: [] },
    }));
    // A CLI that has to be started for each block takes its time.
  }, 600_000);

  afterAll(async () => {
    await recorder?.close();
    rmSync(place?.folder ?? '', { recursive: true, force: true });
  });

  async function allByKernel(): Promise<readonly Pair['kernel'][]> {
    const sides: Pair['kernel'][] = [];
    for (const [at, block] of blocks.entries()) {
      const ran = await runByKernel({ ...block, key: `KERNEL${at}` }, place);
      // Taken now: a wait that has ended may poll once more before a process would be gone.
      sides.push({ ran, asked: recorder.askedBy(`KERNEL${at}`) });
    }
    return sides;
  }

  test(`${blocks.length} blocks ask for the same, print the same and fail alike`, async ({ annotate }) => {
    const different = pairs.flatMap((pair) => differences(pair).map((difference) => `${pair.block.name}: ${difference}`));
    expect(different).toEqual([]);
    const asked = pairs.reduce((all, pair) => all + pair.cli.asked.length, 0);
    const exact = pairs.filter((pair) => pair.cli.ran.stdout === pair.kernel.ran.stdout).length;
    await annotate(`${exact} of ${pairs.length} outputs are the same to the letter; ${asked} requests arrived from each side.`);
    expect(exact).toBeGreaterThan(pairs.length * 0.9);
  });

  test('hardly a block of the corpus fails or asks for nothing, so that equal does not mean equally broken', () => {
    expect(pairs.filter(({ cli: { asked } }) => asked.length === 0).map(({ block }) => block.name)).toEqual([]);
    expect(pairs.filter(({ cli: { ran } }) => ran.code !== 0).length).toBeLessThan(20);
    expect(pairs.filter(({ cli: { ran } }) => ran.code !== 0 && !/An error occurred|Waiter|JMESPath|function/.test(ran.stderr))).toEqual([]);
  });

  test.each(exceptions.map((exception) => [exception.reason, exception] as const))('still needed: %s', (_, exception) => {
    const others = exceptions.filter((one) => one !== exception);
    // It makes a pair equal that is not equal without it.
    expect(pairs.some((pair) => exception.concerns(pair) && differences(pair).length === 0 && differences(pair, others).length > 0)).toBe(true);
  });

  test('the program that the engine starts does on a sample what its functions do', async () => {
    const sample = pairs.filter((_, at) => at % 22 === 5);
    const sides: Pair[] = [];
    const left = sample.entries();
    const worker = async (): Promise<void> => {
      for (const [at, pair] of left) {
        const ran = await runByProgram({ ...pair.block, key: `PROGRAM${at}` }, place);
        sides.push({ ...pair, kernel: { ran, asked: recorder.askedBy(`PROGRAM${at}`) } });
      }
    };
    await Promise.all([worker(), worker()]);
    expect(sides.length).toBeGreaterThanOrEqual(14);
    expect(sides.flatMap((pair) => differences(pair).map((difference) => `${pair.block.name}: ${difference}`))).toEqual([]);
  });

  test('the CLI as a program of its own does what its driver does', async () => {
    const sample = pairs.filter(({ block }) => block.name === 'a message');
    const signed = sample.map(({ block }, at) => ({ ...block, key: `ALONE${at}` }));
    const alone = await oneByOne(signed, place);
    expect(alone).toHaveLength(1);
    expect(alone.map(({ stdout, code }) => [stdout, code])).toEqual(sample.map(({ cli: { ran } }) => [ran.stdout, ran.code]));
    expect(signed.map(({ key }) => recorder.askedBy(key))).toEqual(sample.map(({ cli: { asked } }) => asked));
  });
});

const nothing = { code: -1, stdout: '', stderr: 'It was not run.' };
