import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bench, engine, pidOf, runs, watched } from '../helpers/attempts.ts';

/** Waits in the block until the test has taken the word; then for ever. */
const forEver = 'while :; do sleep 60; done';

test('a step whose time is up gets TERM, and what it does of that is recorded', async () => {
  const end = await bench().run('trap "echo cleaned up; exit 0" TERM; echo waiting; sleep 60 & wait', { timeoutMs: 300 });
  expect(end.outcome).toEqual({ kind: 'timed-out' });
  expect(end.tail).toBe('waiting\ncleaned up\n');
});

test('a step that ignores TERM gets KILL after the grace period, and its children too', async () => {
  const at = bench();
  const spec = at.spec('trap "" TERM; sleep 60 & echo $! >child; (sleep 60; :) | sleep 60', { timeoutMs: 300, graceMs: 200 });
  const started = Date.now();
  const end = await at.run('', spec);
  expect(end.outcome).toEqual({ kind: 'timed-out' });
  expect(Date.now() - started).toBeGreaterThanOrEqual(500);
  expect(end.remarks).toEqual([]);
  await expect.poll(() => [pidOf(spec, 'kernel'), Number(readFileSync(join(at.folder, 'child'), 'utf8'))].some(runs)).toBe(false);
});

test('a child that outlives TERM although the step itself obeys is killed after the grace period', async () => {
  const at = bench();
  const spec = at.spec('bash -c \'trap "" TERM; echo $$ >stubborn; while :; do sleep 60; done\' & until [ -s stubborn ]; do :; done; wait', {
    timeoutMs: 1000,
    graceMs: 200,
  });
  expect((await at.run('', spec)).outcome).toEqual({ kind: 'timed-out' });
  await expect.poll(() => runs(Number(readFileSync(join(at.folder, 'stubborn'), 'utf8')))).toBe(false);
});

test('the operator stops a step', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const watch = watched();
  const running = at.run(`f() { ${forEver}; }; echo there >${gate.path}; f | cat`, {}, watch);
  await gate.reached();
  watch.halt();
  expect((await running).outcome).toEqual({ kind: 'stopped' });
});

test('the operator who stops a second time does not wait for a step that ignores TERM', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const watch = watched();
  const running = at.run(`trap '' TERM; echo $$ >${gate.path}; while :; do sleep 0.05 || :; done`, { graceMs: 600_000 }, watch);
  const stubborn = Number(await gate.reached());
  watch.halt();
  watch.killNow();
  expect((await running).outcome).toEqual({ kind: 'stopped' });
  await expect.poll(() => runs(stubborn)).toBe(false);
});

test('a step that was stopped before it began is not started', async () => {
  const watch = watched();
  watch.halt();
  const end = await bench().run('echo never', {}, watch);
  expect(end.outcome).toEqual({ kind: 'not-started', why: 'It was stopped before it began.' });
  expect(end.tail).toBe('');
});

test('a process that left the step for a session of its own is named, not killed', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const watch = watched();
  const running = at.run(`setsid bash -c 'echo $$ >${gate.path}; exec sleep 61' >/dev/null 2>&1 & ${forEver}`, {}, watch);
  const daemon = Number(await gate.reached());
  watch.halt();
  const end = await running;
  expect(end.outcome).toEqual({ kind: 'stopped' });
  expect(end.remarks).toEqual([`Still running: ${daemon} sleep 61`]);
  expect(runs(daemon)).toBe(true);
  process.kill(daemon);
});

test('a daemon that holds the output open is waited for a second at most, and does not die of it', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const end = await at.run(
    `(trap "" HUP; read -r _ <${gate.path}; head -c 300000 /dev/zero && echo alive >${gate.path} || echo dead >${gate.path}; sleep 62) & disown; echo done`,
  );
  expect(end.outcome).toEqual({ kind: 'exited', code: 0 });
  expect(end.remarks).toEqual([
    expect.stringMatching(/^Still running: \d+ bash/),
    'Such a process holds the output of the step open; what it still writes is not kept.',
  ]);
  await gate.open();
  // It could write more than a pipe holds, so somebody still reads.
  expect(await gate.reached()).toBe('alive\n');
  process.kill(-Number(/\d+/.exec(readFileSync(join(at.folder, 'attempts/01-step.1/private/kernel'), 'utf8'))?.[0]), 'SIGKILL');
});

test('a step that ended by itself while the engine slept keeps its real end, although its time was up by then', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const spec = at.spec(`echo >${gate.path}; read -r _ <${gate.path}; exit 5`, { timeoutMs: 2000 });
  const asleep = engine(spec);
  await gate.reached();
  asleep.process.kill('SIGSTOP');
  await gate.open();
  await expect.poll(() => runs(pidOf(spec, 'kernel'))).toBe(false);
  await expect.poll(() => Date.now() > deadlineOf(spec.folder, 2000), { timeout: 10_000 }).toBe(true);
  asleep.process.kill('SIGCONT');
  expect((await asleep.end()).outcome).toEqual({ kind: 'exited', code: 5 });
});

test('a time limit that passed while the engine slept is applied when it wakes', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const spec = at.spec(`echo >${gate.path}; ${forEver}`, { timeoutMs: 1500 });
  const asleep = engine(spec);
  await gate.reached();
  asleep.process.kill('SIGSTOP');
  await expect.poll(() => Date.now() > deadlineOf(spec.folder, 1500), { timeout: 10_000 }).toBe(true);
  expect(runs(pidOf(spec, 'kernel'))).toBe(true);
  asleep.process.kill('SIGCONT');
  expect((await asleep.end()).outcome).toEqual({ kind: 'timed-out' });
});

function deadlineOf(folder: string, timeoutMs: number): number {
  // Written by the engine under test.
  return (JSON.parse(readFileSync(join(folder, 'private', 'start'), 'utf8')) as { at: number }).at + timeoutMs;
}
