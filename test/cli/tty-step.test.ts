import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal, type TestTerminal } from '../helpers/terminal.ts';
import { until, untilFile } from '../helpers/wait.ts';

const token = 'open-sesame-4711';
const question = 'Run this on DEV?';

/** A runbook with one step that has the terminal, and one after it. */
function project(block: string, more: { readonly words?: string; readonly beside?: string } = {}): TestProject {
  const { words = 'risk=low', beside = '' } = more;
  const steps = `### Ask\n\n${fence(`bash step=ask ${words} tty`, block)}\n${beside}\n### Look\n\n${fence('bash step=look risk=low', 'echo "looked at $([[ -v found ]] && echo $found || echo nothing)"')}`;
  const inputs = '## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n| token | Opens the box | secret | |\n\n';
  return makeProject({ 'runbooks/tidy.md': runbookOf(`${inputs}## Tidy up\n\n${steps}`) });
}

function start({ root }: TestProject, ...args: readonly string[]): TestTerminal {
  return openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev', ...args], { cwd: root, env: { TOKEN: token } });
}

function text({ root }: TestProject, pattern: string): string {
  return globSync(pattern, { cwd: root })
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('');
}

const log = '.runbook/runs/*/attempts/01-ask.1/log';
const journal = '.runbook/runs/*/journal.jsonl';

/** Types into a step that has the terminal, once it shows something. */
async function type(terminal: TestTerminal, at: string | RegExp, keys: string): Promise<void> {
  await terminal.shows(at);
  terminal.press(keys);
}

test.each(['', '--plain', '--fullscreen'])(
  'a step talks with the operator on the real terminal, is recorded, and hands its state on: %s',
  async (mode) => {
    using at = project(`tty; : "$TOKEN"; test -t 0 && test -t 1; read -r -p "name in $STAGE? " found; echo "hello $found $TOKEN"; stty size`);
    using terminal = start(at, '--yes', ...(mode === '' ? [] : [mode]));
    await type(terminal, 'name in dev?', 'brick\r');
    await terminal.shows(mode === '--plain' ? 'Next: runbook report' : 'Next:  runbook report');
    expect(await terminal.ended).toBe(0);
    expect(terminal.history()).toContain('hello brick');
    expect(text(at, log)).toMatch(/^\/dev\/pts\/\d+\r\nname in dev\? brick\r\nhello brick \[secret\]\r\n24 80\r\n$/);
    expect(text(at, '.runbook/runs/*/attempts/02-look.1/log')).toBe('looked at brick\n');
    expect((await at.runbook(['report', String(globSync('*', { cwd: join(at.root, '.runbook/runs') })[0])])).code).toBe(0);
  },
);

test('keys reach it as they are, Ctrl+C too; its code, its line and what is expected of it count as ever', async () => {
  using at = project('trap "echo interrupted; exit 7" INT\nprintf "ready "\nread -r line');
  using terminal = start(at);
  await terminal.answer(question, 'y');
  // At the start of a line: the question has shown the word already.
  await terminal.shows(/^ready/m);
  terminal.press('\u0003');
  await terminal.shows('FAILED   exit 7');
  expect(text(at, log)).toContain('interrupted');
  await terminal.answer('What next?', '1');
  expect(terminal.screen()).toContain('It ended with exit code 7.');
});

test('what is expected of its output, and its check, are asked for as ever', async () => {
  const beside = `**Expected:**\n\n${fence('text expect=ask', 'all is well')}`;
  using at = project('echo all is not well', { beside });
  using terminal = start(at, '--yes', '--on-failure', 'stop');
  expect(await terminal.ended).toBe(4);
  expect(text(at, journal)).toContain('"unmet":["all is well"]');
});

test('the failing line of the document is told', async () => {
  using at = project('echo one\necho two\nfalse # here');
  using terminal = start(at, '--yes');
  await terminal.shows('at runbooks/tidy.md:22: false');
});

test('it is told when the terminal gets another size', async () => {
  using at = project('trap "stty size; exit 0" WINCH; echo waiting; until false; do sleep 0.05; done');
  using terminal = start(at, '--yes');
  await terminal.shows('waiting');
  terminal.resize(90, 33);
  expect(await terminal.ended).toBe(0);
  expect(text(at, log)).toContain('33 90');
});

test('its time limit holds, and whatever it made of the terminal is undone', async () => {
  using at = project("printf '\\033[?1049h\\033[?25l\\033[?1003h'; stty raw -echo; trap '' INT HUP; sleep 60", { words: 'risk=low timeout=2s' });
  using terminal = start(at, '--yes');
  await until('a terminal that is drawn on', () => terminal.modes().includes('mouse reports'));
  await terminal.shows('Its time was up.');
  // The frame hides the cursor and marks pastes, nothing else is left.
  expect(terminal.modes()).toEqual(['hidden cursor', 'bracketed paste']);
  expect(text(at, journal)).toContain('"outcome":{"kind":"timed-out"}');
});

test('Ctrl+] twice ends one that takes every key, and a third and fourth time kills it; a single one is its own', async () => {
  using at = project(`trap 'echo no, not by TERM' TERM; stty raw -echo; printf 'keys:'; while :; do IFS= read -rN1 key; printf '<%q>' "$key"; done`);
  using terminal = start(at);
  await terminal.answer(question, 'y');
  await type(terminal, /^keys:/m, '\u001da');
  await terminal.shows("<$'\\035'><a>");
  terminal.press('\u001d\u001d');
  await terminal.shows('TERM sent');
  await terminal.shows('no, not by TERM');
  terminal.press('\u001d\u001d');
  await terminal.shows('stopped by the operator');
  expect(text(at, journal)).toContain('"outcome":{"kind":"stopped"}');
});

test('it dies with the engine, and nobody knows how it ended: resume says UNKNOWN', async () => {
  using at = project(': > began; trap ": > hung-up; exit 0" HUP; until false; do sleep 0.05; done', { words: 'risk=medium timeout=5m' });
  using terminal = openTerminal(['sh', '-c', `echo $$ > pid; exec node ${cli} run tidy --stage dev`], { cwd: at.root });
  await terminal.answer(question, 'y');
  await untilFile(join(at.root, 'began'));
  process.kill(Number(text(at, 'pid')), 'SIGKILL');
  await untilFile(join(at.root, 'hung-up'));
  using again = openTerminal(['node', cli, 'resume'], { cwd: at.root });
  await again.shows('1 ask is UNKNOWN');
  expect(again.screen()).toContain('terminal was gone');
  expect(text(at, journal).match(/attempt-started/g)).toHaveLength(1);
});

test.each([['--json'], []])('without a terminal it is refused, and nothing of it runs: %s', async (...args) => {
  using at = project(': > began');
  const { code, stdout } = await at.runbook(['run', 'tidy', '--stage', 'dev', '--yes', ...args]);
  expect(code).toBe(4);
  expect(stdout).toContain('It needs a terminal, and this run has none.');
  expect(text(at, journal)).toContain('"kind":"not-started"');
  expect(globSync('began', { cwd: at.root })).toEqual([]);
});

test('where the package for terminals is not installed, it is refused with the words how to get it', async () => {
  using at = project(': > began');
  // What npm leaves out with --omit=optional cannot be found: so here.
  const missing = `import { registerHooks } from 'node:module'; registerHooks({ resolve: (name, context, next) => next(name === '@lydell/node-pty' ? 'not-installed' : name, context) })`;
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(missing)}` };
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev', '--yes'], { cwd: at.root, env });
  await terminal.shows(/npm\s+install\s+@lydell\/node-pty/);
  expect(globSync('began', { cwd: at.root })).toEqual([]);
});
