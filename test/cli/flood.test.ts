import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { floodBytes, makeFlood, spooledBytes } from '../helpers/flood.ts';
import { cleanEnvironment, cli, type TestProject } from '../helpers/project.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/wait.ts';

const flood = 50 * 1024 * 1024;

test('while a step writes 50 MB a key is answered, the screen is drawn at most ten times a second and gets less than 1 % of it', async () => {
  using project = makeFlood();
  using terminal = openTerminal(['node', cli, 'run', 'tower', '--stage', 'dev'], { cwd: project.root });
  await terminal.answer('Run this on DEV?', 'y');
  await terminal.shows(/brick \d{8} +of the tower/);
  const begun = { at: performance.now(), ...terminal.sent() };
  // What is held and found is seen only while the step runs, and it runs until it is told that this is enough.
  terminal.press(' ');
  await terminal.shows('held');
  terminal.press('/');
  await terminal.shows('/ _');
  terminal.press('TOWER');
  await terminal.shows('/ TOWER_   no line has it');
  terminal.press('\u{1b}');
  await terminal.shows('space hold');
  terminal.press(' ');
  await terminal.shows('following');
  // Over a while: what was drawn before may come late, and some of it at once.
  await until('50 MB in the log, and three seconds', () => floodBytes(project) >= flood && performance.now() - begun.at > 3000);
  const seconds = (performance.now() - begun.at) / 1000;
  const redraws = terminal.sent().redraws - begun.redraws;
  expect(redraws).toBeGreaterThan(5);
  expect(redraws).toBeLessThan(10 * seconds + 5);
  project.write({ enough: '' });
  expect(await terminal.ended).toBe(0);
  expect(terminal.sent().bytes).toBeLessThan(flood / 100);
});

/** An engine whose output is not read yet, when its step has written 50 MB. */
async function unread(project: TestProject): Promise<ChildProcessByStdio<null, Readable, null>> {
  const engine = spawn('node', [cli, 'run', 'tower', '--stage', 'dev', '--yes'], {
    cwd: project.root,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await until('50 MB written by the step', () => spooledBytes(project) >= flood);
  return engine;
}

test('a reader that stands still, such as a pager, gets all of 50 MB later, and they do not wait for it in the memory of the engine', async () => {
  using project = makeFlood();
  const engine = await unread(project);
  const ended = once(engine, 'close');
  await setTimeout(1000);
  expect(floodBytes(project)).toBeLessThan(flood / 10);
  project.write({ enough: '' });
  let next = 0;
  for await (const line of createInterface(engine.stdout)) if (line.includes(`brick ${String(next).padStart(8, '0')}`)) next += 1;
  expect(next).toBe(262_150);
  expect(await ended).toEqual([0, null]);
});

test('a reader that stands still does not keep an engine that a signal tells to leave', async () => {
  using project = makeFlood();
  const engine = await unread(project);
  engine.kill('SIGTERM');
  expect(await once(engine, 'exit')).toEqual([143, null]);
  project.write({ enough: '' });
});
