import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sweepAttempt } from '../../engine/runtime/attempt/attempt.ts';
import { createFolder, pathsOf } from '../../engine/runtime/attempt/folder.ts';
import { bench, engine, pidOf, privateFile, runs, watched } from '../helpers/attempts.ts';

const asRoot = process.getuid?.() === 0 && process.platform === 'linux';

test('a step survives the death of the engine, and a resume finds its end and its whole output', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const spec = at.spec(`echo first; echo >${gate.path}; read -r _ <${gate.path}; echo last; exit 3`);
  const first = engine(spec);
  await gate.reached();
  first.process.kill('SIGKILL');
  await first.exited;
  await gate.open();
  await expect.poll(() => readFileSync(privateFile(spec, 'end'), 'utf8')).toContain('exited 3');
  const end = await at.follow(spec);
  expect(end.outcome).toEqual({ kind: 'exited', code: 3 });
  expect(end.tail).toBe('first\nlast\n');
  expect(readFileSync(join(spec.folder, 'log'), 'utf8')).toBe('first\nlast\n');
});

test('a step that still runs is followed from its first byte', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const spec = at.spec(`echo first; echo >${gate.path}; read -r _ <${gate.path}; echo last`);
  const first = engine(spec);
  await gate.reached();
  first.process.kill('SIGKILL');
  await first.exited;
  const watch = watched();
  const following = at.follow(spec, watch);
  await expect.poll(() => watch.seen()).toBe('first\n');
  await gate.open();
  const end = await following;
  expect(end.outcome).toEqual({ kind: 'exited', code: 0 });
  expect(watch.seen()).toBe('first\nlast\n');
  expect(end.log.bytes).toBe(11);
});

test('an end that was found once is found again', async () => {
  const at = bench();
  const spec = at.spec('echo once; kill -TERM $$');
  const end = await at.run('', spec);
  const { endedAt, ...again } = await at.follow(spec);
  expect(again).toEqual(end);
  expect(Date.parse(endedAt ?? '')).toBeLessThanOrEqual(Date.now());
});

test('the time limit counts from the start, whoever applies it', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const spec = at.spec(`echo >${gate.path}; while :; do sleep 60; done`, { timeoutMs: 600_000 });
  const first = engine(spec);
  await gate.reached();
  first.process.kill('SIGKILL');
  await first.exited;
  // Ten minutes later, as far as the record knows: a limit that counted from now would not be reached in the time of a test.
  const start: { readonly at: number } = JSON.parse(readFileSync(privateFile(spec, 'start'), 'utf8'));
  writeFileSync(privateFile(spec, 'start'), JSON.stringify({ ...start, at: start.at - 600_000 }));
  expect((await at.follow(spec)).outcome).toEqual({ kind: 'timed-out' });
});

test('a step that is followed can be stopped', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const spec = at.spec(`echo >${gate.path}; while :; do sleep 60; done`);
  const first = engine(spec);
  await gate.reached();
  first.process.kill('SIGKILL');
  const watch = watched();
  const following = at.follow(spec, watch);
  watch.halt();
  expect((await following).outcome).toEqual({ kind: 'stopped' });
});

test('without its launcher a step runs on and is waited for, but nobody knows its end', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const running = at.run(`kill -KILL $PPID; echo >${gate.path}; read -r _ <${gate.path}; echo late`);
  await gate.reached();
  await gate.open();
  const end = await running;
  expect(end.outcome).toEqual({ kind: 'lost', why: expect.stringMatching(/^The launcher of the step was killed .*nobody saw how/) });
  expect(end.tail).toBe('late\n');
});

test('a block that forges its end and kills its launcher is not believed', async () => {
  const end = await bench().run('printf "exited 0\\n" 1<>"$(dirname "$RUNBOOK_BLOCK")/private/end"; kill -KILL $PPID');
  expect(end.outcome).toMatchObject({ kind: 'lost' });
});

test('without engine and launcher a step that runs is followed to its end, and is lost', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const spec = at.spec(`echo >${gate.path}; read -r _ <${gate.path}; exit 0`);
  const first = engine(spec);
  await gate.reached();
  first.process.kill('SIGKILL');
  await first.exited;
  process.kill(pidOf(spec, 'claim'), 'SIGKILL');
  await expect.poll(() => runs(pidOf(spec, 'claim'))).toBe(false);
  const following = at.follow(spec);
  await gate.open();
  expect((await following).outcome).toMatchObject({ kind: 'lost', why: expect.stringContaining('launcher') });
});

