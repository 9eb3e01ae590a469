import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../engine/kernels/aws/answer-value.ts';
import type { AwsOutput } from '../../../engine/kernels/aws/call.ts';
import { printed } from '../../../engine/kernels/aws/output.ts';
import { search } from '../../../engine/kernels/aws/query.ts';
import { parseQuery } from '../../../engine/kernels/aws/query-syntax.ts';
import { answers, queries } from './output-cases.ts';

/** The python that has the AWS CLI's own formatters; undefined where there is none. */
const python = ['python3', 'python'].find((name) => {
  try {
    execFileSync(name, ['-c', 'import awscli.formatter, jmespath'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

type Case = readonly [data: string, query: string | null, output: AwsOutput, title: string];

/** JSON in which 4.0 is a float: read as the literals of a query are. */
const read = (json: string): Value => search(parseQuery(`\`${json.replaceAll('`', '\\`')}\``), null);

function ours([data, query, output, title]: Case): Promise<string> {
  const value = read(data);
  return printed(query === null ? value : search(parseQuery(query), value), output, title);
}

const asked: readonly Case[] = Object.entries(answers).flatMap(([name, data]) =>
  [null, ...queries[name as keyof typeof answers]].flatMap((query) =>
    (['json', 'text', 'table'] as const).map((output): Case => [data, query, output, 'DescribeThings']),
  ),
);

/** Tables whose columns must be stretched under titles of all lengths: there, rounding tells. */
const stretched: readonly Case[] = Array.from({ length: 120 }, (_, at): Case => {
  const row = [3, 5, 7].map((step, column) => 'x'.repeat(1 + ((at * step + column) % (4 + step))));
  return [JSON.stringify([row, ...(at % 3 === 0 ? [row.toReversed()] : [])]), null, 'table', 'T'.repeat(8 + (at % 53))];
});

const cases = [...asked, ...stretched];

describe.skipIf(python === undefined)('beside the formatters of the AWS CLI', () => {
  test(`${cases.length} outputs of answers and queries are the same to the letter`, async () => {
    const script = fileURLToPath(new URL('output-cli.py', import.meta.url));
    const text = execFileSync(python ?? '', [script], { input: JSON.stringify(cases), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    const theirs: readonly { text?: string; error?: string }[] = JSON.parse(text);
    // A case on which the CLI itself breaks proves nothing.
    const own = await Promise.all(cases.map((one, at) => (theirs[at]?.text === undefined ? undefined : ours(one))));
    const different = cases.flatMap((one, at) => {
      const [expected, found] = [theirs[at]?.text, own[at]];
      return expected === found ? [] : [{ query: one[1], output: one[2], expected, found }];
    });
    expect(different.slice(0, 3)).toEqual([]);
    expect(different.length).toBe(0);
    // Few of them: tables that the CLI cannot draw.
    const broken = theirs.flatMap(({ error }, at) => (error === undefined ? [] : [`${cases[at]?.[1]} ${cases[at]?.[2]}: ${error}`]));
    expect(broken.filter((one) => !/ table: (ValueError: Row should have|IndexError|TypeError|AttributeError)/.test(one))).toEqual([]);
  });
});

test.each([
  ['DBClusters[', 'the expression ends where it cannot'],
  ['DBClusters[0', 'the expression ends where it cannot'],
  ['a b', '"b" stands where it cannot'],
  ['{a b}', '"b" stands where ":" is expected'],
  ["'open", "the ' here is not closed"],
  ['a # b', '"#" is no word of JMESPath'],
  ['"f"(a)', 'the name of a function stands without quotes'],
  ['', 'the expression is empty'],
  ['('.repeat(5000), 'the expression is nested too deeply'],
])('%s is refused with its place', (text, words) => {
  expect(() => parseQuery(text)).toThrow(expect.objectContaining({ message: words, at: expect.any(Number) }));
});

test.each([
  ['nope(a)', 'there is no function nope()'],
  ['length(`1`)', 'length() takes text or list or object, and is given number: 1'],
  ['length()', 'length() takes 1, and is given 0'],
  ['sort_by(a, &b)', 'sort_by() needs numbers alone or texts alone, and finds null: null'],
  ["`1` < 'a'", "a number and a text cannot be ordered: 1 and 'a'"],
  ['a[::0]', 'the step of a slice cannot be 0'],
  ['&a', '& stands only before what a function is given'],
])('%s cannot be applied', (text, words) => {
  expect(() => search(parseQuery(text), { a: [{}, {}] })).toThrow(words);
});
