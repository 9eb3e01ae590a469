import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { postgres } from '../helpers/postgres.ts';
import { fence, makeProject, runbookOf } from '../helpers/project.ts';

const server = postgres();
const tidy = (requires: string): string => runbookOf(`## Tidy up\n\n${fence('bash step=sort risk=low', 'true')}`, `requires: [${requires}]\n`);

test('a project that has what it needs, and a stage whose database answers: every line is ok', async () => {
  using project = makeProject({
    'runbooks/tidy.md': tidy('bash >=4.4, git'),
    'runbook.yaml': 'stages:\n  dev: { database: { env: DEV_URL, tls: disable } }\n',
  });
  const { code, stdout } = await project.runbook(['doctor', '--stage', 'dev'], { env: { DEV_URL: await server.createDatabase() } });
  expect(stdout).toMatch(/^✔ runbook +\S+ with Node 2\d\.\d+\.\d+ on \w+$/m);
  expect(stdout).toMatch(/^✔ bash +\d+\.\d+.*, \/.*bash$/m);
  expect(stdout).toMatch(/^✔ git +\/.*git$/m);
  expect(stdout).toMatch(/^✔ project .*, stages dev$/m);
  expect(stdout).toMatch(/^✔ database +lego_1 on 127\.0\.0\.1:\d+ as \w+ \(writer\), PostgreSQL 18/m);
  expect(stdout).toMatch(/^✔ clock +0\.\d s beside the database's$/m);
  expect(stdout).toContain('\nReady for stage dev.\n');
  expect(stdout).not.toMatch(/^[✖!]/m);
  expect(code).toBe(0);
});

test('what is missing is named with what to do, each on its line, and is exit code 7', async () => {
  using project = makeProject({
    'runbooks/tidy.md': tidy('git >=99, nowhere-to-be-found'),
    'runbook.yaml': 'stages:\n  dev: { database: { env: DEV_URL, tls: disable } }\n',
  });
  const { code, stdout } = await project.runbook(['doctor', '--stage', 'dev'], { env: { DEV_URL: 'postgres://admin:hunter22@127.0.0.1:1/lego' } });
  expect(stdout).toMatch(/✖ git +git 99 or newer is required; found \d.*\n +runbooks\/tidy\.md requires it\. Install it, or correct PATH\./);
  expect(stdout).toMatch(/✖ nowhere-to-be-found +nowhere-to-be-found is required and was not found on PATH\./);
  expect(stdout).toMatch(/✖ database +lego on 127\.0\.0\.1:1 as admin: .*ECONNREFUSED/);
  expect(stdout).toContain('\n3 things are in the way of runs.\n');
  expect(stdout).not.toContain('hunter22');
  expect(code).toBe(7);
});

test('a variable of the stage that is not set is what a run would say, and a folder without a project leads to init', async () => {
  using project = makeProject({ 'runbook.yaml': 'stages:\n  dev: { database: { env: DEV_URL } }\n' });
  const { code, stdout } = await project.runbook(['doctor', '--stage', 'dev', '--json']);
  const { findings } = JSON.parse(stdout);
  expect(findings.find(({ about }: { about: string }) => about === 'account')).toMatchObject({
    state: 'wrong',
    found: expect.stringContaining('DEV_URL'),
  });
  expect(code).toBe(7);
  rmSync(join(project.root, 'runbook.yaml'));
  const none = await project.runbook(['doctor']);
  expect(none.stdout).toContain('Make one: runbook init');
});
