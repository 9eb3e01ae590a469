import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readBlock } from '../../../engine/kernels/aws/block.ts';
import { checkAwsBlock } from '../../../engine/kernels/aws/check.ts';
import { readCalls } from '../../../engine/kernels/aws/read.ts';
import { sortedJson } from './comparison.ts';
import { environment, forms, operations } from './reading-cases.ts';

const cases = [...operations, ...forms];

/** The python that has the AWS CLI; undefined where there is none. */
const python = ['python3', 'python'].find((name) => {
  try {
    execFileSync(name, ['-c', 'import awscli.clidriver'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

type Made = { readonly input?: unknown; readonly query?: string | null; readonly output?: string | null; readonly error?: string };

/** What the AWS CLI makes of the same words. Its own settings and credentials are out of reach, and so is the network. */
function madeByCli(blocks: readonly string[]): readonly Made[] {
  const words = blocks.map((block) =>
    readBlock(block, { kind: 'known', env: environment })
      .commands[0]?.words.slice(1)
      .map(({ text }) => text),
  );
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: '/nonexistent',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_DEFAULT_REGION: 'eu-west-1',
    HTTPS_PROXY: 'http://127.0.0.1:9',
  };
  const script = fileURLToPath(new URL('reading-cli.py', import.meta.url));
  return JSON.parse(execFileSync(python ?? '', [script], { input: JSON.stringify(words), encoding: 'utf8', env, maxBuffer: 64 * 1024 * 1024 }));
}

/** Times as milliseconds, on both sides; the CLI leaves them as they are written. */
function comparable(ours: unknown, theirs: unknown): unknown {
  if (ours instanceof Date)
    return ours.getTime() === (/^\d+$/.test(String(theirs)) ? Number(theirs) * 1000 : Date.parse(String(theirs))) ? theirs : ours;
  if (Array.isArray(ours)) return ours.map((item, at) => comparable(item, Array.isArray(theirs) ? theirs[at] : undefined));
  if (typeof ours !== 'object' || ours === null) return ours;
  return Object.fromEntries(Object.entries(ours).map(([name, value]) => [name, comparable(value, Object(theirs)[name])]));
}

/** What the CLI puts among the parameters to page an answer. */
function withoutPaging(input: unknown): unknown {
  return Object.fromEntries(Object.entries(Object(input)).filter(([name]) => name !== 'PaginationConfig'));
}

describe('commands are read', () => {
  test.each(operations)('%s', async (block) => {
    expect((await readCalls(block, { env: environment })).problems).toEqual([]);
    // While values are not known, too.
    const risk = 'medium';
    expect((await checkAwsBlock(block.replaceAll('lego-api-staging', 'lego-api-{stage}'), { risk, declared: new Set(['stage']) })).problems).toEqual(
      [],
    );
  });

  test.skipIf(python === undefined)(
    `${cases.length} commands give the parameters that the AWS CLI gives${python === undefined ? ' (skipped: no python with awscli)' : ''}`,
    async () => {
      const theirs = madeByCli(cases);
      const different: unknown[] = [];
      for (const [at, block] of cases.entries()) {
        const made = theirs[at];
        const { calls, problems } = await readCalls(block, { env: environment });
        const [call] = calls;
        const ours = { input: comparable(call?.input, made?.input), query: call?.query ?? null, output: call?.output };
        const expected = { input: withoutPaging(made?.input), query: made?.query ?? null, output: made?.output ?? 'json' };
        if (sortedJson(ours) !== sortedJson(expected)) different.push({ block, problems, ours, made });
      }
      expect(different).toEqual([]);
    },
  );
});
