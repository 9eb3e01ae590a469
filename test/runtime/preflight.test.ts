import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Requirement } from '../../engine/core/plan.ts';
import { Fault } from '../../engine/fault.ts';
import { parseConfig, type StageConfig } from '../../engine/runtime/config.ts';
import { checkGit, checkTools, gitState, whoAmI } from '../../engine/runtime/preflight.ts';
import { planOf, playbook, procedure, runbook, step } from '../core/plan-builder.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

let root: string;

beforeEach(() => {
  root = temporaryFolder();
});

async function git(...args: readonly string[]): Promise<string> {
  const who = ['-c', 'user.name=admin', '-c', 'user.email=admin@example.com', '-c', 'commit.gpgsign=false'];
  return (await execa('git', ['-C', root, ...who, ...args])).stdout;
}

/** A repository with one commit. */
async function repository(): Promise<void> {
  await git('init', '-q', '-b', 'main');
  writeFileSync(join(root, 'bricks.txt'), 'red\n');
  await git('add', '.');
  await git('commit', '-qm', 'bricks');
}

function stage(text: string): StageConfig {
  const found = parseConfig('runbook.yaml', `stages: { production: ${text} }`).config.stages.production;
  if (found === undefined) throw new Error(`not a stage: ${text}`);
  return found;
}

/** The fault, or undefined where there is none. */
async function faultOf(work: () => unknown): Promise<Fault | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

describe('the state of the repository', () => {
  test('is its commit, its branch and that nothing changed', async () => {
    await repository();
    expect(await gitState(root)).toEqual({ commit: await git('rev-parse', 'HEAD'), branch: 'main', dirty: false });
  });

  test('is that of the whole repository, seen from a folder in it', async () => {
    await repository();
    mkdirSync(join(root, 'deep'));
    writeFileSync(join(root, 'bricks.txt'), 'blue\n');
    expect(await gitState(join(root, 'deep'))).toMatchObject({ dirty: true });
  });

  test.for<[what: string, change: () => unknown]>([
    ['a file was changed', () => writeFileSync(join(root, 'bricks.txt'), 'blue\n')],
    ['a change was staged', () => git('rm', '-q', '--cached', 'bricks.txt')],
    ['a file was added', () => writeFileSync(join(root, 'studs.txt'), '')],
    [
      'a file was added and the operator’s settings hide such files',
      async () => {
        await git('config', 'status.showUntrackedFiles', 'no');
        writeFileSync(join(root, 'studs.txt'), '');
      },
    ],
    ['git cannot tell', () => writeFileSync(join(root, '.git', 'index'), 'not an index')],
  ])('is dirty when %s', async ([, change]) => {
    await repository();
    await change();
    expect(await gitState(root)).toMatchObject({ dirty: true });
  });

  test('has no branch where a commit is checked out by itself', async () => {
    await repository();
    await git('checkout', '-q', '--detach');
    expect(await gitState(root)).toMatchObject({ branch: '', dirty: false });
  });

  test('is none outside a repository, and before the first commit', async () => {
    expect(await gitState(root)).toBeUndefined();
    await git('init', '-q');
    expect(await gitState(root)).toBeUndefined();
  });

  test('is that of the folder, not of the repository that a hook of git works in', async () => {
    await repository();
    process.env.GIT_DIR = join(root, '.git');
    try {
      expect(await gitState(tmpdir())).toBeUndefined();
    } finally {
      delete process.env.GIT_DIR;
    }
  });
});

describe('a stage that wants', () => {
  const clean = { commit: 'c', dirty: false, branch: 'main' };
  test.for<[what: string, wants: string, state: typeof clean | undefined, said: string | undefined]>([
    ['nothing is content without a repository', '{}', undefined, undefined],
    ['a clean work tree is content with one', '{ git: { clean: true } }', clean, undefined],
    ['a clean work tree refuses a dirty one', '{ git: { clean: true } }', { ...clean, dirty: true }, 'wants a clean work tree'],
    ['a branch is content with a dirty tree of it', '{ git: { branch: main } }', { ...clean, dirty: true }, undefined],
    ['a branch refuses another one', '{ git: { branch: main } }', { ...clean, branch: 'try' }, 'wants branch main, and this is try.'],
    ['a branch refuses none', '{ git: { branch: main } }', { ...clean, branch: '' }, 'wants branch main, and this is no branch.'],
    ['anything of git refuses to go on without it', '{ git: {} }', undefined, 'wants a git repository'],
  ])('%s', async ([, wants, state, said]) => {
    const fault = await faultOf(() => checkGit('production', stage(wants), state));
    expect(fault?.exit).toBe(said === undefined ? undefined : 'preflight');
    if (said !== undefined) expect(fault?.message).toContain(said);
  });
});

/** A program that prints something when it is asked for its version in one way, and fails for any other. */
function install(tool: string, words: string, asked = '--version'): void {
  writeFileSync(join(root, tool), `#!/bin/sh\n[ "$1" = ${asked} ] || exit 2\ncat <<'END'\n${words}\nEND\n`);
  chmodSync(join(root, tool), 0o755);
}

function check(...requires: readonly Requirement[]): Promise<Fault | undefined> {
  const frontMatter = { kind: 'runbook', requires, files: [] } as const;
  const plan = planOf({ documents: [runbook([procedure('count', step('count', 'low'))], { frontMatter })] });
  return faultOf(() => checkTools(plan, `${root}:${process.env.PATH}`));
}

