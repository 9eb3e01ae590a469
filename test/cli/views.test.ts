import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, fence, makeProject, runbookOf } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { until, untilFile } from '../helpers/wait.ts';

const files = {
  'runbooks/tidy.md': runbookOf(
    `## Tidy up\n\n### Look\n\n${fence('bash step=look risk=low', 'echo looked')}\n### Sort\n\n${fence('bash step=sort risk=low', 'until [ -e go ]; do : > running; sleep 0.05; done; seq 1 400')}`,
  ),
};
const question = 'Run this on DEV?';
const frame = '─'.repeat(80);

test.each<[name: string, env: Readonly<Record<string, string>>, args: readonly string[]]>([
  ['--plain', {}, ['--plain']],
  ['--screen-reader', {}, ['--screen-reader']],
  ['INK_SCREEN_READER=true', { INK_SCREEN_READER: 'true' }, []],
  ['ACCESSIBLE=1', { ACCESSIBLE: '1' }, []],
  ['TERM=dumb', { TERM: 'dumb' }, []],
  ['CI', { CI: 'true' }, []],
])('%s: the questions are lines with a prompt, no frame is drawn, and Enter runs nothing', async (_name, env, args) => {
  using project = makeProject(files);
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev', '--only', 'look', ...args], { cwd: project.root, env });
  const whole = /Run this on DEV\? y run it,[^?]*q\s+stop:/g;
  await terminal.answer(new RegExp(whole, ''), '\r');
  await until('the question once more', () => (terminal.history().match(whole)?.length ?? 0) > 1);
  await terminal.answer(/stop:\s*$/, 'y');
  terminal.press('\r');
  expect(await terminal.ended).toBe(0);
  expect(terminal.history()).toContain('1| looked');
  expect(terminal.history()).not.toContain(frame);
  expect(terminal.modes()).toEqual([]);
});

test.each<[env: Readonly<Record<string, string>>]>([[{ INK_SCREEN_READER: 'false' }], [{ ACCESSIBLE: '0' }], [{ ACCESSIBLE: '' }], [{ CI: '' }]])(
  '%j: frames',
  async (env) => {
    using project = makeProject(files);
    using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev'], { cwd: project.root, env });
    await terminal.shows(question);
    expect(terminal.screen()).toContain(frame);
  },
);

test.each<[env: Readonly<Record<string, string>>, coloured: boolean]>([
  [{ NO_COLOR: '1' }, false],
  [{ NO_COLOR: '' }, true],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [{ NO_COLOR: '', FORCE_COLOR: '0' }, false],
  [{ NO_COLOR: '', TERM: 'dumb' }, false],
])('%j: colour is %j', async (env, coloured) => {
  using project = makeProject(files);
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev', '--yes', '--only', 'look'], { cwd: project.root, env });
  expect(await terminal.ended).toBe(0);
  expect(terminal.coloured()).toBe(coloured && env.TERM !== 'dumb');
});

test('FORCE_COLOR colours lines that go to no terminal', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=look risk=low', 'exit 3')}`) });
  const run = (env: Readonly<Record<string, string>>) => project.runbook(['run', 'tidy', '--stage', 'dev', '--yes'], { env });
  expect((await run({ NO_COLOR: '', FORCE_COLOR: '1' })).stdout).toContain('\u{1b}[1;31m');
  expect((await run({ NO_COLOR: '' })).stdout).not.toContain('\u{1b}[');
});

test.each([
  ['C.UTF-8', 'recording ●'],
  ['C', 'rec *'],
])('in the locale %s the first line says %s where there is room for it, and gives it up first', async (locale, mark) => {
  using project = makeProject(files);
  const options = { cwd: project.root, env: { LC_ALL: locale }, columns: 120, rows: 40 };
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev'], options);
  await terminal.shows(question);
  expect(terminal.screen()).toMatch(new RegExp(`\\[ DEV \\] tidy .*step 1/2 .*00:00:0\\d   ${mark.replace('*', '\\*')}`));
  terminal.resize(62, 24);
  await terminal.shows('─'.repeat(locale === 'C' ? 0 : 62));
  await terminal.shows(/\[ DEV \] tidy +step 1\/2 .* 00:00:0\d\n/);
  expect(terminal.screen()).not.toContain(mark);
});

