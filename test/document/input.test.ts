import { expect, test } from 'vitest';
import type { Allowed, Input } from '../../engine/core/plan.ts';
import { checkInput } from '../../engine/document/input.ts';

function input(allowed: Allowed): Input {
  return { name: 'value', meaning: '', allowed, place: { path: 'x.md', line: 1, column: 1 } };
}

test.each([
  [{ kind: 'pattern', pattern: 'lego-[a-z]+' }, 'lego-api'],
  [{ kind: 'choices', choices: ['full', 'part'] }, 'part'],
  [{ kind: 'number' }, '4'],
  [{ kind: 'number' }, '-0.5'],
  [{ kind: 'time' }, '2026-01-31T18:05Z'],
  [{ kind: 'time' }, '2026-01-31T18:05:09.123+05:30'],
  [{ kind: 'time' }, '2028-02-29T00:00:00-08:00'],
  [{ kind: 'text' }, 'two words; "quoted" 東京'],
  [{ kind: 'secret' }, '-----BEGIN\nkey\n-----END\n'],
] as const)('%j allows %j', (allowed, text) => {
  expect(checkInput(input(allowed), text)).toBeUndefined();
});

test('what is not allowed is refused in words', () => {
  const cases = [
    [{ kind: 'text' }, ''],
    [{ kind: 'text' }, 'two\nlines'],
    [{ kind: 'text' }, 'a\u{9b}31m'],
    [{ kind: 'secret' }, ''],
    [{ kind: 'secret' }, 'a\0b'],
    [{ kind: 'pattern', pattern: 'lego-[a-z]+' }, 'my-lego-api'],
    [{ kind: 'choices', choices: ['full', 'part'] }, 'ful'],
    [{ kind: 'choices', choices: ['full', 'part'] }, 'everything'],
    [{ kind: 'number' }, '04'],
    [{ kind: 'number' }, '1e3'],
    [{ kind: 'number' }, 'NaN'],
    [{ kind: 'time' }, '2026-01-31 18:05:00Z'],
    [{ kind: 'time' }, '2026-01-31T18:05:00'],
    [{ kind: 'time' }, '2026-02-30T18:05:00Z'],
    [{ kind: 'time' }, '2026-01-31T25:05:00Z'],
    [{ kind: 'time' }, '2026-13-01T18:05:00Z'],
    [{ kind: 'time' }, '2026-01-31T18:05:00+25:00'],
  ] as const;
  expect(cases.map(([allowed, text]) => checkInput(input(allowed), text)).join('\n')).toMatchInlineSnapshot(`
    "value must not be empty.
    value must be one line without control characters.
    value must be one line without control characters.
    value must not be empty.
    value must not hold a NUL character.
    value must match /lego-[a-z]+/; "my-lego-api" does not.
    value must be one of full, part; "ful" is not. Did you mean "full"?
    value must be one of full, part; "everything" is not.
    value must be a number such as 4 or 0.5; "04" is not.
    value must be a number such as 4 or 0.5; "1e3" is not.
    value must be a number such as 4 or 0.5; "NaN" is not.
    value must be a time with Z or an offset, such as 2026-01-31T18:05:00Z; "2026-01-31 18:05:00Z" is not.
    value must be a time with Z or an offset, such as 2026-01-31T18:05:00Z; "2026-01-31T18:05:00" is not.
    value must be a time with Z or an offset, such as 2026-01-31T18:05:00Z; "2026-02-30T18:05:00Z" is not.
    value must be a time with Z or an offset, such as 2026-01-31T18:05:00Z; "2026-01-31T25:05:00Z" is not.
    value must be a time with Z or an offset, such as 2026-01-31T18:05:00Z; "2026-13-01T18:05:00Z" is not.
    value must be a time with Z or an offset, such as 2026-01-31T18:05:00Z; "2026-01-31T18:05:00+25:00" is not."
  `);
});

test('what is wrong with a secret does not tell the secret', () => {
  expect(checkInput(input({ kind: 'secret' }), 'hunter2\0')).not.toContain('hunter2');
});
