import { chmodSync, globSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fence, makeProject, runbookOf } from '../helpers/project.ts';

const tidy = runbookOf(`## Tidy up\n\n### Count\n\n${fence('bash step=count risk=low', 'true')}`);

test('what is answered at once is answered as by the grammar', async () => {
  using made = makeProject({ 'runbooks/tidy.md': tidy });
  await made.runbook(['run', 'tidy', '--stage', 'dev', '--yes']);
  for (const word of ['--version', 'list', 'runs']) {
    const atOnce = await made.runbook([word]);
    expect(atOnce, word).toEqual(await made.runbook(['-C', '.', word]));
    expect([atOnce.code, atOnce.stdout.length > 5], word).toEqual([0, true]);
  }
  using broken = makeProject({ 'runbook.yaml': 'stages: [' });
  expect(await broken.runbook(['list'])).toEqual(await broken.runbook(['-C', '.', 'list']));
});

test('what Node compiled is kept in a folder of its own, and nowhere else', async () => {
  using made = makeProject({ 'runbooks/tidy.md': tidy });
  const kept = (home: string) => globSync('.cache/runbook/**/*', { cwd: home }).length;
  const started = async (name: string, env: Readonly<Record<string, string>> = {}) => {
    const home = join(made.root, name);
    expect((await made.runbook(['list'], { env: { HOME: home, ...env } })).code).toBe(0);
    return home;
  };
  const home = await started('home');
  expect(kept(home)).toBeGreaterThan(3);
  expect(statSync(join(home, '.cache/runbook')).mode & 0o777).toBe(0o700);
  expect(kept(await started('off', { NODE_DISABLE_COMPILE_CACHE: '1' }))).toBe(0);
  expect(globSync('**/*', { cwd: join(made.root, 'else') })).toEqual([]);
  await started('unused', { XDG_CACHE_HOME: join(made.root, 'else') });
  expect(globSync('runbook/**/*', { cwd: join(made.root, 'else') }).length).toBeGreaterThan(3);
  // Whoever can write there could have the engine run something else.
  mkdirSync(join(made.root, 'open/.cache/runbook'), { recursive: true });
  chmodSync(join(made.root, 'open/.cache/runbook'), 0o777);
  expect(kept(await started('open'))).toBe(0);
  // Nor does it matter where it cannot be made.
  made.write({ 'full/.cache': 'a file' });
  await started('full');
});
