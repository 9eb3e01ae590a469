import { createHash, randomBytes } from 'node:crypto';
import { strFromU8, unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { type Part, zipOf } from '../../engine/report/bundle.ts';

const parts: readonly Part[] = [
  { path: 'journal.jsonl', pieces: () => ['{"seq":1}\n', '{"seq":2}\n'] },
  { path: 'attempts/01-a.1/log', pieces: () => [new Uint8Array([0xff, 0, 0x0a])] },
  { path: 'attempts/01-a.1/block', pieces: () => [] },
];

function zipped(): Buffer {
  return Buffer.concat([...zipOf('20260131-180500-7f3k', parts)]);
}

test('every part stands below one folder, byte for byte, and SHA256SUMS names them all', () => {
  const files = unzipSync(zipped());
  const top = '20260131-180500-7f3k';
  expect(Object.keys(files)).toEqual([...parts.map(({ path }) => `${top}/${path}`), `${top}/SHA256SUMS`]);
  expect(files[`${top}/attempts/01-a.1/log`]).toEqual(new Uint8Array([0xff, 0, 0x0a]));
  const sums = strFromU8(files[`${top}/SHA256SUMS`] ?? new Uint8Array())
    .trimEnd()
    .split('\n');
  expect(sums).toEqual(
    parts.map(
      ({ path }) =>
        `${createHash('sha256')
          .update(files[`${top}/${path}`] ?? '')
          .digest('hex')}  ${path}`,
    ),
  );
});

test('the bytes are the same in every time zone', () => {
  const before = process.env.TZ;
  try {
    const [here, there] = ['Pacific/Kiritimati', 'America/Los_Angeles'].map((zone) => {
      process.env.TZ = zone;
      return zipped();
    });
    expect(here).toEqual(there);
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

test('a part is never in memory as a whole', () => {
  const megabyte = 1 << 20;
  // What cannot be compressed comes out as it goes in.
  const piece = randomBytes(megabyte);
  let [made, taken, held] = [0, 0, 0];
  const large: Part = {
    path: 'log',
    *pieces() {
      for (; made < 20; made += 1) yield piece;
    },
  };
  for (const bytes of zipOf('run', [large])) {
    taken += bytes.length;
    held = Math.max(held, made * megabyte - taken);
  }
  expect(taken).toBeGreaterThan(20 * megabyte);
  expect(held).toBeLessThan(2 * megabyte);
});
