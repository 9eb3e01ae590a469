import { describe, expect, test } from 'vitest';
import type { Expectation } from '../../engine/core/plan.ts';
import { unmetExpectations } from '../../engine/runtime/expect.ts';

/** The expectation that a line of a fence says. */
function line(text: string): Expectation {
  const absent = text.startsWith('!');
  const value = absent ? text.slice(1).trim() : text;
  const pattern = /^\/(.*)\/$/.exec(value)?.[1];
  return { text, absent, ...(pattern === undefined ? { kind: 'line', value } : { kind: 'pattern', value: pattern }) };
}

const unmet = (output: string, ...texts: readonly string[]): readonly string[] => unmetExpectations(texts.map(line), output);

describe('an output meets its expectations', () => {
  test.for<[what: string, output: string, expected: readonly string[]]>([
    ['when there are none', 'anything', []],
    ['when each line appears, in order, with others between', 'sets\nnoise\nbricks\n', ['sets', 'bricks']],
    ['whatever blanks stand around a line, and however lines end', '  sets \r\n\tbricks\r\n', [' sets', 'bricks ']],
    ['when a pattern is found in a line', '3 migrations applied\n', ['/^\\d+ migrations? applied$/']],
    ['when a line that must not appear does not', 'sets\n', ['sets', '!ERROR', '!/deadlock/']],
    ['when a line appears as often as it is expected', 'ok\nok\n', ['ok', 'ok']],
  ])('%s', ([, output, expected]) => expect(unmet(output, ...expected)).toEqual([]));
});

describe('an expectation is not met', () => {
  test.for<[what: string, output: string, expected: readonly string[], left: readonly string[]]>([
    ['when its line does not appear', 'sets\n', ['sets', 'bricks'], ['bricks']],
    ['when there is no output', '', ['sets'], ['sets']],
    ['when its line appears before the one before it', 'bricks\nsets\n', ['sets', 'bricks'], ['bricks']],
    ['when its line is only a part of a line', 'many sets\n', ['sets'], ['sets']],
    ['when its pattern would have to span two lines', 'sets\nbricks\n', ['/sets\\s+bricks/'], ['/sets\\s+bricks/']],
    ['when one line would have to stand for two', 'ok\n', ['ok', 'ok'], ['ok']],
    ['when a line that must not appear does, wherever it is', 'ERROR\nsets\n', ['sets', '!ERROR'], ['!ERROR']],
    ['when a pattern that must not be found is', 'a deadlock\n', ['!/dead/'], ['!/dead/']],
  ])('%s', ([, output, expected, left]) => expect(unmet(output, ...expected)).toEqual(left));

  test('and those after it are still looked for', () => {
    expect(unmet('sets\nusers\n', 'sets', 'bricks', 'users')).toEqual(['bricks']);
  });
});
