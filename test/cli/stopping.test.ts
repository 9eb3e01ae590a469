import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { groupRuns, pidOf, runs } from '../helpers/attempts.ts';
import { cleanEnvironment, cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { until, untilFile } from '../helpers/wait.ts';

/** The folder of the only attempt. */
function attempt({ root }: TestProject): { readonly folder: string } {
  return { folder: join(root, String(globSync('.runbook/runs/*/attempts/*', { cwd: root })[0])) };
}

const stubborn = [
  "slow() { trap '' TERM; while :; do sleep 0.05; done; }",
  "setsid bash -c 'echo $$ >daemon; exec sleep 61' >/dev/null 2>&1 &",
  'until [ -s daemon ]; do sleep 0.02; done',
  ': >running',
  'slow | cat',
].join('\n');

test.each(['', '--fullscreen'])(
  'Ctrl+C twice ends a function in a pipeline and all of its group; a daemon that left it is named on the screen and in the report: %s',
  async (mode) => {
    using project = makeProject({
      'runbooks/tidy.md': runbookOf(`## Tidy up\n\n### Sort\n\n${fence('bash step=sort risk=medium timeout=5m', stubborn)}`),
    });
    using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev', ...(mode === '' ? [] : [mode])], { cwd: project.root });
    await terminal.answer('Run this on DEV?', 'y');
    await untilFile(join(project.root, 'running'));
    const group = pidOf(attempt(project), 'kernel');
    const daemon = Number(readFileSync(join(project.root, 'daemon'), 'utf8'));
    await terminal.shows(/running \d/);
    terminal.press('\u0003');
    await terminal.shows('TERM sent. Ctrl+C again: kill it now.');
    expect(groupRuns(group)).toBe(true);
    terminal.press('\u0003');
    await terminal.shows('is UNKNOWN');
    await expect.poll(() => groupRuns(group)).toBe(false);
    expect(runs(daemon)).toBe(true);
    const words = `Still running: ${daemon} sleep 61`;
    // Below the title, where the operator is asked what became of it.
    expect(terminal.screen().split('is UNKNOWN').at(-1)).toContain(words);
    process.kill(daemon, 'SIGKILL');
    await terminal.answer('What became of it?', '\u0003\u0003');
    expect(await terminal.ended).toBe(8);
    const [run = ''] = globSync('*', { cwd: join(project.root, '.runbook/runs') });
    expect((await project.runbook(['report', run])).stdout).toContain(words);
  },
);

test.concurrent.for([
  { risk: 'low', flags: ['--stage', 'dev', '--yes'], code: 4, state: 'FAILED' },
  { risk: 'medium', flags: ['--stage', 'dev', '--yes'], code: 6, state: 'UNKNOWN' },
  { risk: 'high', flags: ['--stage', 'production', '--confirm', 'production', '--allow', 'wait'], code: 6, state: 'UNKNOWN' },
])(
  'a time limit that passed while the engine slept is applied when it wakes: risk=$risk is $state, exit code $code',
  async ({ risk, flags, code, state }) => {
    const block = "trap 'echo told; exit 0' TERM\n: >running\nwhile :; do sleep 0.05; done";
    using project = makeProject({
      'runbooks/tidy.md': runbookOf(`## Tidy up\n\n### Wait\n\n${fence(`bash step=wait risk=${risk} timeout=4s`, block)}`),
    });
    const engine = spawn('node', [cli, 'run', 'tidy', ...flags], {
      cwd: project.root,
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let seen = '';
    engine.stdout.on('data', (chunk) => {
      seen += chunk;
    });
    await untilFile(join(project.root, 'running'));
    engine.kill('SIGSTOP');
    const { folder } = attempt(project);
    const { at } = JSON.parse(readFileSync(join(folder, 'private/start'), 'utf8'));
    await until('the deadline', () => Date.now() > at + 4500);
    expect(runs(pidOf({ folder }, 'kernel'))).toBe(true);
    engine.kill('SIGCONT');
    expect(await once(engine, 'close')).toEqual([code, null]);
    expect(seen).toMatch(new RegExp(`step 1/1 wait ${state} timed-out`));
    // It was asked to end, and could say so.
    expect(readFileSync(join(folder, 'log'), 'utf8')).toContain('told\n');
  },
);
