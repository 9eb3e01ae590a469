import { describe, expect, test } from 'vitest';
import { fence, makeProject, runbookOf } from '../helpers/project.ts';

const count = fence('bash step=count-bricks risk=low', 'echo 42 bricks');
const tidy = runbookOf(`## Tidy up\n\n### Count the bricks\n\n${count}`);

/** A document, the arguments, and what the engine must say of them. */
type Case = {
  readonly title: string;
  readonly document?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly code: number;
  readonly says: readonly string[];
};

const procedure = (body: string): string => runbookOf(`## Tidy up\n\n### Count the bricks\n\n${body}`);

const cases: readonly Case[] = [
  {
    title: 'an unknown runbook',
    args: ['run', 'tidi', '--stage', 'dev', '--yes'],
    code: 2,
    says: ['Unknown runbook "tidi". This project has: tidy.', 'Did you mean "tidy"?'],
  },
  {
    title: 'an unknown stage',
    args: ['run', 'tidy', '--stage', 'stagin', '--yes'],
    code: 2,
    says: ['Unknown stage "stagin". This project has: dev, staging, production.', '--stage staging'],
  },
  { title: 'an unknown procedure', args: ['run', 'tidy#tidy-uo', '--stage', 'dev', '--yes'], code: 2, says: ['tidy-uo', 'tidy-up'] },
  { title: 'no stage', args: ['run', 'tidy', '--yes'], code: 2, says: ['--stage'] },
  { title: 'an unknown option', args: ['run', 'tidy', '--stage', 'dev', '--yess'], code: 2, says: ['--yess', '--yes'] },
  { title: 'an unknown command', args: ['rum'], code: 2, says: ['rum', 'run'] },
  {
    title: 'an unknown key',
    document: procedure(fence('bash step=count risk=low timeot=2m', 'true')),
    code: 3,
    says: ['runbooks/tidy.md:13:', 'timeot', '"timeout"', '^'],
  },
  { title: 'a duplicate id', document: procedure(`${count}\n${count}`), code: 3, says: ['runbooks/tidy.md:17:', 'count-bricks'] },
  { title: 'a missing risk', document: procedure(fence('bash step=count', 'true')), code: 3, says: ['runbooks/tidy.md:13:', 'risk'] },
  {
    title: 'a front matter that is not YAML',
    document: procedure(count).replace('kind: runbook', 'kind: [runbook'),
    code: 3,
    says: ['runbooks/tidy.md:'],
  },
  { title: 'a runbook.yaml that is not YAML', files: { 'runbook.yaml': 'stages:\n  dev: {\n' }, code: 3, says: ['runbook.yaml:'] },
  {
    title: 'an unknown key in runbook.yaml',
    files: { 'runbook.yaml': 'stages:\n  dev: { sandbocks: true }\n' },
    code: 3,
    says: ['runbook.yaml:2:10', 'sandbocks'],
  },
  {
    title: 'a dangling playbook link',
    document: procedure(`${count}\n**If this fails:** [Lost](../playbooks/lost.md#lost)\n`),
    code: 3,
    says: ['runbooks/tidy.md:17:', 'playbooks/lost.md'],
  },
  {
    title: 'a dangling anchor in a playbook',
    document: procedure(`${count}\n**If this fails:** [Lost](../playbooks/lost.md#losst)\n`),
    files: { 'playbooks/lost.md': `---\nkind: playbook\n---\n\n# Lost bricks\n\n## Lost\n\n${fence('bash step=look risk=low', 'true')}` },
    code: 3,
    says: ['runbooks/tidy.md:17:', '#losst', 'Did you mean "lost"?'],
  },
  {
    title: 'a block that no kernel runs',
    document: procedure(fence('ruby step=count risk=low', 'puts 42')),
    code: 3,
    says: ['runbooks/tidy.md:14: there is no kernel for "ruby"', 'kernels'],
  },
  { title: 'an unclosed fence', document: procedure('```bash step=count risk=low\ntrue\n'), code: 3, says: ['runbooks/tidy.md:13:'] },
  {
    title: 'a variable without a value',
    document: procedure(
      `${fence('bash step=show risk=low', 'echo {total}')}\n### Then\n\n${fence('bash step=count risk=low capture=total', 'echo 1')}`,
    ),
    code: 3,
    says: ['runbooks/tidy.md:14:', 'total'],
  },
  {
    title: 'a value that may not be pasted',
    document: runbookOf(
      `## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n| box | Which box | text | |\n\n## Tidy up\n\n${fence('bash step=count risk=low', 'ls {box}')}`,
    ),
    args: ['run', 'tidy', '--stage', 'dev', '--yes', '--var', 'box=$(reboot)'],
    code: 3,
    says: ['runbooks/tidy.md:17', '"$(reboot)"', '"$BOX"'],
  },
  { title: 'an unknown input', args: ['run', 'tidy', '--stage', 'dev', '--yes', '--var', 'bocks=1'], code: 2, says: ['Unknown input "bocks"'] },
  { title: 'an unknown input of a plan', args: ['plan', 'tidy', '--stage', 'dev', '--var', 'bocks=1'], code: 2, says: ['Unknown input "bocks"'] },
  { title: 'no terminal and no --yes', args: ['run', 'tidy', '--stage', 'dev'], code: 6, says: ['no terminal', '--yes'] },
  {
    title: '--yes on a stage with typed confirmation',
    args: ['run', 'tidy', '--stage', 'production', '--yes'],
    code: 6,
    says: ['--confirm production'],
  },
  {
    title: '--confirm with the name of another stage',
    args: ['run', 'tidy', '--stage', 'production', '--confirm', 'staging'],
    code: 6,
    says: ['--confirm production'],
  },
  {
    title: '--all on a stage that is no sandbox',
    args: ['run', 'tidy', '--stage', 'dev', '--all', '--yes'],
    code: 2,
    says: ['--all', 'dev is not a sandbox'],
  },
  {
    title: 'a stage that the document does not list',
    document: tidy.replace('kind: runbook\n', 'kind: runbook\nstages: [dev]\n'),
    args: ['run', 'tidy', '--stage', 'staging', '--yes'],
    code: 2,
    says: ['staging', 'dev'],
  },
  {
    title: 'several procedures, none of them named, and no terminal',
    document: runbookOf(`## One\n\n${fence('bash step=one risk=low', 'true')}\n## Two\n\n${fence('bash step=two risk=low', 'true')}`),
    code: 2,
    says: ['one', 'two', '--procedure'],
  },
  {
    title: 'a tool that is not there',
    document: tidy.replace('kind: runbook\n', 'kind: runbook\nrequires: [no-such-tool-here]\n'),
    code: 7,
    says: ['no-such-tool-here is required and was not found'],
  },
  {
    title: 'a tool that is too old',
    document: tidy.replace('kind: runbook\n', 'kind: runbook\nrequires: ["git >=99"]\n'),
    code: 7,
    says: ['git 99 or newer is required'],
  },
  {
    title: 'a run folder that cannot be made',
    files: { '.runbook': 'a file where the folder should be' },
    code: 9,
    says: ['The folder of the run cannot be made', '.runbook'],
  },
  { title: 'an unknown run', args: ['resume', 'zzzz'], code: 2, says: ['Unknown run "zzzz"', 'runbook runs'] },
  { title: 'nothing to resume', args: ['resume'], code: 2, says: ['no unfinished run'] },
  { title: 'an unknown report format', args: ['report', 'zzzz', '--format', 'pdf'], code: 2, says: ['pdf', 'md'] },
];

describe('a command that cannot be carried out says what is wrong and what to type', () => {
  test.for(cases)('$title: exit code $code', async ({ document, files, args, code, says }) => {
    using project = makeProject({ 'runbooks/tidy.md': document ?? tidy, ...files });
    const ended = await project.runbook(args ?? ['run', 'tidy', '--stage', 'dev', '--yes']);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(ended.stderr, ended.stdout).toContain(says[0]);
    for (const words of says) expect(ended.stderr).toContain(words);
    expect(ended.code).toBe(code);
  });
});

test('a fault in the engine itself is exit code 1 and asks for a report', async () => {
  using project = makeProject({ 'runbooks/tidy.md': tidy, 'break.mjs': 'JSON.parse = () => { throw new TypeError("broken on purpose"); };' });
  const { code, stderr } = await project.runbook(['list'], { env: { NODE_OPTIONS: `--import ${project.root}/break.mjs` } });
  expect(stderr).toContain('This is a fault in runbook itself.');
  expect(stderr).toContain('broken on purpose');
  expect(code).toBe(1);
});
