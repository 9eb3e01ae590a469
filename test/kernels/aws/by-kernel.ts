/** The aws kernel on blocks: its functions in this process, which is quick, or its program, as the engine starts it. */

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCalls } from '../../../engine/kernels/aws/read.ts';
import { ready, runCall } from '../../../engine/kernels/aws/run.ts';
import { sessionOf } from '../../../engine/kernels/aws/session.ts';
import type { Place, Ran, Signed } from './cli.ts';

/** Milliseconds that a block has: one that never ends fails by its name. */
const limit = 30_000;

/** Runs the calls of a block as the program does, within this process. */
export async function runByKernel({ text, env, key }: Signed, { url }: Place): Promise<Ran> {
  let stdout = '';
  const { calls, problems } = await readCalls(text, { env });
  if (problems.length > 0) return { code: 1, stdout, stderr: problems.map(({ line, message }) => `${line}: ${message}`).join('\n') };
  const around = {
    session: sessionOf(environment(key, url)),
    stop: AbortSignal.timeout(limit),
    underWay: () => undefined,
    answered: () => undefined,
    print: (printed: string) => {
      stdout += printed;
    },
    say: () => undefined,
    progress: () => undefined,
    renewal: undefined,
  };
  try {
    for (const call of calls.map(ready)) await runCall(call, around);
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    return { code: 1, stdout, stderr: error instanceof Error ? `${'code' in error ? `${String(error.code)} ` : ''}${error.message}` : String(error) };
  }
}

/** Runs a block by the program itself. The typed error stands before what it said. */
export async function runByProgram({ text, env, key }: Signed, { url, folder }: Place): Promise<Ran> {
  const file = (name: string): string => join(folder, `${key}-${name}`);
  writeFileSync(file('block'), text);
  writeFileSync(file('error'), '');
  const program = fileURLToPath(new URL('../../../engine/kernels/aws-program.ts', import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env.PATH,
      ...env,
      ...environment(key, url),
      RUNBOOK_BLOCK: file('block'),
      RUNBOOK_ERROR: file('error'),
      RUNBOOK_RISK: 'high',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
  const code = await new Promise<number>((resolve) => child.on('close', (ended) => resolve(ended ?? 1)));
  return { code, stdout, stderr: `${readFileSync(file('error'), 'utf8')}${stderr}` };
}

function environment(key: string, url: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: key,
    AWS_SECRET_ACCESS_KEY: 'of-no-account',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: url,
    RUNBOOK_SANDBOX: '1',
    RUNBOOK_RUN: 'equal',
    TZ: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}
