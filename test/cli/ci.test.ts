import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { cleanEnvironment, cli, makeProject, type TestProject } from '../helpers/project.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const action = parse(readFileSync(join(checkout, 'action.yml'), 'utf8'));
const page = readFileSync(join(checkout, 'docs/ci.md'), 'utf8');
const hidden = 'ops/runbooks/a::b,c.md';

/** A repository whose project is a folder of it. Its only document tries to give orders to the runner. */
function repository(): TestProject {
  return makeProject({
    '.git/HEAD': 'ref: refs/heads/main\n',
    'ops/runbook.yaml': 'stages:\n  dev: {}\n',
    [hidden]: '# Bricks\n\n::error::forged TODO\n\n  ##[error]forged TODO\n\n```sh\ncurl https://bricks.example | sh\n```\n',
    'ops/runbooks/well.md': '# Boxes\n\nWords.\n',
    'ops/notes/shelf.md': '# Shelf\n\nWords.\n',
    'README.md': '# Bricks\n\nWords.\n',
  });
}

type Given = { readonly inputs?: Readonly<Record<string, string>>; readonly env?: Readonly<Record<string, string>> };

/** Runs the last step of the action as a runner does. What it may read stands in files of `runner/`. */
async function runAction({ root }: TestProject, { inputs = {}, env = {} }: Given = {}) {
  const runner = join(root, 'runner');
  mkdirSync(runner, { recursive: true });
  const step = action.runs.steps.at(-1);
  const script = join(runner, 'script.sh');
  writeFileSync(script, step.run);
  const files = { GITHUB_STEP_SUMMARY: join(runner, 'summary'), GITHUB_OUTPUT: join(runner, 'output') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const filled = Object.entries<string>(step.env).map(([name, value]) => {
    const [, input = ''] = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(value) ?? [];
    const github = /^\$\{\{ github\.(action_repository|action_ref) \}\}$/.exec(value)?.[1];
    const given =
      github === undefined ? (inputs[input] ?? action.inputs[input].default) : { action_repository: 'bricks/runbook', action_ref: 'abc' }[github];
    return [name, given];
  });
  const { exitCode, stdout, stderr } = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: root,
    env: {
      ...cleanEnvironment({ CI: 'true', GITHUB_WORKSPACE: root, GITHUB_ACTION_PATH: checkout, GITHUB_SERVER_URL: 'https://github.com' }),
      ...files,
      ...Object.fromEntries(filled),
      ...env,
    },
    extendEnv: false,
    reject: false,
  });
  const read = (file: string): string => readFileSync(file, 'utf8');
  return { exitCode, stdout, stderr, summary: read(files.GITHUB_STEP_SUMMARY), output: read(files.GITHUB_OUTPUT) };
}

test('the action has no expression in a script, and names what it uses by whole commit ids and versions', () => {
  expect(action.runs.using).toBe('composite');
  for (const { run, uses, with: settings } of action.runs.steps) {
    if (run !== undefined) expect(run).not.toContain('${{');
    if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    if (settings !== undefined) expect(settings['node-version']).toMatch(/^\d+\.\d+\.\d+$/);
  }
  for (const name of Object.keys(action.inputs)) expect(page).toContain(`| \`${name}\` |`);
});

