import { expect, test } from 'vitest';
import { isRecord } from '../../engine/core/is-record.ts';

test.for([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  [undefined, false],
  ['text', false],
] as const)('%j is an object with members: %s', ([value, expected]) => {
  expect(isRecord(value)).toBe(expected);
});
