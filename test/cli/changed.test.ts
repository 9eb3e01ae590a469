import { globSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../../engine/runtime/approved.ts';
import { readJournal } from '../../engine/runtime/journal.ts';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';

const body = (command: string): string =>
  runbookOf(
    `## Tidy up\n\n### Sort\n\n${fence('bash step=sort risk=medium timeout=1m', command)}\n**If this fails:** [Lost](../playbooks/lost.md#no-box)\n`,
    'files: ["data/*.txt", current.txt, "box/*.txt"]\n',
  );
const playbook = (command: string): string =>
  `---\nkind: playbook\n---\n\n# Lost\n\nNot there.\n\n## No box\n\n${fence('bash step=mend risk=low', command)}`;

/** A project in which a document, a declared file and a folder are reached by links as well. */
function make(): TestProject {
  const project = makeProject({
    'runbook.yaml': 'stages:\n  dev: {}\n',
    'elsewhere/tidy.md': body('echo old >> did'),
    'elsewhere/other.md': body('echo other >> did'),
    'playbooks/lost.md': playbook('echo look'),
    'data/red.txt': 'red\n',
    'one.txt': 'one\n',
    'two.txt': 'two\n',
    'old/brick.txt': 'old brick\n',
    'new/brick.txt': 'new brick\n',
    'runbooks/keep.txt': '',
  });
  link(project, 'elsewhere/tidy.md', 'runbooks/tidy.md');
  link(project, 'one.txt', 'current.txt');
  link(project, 'old', 'box');
  return project;
}

function link(project: TestProject, target: string, path: string): void {
  rmSync(join(project.root, path), { force: true });
  symlinkSync(join(project.root, target), join(project.root, path));
}

/** What is done to the project while a question stands, the file that is not what it was, and a line of the difference. */
const changes: readonly (readonly [path: string, shows: string, change: (project: TestProject) => void])[] = [
  ['runbooks/tidy.md', '+echo new >> did', (project) => project.write({ 'elsewhere/tidy.md': body('echo new >> did') })],
  ['playbooks/lost.md', '+echo burn', (project) => project.write({ 'playbooks/lost.md': playbook('echo burn') })],
  [
    'runbook.yaml',
    '+  dev: { variables: { size: 3 } }',
    (project) => project.write({ 'runbook.yaml': 'stages:\n  dev: { variables: { size: 3 } }\n' }),
  ],
  ['data/red.txt', '+dark red', (project) => project.write({ 'data/red.txt': 'dark red\n' })],
  ['data/green.txt', '+green', (project) => project.write({ 'data/green.txt': 'green\n' })],
  ['current.txt', '+two', (project) => link(project, 'two.txt', 'current.txt')],
  ['box/brick.txt', '+new brick', (project) => link(project, 'new', 'box')],
  ['runbooks/tidy.md', '+echo other >> did', (project) => link(project, 'elsewhere/other.md', 'runbooks/tidy.md')],
];

const run = 'Run this on DEV?';
const goOn = 'Go on with the files as they are now?';

/** A question that is the newest on the screen. */
const standing = (question: string): RegExp => new RegExp(`${question.replace('?', '\\?')}(?![\\s\\S]*(?:as they are now|Run this on))`);

test.each(['', '--plain'])('run %s: whatever changed between the question and the answer is shown and has to be accepted', async (mode) => {
  using project = make();
  const open = (command: string) => {
    const terminal = openTerminal(['node', cli, ...`${command} ${mode}`.trim().split(' ')], { cwd: project.root, columns: 100, rows: 40 });
    const answer = async (question: string, key: string): Promise<void> => {
      await terminal.answer(standing(question), key);
      if (mode === '--plain') terminal.press('\r');
    };
    return { terminal, answer, [Symbol.dispose]: () => terminal[Symbol.dispose]() };
  };
  const events = () => readJournal(join(project.root, String(globSync('.runbook/runs/*/journal.jsonl', { cwd: project.root })[0]))).events;
  const accepted = () => events().flatMap((event) => (event.type === 'changes-accepted' ? [event.files] : []));
  const now = (path: string) => [{ path, sha256: sha256(readFileSync(join(project.root, path))) }];
  const expected: unknown[] = [];
  {
    using first = open('run tidy --stage dev');
    for (const [index, [path, shows, change]] of changes.entries()) {
      await first.terminal.shows(standing(run));
      change(project);
      await first.answer(run, 'y');
      await first.terminal.shows(shows);
      expect(first.terminal.screen()).toContain(path);
      const last = index === changes.length - 1;
      await first.answer(goOn, last ? 'n' : 'y');
      if (!last) expected.push(now(path));
    }
    expect(await first.terminal.ended).toBe(6);
  }
  expect(accepted()).toEqual(expected);
  expect(events().at(-1)).toMatchObject({ type: 'run-stopped', because: 'changes', reason: 'changed since it was accepted: runbooks/tidy.md' });
  expect(globSync('did', { cwd: project.root })).toEqual([]);

  // Changed again while no engine was there: what is accepted is what there is now.
  project.write({ 'elsewhere/other.md': body('echo later >> did') });
  using second = open('resume');
  await second.terminal.shows('+echo later >> did');
  expect(second.terminal.screen()).toContain('-echo new >> did');
  await second.answer(goOn, 'y');
  await second.answer(run, 'y');
  expect(await second.terminal.ended).toBe(0);
  expect(accepted()).toEqual([...expected, now('runbooks/tidy.md')]);
  expect(readFileSync(join(project.root, 'did'), 'utf8')).toBe('later\n');
});