test('the action prints what it finds, annotates lines from the top of the repository, and writes summary and SARIF: exit code 3', async () => {
  using made = repository();
  const inputs = { 'working-directory': 'ops', 'sarif-file': 'found.sarif' };
  const { exitCode, stdout, stderr, summary, output } = await runAction(made, { inputs });
  expect(stderr).toBe('');
  const lines = stdout.split('\n');
  const token = /^::stop-commands::([0-9a-f-]{36})$/.exec(String(lines[0]))?.[1];
  const end = lines.indexOf(`::${token}::`);
  expect(lines.slice(1, end).join('\n')).toContain('::error::forged TODO');
  // Whatever a runner obeys stands behind the log, and is ours.
  expect(lines.slice(end + 1).filter((line) => line !== '')).toEqual([
    expect.stringMatching(/^::error file=ops\/runbooks\/a%3A%3Ab%2Cc\.md,line=8,col=1,endColumn=\d+,title=piped-to-shell::This runs /),
    expect.stringMatching(/^::warning file=ops\/runbooks\/a%3A%3Ab%2Cc\.md,line=3,col=17,endColumn=21,title=todo::TODO: /),
    expect.stringMatching(/^::warning file=ops\/runbooks\/a%3A%3Ab%2Cc\.md,line=5,col=19,endColumn=23,title=todo::TODO: /),
  ]);
  expect(summary).toContain('### runbook lint: 2 documents, 3 problems\n');
  expect(output).toBe(`sarif-file=${join(made.root, 'ops/found.sarif')}\n`);
  const [{ tool, results }] = JSON.parse(readFileSync(join(made.root, 'ops/found.sarif'), 'utf8')).runs;
  expect(tool.driver.rules[0].helpUri).toMatch(/^https:\/\/github\.com\/bricks\/runbook\/blob\/abc\/docs\/lint\.md#/);
  expect(results).toHaveLength(3);
  expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('ops/runbooks/a%3A%3Ab%2Cc.md');
  expect(exitCode).toBe(3);
});

test('the action takes paths one a line, whatever is in them, and ends well where nothing is wrong', async () => {
  using made = repository();
  const inputs = { 'working-directory': 'ops', paths: 'runbooks/well.md\n\nnotes\n', strict: 'true' };
  const well = await runAction(made, { inputs });
  expect(well.stderr).toBe('');
  expect(well.exitCode).toBe(0);
  expect(well.summary).toBe('### runbook lint: 2 documents, no problems\n\n');
  const injected = await runAction(made, { inputs: { paths: '$(touch ran); `touch ran` --format', 'working-directory': 'ops' } });
  expect(injected.exitCode).toBe(2);
  expect(injected.stderr).toContain('$(touch ran)');
  expect((await runAction(made, { inputs: { strict: 'perhaps' } })).exitCode).toBe(2);
  expect((await runAction(made, { inputs: { 'sarif-file': 'a\nb=c' } })).output).toBe('');
});

test('the hook gets files as pre-commit passes them', async () => {
  using made = repository();
  const [hook] = parse(readFileSync(join(checkout, '.pre-commit-hooks.yaml'), 'utf8'));
  expect(page).toContain(`- id: ${hook.id}\n`);
  const files = ['README.md', hidden, 'ops/runbooks/well.md'];
  expect(['ops/runbook.yaml', ...files].filter((file) => new RegExp(hook.files).test(file))).toEqual(files);
  mkdirSync(join(made.root, 'bin'));
  symlinkSync(cli, join(made.root, 'bin/runbook'));
  const [program, ...args] = hook.entry.split(' ');
  const run = (...more: readonly string[]) =>
    execa(join(made.root, 'bin', program), [...args, ...more], { cwd: made.root, env: cleanEnvironment(), extendEnv: false, reject: false });
  const bad = await run(...files);
  expect(bad.exitCode).toBe(3);
  expect(bad.stdout).toContain('[piped-to-shell]');
  expect((await run('README.md', 'ops/runbooks/well.md')).exitCode).toBe(0);
});

test('with --strict a warning is enough, and a summary that cannot be written is told and fails nothing', async () => {
  using made = makeProject({ 'runbooks/note.md': '# Bricks\n\nTODO.\n' });
  expect((await made.runbook(['lint'])).code).toBe(0);
  expect((await made.runbook(['lint', '--strict'])).code).toBe(3);
  const { code, stderr, stdout } = await made.runbook(['lint', '--format', 'github'], { env: { GITHUB_STEP_SUMMARY: made.root } });
  expect(code).toBe(0);
  expect(stderr).toContain('The summary was not written. ');
  expect(stdout).toContain('::warning file=runbooks/note.md,line=3,');
  expect((await made.runbook(['lint', '--format', 'junit'])).stdout).toContain('<testsuite name="runbooks/note.md" tests="1" failures="0">');
});

test.each([
  { paths: [], count: 2 },
  { paths: ['templates'], count: 4 },
])('no rule has anything to say of what is shipped: lint $paths', async ({ paths, count }) => {
  const { exitCode, stdout } = await execa('node', [cli, 'lint', '--strict', ...paths], {
    cwd: checkout,
    env: cleanEnvironment(),
    extendEnv: false,
    reject: false,
  });
  expect(stdout).toBe(`✔ ${count} documents, no problems`);
  expect(exitCode).toBe(0);
});
