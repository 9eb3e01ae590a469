import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../engine/document/parse.ts';
import { path, problems, rules, runbook } from './problems.ts';

const nested = Array.from({ length: 300 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n');
const tabbed = Array.from({ length: 100 }, (_, depth) => `${'\t'.repeat(depth)}- a`).join('\n');
const rising = Array.from({ length: 400 }, (_, length) => `a ${'`'.repeat(length + 1)}`).join(' ');

describe('A document that the parser would not survive', () => {
  test.each([
    ['list markers on one line', `${'- '.repeat(5000)}a`],
    ['numbered list markers on one line', `${'1. '.repeat(5000)}a`],
    ['quote markers on one line', `${'>'.repeat(5000)}a`],
    ['a list nested by indentation', nested],
    ['a list nested by tabs', tabbed],
    ['rising runs of backticks', rising],
    ['many brackets', '[a]('.repeat(20_000)],
    ['more than a million characters', 'a\n\n'.repeat(400_000)],
  ])('is refused at once: %s', (_, source) => {
    const start = performance.now();
    expect(rules(source)).toEqual([source.length > 1_000_000 ? 'too-large' : 'too-nested']);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('is reported at its line, and the document is empty', () => {
    const source = runbook(`fine\n\n${'> - '.repeat(60)}a\n`);
    expect(problems(source)).toMatchInlineSnapshot(`
      "[too-nested] runbooks/database-operations.md:9:1 The document has more than 100 nested lists or quotes here.
        > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - …
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        Parsing it could take minutes, so it is not read at all."
    `);
    expect(parseDocument(path, source).document).toMatchObject({ title: 'database-operations', procedures: [] });
  });

  test('is reported with its size when it is too large', () => {
    expect(problems('a'.repeat(1_000_001))).toMatchInlineSnapshot(`
      "[too-large] runbooks/database-operations.md: The document has 1000001 characters; at most 1000000 are read.
        Split it into several documents."
    `);
  });
});

test.each([
  ['a list of twenty levels', Array.from({ length: 20 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n')],
  ['a thematic break', '- '.repeat(50)],
  ['a table with many links in a row', '| [a](b) '.repeat(100)],
  ['a long quote', `${'> a\n'.repeat(2000)}`],
])('is no reason to refuse: %s', (_, source) => {
  expect(rules(source)).toEqual([]);
});