describe('a tool that a document requires', () => {
  test.for<[tool: string, words: string, version: string, newer: string]>([
    ['psql', 'psql (PostgreSQL) 15.4 (Debian 15.4-1)', '15.4', '15.5'],
    ['psql', 'psql (PostgreSQL) 18beta1', '18', '19'],
    ['aws', 'aws-cli/2.15.30 Python/3.11.8 Linux/6.1', '2.15.30', '2.16'],
    ['git', 'git version 2.39.2 (Apple Git-143)', '2.39.2', '2.40'],
    ['node', 'v20.9.0', '20.9', '20.10'],
    ['jq', 'jq-1.7.1', '1.7.1', '1.8'],
    ['k6', 'k6 v0.49.0 (go1.21)', '0.49', '1'],
    ['sha256sum', 'sha256sum (GNU coreutils) 9.1', '9.1', '10'],
    ['java', 'openjdk 21 2023-09-19', '21', '22'],
    ['bash', 'GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)', '5.2.15', '5.2.16'],
  ])('%s, which says "%s", is enough for %s and not for %s', async ([tool, words, version, newer]) => {
    install(tool, words);
    expect(await check({ tool, minimum: version })).toBeUndefined();
    expect((await check({ tool, minimum: newer }))?.message).toMatch(new RegExp(`^${tool} ${newer} or newer is required; found `));
  });

  test.for(['version', '-V'])('may tell its version only when it is asked with %s', async (asked) => {
    install('kubectl', 'Client Version: v1.29.2', asked);
    expect(await check({ tool: 'kubectl', minimum: '1.29' })).toBeUndefined();
  });

  test('may tell its version on standard error', async () => {
    writeFileSync(join(root, 'ssh'), '#!/bin/sh\necho OpenSSH_9.2p1 1>&2; echo "version 9.2" >&2\n');
    chmodSync(join(root, 'ssh'), 0o755);
    expect(await check({ tool: 'ssh', minimum: '9' })).toBeUndefined();
  });

  test('without a minimum only has to be there, whatever it says', async () => {
    install('odd', '', '--never');
    expect(await check({ tool: 'odd' })).toBeUndefined();
  });

  test('that does not tell its version is refused where a minimum is wanted', async () => {
    install('odd', 'no number here');
    expect((await check({ tool: 'odd', minimum: '1' }))?.message).toBe('odd 1 or newer is required, and it does not tell its version.');
  });

  test('that fails is not taken by a number in its complaint', async () => {
    writeFileSync(join(root, 'odd'), '#!/bin/sh\necho "error 99" >&2; exit 1\n');
    chmodSync(join(root, 'odd'), 0o755);
    expect((await check({ tool: 'odd', minimum: '1' }))?.message).toContain('does not tell its version');
  });

  test('that is not there, or may not be executed, was not found', async () => {
    writeFileSync(join(root, 'plain-file'), '');
    const fault = await check({ tool: 'no-such-tool' }, { tool: 'plain-file' });
    expect(fault?.exit).toBe('preflight');
    expect(fault?.message).toBe('no-such-tool is required and was not found on PATH.\nplain-file is required and was not found on PATH.');
    expect(fault?.hint).toContain('Install what is missing');
  });

  test('is looked for once for each document that can be reached, and all problems are said at once', async () => {
    install('psql', 'psql 14.0');
    const required = (kind: 'runbook' | 'playbook', ...requires: readonly Requirement[]) => ({ frontMatter: { kind, requires, files: [] } });
    const plan = planOf({
      documents: [
        runbook([procedure('count', step('count', 'low'))], required('runbook', { tool: 'psql', minimum: '15' }, { tool: 'gone' })),
        playbook([], [], required('playbook', { tool: 'psql', minimum: '15' }, { tool: 'also-gone' })),
      ],
    });
    const fault = await faultOf(() => checkTools(plan, `${root}:/bin:/usr/bin`));
    expect(fault?.message.split('\n').toSorted()).toEqual([
      'also-gone is required and was not found on PATH.',
      'gone is required and was not found on PATH.',
      'psql 15 or newer is required; found 14.0.',
    ]);
  });
});

describe('whoever runs the engine', () => {
  test('is named by login name and host', () => {
    expect(whoAmI({})).toEqual({ operator: userInfo().username, host: hostname() });
    expect(whoAmI({ SUDO_USER: '' })).toEqual({ operator: userInfo().username, host: hostname() });
  });

  test('is the person behind sudo', () => {
    expect(whoAmI({ SUDO_USER: 'admin', USER: 'root' }).operator).toBe('admin');
  });

  test.skipIf(userInfo().uid !== 0)('is a number where that number has no name, as in some containers', async ({ skip }) => {
    const source = fileURLToPath(new URL('../../engine/runtime/preflight.ts', import.meta.url));
    const program = `const { whoAmI } = await import(${JSON.stringify(source)}); process.stdout.write(whoAmI({}).operator);`;
    const { stdout, stderr } = await execa(process.execPath, ['--input-type=module', '-e', program], { uid: 54_321, reject: false });
    if (/EACCES|ERR_MODULE_NOT_FOUND/.test(stderr)) skip('this clone lies where only its owner may go');
    expect(stdout, stderr).toBe('uid 54321');
  });
});
