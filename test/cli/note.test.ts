import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readJournal } from '../../engine/runtime/journal.ts';
import { leaveNote, waitingNotes } from '../../engine/runtime/notes.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { runFolder } from '../../engine/runtime/run-store.ts';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { until, untilFile } from '../helpers/wait.ts';

/** Steps that go on until they may end, so that there is always one that runs. */
const patient = (name: string) => fence(`bash step=${name} risk=medium timeout=2m`, `: > ${name}; until [ -e ${name}.go ]; do sleep 0.02; done`);
const sorting = { 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n### Sort\n\n${patient('sort')}\n### Stack\n\n${patient('stack')}`) };

function start(project: TestProject, args: readonly string[]): ChildProcess {
  return spawn('node', [cli, ...args], { cwd: project.root, env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The run of a project that has one. */
function only(project: TestProject) {
  return runFolder(openProject(project.root), String(readdirSync(join(project.root, '.runbook/runs'))[0]));
}

/** The notes on record, in order; the journal's chain is checked by reading it. */
function recorded(project: TestProject) {
  return readJournal(only(project).journal).events.filter((event) => event.type === 'note-added');
}

test('twenty notes of four writers while a run goes on, its engine is killed and the run is resumed: each once, in the order of its writer', async () => {
  using project = makeProject(sorting);
  const first = start(project, ['run', 'tidy', '--stage', 'dev', '--yes']);
  await untilFile(join(project.root, 'sort'));
  const { run } = only(project);
  const write = async (writer: number): Promise<void> => {
    for (let number = 1; number <= 5; number++) {
      await pause(Math.random() * 400);
      expect(await project.runbook(['note', run, `${writer}: ${number}`])).toMatchObject({ code: 0, stderr: '' });
    }
  };
  const writers = Promise.all([1, 2, 3, 4].map(write));
  await until('some notes', () => recorded(project).length >= 4);
  first.kill('SIGKILL');
  await once(first, 'exit');
  await until('notes that no engine recorded', () => recorded(project).length >= 8);
  const second = start(project, ['resume', '--yes']);
  project.write({ 'sort.go': '' });
  await writers;
  project.write({ 'stack.go': '' });
  expect(await once(second, 'exit')).toEqual([0, null]);
  const notes = recorded(project);
  for (const writer of [1, 2, 3, 4])
    expect(notes.map(({ text }) => text).filter((text) => text.startsWith(`${writer}:`))).toEqual(
      [1, 2, 3, 4, 5].map((number) => `${writer}: ${number}`),
    );
  expect(new Set(notes.map(({ id }) => id)).size).toBe(20);
  expect(notes[0]).toMatchObject({ operator: expect.stringMatching(/./), host: expect.stringMatching(/./) });
  expect(existsSync(join(only(project).path, 'notes'))).toBe(false);
});

test('a note whose writer died right after it, and one that was recorded but not removed, are recorded once', async () => {
  using project = makeProject(sorting);
  const engine = start(project, ['run', 'tidy', '--stage', 'dev', '--yes']);
  await untilFile(join(project.root, 'sort'));
  const folder = only(project);
  engine.kill('SIGKILL');
  await once(engine, 'exit');
  const { path } = leaveNote(folder, { operator: 'second', host: 'bastion-2', text: 'left behind' });
  const left = readFileSync(path, 'utf8');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect((await project.runbook(['note', folder.run, 'after it'])).stdout).toMatch(/^Noted in run \S+: 8 characters by \S+\.\n$/);
  expect(recorded(project).map(({ text }) => text)).toEqual(['left behind', 'after it']);
  // As after a power cut that undid the removal.
  project.write({ [path.slice(project.root.length + 1)]: left });
  project.write({ 'sort.go': '', 'stack.go': '' });
  expect((await project.runbook(['resume', '--yes'])).code).toBe(0);
  expect(recorded(project).map(({ text }) => text)).toEqual(['left behind', 'after it']);
});

test('a stopped run takes notes, stays stopped, tells them in its report, and can be resumed; one that has ended takes none', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n### Look\n\n${fence('bash step=look risk=low', 'test -e box')}`) });
  expect((await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes'])).code).toBe(4);
  const { run, report } = only(project);
  const piped = await execa('node', [cli, 'note', run, '-'], { cwd: project.root, env: cleanEnvironment(), input: 'the box\u{1b}[2J is *away*\n' });
  expect(piped.stdout).toMatch(/^Noted in run/);
  expect(recorded(project)[0]?.text).toBe('the box\u{1b}[2J is *away*');
  expect(readFileSync(report, 'utf8')).toContain('the box\\^\\[\\[2J is \\*away\\*');
  expect((await project.runbook(['runs'])).stdout).toContain('stopped (failure)');
  project.write({ box: '' });
  const { length } = readJournal(only(project).journal).events;
  expect((await project.runbook(['resume', '--yes', '--on-failure', 'stop'])).code).toBe(4);
  expect(readJournal(only(project).journal).events.length).toBeGreaterThan(length);
  expect((await project.runbook(['report', run])).stdout).toContain('is \\*away\\*');
});

test.each([
  { title: 'no words', words: [''], says: ['Expected a text to note, found none.', 'runbook note '] },
  { title: 'too many', words: ['x'.repeat(4001)], says: ['at most 4000 characters, found 4001. Nothing was noted.', 'attach'] },
])('a note of $title is refused: 2', async ({ words, says }) => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n### Look\n\n${fence('bash step=look risk=low', 'test -e box')}`) });
  await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
  const { code, stderr } = await project.runbook(['note', only(project).run, ...words]);
  for (const words of says) expect(stderr).toContain(words);
  expect(code).toBe(2);
  expect(recorded(project)).toEqual([]);
});

test('a run that has ended takes no note: 2, and the last event stays the last', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n### Look\n\n${fence('bash step=look risk=low', 'true')}`) });
  expect((await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes'])).code).toBe(0);
  const { code, stderr } = await project.runbook(['note', only(project).run, 'too', 'late']);
  expect(stderr).toMatch(/^Run \S+ has ended \(finished, \S+\), .* Nothing was noted\.\n.*runbook attach \S+ --to …\n$/);
  expect(code).toBe(2);
  expect(readJournal(only(project).journal).events.at(-1)?.type).toBe('run-ended');
  expect(waitingNotes(only(project))).toEqual([]);
});

test('a second engine waits for the first one, and says who drives the run', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n### Sort\n\n${patient('sort').replace('medium', 'low')}`) });
  const engine = start(project, ['run', 'tidy', '--stage', 'dev', '--yes', '--read-only']);
  await untilFile(join(project.root, 'sort'));
  const { code, stderr } = await project.runbook(['resume', '--yes']);
  expect(stderr).toMatch(new RegExp(`^Run \\S+ is driven by \\S+ on \\S+ since \\S+ \\(process ${engine.pid}\\)\\.\nGo on with it there`));
  expect(code).toBe(7);
  project.write({ 'sort.go': '' });
  expect(await once(engine, 'exit')).toEqual([0, null]);
});

test('an inbox with something else in it disturbs no run', async () => {
  using project = makeProject(sorting);
  const engine = start(project, ['run', 'tidy', '--stage', 'dev', '--yes']);
  await untilFile(join(project.root, 'sort'));
  const inbox = join(only(project).path, 'notes').slice(project.root.length + 1);
  project.write({ [`${inbox}/000001.json`]: '{"id":', [`${inbox}/000002.json`]: '[]', [`${inbox}/other`]: '' });
  expect((await project.runbook(['note', only(project).run, 'seen'])).stdout).toContain('Noted');
  project.write({ 'sort.go': '', 'stack.go': '' });
  expect(await once(engine, 'exit')).toEqual([0, null]);
  expect(recorded(project).map(({ text }) => text)).toEqual(['seen']);
});

test('on the screen a note from elsewhere comes while a step runs and while a question is open, and N writes one while a step runs', async () => {
  using project = makeProject(sorting);
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev'], { cwd: project.root });
  await terminal.answer('Run this on DEV?', 'N');
  await terminal.shows('What is to be noted?');
  const { run } = only(project);
  await project.runbook(['note', run, 'from elsewhere']);
  await terminal.shows('from elsewhere');
  await terminal.answer('What is to be noted?', 'asked the team\r');
  await terminal.shows(/note by \S+: asked the team/);
  await terminal.answer('Run this on DEV?', 'y');
  await terminal.shows('running');
  terminal.press('N');
  await terminal.answer('What is to be noted?', 'while it runs\r');
  await terminal.shows(/note by \S+: while it runs/);
  project.write({ 'sort.go': '' });
  await terminal.answer('── 2 stack', '\u0003');
  await terminal.answer('Stop here and keep the run', 'y');
  expect(await terminal.ended).toBe(8);
  expect(recorded(project).map(({ text }) => text)).toEqual(['from elsewhere', 'asked the team', 'while it runs']);
});

test('in lines, N with its words is a note at a question and while a step runs, and what is typed stays behind the prompt', async () => {
  using project = makeProject(sorting);
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev', '--plain', '--no-notify'], { cwd: project.root });
  await terminal.shows('Run this on DEV?');
  terminal.press('N at the que');
  await terminal.shows('N at the que');
  await project.runbook(['note', only(project).run, 'from elsewhere']);
  await terminal.shows(/from elsewhere\n(?:.*\n?)*N at the que/);
  terminal.press('stion\r');
  await terminal.shows(/note by \S+: at the question/);
  terminal.press('y\r');
  await untilFile(join(project.root, 'sort'));
  terminal.press('N while it runs\r');
  await terminal.shows(/note by \S+: while it runs/);
  terminal.press('N\r');
  await terminal.shows('on the same line');
  project.write({ 'sort.go': '' });
  await terminal.shows(/Step 2(?:.*\n)+.*Run this on DEV\?/);
  terminal.press('q\r');
  expect(await terminal.ended).toBe(8);
  expect(recorded(project).map(({ text }) => text)).toEqual(['from elsewhere', 'at the question', 'while it runs']);
  expect(globSync('.runbook/runs/*/notes/*', { cwd: project.root })).toEqual([]);
});
