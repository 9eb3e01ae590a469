/** The real AWS CLI: found where it is installed, and run on blocks that a real bash has read. */

import { execFile, execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Block } from './blocks.ts';

/** How the CLI can be run: inside one python for all blocks, or as the program that it is. */
export type Cli = { readonly kind: 'python'; readonly python: string } | { readonly kind: 'program'; readonly program: string };

/** What a block printed, and how it ended. */
export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A block, and the access key id by which its requests are told apart. */
export type Signed = Block & { readonly key: string };

/** The CLI of this machine; undefined where there is none. */
export function findCli(): Cli | undefined {
  const python = [...interpreters(), 'python3', 'python'].find((name) => succeeds(name, ['-c', 'import awscli.clidriver']));
  if (python !== undefined) return { kind: 'python', python };
  const [program] = programs();
  return program !== undefined && succeeds(program, ['--version']) ? { kind: 'program', program } : undefined;
}

/** The pythons that the first line of the program names. */
function interpreters(): readonly string[] {
  return programs().flatMap((path) => /^#!(\S*python\S*)\n/.exec(readFileSync(path, 'latin1').slice(0, 300))?.[1] ?? []);
}

/** The `aws` on the PATH; of one that is a shim of pyenv, also the program that it stands for. */
function programs(): readonly string[] {
  const ways = [
    ['bash', '-c', 'command -v aws'],
    ['pyenv', 'which', 'aws'],
  ];
  return ways.flatMap(([program = '', ...words]) => {
    try {
      return [execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()];
    } catch {
      return [];
    }
  });
}

function succeeds(program: string, words: readonly string[]): boolean {
  try {
    execFileSync(program, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Where a run takes place: the server that it asks, and a folder for its files. */
export type Place = { readonly url: string; readonly folder: string };

/** Runs blocks by the CLI. */
export async function runByCli(blocks: readonly Signed[], cli: Cli, place: Place): Promise<readonly Ran[]> {
  if (cli.kind === 'program') return oneByOne(blocks, place);
  const commands = await wordsOf(blocks, place);
  const script = fileURLToPath(new URL('cli-driver.py', import.meta.url));
  const input = JSON.stringify(blocks.map(({ key }, at) => ({ key, commands: commands[at] })));
  return JSON.parse(await output(cli.python, [script, place.url], { env: environment(place), input }));
}

/** Each block as a shell runs it with the program itself, four at a time. */
export async function oneByOne(blocks: readonly Signed[], place: Place): Promise<readonly Ran[]> {
  const results: Ran[] = [];
  const left = blocks.entries();
  const worker = async (): Promise<void> => {
    for (const [at, { text, env, key }] of left) {
      const script = `set -e\naws() { command aws --endpoint-url "$AWS_TEST_URL" "$@"; }\n${text}`;
      const options = { env: { ...environment(place), ...env, AWS_ACCESS_KEY_ID: key, AWS_TEST_URL: place.url } };
      results[at] = await new Promise((resolve) => {
        const child = execFile('bash', ['-c', script], options, (_, stdout, stderr) => resolve({ code: child.exitCode ?? 1, stdout, stderr }));
      });
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return results;
}

/** The words of each command of each block, as bash makes them: one bash for all, a subshell for each block. */
async function wordsOf(blocks: readonly Signed[], { folder }: Place): Promise<readonly (readonly (readonly string[])[])[]> {
  const script = blocks.map(({ text, env }) => {
    const variables = Object.entries(env).map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`);
    return `(\n${variables.join('\n')}\n${text}\n)\nprintf 'end\\0'`;
  });
  const path = join(folder, 'blocks.sh');
  writeFileSync(path, [`aws() { printf '%s\\0' "$#" "$@"; }`, ...script].join('\n'));
  const items = (await output('bash', [path], { env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8' }, input: '' })).split('\0');
  const all: string[][][] = [];
  let commands: string[][] = [];
  for (let at = 0; at < items.length - 1; ) {
    const item = items[at++];
    if (item === 'end') {
      all.push(commands);
      commands = [];
    } else {
      commands.push(items.slice(at, at + Number(item)));
      at += Number(item);
    }
  }
  if (all.length !== blocks.length) throw new Error(`bash read ${all.length} of ${blocks.length} blocks.`);
  return all;
}

/** Whatever happens, nothing leaves the machine: the CLI ignores endpoints of the environment for some services, and a proxy that is not there stops it. */
function environment({ folder }: Place): Record<string, string> {
  const config = join(folder, 'config');
  // The default of the CLI's second version.
  writeFileSync(config, '[default]\ncli_timestamp_format = iso8601\n');
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    LC_ALL: 'C.UTF-8',
    PYTHONUTF8: '1',
    // Some times are shown as local ones.
    TZ: Intl.DateTimeFormat().resolvedOptions().timeZone,
    AWS_ACCESS_KEY_ID: 'AKIDNOBODY',
    AWS_SECRET_ACCESS_KEY: 'of-no-account',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1',
  };
}

function output(program: string, words: readonly string[], given: { readonly env: Record<string, string>; readonly input: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env: given.env, stdio: ['pipe', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${program} ended with ${code}: ${err}`))));
    child.stdin.end(given.input);
  });
}
