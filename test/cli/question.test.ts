import { chmodSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../engine/core/event.ts';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';

const command = (stage: string) => ['node', cli, 'run', 'tidy', '--stage', stage];

/** The journal of the only run. */
function events(project: TestProject): readonly Event[] {
  const [journal = ''] = globSync('.runbook/runs/*/journal.jsonl', { cwd: project.root });
  return readFileSync(join(project.root, journal), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('d shows the dry run, n leads back from it, y runs exactly what was shown, and its end stands at the question', async () => {
  const steps = `### Burn\n\n${fence('bash step=burn risk=high timeout=1m', 'echo burnt on {stage}')}\n**Dry run:**\n\n${fence('bash dry-run=burn timeout=20s', 'echo would burn on {stage}')}`;
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${steps}`) });
  using terminal = openTerminal(command('production'), { cwd: project.root });
  await terminal.answer("Type the stage's name", '\u001b');
  await terminal.answer('Enter opens the field', 'd');
  await terminal.answer('1 echo would burn on production', 'n');
  await terminal.answer("Type the stage's name", '\u001b');
  await terminal.answer('Enter opens the field', 'd');
  await terminal.shows('timeout 20 s');
  expect(terminal.screen()).not.toContain("Type the stage's name");
  await terminal.answer('Run the dry run of step 1 on PRODUCTION?', 'y');
  await terminal.shows('dry run ended: exit 0');
  await terminal.shows('│ would burn on production');
  const [block = ''] = globSync('.runbook/runs/*/attempts/01-burn.1-dry-run/block', { cwd: project.root });
  expect(readFileSync(join(project.root, block), 'utf8')).toBe('echo would burn on production\n');
  await terminal.answer("Type the stage's name", 'production\r');
  expect(await terminal.ended).toBe(0);
  const { code, stdout } = await project.runbook(['report', String(globSync('.runbook/runs/*', { cwd: project.root })[0]?.split('/').at(-1))]);
  expect(code).toBe(0);
  expect(stdout).toContain('(dry run, confirmed by ');
});

test('a runs on as far as steps only read, any key ends it, and the record says which steps were not shown', async () => {
  const low = (id: string, text: string) => `### ${id}\n\n${fence(`bash step=${id} risk=low`, text)}\n`;
  using project = makeProject({
    'runbooks/tidy.md': runbookOf(
      `## Tidy up\n\n${low('one', 'echo 1')}${low('two', 'until test -e go; do sleep 0.05; done')}${low('three', 'echo 3')}${low('four', 'echo 4')}### five\n\n${fence('bash step=five risk=medium timeout=1m', ': > swept')}`,
    ),
  });
  using terminal = openTerminal(command('dev'), { cwd: project.root });
  await terminal.answer('1 one', 'a');
  await terminal.shows('2 two   running');
  await terminal.shows('running on through steps that only read  any key ends it');
  terminal.press('l');
  await terminal.shows('space hold');
  expect(terminal.screen()).not.toContain('running on');
  writeFileSync(join(project.root, 'go'), '');
  await terminal.answer('── 3 three', 'a');
  await terminal.answer('── 5 five', 'n');
  expect(existsSync(join(project.root, 'swept'))).toBe(false);
  await terminal.answer('⏎ open step', '\r');
  await terminal.answer('Run this on DEV?', 'y');
  expect(await terminal.ended).toBe(0);
  const confirmed = events(project).flatMap((event) => (event.type === 'step-confirmed' ? [`${event.step} ${event.how}`] : []));
  expect(confirmed).toEqual(['one key', 'two onward', 'three key', 'four onward', 'five key']);
  expect(terminal.history()).toMatch(/4\/5 four {3}ok {3}exit 0, .* confirmed onward/u);
  const report = readFileSync(join(project.root, String(globSync('.runbook/runs/*/report.md', { cwd: project.root })[0])), 'utf8');
  expect(report.match(/\(step, confirmed onward by /gu)).toHaveLength(2);
});

test('c copies the command with its values, but no secret, which is not on the screen either', async () => {
  const inputs = '## Inputs\n\n| Input | Meaning | Allowed | Default |\n| --- | --- | --- | --- |\n| `token` | Token | `secret` | – |\n\n';
  const steps = `### Look\n\n${fence('bash step=look risk=low', 'echo {stage}')}\n### Leak\n\n${fence('bash step=leak risk=low', 'test "$TOKEN" = hunter2hunter2')}`;
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`${inputs}## Tidy up\n\n${steps}`) });
  using terminal = openTerminal(command('dev'), { cwd: project.root, env: { TOKEN: 'hunter2hunter2' } });
  await terminal.answer('1 echo dev', 'c');
  await terminal.shows('copied: 8 B');
  await terminal.copied('echo dev');
  expect(terminal.clipboard()).toEqual(['echo dev']);
  await terminal.answer('1 echo dev', 'y');
  // A key at a time: two that come at once are a paste.
  await terminal.answer('test "$TOKEN" = [secret]', 'x');
  await terminal.answer('Raw, values not filled in', 'c');
  await terminal.shows('Not copied: it holds a secret.');
  expect(terminal.clipboard()).toHaveLength(1);
  await terminal.answer('Raw, values not filled in', 'x');
  await terminal.answer('Will run', 'y');
  expect(await terminal.ended).toBe(0);
  expect(terminal.history()).not.toContain('hunter2');
});

test('e opens the document at the step, and what was changed there is shown before anything runs', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n### Count\n\n${fence('bash step=count risk=low', 'echo before')}`) });
  writeFileSync(
    join(project.root, 'vi'),
    '#!/bin/sh\ntrap "" INT\nprintf "%s\\n" "$@" > arguments\necho THE EDITOR\nread -r edit\nsed -i.old "$edit" "$2"\n',
  );
  chmodSync(join(project.root, 'vi'), 0o755);
  using terminal = openTerminal(command('dev'), { cwd: project.root, env: { EDITOR: join(project.root, 'vi') } });
  await terminal.answer('1 echo before', 'e');
  await terminal.shows('THE EDITOR');
  // While the editor has the terminal, its keys are its own: Ctrl+C does not stop the run.
  terminal.press('\u0003');
  terminal.press('s/risk=low/risk=lwo/\r');
  await terminal.shows('risk must be low, medium or high; "lwo" is not.');
  await terminal.answer('Nothing can run until it is corrected', 'e');
  await terminal.shows(/THE EDITOR.*THE EDITOR/su);
  terminal.press('s/risk=lwo/risk=low/;s/before/after/\r');
  await terminal.answer('1 file changed since this run accepted them', 'y');
  await terminal.answer('1 echo after', 'y');
  expect(await terminal.ended).toBe(0);
  const line = readFileSync(join(project.root, 'runbooks/tidy.md'), 'utf8').split('\n').indexOf('echo after') + 1;
  expect(readFileSync(join(project.root, 'arguments'), 'utf8')).toBe(`+${line}\n${join(project.root, 'runbooks/tidy.md')}\n`);
});

