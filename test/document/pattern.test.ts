import { expect, test } from 'vitest';
import { matches, matchesWhole, patternProblem } from '../../engine/document/pattern.ts';

test('a pattern is found anywhere in a text, and ^ and $ are ends of lines', () => {
  expect(matches('relation .* does not exist', 'ERROR: relation "sets" does not exist\n')).toBe(true);
  expect(matches('^ERROR', 'psql:1:\nERROR: x')).toBe(true);
  expect(matches('^ERROR$', 'an ERROR\n')).toBe(false);
});

test('a whole match covers the whole text', () => {
  expect(matchesWhole('[a-z]+', 'abc')).toBe(true);
  expect(matchesWhole('[a-z]+', 'abc1')).toBe(false);
  expect(matchesWhole('a|ab', 'ab')).toBe(true);
  expect(matchesWhole('^[a-z]+$', 'abc\n')).toBe(false);
});

test.each([
  ['(a', 'missing closing ): `(a`'],
  ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
  ['\\1', 'invalid escape sequence: `\\1`'],
  ['a{1001}', 'invalid repeat count: `{1001}`'],
  [`${'('.repeat(2000)}${')'.repeat(2000)}`, 'expression nests too deeply'],
  ['', 'it is empty'],
])('what RE2 does not know is refused: %s', (pattern, problem) => {
  expect(patternProblem(pattern)).toBe(problem);
});

test('a valid pattern has no problem', () => {
  expect(patternProblem('SQLSTATE (40001|40P01)')).toBeUndefined();
});

test('a pattern that takes a backtracking engine for ever comes to its end', () => {
  expect(matches('(a+)+$', `${'a'.repeat(50_000)}b`)).toBe(false);
});
