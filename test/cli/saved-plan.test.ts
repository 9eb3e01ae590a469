import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../../engine/runtime/approved.ts';
import { fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';

const inputs = '## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n| box | Which box | text | red |\n\n';
const document = (command: string): string =>
  runbookOf(
    `${inputs}## Tidy up\n\n### Sort\n\n${fence('bash step=sort risk=medium timeout=1m', command)}\n**If this fails:** [Lost](../playbooks/lost.md#no-box)\n\n### Count\n\n${fence('bash step=count risk=low', 'ls')}\n## Lock\n\n### Lock it\n\n${fence('bash step=lock-it risk=low', 'true')}`,
    'files: ["data/*.txt"]\n',
  );
const playbook = (command: string): string =>
  `---\nkind: playbook\n---\n\n# Lost\n\nNot there.\n\n## No box\n\n${fence('bash step=mend risk=low', command)}`;
const config = (size: number): string => `stages:\n  dev: { variables: { size: ${size} } }\n  staging: {}\n`;

const files = {
  'runbook.yaml': config(3),
  'runbooks/tidy.md': document('echo {box} {size} >> did'),
  'runbooks/other.md': document('echo {box} {size} >> did'),
  'playbooks/lost.md': playbook('echo look'),
  'data/red.txt': 'red\n',
  'elsewhere.txt': 'blue\n',
};

const planned = ['tidy', '--stage', 'dev', '--procedure', 'tidy-up', '--var', 'box=blue'];

const edit =
  (change: (saved: Record<string, unknown>) => void) =>
  ({ root }: TestProject): void => {
    const path = join(root, 'plan.json');
    const saved = JSON.parse(readFileSync(path, 'utf8'));
    change(saved);
    writeFileSync(path, JSON.stringify(saved));
  };

/** What is otherwise when the plan is to be run, and what is said of it. */
const drifts: readonly (readonly [what: string, says: string, otherwise: { args?: readonly string[]; change?: (project: TestProject) => void }])[] = [
  ['the document', 'runbooks/tidy.md: changed since', { change: (project) => project.write({ 'runbooks/tidy.md': document('rm -r {box}') }) }],
  [
    'a comment in the document',
    'runbooks/tidy.md: changed since',
    { change: (project) => project.write({ 'runbooks/tidy.md': `${files['runbooks/tidy.md']}\n` }) },
  ],
  ['the playbook', 'playbooks/lost.md: changed since', { change: (project) => project.write({ 'playbooks/lost.md': playbook('rm -r /') }) }],
  ['a variable of the stage', 'runbook.yaml: changed since', { change: (project) => project.write({ 'runbook.yaml': config(4) }) }],
  ['a declared file', 'data/red.txt: changed since', { change: (project) => project.write({ 'data/red.txt': 'dark red\n' }) }],
  ['a declared file that is new', 'data/green.txt: not in the plan', { change: (project) => project.write({ 'data/green.txt': 'green\n' }) }],
  ['a declared file that is gone', 'data/red.txt: not there any more', { change: ({ root }) => rmSync(join(root, 'data/red.txt')) }],
  [
    'a declared file that is a link now',
    'data/red.txt: changed since',
    {
      change({ root }) {
        rmSync(join(root, 'data/red.txt'));
        symlinkSync('../elsewhere.txt', join(root, 'data/red.txt'));
      },
    },
  ],
  ['an input', 'values: the plan says {"box":"blue"}, and this is {"box":"green"}', { args: [...planned.slice(0, -1), 'box=green'] }],
  ['an input that is not given', 'values: the plan says {"box":"blue"}, and this is {}', { args: planned.slice(0, -2) }],
  ['another document', 'document: the plan says "runbooks/tidy.md", and this is "runbooks/other.md"', { args: ['other', ...planned.slice(1)] }],
  ['another stage', 'stage: the plan says "dev", and this is "staging"', { args: ['tidy', '--stage', 'staging', ...planned.slice(3)] }],
  [
    'another procedure',
    'procedures: the plan says ["tidy-up"], and this is ["lock"]',
    { args: planned.map((word) => (word === 'tidy-up' ? 'lock' : word)) },
  ],
  [
    'fewer steps',
    'selection: the plan says {"readOnly":false}, and this is {"only":["sort"],"readOnly":false}',
    { args: [...planned, '--only', 'sort'] },
  ],
  ['only the steps that read', 'selection: the plan says {"readOnly":false}, and this is {"readOnly":true}', { args: [...planned, '--read-only'] }],
  ['the engine', 'engine: the plan says "0.0.0", and this is "', { change: edit((saved) => (saved.engine = '0.0.0')) }],
  [
    'what is shown to the reviewer',
    'readable: the steps that it shows are not those that would run',
    { change: edit((saved) => (saved.readable = JSON.parse(JSON.stringify(saved.readable).replace('echo blue 3 >> did', 'echo harmless')))) },
  ],
];

test('a plan on file says everything: what runs with its values, every document and file by its hash; and it runs as it says', async () => {
  using project = makeProject(files);
  const written = await project.runbook(['plan', ...planned, '-o', 'plan.json']);
  expect(written.stdout).toContain('Next: runbook run tidy --stage dev --procedure tidy-up --var box=blue --plan plan.json\n');
  const saved = JSON.parse(readFileSync(join(project.root, 'plan.json'), 'utf8'));
  const reached = ['data/red.txt', 'playbooks/lost.md', 'runbook.yaml', 'runbooks/tidy.md'] as const;
  expect(saved).toMatchObject({
    document: 'runbooks/tidy.md',
    procedures: ['tidy-up'],
    stage: 'dev',
    selection: { readOnly: false },
    engine: '0.1.0',
    values: { box: 'blue' },
    files: Object.fromEntries(reached.map((path) => [path, sha256(files[path])])),
  });
  expect(Object.keys(saved.files)).toEqual(expect.arrayContaining([...reached]));
  expect(Object.keys(saved.files)).toHaveLength(reached.length);
  expect(saved.readable.procedures[0].steps).toMatchObject([
    { id: 'sort', risk: 'medium', text: 'echo blue 3 >> did\n' },
    { id: 'count', text: 'ls\n' },
  ]);
  expect(saved.readable.playbooks[0].entries[0].steps).toMatchObject([{ id: 'mend', text: 'echo look\n' }]);
  // Somebody else may run it.
  const { code } = await project.runbook(['run', ...planned, '--yes', '--plan', 'plan.json'], { env: { USER: 'second', LOGNAME: 'second' } });
  expect(code).toBe(0);
  expect(readFileSync(join(project.root, 'did'), 'utf8')).toBe('blue 3\n');
});

test('a plan on file is refused when anything differs from it, and nothing runs', { timeout: 120_000 }, async () => {
  using project = makeProject(files);
  await project.runbook(['plan', ...planned, '-o', 'plan.json']);
  const saved = readFileSync(join(project.root, 'plan.json'), 'utf8');
  for (const [what, says, { args = planned, change }] of drifts) {
    for (const path of ['data/red.txt', 'data/green.txt']) rmSync(join(project.root, path), { force: true });
    project.write({ ...files, 'plan.json': saved });
    change?.(project);
    const { code, stderr } = await project.runbook(['run', ...args, '--yes', '--plan', 'plan.json']);
    expect(stderr, what).toContain('This is not what was planned in plan.json:');
    expect(stderr, what).toContain(`  ${says}`);
    expect(code, what).toBe(7);
  }
  expect((await project.runbook(['runs'])).stdout).toContain('No runs yet');
});
