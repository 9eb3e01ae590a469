import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal, type TestTerminal } from '../helpers/terminal.ts';
import { until, untilFile } from '../helpers/wait.ts';

/** A shell in a terminal, which runs the engine as an operator's shell does and looks at the terminal before and after. */
type Shell = { readonly project: TestProject; readonly terminal: TestTerminal; pid(): number; [Symbol.dispose](): void };

const files = {
  'runbooks/tidy.md': runbookOf(
    [
      '## Tidy up\n\n### Count\n',
      fence('bash step=count risk=low', 'echo counted; trap : TERM; until [ -e go ]; do : > running; sleep 0.05; done'),
      '\n### Look\n',
      fence('bash step=look risk=low', 'echo looked'),
      '\n### Draw\n',
      fence(
        'bash step=draw risk=low tty',
        "stty -echo raw; printf '\\033[?1049h\\033[?25l\\033[?1002;1004;2004h\\033[?1h\\033[31mdrawn'; : > drawing; until [ -e go ]; do sleep 0.05; done",
      ),
    ].join('\n'),
  ),
  // A shell that asks for marked pastes itself would hide that nobody else left them on.
  inputrc: 'set enable-bracketed-paste off\n',
};

function openShell(command: string, env: Readonly<Record<string, string>> = {}): Shell {
  const project = makeProject(files);
  const options = { cwd: project.root, env: { INPUTRC: join(project.root, 'inputrc'), PS1: '$ ', HISTFILE: '/dev/null', ...env } };
  const terminal = openTerminal(['bash', '--norc', '--noprofile', '-i'], options);
  const started = `sh -c 'echo $$ > pid; exec node ${cli} ${command}'`;
  terminal.press(`clear; stty -a > before; ${started}; echo "left with $?"; stty -a > after; : > over\r`);
  return {
    project,
    terminal,
    pid: () => Number(readFileSync(join(project.root, 'pid'), 'utf8')),
    [Symbol.dispose]() {
      terminal[Symbol.dispose]();
      project[Symbol.dispose]();
    },
  };
}

/** The terminal is as it was before the engine came, and the engine left with this code. */
async function expectLeft({ project, terminal }: Shell, code: number): Promise<void> {
  const read = (name: string): string => readFileSync(join(project.root, name), 'utf8');
  await untilFile(join(project.root, 'over'));
  await terminal.shows(`left with ${code}`);
  expect(read('after')).toBe(read('before'));
  expect(read('after')).toMatch(/[^-]echo\b/);
  expect(terminal.modes()).toEqual([]);
}

const question = 'Run this on DEV?';
const running = /running \d+s? of|running \d+ s of/;

/** Resolves when the step `draw` has made of the terminal all that it makes of it. */
async function drawing({ terminal }: Shell): Promise<void> {
  await until('a terminal that is not as it was', () => terminal.modes().length === 6);
}

type Way = { readonly name: string; readonly args: string; readonly code: number; readonly leave: (shell: Shell) => Promise<void> };

const ways: readonly Way[] = [
  {
    name: 'its end',
    args: '--only look',
    code: 0,
    leave: async ({ terminal }) => terminal.answer(question, 'y'),
  },
  {
    name: 'Ctrl+C and y at a question',
    args: '--only look',
    code: 8,
    async leave({ terminal }) {
      await terminal.answer(question, '\u0003');
      await terminal.answer('Stop here and keep the run', 'y');
    },
  },
  {
    name: 'Ctrl+C twice at a question',
    args: '--only look',
    code: 8,
    leave: async ({ terminal }) => terminal.answer(question, '\u0003\u0003'),
  },
  {
    name: 'Ctrl+C twice in a step that does not end by TERM',
    args: '--only count --on-failure stop',
    code: 4,
    async leave({ project, terminal }) {
      await terminal.answer(question, 'y');
      await untilFile(join(project.root, 'running'));
      await terminal.shows(running);
      terminal.press('\u0003');
      await terminal.shows('TERM sent');
      terminal.press('\u0003');
    },
  },
  ...(['SIGTERM', 'SIGHUP', 'SIGINT'] as const).flatMap((signal): readonly Way[] => [
    {
      name: `${signal} at a question`,
      args: '--only look',
      code: { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 }[signal],
      async leave(shell) {
        await shell.terminal.shows(question);
        process.kill(shell.pid(), signal);
      },
    },
  ]),
  ...(['SIGTERM', 'SIGHUP'] as const).flatMap((signal): readonly Way[] => [
    {
      name: `${signal} in a step`,
      args: '--only count',
      code: { SIGTERM: 143, SIGHUP: 129 }[signal],
      async leave(shell) {
        await shell.terminal.answer(question, 'y');
        await untilFile(join(shell.project.root, 'running'));
        process.kill(shell.pid(), signal);
      },
    },
    {
      name: `${signal} while a step has the terminal`,
      args: '--only draw',
      code: { SIGTERM: 143, SIGHUP: 129 }[signal],
      async leave(shell) {
        await shell.terminal.answer(question, 'y');
        await drawing(shell);
        process.kill(shell.pid(), signal);
      },
    },
  ]),
  {
    name: 'a step that draws, killed by the operator',
    args: '--only draw --on-failure stop',
    code: 4,
    async leave(shell) {
      const { terminal } = shell;
      await terminal.answer(question, 'y');
      await drawing(shell);
      terminal.press('\u001d');
      terminal.press('\u001d');
    },
  },
  {
    name: 'a record that cannot be written',
    args: '--only look',
    code: 9,
    async leave({ project, terminal }) {
      await terminal.shows(question);
      const attempts = join(project.root, String(globSync('.runbook/runs/*/attempts', { cwd: project.root })[0]));
      rmSync(attempts, { recursive: true });
      writeFileSync(attempts, 'no folder any more');
      await terminal.answer(question, 'y');
    },
  },
];

