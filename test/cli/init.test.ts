import { cpSync, existsSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { resetSandbox } from '../../engine/sandbox/sandbox.ts';
import { cli, makeProject, type TestProject } from '../helpers/project.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openTerminal } from '../helpers/terminal.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The repository of lego-api as it is without runbooks. */
function host() {
  const project = makeProject({ '.git/HEAD': 'ref: refs/heads/main\n' });
  rmSync(join(project.root, 'runbook.yaml'));
  for (const path of ['drizzle', 'drizzle.config.ts', 'package.json', 'rollback', 'src'])
    cpSync(join(repository, 'test/fixtures/lego-api', path), join(project.root, path), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(project.root, 'node_modules'));
  return project;
}

test('puts documents, templates and scripts into a repository, where they are found, planned and run', { timeout: 120_000 }, async () => {
  using project = host();
  const { code, stdout, stderr } = await project.runbook(['init', 'docs/operations']);
  expect(code, stdout + stderr).toBe(0);
  expect(globSync('docs/operations/**/*.md', { cwd: project.root }).toSorted()).toEqual([
    'docs/operations/PLAYBOOK-TEMPLATE.md',
    'docs/operations/RUNBOOK-TEMPLATE.md',
    'docs/operations/playbooks/database-operations-failure.md',
    'docs/operations/runbooks/database-operations.md',
  ]);
  expect((await project.runbook(['list'])).stdout).toContain('database-operations');
  try {
    const run = await project.runbook(['run', 'database-operations#check-connections', '--stage', 'local', '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
  } finally {
    await resetSandbox(project.root);
  }
});

test('touches nothing that is there, and shows what it would have written', async () => {
  using project = host();
  await project.runbook(['init', 'docs/operations']);
  const runbook = join(project.root, 'docs/operations/runbooks/database-operations.md');
  const own = readFileSync(runbook, 'utf8').replace('# Database operations', '# Our database');
  writeFileSync(runbook, own);
  const { code, stdout } = await project.runbook(['init', 'docs/operations']);
  expect(code).toBe(0);
  expect(readFileSync(runbook, 'utf8')).toBe(own);
  expect(stdout).toContain('! kept      docs/operations/runbooks/database-operations.md');
  expect(stdout).toContain('○ is there  docs/operations/RUNBOOK-TEMPLATE.md');
  expect(stdout).toMatch(/^-# Our database$\n^\+# Database operations$/m);
});

test('refuses a folder outside the repository', async () => {
  using project = host();
  const { code, stderr } = await project.runbook(['init', '../elsewhere']);
  expect(code).toBe(2);
  expect(stderr).toContain('../elsewhere is outside the repository');
});

/** A repository with these files, without a runbook.yaml unless it is among them. */
async function gitRepository(files: Readonly<Record<string, string>> = {}): Promise<TestProject> {
  const project = makeProject(files);
  if (!('runbook.yaml' in files)) rmSync(join(project.root, 'runbook.yaml'));
  await execa('git', ['init', '--quiet'], { cwd: project.root });
  return project;
}

/** Every file of a project but those of git, sorted. */
function filesOf({ root }: TestProject): readonly string[] {
  const found = globSync('**/{*,.gitignore}', { cwd: root, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return found.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).toSorted();
}

const first = [
  ...['.gitignore', 'playbooks/maintenance-notice-failure.md', 'runbook.yaml', 'runbooks/maintenance-notice.md'],
  ...['templates/PLAYBOOK-TEMPLATE.md', 'templates/RUNBOOK-TEMPLATE.md'],
];

describe('the first documents', () => {
  test('are where the project looks, have nothing to lint, were reviewed today, and lead through a failure and back', {
    timeout: 120_000,
  }, async () => {
    using project = await gitRepository();
    const { code, stdout, stderr } = await project.runbook(['init']);
    expect(code, stderr).toBe(0);
    expect(filesOf(project)).toEqual(first);
    expect(stdout).toContain('Next:\n  runbook lint\n  runbook plan maintenance-notice#put-the-notice-up --stage local\n');
    expect((await project.runbook(['lint'])).stdout).toBe('✔ 2 documents, no problems\n');
    const today = new Date().toISOString().slice(0, 10);
    for (const path of globSync('{run,play}books/*.md', { cwd: project.root })) {
      const text = readFileSync(join(project.root, path), 'utf8');
      expect(text).toContain(`\nreviewed: ${today}\n`);
      expect(text).toContain(`\n| ${today} | First version. |\n`);
    }
    const take = ['run', 'maintenance-notice#take-the-notice-down', '--stage', 'local', '--yes'];
    const stopped = await project.runbook(take);
    expect(stopped.code).toBe(4);
    const back = await project.runbook([...take, '--on-failure=playbook']);
    expect(back.stdout).toContain('playbook entered: No notice is up');
    expect(back.stdout).toContain('counts as done');
    expect(back.code, back.stderr).toBe(0);
  });

  test('are those that were written, however long ago, when init is called again', async () => {
    using project = await gitRepository();
    await project.runbook(['init']);
    const runbook = join(project.root, 'runbooks/maintenance-notice.md');
    const older = readFileSync(runbook, 'utf8').replace(/20\d\d-\d\d-\d\d/g, '2026-01-31');
    writeFileSync(runbook, older);
    const { code, stdout } = await project.runbook(['init', '--yes']);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/written|kept/);
    expect(stdout.match(/^○ is there/gm)).toHaveLength(6);
    expect(readFileSync(runbook, 'utf8')).toBe(older);
    expect(readFileSync(join(project.root, '.gitignore'), 'utf8')).toBe('.runbook/\n');
  });

  test('go into another folder, which runbook.yaml names then; the templates beside them', async () => {
    using project = await gitRepository({ 'services/api.txt': '' });
    const { code } = await project.runbook(['init', '../ops/docs'], { cwd: join(project.root, 'services') });
    expect(code).toBe(0);
    expect(readFileSync(join(project.root, 'runbook.yaml'), 'utf8')).toMatch(/^runbooks: ops\/docs\/runbooks\nplaybooks: ops\/docs\/playbooks\n#/);
    expect(existsSync(join(project.root, 'ops/docs/RUNBOOK-TEMPLATE.md'))).toBe(true);
    expect((await project.runbook(['lint', 'maintenance-notice'])).code).toBe(0);
    // What runbook.yaml says now is where the next ones go.
    expect((await project.runbook(['init'])).stdout).toContain('○ is there  ops/docs/runbooks/maintenance-notice.md');
  });

  test('do not hide the documents that a project has in docs/operations', async () => {
    using project = await gitRepository({ 'docs/operations/runbooks/README.md': '# Ours\n' });
    await project.runbook(['init']);
    expect(globSync('**/maintenance-notice.md', { cwd: project.root })).toEqual(['docs/operations/runbooks/maintenance-notice.md']);
    expect((await project.runbook(['lint', 'maintenance-notice'])).code).toBe(0);
  });

  test('say what a runbook.yaml that is kept lacks for them', async () => {
    using project = await gitRepository({ 'runbook.yaml': 'runbooks: ops\nplaybooks: ops\nstages:\n  staging: {}\n' });
    const { code, stdout } = await project.runbook(['init', 'docs']);
    expect(code).toBe(0);
    expect(stdout).toContain('! kept      runbook.yaml\n');
    expect(stdout).toContain('Put into runbook.yaml: "runbooks: docs/runbooks" and "playbooks: docs/playbooks". It does not name them.');
    expect(stdout).toContain('Put the stage local with its variable notice into runbook.yaml, as shown above.');
  });
});

describe('what is in the way', () => {
  test('links that lead out of the repository: nothing is written, here or there', async () => {
    using project = await gitRepository();
    const elsewhere = temporaryFolder();
    symlinkSync(elsewhere, join(project.root, 'playbooks'));
    const { code, stdout, stderr } = await project.runbook(['init']);
    expect(code).toBe(2);
    expect(stderr).toContain(`playbooks/maintenance-notice-failure.md would be written to ${elsewhere}: a link leads there, out of ${project.root}.`);
    expect(stdout).toBe('');
    expect([...filesOf(project), ...globSync('*', { cwd: elsewhere })]).toEqual(['playbooks']);
  });

  test('links in the place of files are neither followed nor replaced', async () => {
    using project = await gitRepository();
    const elsewhere = temporaryFolder();
    for (const name of ['runbook.yaml', '.gitignore']) symlinkSync(join(elsewhere, name), join(project.root, name));
    const { code, stdout } = await project.runbook(['init']);
    expect(code).toBe(0);
    expect(stdout).toContain('! kept      runbook.yaml, which is no plain file');
    expect(stdout).toContain('! kept      .gitignore, which is no plain file: add .runbook/ to it');
    expect(globSync('*', { cwd: elsewhere })).toEqual([]);
  });

  test('a file in the place of a folder: nothing is written', async () => {
    using project = await gitRepository({ templates: 'not a folder\n' });
    const { code, stderr } = await project.runbook(['init']);
    expect(code).toBe(2);
    expect(stderr).toContain(`templates/PLAYBOOK-TEMPLATE.md cannot be written: ${project.root}/templates is no folder.\nls -ld `);
    expect(filesOf(project)).toEqual(['templates']);
  });

  test('a name that could not stand in runbook.yaml', async () => {
    using project = await gitRepository();
    const { code, stderr } = await project.runbook(['init', 'our docs: new']);
    expect(code).toBe(2);
    expect(stderr).toContain('Expected a folder of letters, digits and . _ @ - /, found "our docs: new".');
  });
});

describe('.gitignore', () => {
  test('gets its line behind the last one, closed or not', async () => {
    using project = await gitRepository({ '.gitignore': 'node_modules/' });
    await project.runbook(['init']);
    expect(readFileSync(join(project.root, '.gitignore'), 'utf8')).toBe('node_modules/\n.runbook/\n');
  });

  test('is left as it is where git ignores the records already, and where there is no git', async () => {
    using project = await gitRepository({ '.gitignore': '.run*/\n' });
    expect((await project.runbook(['init'])).stdout).toContain('○ is there  .gitignore: .runbook/ is ignored');
    expect(readFileSync(join(project.root, '.gitignore'), 'utf8')).toBe('.run*/\n');
    using bare = makeProject({});
    const { stdout } = await bare.runbook(['init', '--workflow']);
    expect(stdout).not.toContain('.gitignore');
    expect(stdout).toContain('to the root of the git repository; this is not it.');
    expect(existsSync(join(bare.root, '.gitignore'))).toBe(false);
  });
});

describe('the checks', () => {
  test.each([
    ['package-lock.json', ['npm ci', 'npx --no -- runbook lint']],
    ['pnpm-lock.yaml', ['corepack enable && pnpm install --frozen-lockfile', 'pnpm exec runbook lint']],
    ['yarn.lock', ['corepack enable && yarn install --immutable', 'yarn run runbook lint']],
  ])('call the engine as the package manager of %s does', async (lock, [install, lint]) => {
    using project = await gitRepository({ [lock]: '', 'docs/operations.v2/x.txt': '' });
    const { stdout } = await project.runbook(['init', 'docs/operations.v2', '--workflow', '--pre-commit']);
    const workflow = parse(readFileSync(join(project.root, '.github/workflows/runbooks.yml'), 'utf8'));
    expect(workflow).toMatchObject({ on: { pull_request: null }, permissions: { contents: 'read' } });
    const { steps } = workflow.jobs.lint;
    expect(steps.flatMap(({ run }: { run?: string }) => run ?? [])).toEqual([install, `${lint} --format github`]);
    const [hook] = parse(readFileSync(join(project.root, '.pre-commit-config.yaml'), 'utf8')).repos[0].hooks;
    expect(hook).toMatchObject({ entry: lint, language: 'system', pass_filenames: false });
    const files = new RegExp(hook.files);
    for (const path of ['runbook.yaml', 'docs/operations.v2/runbooks/x.md', 'docs/operations.v2/playbooks/x.md']) expect(path).toMatch(files);
    for (const path of ['runbook.yaml.bak', 'docs/operations-v2/runbooks/x.md', 'runbooks/x.md']) expect(path).not.toMatch(files);
    expect(stdout).toContain('npm install --save-dev <the .tgz file of the engine>');
  });
});

describe('on a terminal', () => {
  const ask = (project: TestProject, ...args: readonly string[]) =>
    openTerminal(['node', cli, 'init', ...args], { cwd: project.root, columns: 120, rows: 60 });

  test('asks what is not said, writes nothing before the last answer, and then what was wanted', { timeout: 120_000 }, async () => {
    using project = await gitRepository();
    using terminal = ask(project);
    await terminal.shows('In which folder do the documents go? [.]');
    terminal.press('docs/operations\r');
    await terminal.shows('[database]');
    terminal.press('both\r');
    await terminal.shows('Type one of first, database.');
    terminal.press('first\r');
    await terminal.shows('by a workflow of GitHub? y/N');
    terminal.press('y\r');
    await terminal.shows('by pre-commit? y/N');
    terminal.press('\r');
    await terminal.shows('Write them? Y/n');
    expect(terminal.screen()).toContain(
      '  docs/operations/RUNBOOK-TEMPLATE.md\n  .github/workflows/runbooks.yml\n  .gitignore, the line .runbook/\n',
    );
    expect(filesOf(project)).toEqual([]);
    terminal.press('\r');
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen()).toContain('✔ written   docs/operations/runbooks/maintenance-notice.md');
    expect(existsSync(join(project.root, '.github/workflows/runbooks.yml'))).toBe(true);
    expect(existsSync(join(project.root, '.pre-commit-config.yaml'))).toBe(false);
  });

  test('shows the difference of a file that is there, and takes the new one only when told; the old one is kept', { timeout: 120_000 }, async () => {
    using project = await gitRepository({
      'runbook.yaml': 'stages:\n  dev: {}\n',
      'runbook.yaml.bak': 'older\n',
      'templates/RUNBOOK-TEMPLATE.md': 'Ours\n',
    });
    using terminal = ask(project, '.', '--content', 'first', '--workflow', '--pre-commit');
    await terminal.shows('runbook.yaml is there, and differs from the new one.');
    terminal.press('d\r');
    await terminal.shows('-  dev: {}');
    terminal.press('t\r');
    await terminal.shows('templates/RUNBOOK-TEMPLATE.md is there, and differs from the new one.');
    terminal.press('\r');
    await terminal.shows('Write them? Y/n');
    expect(readFileSync(join(project.root, 'runbook.yaml'), 'utf8')).toBe('stages:\n  dev: {}\n');
    terminal.press('y\r');
    expect(await terminal.ended).toBe(0);
    expect(terminal.history()).toContain('✔ replaced  runbook.yaml; yours is runbook.yaml.bak2');
    expect(terminal.history()).toContain('! kept      templates/RUNBOOK-TEMPLATE.md');
    const texts = ['runbook.yaml.bak', 'runbook.yaml.bak2', 'templates/RUNBOOK-TEMPLATE.md'].map((path) =>
      readFileSync(join(project.root, path), 'utf8'),
    );
    expect(texts).toEqual(['older\n', 'stages:\n  dev: {}\n', 'Ours\n']);
    expect((await project.runbook(['lint'])).code).toBe(0);
  });

  test.each([
    ['no', 'n\r'],
    ['Ctrl+C', '\u{3}'],
    ['the end of the input', '\u{4}'],
  ])('writes nothing after %s', async (_, keys) => {
    using project = await gitRepository();
    using terminal = ask(project, '.', '--content', 'first', '--workflow', '--pre-commit');
    await terminal.shows('Write them? Y/n');
    terminal.press(keys);
    expect(await terminal.ended).toBe(6);
    expect(terminal.screen()).toContain('Nothing was written.');
    expect(filesOf(project)).toEqual([]);
  });
});