test('where no editor is set, e says what to do', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n### Count\n\n${fence('bash step=count risk=low', 'echo 1')}`) });
  using terminal = openTerminal(command('dev'), { cwd: project.root });
  await terminal.answer('1 echo 1', 'e');
  await terminal.shows('export EDITOR=vi');
  await terminal.answer('1 echo 1', 'y');
  expect(await terminal.ended).toBe(0);
});

test('what changed since the last run here, the declared files, a note and whom to call', async () => {
  const text = (count: string) =>
    runbookOf(
      `## Tidy up\n\n### Count\n\n${fence('bash step=count risk=low', count)}\n### Box\n\n${fence('bash step=box risk=low files=box/*', 'test -e box/b')}\n## Escalation\n\nWake the brick team.\n`,
      'escalation: brick team\n',
    );
  using project = makeProject({ 'runbooks/tidy.md': text('echo 1'), 'box/a': '', 'box/b': '' });
  expect((await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes'])).code).toBe(0);
  project.write({ 'runbooks/tidy.md': text('echo 2') });
  using terminal = openTerminal(command('dev'), { cwd: project.root });
  await terminal.shows('! changed since last successful run here: 1 line   (D shows it)');
  await terminal.answer(/^ +-echo 1\n +\+echo 2$/mu, 'N');
  await terminal.answer('What is to be noted?', 'counted by hand\r');
  await terminal.shows('counted by hand');
  await terminal.answer('Run this on DEV?', 'y');
  await terminal.shows('changed since last successful run here: nothing');
  await terminal.shows('uses 2 declared files: box/b, box/a');
  rmSync(join(project.root, 'box/b'));
  await terminal.answer('── 2 box', 'y');
  await terminal.answer('1 file changed since this run accepted them', 'y');
  await terminal.answer('── 2 box', 'y');
  await terminal.answer('What next?', 'E');
  await terminal.shows('Wake the brick team.');
  await terminal.copied('DEV: 2 box FAILED, exit 1');
  await terminal.answer('E back', 'E');
  await terminal.answer('What next?', '\u0003');
  await terminal.answer('Stop here and keep the run', 'y');
  await terminal.ended;
  // Two runs of one second: their ids do not tell which came first.
  const reports = globSync('.runbook/runs/*/report.md', { cwd: project.root }).map((path) => readFileSync(join(project.root, path), 'utf8'));
  expect(reports.filter((text) => text.includes('counted by hand'))).toHaveLength(1);
});