describe.each(['', '--fullscreen', '--plain'])('run %s', (mode) => {
  // Line prompts have no keys: what is typed there is answered by other tests.
  const here = mode === '--plain' ? ways.filter(({ name }) => /^SIG\w+ at/.test(name)) : ways;

  test.each(here)('leaves the terminal as it was after $name', async ({ args, code, leave }) => {
    using shell = openShell(`run tidy --stage dev ${mode} ${args}`);
    await leave(shell);
    await expectLeft(shell, code);
    if (mode !== '--plain') expect(shell.terminal.history()).toContain(code === 9 ? 'cannot be written' : 'Next:  runbook');
  });
});

/** Nothing in the engine throws on demand, so something is put into its process that does. */
const bomb = `--import data:text/javascript,${encodeURIComponent(
  "import { watch } from 'node:fs'; watch(process.cwd(), (_, name) => { if (name === 'bomb') throw new Error('thrown on purpose') }).unref()",
)}`;

test.each([
  ['', 'look', false],
  ['--fullscreen', 'look', false],
  ['', 'draw', true],
] as const)('leaves the terminal as it was after a crash in the engine: %s, step %s', async (mode, step, inStep) => {
  using shell = openShell(`run tidy --stage dev ${mode} --only ${step}`, { NODE_OPTIONS: bomb });
  await (inStep ? shell.terminal.answer(question, 'y') : shell.terminal.shows(question));
  if (inStep) await drawing(shell);
  shell.project.write({ bomb: '' });
  await shell.terminal.shows('thrown on purpose');
  await expectLeft(shell, 1);
});

test.each(['q', 'SIGTERM'] as const)('the picker leaves the terminal as it was after %s', async (way) => {
  using shell = openShell('');
  await shell.terminal.shows('Choose a runbook');
  expect(shell.terminal.modes()).toContain('alternate screen');
  if (way === 'q') shell.terminal.press('q');
  else process.kill(shell.pid(), way);
  await expectLeft(shell, way === 'q' ? 0 : 143);
});

describe('Ctrl+Z', () => {
  test('at a line prompt gives the terminal to the shell, and the prompt comes back; what was typed meanwhile answers nothing', async () => {
    using shell = openShell('run tidy --stage dev --only look --plain');
    const { terminal } = shell;
    await terminal.answer(question, 'ye');
    terminal.press('\u001a');
    await terminal.shows('Stopped');
    await untilFile(join(shell.project.root, 'over'));
    const read = (name: string): string => readFileSync(join(shell.project.root, name), 'utf8');
    expect(read('after')).toBe(read('before'));
    terminal.press('clear; fg\ry\r');
    await terminal.answer(/look --plain'?\n[\s\S]*q\s+stop:$/, 'y');
    terminal.press('\r');
    await terminal.shows('Next: runbook report');
  });

  test('gives the terminal to the shell and comes back; what was typed meanwhile answers nothing, and a step goes on', async () => {
    using shell = openShell('run tidy --stage dev --only count --only look');
    const { terminal, project } = shell;
    await terminal.answer(question, 'y');
    await untilFile(join(project.root, 'running'));
    terminal.press('\u001a');
    await terminal.shows('Stopped');
    await untilFile(join(project.root, 'over'));
    const read = (name: string): string => readFileSync(join(project.root, name), 'utf8');
    expect(read('after')).toBe(read('before'));
    expect(terminal.modes()).toEqual([]);
    // The step ends while the engine sleeps.
    project.write({ go: '' });
    const end = join(project.root, String(globSync('.runbook/runs/*/attempts/*/private', { cwd: project.root })[0]), 'end');
    await until('the end of the step', () => readFileSync(end, 'utf8').startsWith('exited 0'));
    terminal.press('fg\ry');
    await terminal.shows('echo looked');
    await terminal.answer(question, '\u001a');
    await terminal.shows(/1\/3 count[\s\S]*Stopped[\s\S]*\n\$$/);
    // One key: several at once are no command anyway.
    terminal.press('fg\ry');
    await terminal.answer(question, '?');
    await terminal.answer('── Keys', '?');
    await terminal.answer(question, 'y');
    await terminal.shows('Next:  runbook report');
  });
});
