import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseShorthand, type Shorthand, ShorthandError } from '../../../engine/kernels/aws/shorthand.ts';

/** The value as JSON has it; undefined for a text that is no shorthand. */
function parsed(text: string): unknown {
  try {
    return plain(parseShorthand(text));
  } catch (error) {
    if (error instanceof ShorthandError) return undefined;
    throw error;
  }
}

function plain(value: Shorthand): unknown {
  if (typeof value === 'string') return value;
  if ('get' in value) return Object.fromEntries(Array.from(value, ([name, item]) => [name, plain(item)]));
  return value.map(plain);
}

describe('shorthand', () => {
  test.each<readonly [string, unknown]>([
    ['Key=Value', { Key: 'Value' }],
    ['Key=app,Value=lego-api', { Key: 'app', Value: 'lego-api' }],
    ['Name=engine,Values=a,b,c', { Name: 'engine', Values: ['a', 'b', 'c'] }],
    ['Values=a,b,Name=engine', { Values: ['a', 'b'], Name: 'engine' }],
    ['Values=[a,b],Name=x', { Values: ['a', 'b'], Name: 'x' }],
    ['Values=[]', { Values: [] }],
    ['Outer={Inner=a,List=[b,{C=d}]},Other=e', { Outer: { Inner: 'a', List: ['b', { C: 'd' }] }, Other: 'e' }],
    [`Value="a, b = c",Other='d, e'`, { Value: 'a, b = c', Other: 'd, e' }],
    [String.raw`Value="say \"so\"",Other='it\'s \\ b'`, { Value: 'say "so"', Other: "it's \\ b" }],
    [String.raw`Value=a\,b,Other=c`, { Value: 'a,b', Other: 'c' }],
    ['Value=a=b,Other=', { Value: 'a=b', Other: '' }],
    ['Value=a b , Other = c ', { Value: 'a b', Other: 'c' }],
    ['Value=rate(10 days)', { Value: 'rate(10 days)' }],
  ])('%s', (text, value) => {
    expect(parsed(text)).toEqual(value);
  });

  test.each([
    ['a', '"=" after a is expected, and the end found.'],
    ['', 'the name of a member is expected, and the end found.'],
    ['=a', 'the name of a member is expected, and "=a" found.'],
    ['a=b,', 'a value is expected, and the end found.'],
    ['a=[b', '"," or "]" is expected, and the end found.'],
    ['a={b=c', '"," or "}" is expected, and the end found.'],
    ['a="b', '"," before the next member is expected, and "\\"b" found.'],
    ['a=b,a=c', 'a is given twice. Structures of a list are separated by a space, not by a comma.'],
    ['a@=file://x', '"a@=" reads a file.'],
  ])('%j is refused', (text, message) => {
    expect(() => parseShorthand(text)).toThrow(new ShorthandError(message));
  });
});

/** The python that has the AWS CLI's parser; undefined where there is none. */
const python = ['python3', 'python'].find((name) => {
  try {
    execFileSync(name, ['-c', 'import awscli.shorthand'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

test.skipIf(python === undefined)(
  `what is read is what the AWS CLI's parser reads${python === undefined ? ' (skipped: no python with awscli)' : ''}`,
  () => {
    const piece = fc.constantFrom(
      'a',
      'B=',
      'c=d',
      ',',
      '=',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '\\',
      '\\,',
      ' ',
      '"x, y"',
      "'z=1'",
      '[e,f]',
      '{g=h}',
      'i=',
      '.',
      '!',
      '|',
      '~',
      'é',
      '🧱',
    );
    const text = fc.array(piece, { minLength: 1, maxLength: 9 }).map((pieces) => `k=${pieces.join('')}`);
    const texts = fc.sample(text, { numRuns: 20_000, seed: 3 });
    const script = fileURLToPath(new URL('shorthand-cli.py', import.meta.url));
    const theirs: readonly { readonly value?: unknown }[] = JSON.parse(
      execFileSync(python ?? '', [script], { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
    );
    const read = texts.flatMap((one, at) => {
      const ours = parsed(one);
      return ours === undefined ? [] : [{ text: one, ours, cli: theirs[at]?.value }];
    });
    // What the CLI reads and this does not is refused with a message; the other way round would send something else.
    expect(read.filter(({ ours, cli }) => JSON.stringify(ours) !== JSON.stringify(cli)).slice(0, 5)).toEqual([]);
    expect(read.length).toBeGreaterThan(theirs.filter(({ value }) => value !== undefined).length * 0.95);
  },
);