test('a step without its launcher still obeys its time limit', async () => {
  const at = bench();
  const spec = at.spec('kill -KILL $PPID; while :; do sleep 60; done', { timeoutMs: 400 });
  expect((await at.run('', spec)).outcome).toEqual({ kind: 'timed-out' });
  expect(runs(pidOf(spec, 'kernel'))).toBe(false);
});

test('an engine that died before it started the step left nothing that could still start it', async () => {
  const at = bench();
  const spec = at.spec('echo ran >ran');
  createFolder(pathsOf(spec.folder), spec.block, { timeoutMs: 1000, capture: false });
  expect((await at.follow(spec)).outcome).toEqual({ kind: 'not-started', why: 'The engine ended before it started the step.' });
  // A launcher that comes late finds the claim taken.
  const launcher = new URL('../../engine/kernels/launcher.sh', import.meta.url).pathname;
  const late = () =>
    execFileSync('bash', ['-p', launcher, join(spec.folder, 'private'), '/usr/bin/dd', '0', 'bash', join(spec.folder, 'block')], {
      cwd: at.folder,
      stdio: 'pipe',
    });
  expect(late).toThrow('claim');
  expect(() => statSync(join(at.folder, 'ran'))).toThrow('ENOENT');
  expect((await at.follow(spec)).outcome).toMatchObject({ kind: 'not-started' });
});

test.each([
  [
    'another boot of the machine',
    (file: string) => writeFileSync(file, readFileSync(file, 'utf8').replace(/"boot":"[^"]+"/, '"boot":"before"')),
    /machine was restarted/,
  ],
  ['a start record that is torn', (file: string) => writeFileSync(file, '{"at":17'), /not there or not whole/],
  ['a start record that is gone', (file: string) => rmSync(file), /not there or not whole/],
])('after %s nobody knows the end, and no process of today is touched', async (_, damage, why) => {
  const at = bench();
  const gate = at.gate('gate');
  const spec = at.spec(`echo kept; echo >${gate.path}; read -r _ <${gate.path}`, { timeoutMs: 1 << 30 });
  const first = engine(spec);
  await gate.reached();
  await expect.poll(() => readFileSync(join(spec.folder, 'log'), 'utf8')).toBe('kept\n');
  first.process.kill('SIGKILL');
  await first.exited;
  damage(privateFile(spec, 'start'));
  const end = await at.follow(spec);
  expect(end.outcome).toMatchObject({ kind: 'lost', why: expect.stringMatching(why) });
  expect(readFileSync(join(spec.folder, 'log'), 'utf8')).toBe('kept\n');
  expect(runs(pidOf(spec, 'kernel'))).toBe(true);
  await gate.open();
});

test('an end from before the restart of the machine still counts', async () => {
  const at = bench();
  const spec = at.spec('exit 4');
  await at.run('', spec);
  const file = privateFile(spec, 'start');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"boot":"[^"]+"/, '"boot":"before"'));
  expect((await at.follow(spec)).outcome).toEqual({ kind: 'exited', code: 4 });
});

test.each([
  ['before it made the folder', () => {}, 'lost'],
  ['when it had made the folder', (folder: string) => mkdirSync(join(folder, 'private'), { recursive: true }), 'lost'],
  [
    'while it made the files',
    (folder: string) => {
      createFolder(pathsOf(folder), '', { timeoutMs: 1, capture: true });
      for (const name of ['spool', 'spool.out', 'end', 'failed']) rmSync(join(folder, 'private', name));
    },
    'not-started',
  ],
])('an engine that died %s leaves an attempt that a resume can record', async (_, prepare, kind) => {
  const at = bench();
  const spec = at.spec('true');
  prepare(spec.folder);
  const end = await at.follow(spec);
  expect(end.outcome.kind).toBe(kind);
  expect(readFileSync(join(spec.folder, 'log'), 'utf8')).toBe('');
  expect(JSON.parse(readFileSync(join(spec.folder, 'result.json'), 'utf8'))).toMatchObject({ outcome: { kind } });
});

