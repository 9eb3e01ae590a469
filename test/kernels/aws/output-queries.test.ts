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

function ours([data, query, output, title]: Case): string {
  const value = read(data);
  return printed(query === null ? value : search(parseQuery(query), value), output, title);
}

const cases: readonly Case[] = Object.entries(answers).flatMap(([name, data]) =>
  [null, ...queries[name as keyof typeof answers]].flatMap((query) =>
    (['json', 'text', 'table'] as const).map((output): Case => [data, query, output, 'DescribeThings']),
  ),
);

describe.skipIf(python === undefined)('beside the formatters of the AWS CLI', () => {
  test(`${cases.length} outputs of answers and queries are the same to the letter`, () => {
    const script = fileURLToPath(new URL('output-cli.py', import.meta.url));
    const text = execFileSync(python ?? '', [script], { input: JSON.stringify(cases), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    const theirs: readonly { text?: string; error?: string }[] = JSON.parse(text);
    const different = cases.flatMap((one, at) => {
      // A case on which the CLI itself breaks proves nothing.
      const [expected, found] = [theirs[at]?.text, theirs[at]?.text === undefined ? undefined : ours(one)];
      return expected === found ? [] : [{ query: one[1], output: one[2], expected, found }];
    });
    expect(different.slice(0, 3)).toEqual([]);
    expect(different.length).toBe(0);
    // Few of them: tables that the CLI cannot draw.
    const broken = theirs.flatMap(({ error }, at) => (error === undefined ? [] : [`${cases[at]?.[1]} ${cases[at]?.[2]}: ${error}`]));
    expect(broken.filter((one) => !/ table: (ValueError: Row should have|IndexError|TypeError|AttributeError)/.test(one))).toEqual([]);
  });
});
