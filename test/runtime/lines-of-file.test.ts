import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { firstLine, linesFromEnd, linesOfPieces, piecesOf } from '../../engine/runtime/lines-of-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'runbook-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'lines');
const lengths = fc.array(fc.oneof(fc.nat(40), fc.nat(100_000), fc.constantFrom(16_383, 16_384, 16_385, 81_920)), { maxLength: 8 });

test('lines come last first, whatever their lengths, without what was not written to its end', () => {
  fc.assert(
    fc.property(lengths, fc.nat(20_000), (all, torn) => {
      const lines = all.map((length, index) => 'xyz'.charAt(index % 3).repeat(length));
      writeFileSync(path, `${lines.map((line) => `${line}\n`).join('')}${'?'.repeat(torn)}`);
      expect([...linesFromEnd(path)].map((line) => `${line.length}${line[0]}`)).toEqual(lines.reverse().map((line) => `${line.length}${line[0]}`));
      expect(firstLine(path)?.length).toBe(all[0]);
    }),
    { numRuns: 200 },
  );
});

test('lines come whole from pieces that are cut anywhere and used again, without what was not written to its end', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(20), fc.integer({ min: 1, max: 40 }), (all, torn, size) => {
      const lines = all.map((length, index) => 'xyz'.charAt(index % 3).repeat(length));
      const bytes = Buffer.from(`${lines.map((line) => `${line}\n`).join('')}${'?'.repeat(torn)}`);
      const pieces = function* () {
        const piece = Buffer.alloc(size);
        for (let from = 0; from < bytes.length; from += size) yield piece.subarray(0, bytes.copy(piece, 0, from, from + size));
      };
      expect(Array.from(linesOfPieces(pieces()), String)).toEqual(lines);
    }),
  );
});

test('a file of several pieces comes as it is', () => {
  const bytes = Buffer.alloc(2_500_000, 'brick\n');
  writeFileSync(path, bytes);
  expect(Buffer.concat(Array.from(piecesOf(path), (piece) => Buffer.from(piece)))).toEqual(bytes);
});