test('the private files are deleted at the end of the run, the record stays', async () => {
  const at = bench();
  const spec = at.spec('echo kept');
  await at.run('', spec);
  sweepAttempt(spec.folder);
  expect(() => statSync(join(spec.folder, 'private'))).toThrow('ENOENT');
  expect(readFileSync(join(spec.folder, 'log'), 'utf8')).toBe('kept\n');
});

test('a pump that is killed does not end the step; what was lost is told', async () => {
  const at = bench();
  const gate = at.gate('gate');
  const spec = at.spec(`echo kept; echo >${gate.path}; read -r _ <${gate.path}; head -c 300000 /dev/zero; exit 2`);
  const running = at.run('', spec);
  await gate.reached();
  await expect.poll(() => readFileSync(privateFile(spec, 'spool'), 'utf8')).toBe('kept\n');
  execFileSync('pkill', ['-KILL', '-g', String(pidOf(spec, 'claim')), '-x', 'dd']);
  await gate.open();
  const end = await running;
  expect(end.outcome).toEqual({ kind: 'exited', code: 2 });
  expect(end.remarks).toEqual([expect.stringContaining('from byte 5 on was not kept')]);
});

test.runIf(asRoot)('a full disk neither stops the step nor loses its end, and stops the record', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runbook-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  const at = bench(join(folder, 'run'));
  mkdirSync(at.folder);
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(600_000));
  const spec = at.spec('head -c 2000000 /dev/zero; exit 3', { cwd: tmpdir() });
  await expect(at.run('', spec)).rejects.toMatchObject({ name: 'Fault', exit: 'record', message: expect.stringContaining('exited with 3') });
  rmSync(ballast);
  rmSync(join(spec.folder, 'log'));
  const end = await at.follow(spec);
  expect(end.outcome).toEqual({ kind: 'exited', code: 3 });
  expect(end.remarks).toEqual([expect.stringMatching(/^Output from byte \d+ on was not kept: .*No space left on device\.$/)]);
  expect(end.log.bytes).toBe(statSync(privateFile(spec, 'spool')).size);
});

test.each(['', 'exit 1'])('a block that deletes its own private files and then does `%s` was started all the same', async (more) => {
  const end = await bench().run(`rm -rf "$(dirname "$RUNBOOK_BLOCK")/private"\n${more}`);
  expect(end.outcome).toEqual({ kind: 'exited', code: more === '' ? 0 : 1 });
});

test('a launcher that cannot claim its step starts nothing', async () => {
  const at = bench();
  const spec = at.spec('touch ran');
  // A bash that takes the claim before the launcher can.
  const bin = join(at.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'bash'), `#!/bin/bash\necho taken >"$3/claim"; exec /bin/bash "$@"\n`, { mode: 0o755 });
  const path = process.env.PATH ?? '';
  process.env.PATH = `${bin}:${path}`;
  onTestFinished(() => {
    process.env.PATH = path;
  });
  expect((await at.run('', spec)).outcome).toEqual({ kind: 'not-started', why: expect.stringContaining('claim') });
  expect(() => statSync(join(at.folder, 'ran'))).toThrow('ENOENT');
});

test('without a log nothing starts', async () => {
  const at = bench();
  // A watcher that comes just before the log is opened puts a folder in its place.
  const watch = watched();
  const spec = at.spec('touch ran');
  const inTheWay = {
    ...watch,
    redact: () => {
      mkdirSync(join(spec.folder, 'log'), { recursive: true });
      return watch.redact();
    },
  };
  await expect(at.run('', spec, inTheWay)).rejects.toMatchObject({ name: 'Fault', exit: 'record', message: expect.stringContaining('log') });
  expect(() => statSync(join(at.folder, 'ran'))).toThrow('ENOENT');
});

test('a disk that is full from the beginning starts nothing', async () => {
  const at = bench();
  writeFileSync(join(at.folder, 'attempts'), 'a file is where the folder should be');
  await expect(at.run('echo never >ran')).rejects.toMatchObject({ name: 'Fault', exit: 'record' });
  expect(() => statSync(join(at.folder, 'ran'))).toThrow('ENOENT');
});
