/** Output that attacks the terminal, in a real terminal: what the engine drew itself stays as it was. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostileOutput } from '../helpers/hostile.ts';
import { cli, fence, makeProject, runbookOf, type TestProject } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';

/** Prints hostile bytes, or the harmless ones that the test compares with, then asks for another step. */
function projectPrinting(bytes: Buffer): TestProject {
  const steps = ['### Look', fence('bash step=look risk=low', 'cat output'), '### Sort', fence('bash step=sort risk=medium timeout=1m', 'true')];
  const project = makeProject({ 'runbooks/tidy.md': runbookOf(`## Tidy up\n\n${steps.join('\n\n')}`) });
  writeFileSync(join(project.root, 'output'), bytes);
  return project;
}

const all = Buffer.concat(hostileOutput.flatMap(([name, bytes]) => [Buffer.from(`\nbefore: ${name}\n`), bytes, Buffer.from(`\nafter: ${name}\n`)]));
const harmless = Buffer.from('output\n'.repeat(300));

/** Names that change from run to run. */
function steady(text: string): string {
  return text
    .replace(/\d{8}-\d{6}-\w{4}/g, 'RUN')
    .replace(/ by \S+ on \S+/, ' by SOMEBODY')
    .replace(/\d\d:\d\d:\d\dZ?/g, 'TIME')
    .replace(/\d+(\.\d+)? m?s\b|\d+(\.\d)?s\b/g, 'TOOK')
    .replace(/\/tmp\/\S*/g, 'PATH')
    .replace(/\d+ lines|\d+(\.\d)? [kM]?B/g, 'SIZE');
}

test('frames: the question after hostile output is the same as after harmless output', async () => {
  const screens: string[] = [];
  for (const bytes of [harmless, all]) {
    using project = projectPrinting(bytes);
    using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev', '--no-notify'], { cwd: project.root });
    await terminal.answer('Run this on DEV?', 'y');
    await terminal.shows(/Sort[\s\S]*Run this on DEV\?/);
    screens.push(steady(terminal.screen()));
    expect(terminal.grid().wrapped).toBe(0);
    await terminal.answer('Run this on DEV?', 'y');
    expect(await terminal.ended).toBe(0);
    expect(terminal.clipboard()).toEqual([]);
    expect(terminal.calls()).toEqual([]);
    expect(terminal.modes()).toEqual([]);
    expect(terminal.history()).toContain('FINISHED');
  }
  expect(screens[1]).toBe(screens[0]);
});

test('frames: while it runs, only the pane of the output changes', async () => {
  using project = projectPrinting(all);
  // It prints, and waits to be looked at.
  project.write({
    'runbooks/tidy.md': runbookOf(
      `## Tidy up\n\n${fence('bash step=look risk=low', 'cat output; echo printed; until [ -e go ]; do sleep 0.1; done')}`,
    ),
  });
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev', '--no-notify'], { cwd: project.root });
  await terminal.answer('Run this on DEV?', 'y');
  await terminal.shows('printed');
  const lines = terminal.screen().split('\n');
  expect(lines.filter((line) => line.startsWith(' [ DEV ] tidy'))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith('── ')).map((line) => line.length)).toEqual(
    lines.filter((line) => line.startsWith('── ')).map(() => 80),
  );
  expect(lines.at(-1)).toContain('ctrl+c stop');
  expect(terminal.grid().wrapped).toBe(0);
  writeFileSync(join(project.root, 'go'), '');
  expect(await terminal.ended).toBe(0);
  expect(terminal.clipboard().concat(terminal.calls(), terminal.modes())).toEqual([]);
});

test('plain lines: each line of output stands behind its number, and every line between them is whole', async () => {
  using project = projectPrinting(all);
  using terminal = openTerminal(['node', cli, 'run', 'tidy', '--stage', 'dev', '--yes', '--plain', '--no-notify'], {
    cwd: project.root,
    columns: 200,
  });
  expect(await terminal.ended).toBe(0);
  const lines = terminal.history().split('\n');
  // A line of output that is wider than the terminal goes on in the next row.
  const own = lines.filter((line) => !line.startsWith('1| ') && /^TIME dev |^Run RUN|^Next:/.test(steady(line)));
  expect(own.map(steady).map((line) => line.replace(/ {2,}/g, ' '))).toMatchInlineSnapshot(`
    [
      "TIME dev run RUN started: tidy by SOMEBODY",
      "TIME dev lock: this host only",
      "TIME dev step 1/2 look confirmed (flag)",
      "TIME dev step 1/2 look started, attempt 1",
      "TIME dev step 1/2 look ok exit=0 TOOK",
      "TIME dev step 2/2 sort confirmed (flag)",
      "TIME dev step 2/2 sort started, attempt 2",
      "TIME dev step 2/2 sort ok exit=0 TOOK",
      "TIME dev run RUN: FINISHED",
      "Run RUN finished. Report: PATH",
      "Next: runbook report RUN",
    ]
  `);
  for (const [name] of hostileOutput) for (const word of ['before', 'after']) expect(lines).toContain(`1| ${word}: ${name}`);
  expect(terminal.clipboard().concat(terminal.calls(), terminal.modes())).toEqual([]);
});
