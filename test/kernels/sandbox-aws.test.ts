// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's own ${…}
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeEach, describe, expect, test } from 'vitest';
import { kernelFor } from '../../engine/kernels/kernel.ts';
import { findProgram } from '../../engine/runtime/programs.ts';
import { closedNetwork } from '../../engine/runtime/stage-environment.ts';
import { bench } from '../helpers/attempts.ts';
import { awsServer } from '../helpers/aws-server.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const programs = fileURLToPath(new URL('../../engine/kernels/sandbox-bin', import.meta.url));
const path = process.env.PATH ?? '';
const endpoint = 'http://127.0.0.1:4566';
const keys = { AWS_ACCESS_KEY_ID: 'sandbox-key', AWS_SECRET_ACCESS_KEY: 'sandbox', AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1' };

/** A folder with an `aws` that prints its arguments, one a line. */
let installed: string;

beforeEach(() => {
  installed = fakeAws();
});

function fakeAws(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'aws'), '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(join(folder, 'aws'), 0o755);
  return folder;
}

/** Calls the program as a step would. */
function called(args: readonly string[], { folders = [programs, installed], at = endpoint }: { folders?: readonly string[]; at?: string } = {}) {
  const env = { PATH: [...folders, '/usr/bin', '/bin'].join(delimiter), ...(at !== '' && { AWS_ENDPOINT_URL: at }) };
  return execa(join(programs, 'aws'), args, { env, extendEnv: false, reject: false });
}

describe('the aws of a sandboxed step', () => {
  test.for<[args: readonly string[], passed: readonly string[]]>([
    [
      ['rds', 'describe-db-clusters'],
      ['rds', 'describe-db-clusters', '--endpoint-url', endpoint],
    ],
    [
      ['rds', 'wait', 'x', '--endpoint-url', 'https://rds.amazonaws.com'],
      ['rds', 'wait', 'x', '--endpoint-url', 'https://rds.amazonaws.com', '--endpoint-url', endpoint],
    ],
    [
      ['sns', 'publish', '--message', 'two words', '*', ''],
      ['sns', 'publish', '--message', 'two words', '*', '', '--endpoint-url', endpoint],
    ],
    [
      ['rds', '--', '--endpoint-url', 'x', '--'],
      ['rds', '--endpoint-url', endpoint, '--', '--endpoint-url', 'x', '--'],
    ],
    [[], ['--endpoint-url', endpoint]],
  ])('calls the real one behind it with the sandbox as the last endpoint: %j', async ([args, passed]) => {
    expect((await called(args)).stdout.split('\n')).toEqual(passed);
  });

  test('does not call itself by another name', async () => {
    const link = temporaryFolder();
    await execa('ln', ['-s', join(programs, 'aws'), join(link, 'aws')]);
    expect((await called(['rds'], { folders: [programs, link, programs, installed] })).stdout).toContain(endpoint);
    expect(await called(['rds'], { folders: [programs, link] })).toMatchObject({ exitCode: 127 });
  });

  test('says that an aws block needs none where no CLI is installed', async () => {
    expect(await called(['rds'], { folders: [programs] })).toMatchObject({
      exitCode: 127,
      stderr: expect.stringContaining('```bash aws needs none'),
    });
  });

  test.for(['', 'https://rds.amazonaws.com', 'http://127.0.0.1.example.com:80', 'http://127.0.0.1:80@rds.amazonaws.com', 'http://127.0.0.1:'])(
    'calls nothing where the endpoint is %j',
    async (at) => {
      expect(await called(['rds'], { at })).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('othing was sent') });
    },
  );
});

test('it comes first also in a block after one that put another aws in front', async () => {
  const { run, folder } = bench();
  const block = { language: 'bash', flags: [], source: '', place: { path: 'r.md', line: 1, column: 1 } };
  const command = kernelFor(block, {})?.command ?? [];
  const env = { PATH: [programs, installed, path].join(delimiter), HOME: folder, AWS_ENDPOINT_URL: endpoint, RUNBOOK_SANDBOX_BIN: programs };
  const shell = (text: string) => run(text, { command, env, session: join(folder, 'session') });
  await shell(`export PATH="${fakeAws()}:$PATH"`);
  for (const _ of [1, 2]) expect((await shell('aws rds; type -P aws')).tail).toBe(`rds\n--endpoint-url\n${endpoint}\n${programs}/aws\n`);
});

describe('a real AWS CLI in a block of a sandboxed stage', { timeout: 60_000 }, () => {
  const real = findProgram('aws', path, '/');

  test.skipIf(real === undefined)('reaches the sandbox in us-east-1 too, where version 1 of it heeds no AWS_ENDPOINT_URL', async () => {
    const sandbox = await awsServer({ accounts: { 'sandbox-key': '000000000000' } });
    const { run, folder } = bench();
    mkdirSync(join(folder, '.aws'));
    const env = { ...closedNetwork, ...keys, PATH: `${programs}${delimiter}${path}`, HOME: folder, AWS_ENDPOINT_URL: sandbox.url };
    await run('aws rds describe-db-clusters', { env });
    expect(sandbox.asked).toMatchObject([{ action: 'DescribeDBClusters', key: 'sandbox-key' }]);
  });

  test.skipIf(real === undefined)('reaches nothing at all when a block calls it by its own path', async () => {
    const sandbox = await awsServer({ accounts: { 'sandbox-key': '000000000000' } });
    const { run, folder } = bench();
    // The folder of the real program stays on PATH: it may need others beside it.
    const around = { PATH: `${programs}${delimiter}${dirname(real ?? '')}${delimiter}${path}`, HOME: folder, AWS_MAX_ATTEMPTS: '1' };
    const env = { ...closedNetwork, ...keys, ...around, AWS_ENDPOINT_URL: sandbox.url };
    const end = await run(`'${real}' rds describe-db-clusters --endpoint-url https://rds.amazonaws.com`, { env });
    expect(end.outcome).not.toEqual({ kind: 'exited', code: 0 });
    expect(end.tail).toMatch(/127\.0\.0\.1:9|[Pp]roxy/);
    expect(sandbox.asked).toEqual([]);
  });
});
