import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, fence, makeProject, runbookOf } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';

const steps = [
  `## Tidy up\n\n### Sort\n\n${fence('bash step=sort risk=medium timeout=1s', 'echo sorting; sleep 60')}`,
  `**Check:**\n\n${fence('bash check=sort', 'exit "$(cat answer)"')}`,
  `### Look\n\n${fence('bash step=look risk=low', 'echo looked')}`,
].join('\n');
const rows = ['`timeout`', '`exit 143`', '`/sorting/`'].map((error) => `| any | ${error} | [Sort it](#sort-it) | retry |`).join('\n');
const files = {
  'runbook.yaml': 'stages:\n  dev: { on-failure: playbook }\n',
  'runbooks/tidy.md': runbookOf(steps, 'playbook: ../playbooks/unsorted.md\n'),
  'playbooks/unsorted.md': `---\nkind: playbook\n---\n\n# Unsorted\n\nIt is not sorted.\n\n## Symptoms\n\n| Step | Error | Go to | Then |\n| --- | --- | --- | --- |\n${rows}\n\n## Sort it\n\n### Sort by hand\n\n${fence('bash step=by-hand risk=low', ': > by-hand')}`,
  answer: '2',
};

test('an unknown step opens no playbook by itself; its check is asked, a person settles it, and everybody can see that', async () => {
  using project = makeProject(files);
  const { code, stdout } = await project.runbook(['run', 'tidy', '--stage', 'dev', '--yes', '--on-failure', 'playbook']);
  expect(code, stdout).toBe(6);
  const [journal = ''] = globSync('.runbook/runs/*/journal.jsonl', { cwd: project.root });
  expect(readFileSync(join(project.root, journal), 'utf8')).not.toContain('playbook-entered');
  expect(globSync('by-hand', { cwd: project.root })).toEqual([]);

  using terminal = openTerminal(['node', cli, 'resume', '--on-failure', 'playbook'], { cwd: project.root, columns: 120, rows: 30 });
  await terminal.answer('› 1  Run its check', '\r');
  await terminal.shows('Its check says: cannot tell.');
  writeFileSync(join(project.root, 'answer'), '1');
  await terminal.answer('› 1  Run its check', '\r');
  await terminal.shows('Its check says: the effect is not in place.');
  writeFileSync(join(project.root, 'answer'), '0');
  await terminal.answer('› 1  It did not happen', '3');
  await terminal.answer('› 3  Run its check', '\r');
  await terminal.shows('Its check says: the effect is in place.');
  await terminal.answer('› 1  It happened', '\r');
  await terminal.answer('For what reason', 'counted them by hand\r');
  await terminal.answer('Run this on DEV?', 'n');
  await terminal.shows(/✔ 1 sort +medium +ok, settled by the operator: counted them by hand/);
  await terminal.answer('── Steps', '\r');
  await terminal.answer('Run this on DEV?', 'y');
  expect(await terminal.ended).toBe(0);
  for (const words of ['check: cannot tell', 'check: the effect is in place', 'settled as happened: counted them by hand'])
    expect(terminal.history()).toContain(words);

  const [run = ''] = globSync('.runbook/runs/*', { cwd: project.root });
  const report = (await project.runbook(['report', run.split('/').at(-1) ?? ''])).stdout;
  expect(report).toContain('ok, settled by the operator: counted them by hand');
  for (const words of [/Attempt 1 \(step, .*: timed out/, /Attempt 3 \(check\), .*: exit 1/, /Attempt 4 \(check\), .*: exit 0/])
    expect(report).toMatch(words);
});