test.each(['--fullscreen', 'ui.fullscreen'])('%s: frames are on the alternate screen, what stays is printed when it is left', async (way) => {
  using project = makeProject(files);
  if (way === 'ui.fullscreen') project.write({ 'runbook.yaml': 'stages: { dev: {} }\nui: { fullscreen: true }\n' });
  const args = way === '--fullscreen' ? [way] : [];
  using terminal = openTerminal(['sh', '-c', `echo before; exec node ${cli} run tidy --stage dev ${args.join(' ')}`], { cwd: project.root });
  await terminal.shows(question);
  expect(terminal.modes()).toContain('alternate screen');
  expect(terminal.screen()).not.toContain('before');
  await terminal.answer(question, 'y');
  // What has happened stands above the frame, as far as there is room, and the frame is at the bottom.
  await terminal.shows(/✔ 1\/2 look {3}ok[\s\S]*Run this on DEV\?[\s\S]*ctrl\+c stop$/);
  expect(terminal.screen().split('\n')).toHaveLength(23);
  terminal.resize(100, 35);
  await terminal.shows('─'.repeat(100));
  expect(terminal.screen().split('\n')).toHaveLength(34);
  await terminal.answer(question, 'y');
  await untilFile(join(project.root, 'running'));
  terminal.press('?');
  await terminal.shows('── Keys');
  terminal.press('?');
  project.write({ go: '' });
  expect(await terminal.ended).toBe(0);
  expect(terminal.modes()).toEqual([]);
  const [first, started, ...rest] = terminal.history().split('\n');
  expect(first).toBe('before');
  expect(started).toMatch(/^ \[ DEV \] run .* started/);
  expect(rest.join('\n')).toMatch(/^ ✔ 1\/2 look {3}ok.*\n ✔ 2\/2 sort {3}ok.*\n── FINISHED[\s\S]*Next: {2}runbook report \S+$/);
});

test('what happens while the log is in the pager is in the scrollback afterwards', async () => {
  using project = makeProject(files);
  const pager = `sh -c ': > reading; until [ -e read ]; do sleep 0.05; done'`;
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev'], { cwd: project.root, env: { PAGER: pager } });
  await terminal.answer(question, 'y');
  await terminal.shows('seq 1 400');
  await terminal.answer(question, 'y');
  await untilFile(join(project.root, 'running'));
  await terminal.shows('running');
  terminal.press('l');
  await untilFile(join(project.root, 'reading'));
  project.write({ go: '' });
  const [journal = ''] = globSync('.runbook/runs/*/journal.jsonl', { cwd: project.root });
  await until('the end of the run', () => readFileSync(join(project.root, journal), 'utf8').includes('run-ended'));
  project.write({ read: '' });
  expect(await terminal.ended).toBe(0);
  expect(terminal.history()).toMatch(/✔ 2\/2 sort {3}ok.*\n── FINISHED/);
});

/** Makes the engine's clock half a minute fast as soon as a file is there. */
const clock = `--import data:text/javascript,${encodeURIComponent(
  "import { existsSync } from 'node:fs'; const now = Date.now; Date.now = () => now() + (existsSync('later') ? 30000 : 0)",
)}`;

test.each<[args: readonly string[], calls: readonly string[]]>([
  [[], ['bell', 'runbook DEV tidy: you are needed']],
  [['--plain'], ['bell', 'runbook DEV tidy: you are needed']],
  [['--no-notify'], []],
])('the operator is called when a question comes after a long step, and never else: %j', async (args, calls) => {
  const [look = '', sort = ''] = ['echo "$STAGE"; until [ -e go ]; do : > running; sleep 0.05; done; : > later', 'echo sorted'];
  const body = `### Look\n\n${fence('bash step=look risk=low', look)}\n### Sort\n\n${fence('bash step=sort risk=low', sort)}`;
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${body}`) });
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev', ...args], { cwd: project.root, env: { NODE_OPTIONS: clock } });
  const yes = args[0] === '--plain' ? 'y\n' : 'y';
  await terminal.shows(question);
  await terminal.answer(question, yes.replace('\n', ''));
  if (yes !== 'y') terminal.press('\r');
  await untilFile(join(project.root, 'running'));
  expect(terminal.calls()).toEqual([]);
  project.write({ go: '' });
  await terminal.shows('echo sorted');
  await terminal.answer(question, 'y');
  if (yes !== 'y') terminal.press('\r');
  expect(await terminal.ended).toBe(0);
  expect(terminal.calls()).toEqual(calls);
});
