import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteTail } from '../../engine/core/byte-tail.ts';

test('the last bytes are those that came last, whatever comes in whatever chunks', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.uint8Array({ maxLength: 25 })), fc.nat({ max: 12 }), (size, chunks, atMost) => {
      const tail = new ByteTail(size);
      const all: number[] = [];
      for (const chunk of chunks) {
        tail.push(chunk);
        all.push(...chunk);
        expect(tail.count).toBe(all.length);
        expect([...tail.bytes()]).toEqual(all.slice(-size));
        expect([...tail.bytes(atMost)]).toEqual(atMost === 0 ? [] : all.slice(-Math.min(size, atMost)));
      }
    }),
    { numRuns: 1000 },
  );
});
