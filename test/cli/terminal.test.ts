import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, fence, makeProject, runbookOf } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';

const files = {
  'runbooks/tidy.md': runbookOf(
    `## Tidy up\n\n### Count\n\n${fence('bash step=count risk=low capture=total', 'echo 42')}\n### Look for the box\n\n${fence('bash step=look-for-box risk=medium timeout=1m', 'echo looking for {total} bricks; test -e box')}\n### Burn\n\n${fence('bash step=burn risk=high timeout=1m', 'echo burnt')}`,
    'playbook: ../playbooks/lost.md\n',
  ),
  'playbooks/lost.md': `---\nkind: playbook\n---\n\n# Lost\n\nSomething is not there.\n\n## Symptoms\n\n| Step | Error | Go to | Then |\n| --- | --- | --- | --- |\n| \`look-for-box\` | \`exit 1\` | [No box](#no-box) | retry |\n\n## No box\n\n### Make one\n\n${fence('bash step=make-box risk=medium timeout=1m', ': > box')}`,
};

test('an operator goes through a failure, its playbook and the retry by keys alone', async () => {
  using project = makeProject(files);
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'production'], { cwd: project.root });
  await terminal.answer('echo 42', '\r');
  await terminal.answer('Run this on PRODUCTION?', 'y');
  await terminal.answer('echo looking for 42 bricks', 'y');
  await terminal.answer('› 1  Playbook: No box', '\r');
  await terminal.answer('Make one', 'y');
  await terminal.answer('Back to step 2', '\r');
  await terminal.answer('echo looking for 42 bricks', 'y');
  await terminal.answer("Type the stage's name", 'y\r');
  // The same question stays on the screen; its keys count from when it says why it is asked again.
  await terminal.answer('That is not what has to be typed', 'production\r');
  expect(await terminal.ended).toBe(0);
  expect(terminal.history()).toContain('recovered');
  const report = readFileSync(join(project.root, String(globSync('.runbook/runs/*/report.md', { cwd: project.root })[0])), 'utf8');
  expect(report).toContain('recovered by its playbook');
});

test('a step that is skipped with a reason makes a run that finished with exceptions: exit code 5', async () => {
  using project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${fence('bash step=count risk=low', ': > counted')}`) });
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev'], { cwd: project.root });
  await terminal.answer('Run this on DEV?', 's');
  await terminal.answer('Why is it skipped?', 'counted by hand yesterday\r');
  expect(await terminal.ended).toBe(5);
  expect(globSync('counted', { cwd: project.root })).toEqual([]);
});

test('Ctrl+C at a question asks, and stops a run that can be resumed: exit code 8', async () => {
  using project = makeProject(files);
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev'], { cwd: project.root });
  await terminal.answer('Run this on DEV?', '\u0003');
  await terminal.answer(/[Ss]top here/, 'y');
  expect(await terminal.ended).toBe(8);
  expect((await project.runbook(['runs'])).stdout).toContain('stopped (operator)');
});
