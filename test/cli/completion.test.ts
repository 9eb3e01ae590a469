import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

const body = `## Inputs

| Input | Meaning | Allowed | Default |
| --- | --- | --- | --- |
| box | Which box | \`/[a-z]+/\` | red |
| token | The key | secret | |

## Tidy up

### Count the bricks

${fence('bash step=count-bricks risk=low', 'true')}
## Sort

### Sort them

${fence('bash step=sort risk=low', 'true')}`;

/** A project with names that a shell would rather obey than complete, and `runbook` on PATH. */
function project(): TestProject {
  const made = makeProject({
    'runbooks/tidy.md': runbookOf(body),
    'runbooks/$(touch pwned).md': runbookOf(body),
    'runbooks/two words.md': runbookOf(body),
    'runbooks/`touch pwned`.md': runbookOf(body),
    'runbooks/-rf.md': runbookOf(body),
    'playbooks/lost.md': '---\nkind: playbook\n---\n\n# Lost bricks\n',
  });
  mkdirSync(join(made.root, 'bin'));
  writeFileSync(join(made.root, 'bin', 'runbook'), `#!/bin/sh\nexec node '${cli}' "$@"\n`);
  chmodSync(join(made.root, 'bin', 'runbook'), 0o755);
  return made;
}

function environment(made: TestProject): Record<string, string> {
  const clean = cleanEnvironment();
  return { ...clean, PATH: `${join(made.root, 'bin')}${delimiter}${clean.PATH ?? ''}` };
}

/** What bash offers for each of these lines (its words, the last one being completed), as it would insert it. */
async function inBash(made: TestProject, lines: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]> {
  const ask = lines.map((words) => {
    const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    return `COMP_WORDS=(runbook ${quoted}); COMP_CWORD=${words.length}; _runbook; printf '%s\\n' "\${COMPREPLY[@]}" --end--`;
  });
  const { stdout, stderr } = await execa('bash', ['-c', `eval "$(runbook completion bash)"\n${ask.join('\n')}`], {
    cwd: made.root,
    env: environment(made),
    extendEnv: false,
  });
  expect(stderr).toBe('');
  return stdout
    .split('--end--')
    .slice(0, -1)
    .map((part) => part.split('\n').filter((line) => line !== ''));
}

test('bash completes commands, options, documents, procedures, stages, steps, inputs and choices', async () => {
  using made = project();
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['ru'], ['run', 'runs']],
    [['run', 'ti'], ['tidy']],
    [
      ['run', 'tidy#'],
      ['tidy#tidy-up', 'tidy#sort'],
    ],
    [['run', 'tidy', '--stage', 'd'], ['dev']],
    [['run', 'tidy', '--stage', '=', 's'], ['staging']],
    [['run', 'tidy', '-s', 'prod'], ['production']],
    [
      ['run', 'tidy', '--from', ''],
      ['count-bricks', 'sort'],
    ],
    [['run', 'tidy', '--procedure', 't'], ['tidy-up']],
    [['run', 'tidy', '--var', ''], ['box=']],
    [['run', 'tidy', '--secret-file', ''], ['token=']],
    [
      ['run', 'tidy', '--on-failure', ''],
      ['ask', 'stop', 'playbook'],
    ],
    [['run', 'tidy', '--fault', 'lock'], ['lock-held']],
    [
      ['run', 'tidy', '--on'],
      ['--only', '--on-failure'],
    ],
    [
      ['sandbox', 'st'],
      ['status', 'start', 'stop'],
    ],
    [['sandbox', 'fault', 'lock'], ['lock-held']],
    [
      ['sandbox', 'fault', 'lock-held', 'o'],
      ['on', 'off'],
    ],
    [['new', 'run'], ['runbook']],
    [
      ['report', 'x', '--format', 'j'],
      ['json', 'junit'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['-C', '/nowhere', 'run', 'ti'], []],
    [['nonsense', 'x', ''], []],
  ];
  const answers = await inBash(
    made,
    cases.map(([words]) => words),
  );
  expect(cases.map(([words], index) => [words, answers[index]])).toEqual(cases);
});

test('bash completes runs by their ids, and by the ends of ids', async () => {
  using made = project();
  await made.runbook(['run', 'tidy#sort', '--stage', 'dev', '--yes']);
  const { runs } = JSON.parse((await made.runbook(['runs', '--json'])).stdout);
  const id: string = runs[0].run;
  const end = id.slice(-4);
  expect(
    await inBash(made, [
      ['report', id.slice(0, 8)],
      ['report', end.slice(0, 3)],
      ['resume', ''],
    ]),
  ).toEqual([[id], [end], []]);
});

