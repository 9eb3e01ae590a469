import fs, { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Fault } from '../../engine/fault.ts';
import { type AttemptSpec, startAttempt } from '../../engine/runtime/attempt/attempt.ts';
import { bench, watched } from '../helpers/attempts.ts';

/** What a disk can refuse: to make a folder, to write a whole file, to write to an open one, to bring one to the disk. */
const calls = ['mkdirSync', 'writeFileSync', 'writeSync', 'fdatasyncSync'] as const;
type Call = (typeof calls)[number];

/** From the nth of such calls on the disk refuses each. Gives how many were made, and a way to make room. */
function refuse(call: Call, at: number): { readonly made: () => number; readonly mend: () => void } {
  const real = fs[call];
  let made = 0;
  const refusing = (...args: unknown[]): unknown => {
    made += 1;
    if (made >= at) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    return Reflect.apply(real, fs, args);
  };
  const mend = (): void => {
    Object.assign(fs, { [call]: real });
    syncBuiltinESMExports();
  };
  Object.assign(fs, { [call]: refusing });
  syncBuiltinESMExports();
  onTestFinished(mend);
  return { made: () => made, mend };
}

test.each(calls)('whichever %s of an attempt is refused, its step runs once or never, and with room again its end is found', async (call) => {
  let refused = 0;
  for (let at = 1; ; at += 1) {
    const place = bench();
    const disk = refuse(call, at);
    const ran = join(place.folder, 'ran');
    const spec = place.spec(`echo ran >> '${ran}'; echo some; sleep 0.12; echo output; exit 3`);
    const end = await place.run('', spec).catch((error: unknown) => error);
    disk.mend();
    if (disk.made() < at) {
      expect(end).toMatchObject({ outcome: { kind: 'exited', code: 3 } });
      break;
    }
    refused += 1;
    expect(end).toBeInstanceOf(Fault);
    expect(end).toMatchObject({ exit: 'record', hint: expect.stringContaining('runbook resume') });
    const before = existsSync(ran);
    if (before) expect(end).toMatchObject({ message: expect.stringContaining('exited with 3') });
    // A log that is there is the beginning of the output.
    const log = join(spec.folder, 'log');
    if (existsSync(log)) expect('some\noutput\n').toContain(readFileSync(log, 'utf8'));
    const found = await place.follow(spec);
    expect(existsSync(ran)).toBe(before);
    if (before) {
      expect(found).toMatchObject({ outcome: { kind: 'exited', code: 3 }, tail: 'some\noutput\n' });
      expect(readFileSync(ran, 'utf8')).toBe('ran\n');
      expect(readFileSync(log, 'utf8')).toBe('some\noutput\n');
    } else expect(['not-started', 'lost']).toContain(found.outcome.kind);
  }
  expect(refused).toBeGreaterThan({ mkdirSync: 2, writeFileSync: 15, writeSync: 1, fdatasyncSync: 0 }[call]);
});

test('a value that could not be captured whole is no value: the engine that started the step stops, and the next one refuses the value', async () => {
  const place = bench();
  // The limit holds for the pump, which is a child of the launcher, as for the step.
  const spec = place.spec('', { command: ['bash', '-c', 'sleep 0.1; head -c 400000 /dev/zero | tr "\\0" a'], capture: true });
  const limited = await limitedRun(spec);
  expect(limited).toMatchObject({ exit: 'record', message: expect.stringMatching(/exited with 0.*Output from byte \d+ on was not kept/) });
  const end = await place.follow(spec);
  expect(end.captured).toBeUndefined();
  expect(end.badOutput).toMatch(/^The captured output is not whole\. Output from byte \d+ on was not kept: .*File too large\.$/);
});

/** Runs an attempt whose processes may write files of 100 KB at most. */
async function limitedRun(spec: AttemptSpec): Promise<unknown> {
  const folder = join(spec.cwd, 'bin');
  mkdirSync(folder);
  const dd = join(folder, 'dd');
  writeFileSync(dd, `#!/bin/sh\nulimit -f 200\ntrap '' XFSZ\nexec /bin/dd "$@"\n`, { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${folder}:${path}`;
  try {
    return await startAttempt(spec, watched()).catch((error: unknown) => error);
  } finally {
    process.env.PATH = path;
  }
}
