import { expect, test } from 'vitest';
import { remainingWords } from '../../engine/view/remaining.ts';

test.each([
  ['nothing is known', undefined, 60_000, ''],
  ['too little is done', 4.9, 600_000, ''],
  ['too little time has passed', 50, 4999, ''],
  ['it is done', 100, 60_000, ''],
  ['seconds, in tens', 50, 31_000, 'about 40 s left'],
  ['nearly done', 99, 60_000, 'less than 10 s left'],
  ['a minute', 50, 58_000, 'about 1 min left'],
  ['minutes', 25, 60_000, 'about 3 min left'],
  ['an hour', 50, 3_590_000, 'about 1 h left'],
  ['hours and minutes', 40, 3_600_000, 'about 1 h 30 min left'],
] as const)('%s', (_title, percent, elapsedMs, words) => {
  expect(remainingWords(percent, elapsedMs)).toBe(words);
});