test('a name that a shell would obey is quoted, and nothing that was typed is evaluated', async () => {
  using made = project();
  const [all = [], spaced, typed, quoted] = await inBash(made, [
    ['run', ''],
    ['run', 'two\\ w'],
    ['run', '$(touch pwned'],
    ['run', '"t'],
  ]);
  expect(all).toEqual(['\\$\\(touch\\ pwned\\)', '\\`touch\\ pwned\\`', 'tidy', 'two\\ words', 'lost']);
  expect(spaced).toEqual(['two\\ words']);
  expect(typed).toEqual(['\\$\\(touch\\ pwned\\)']);
  // In an open quote a name that needs quotes is left out.
  expect(quoted).toEqual(['tidy']);
  await execa('bash', ['-c', `printf '%s\\n' ${all.join(' ')}`], { cwd: made.root });
  expect(existsSync(join(made.root, 'pwned'))).toBe(false);
});

test('a project that cannot be read has no answers, and no error', async () => {
  using made = project();
  made.write({ 'runbook.yaml': 'stages: [' });
  expect(await made.runbook(['complete', 'bash', '--', 'run', 'tidy', '--stage', ''])).toEqual({ code: 0, stdout: '', stderr: '' });
  expect((await made.runbook(['complete', 'zsh', '--', 'run', 'tidy', '--stag'])).stdout).toContain('--stage\twhere it runs');
});

test('zsh and fish are given whole words', async () => {
  using made = project();
  for (const shell of ['zsh', 'fish'])
    expect((await made.runbook(['complete', shell, '--', 'run', 'tidy', '--stage=d'])).stdout).toBe('--stage=dev\t\n');
});

test('commands and options are completed without the parser, the screens or an SDK', async () => {
  using made = project();
  const seen = join(made.root, 'loaded');
  writeFileSync(
    join(made.root, 'seen.mjs'),
    `import { registerHooks } from 'node:module';
import { appendFileSync } from 'node:fs';
registerHooks({ load: (url, context, next) => { appendFileSync(${JSON.stringify(seen)}, url + '\\n'); return next(url, context); } });`,
  );
  const args = ['--import', join(made.root, 'seen.mjs'), cli, 'complete', 'bash', '--', 'run', '--st'];
  const { stdout } = await execa('node', args, { cwd: made.root, env: cleanEnvironment(), extendEnv: false });
  expect(stdout).toContain('--stage');
  // The bundle says above each module of a package where it is from.
  const files = readFileSync(seen, 'utf8')
    .split('\n')
    .filter((url) => url.startsWith('file:'));
  const loaded = files
    .map((url) => readFileSync(fileURLToPath(url), 'utf8'))
    .join('\n')
    .match(/^\/\/.*node_modules\/.*$/gm);
  const packages = (loaded ?? []).join('\n');
  expect(packages).toContain('commander');
  expect(packages).not.toMatch(/node_modules\/(ink|react|remark|unified|zod|@aws-sdk)/);
  const whole = readdirSync(join(cli, '..'))
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(cli, '..', name), 'utf8'))
    .join('\n');
  for (const name of ['ink', 'react', 'remark', 'unified', 'zod', '@aws-sdk']) expect(whole).toMatch(new RegExp(`^//.*node_modules/${name}`, 'm'));
});

const folders = ['/bin', '/usr/bin', '/opt/homebrew/bin'];
const installed = (shell: string): boolean => folders.some((folder) => existsSync(join(folder, shell)));

for (const shell of ['zsh', 'fish'])
  test.skipIf(!installed(shell))(`${shell} reads its script and asks runbook (needs ${shell})`, async () => {
    using made = project();
    const script = (await made.runbook(['completion', shell])).stdout;
    writeFileSync(join(made.root, 'script'), script);
    expect((await execa(shell, ['-n', join(made.root, 'script')], { reject: false })).stderr).toBe('');
    if (shell !== 'fish') return;
    const { stdout } = await execa('fish', ['-c', `source script; complete -C 'runbook run tidy --stage d'`], {
      cwd: made.root,
      env: environment(made),
      extendEnv: false,
    });
    expect(stdout.trim()).toBe('dev');
  });
