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
    ['marks in one paragraph', '*a_b'.repeat(4000)],
    ['marks in one table cell', `| a |\n| - |\n| ${'*a_b'.repeat(4000)} |`],
    ['lines of one paragraph', 'a\n'.repeat(6000)],
    ['lines that a quote goes on with', `> a\n${'b\n'.repeat(3000)}`],
    ['lines that an item goes on with', `- a\n${'b\n'.repeat(3000)}`],
    ['more than five megabytes', 'a\n\n'.repeat(1_800_000)],
  ])('is refused: %s', (_, source) => {
    expect(rules(source)).toEqual([source.length > 5_242_880 ? 'too-large' : 'too-nested']);
  });

  test.each([1, 2000])('is refused at the line of the paragraph that is too crowded, %d paragraphs down', (count) => {
    const source = `${'a paragraph\n\n'.repeat(count)}${'[a][b] '.repeat(6000)}\n\nend\n`;
    const [found] = parseDocument(path, source).diagnostics;
    expect(found).toMatchObject({ rule: 'too-nested', place: { line: 2 * count + 1 } });
  });

  test('is reported at its line, and the document is empty', () => {
    const source = runbook(`fine\n\n${'> - '.repeat(60)}a\n`);
    expect(problems(source)).toMatchInlineSnapshot(`
      "[too-nested] runbooks/database-operations.md:9:1 The document has more than 20 nested lists or quotes here.
        > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - > - …
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        Parsing it could take minutes, so it is not read at all."
    `);
    expect(parseDocument(path, source).document).toMatchObject({ title: 'database-operations', procedures: [] });
  });

  test('is reported with its size when it is too large', () => {
    expect(problems('a'.repeat(5_242_881))).toMatchInlineSnapshot(`
      "[too-large] runbooks/database-operations.md: The document has 5242881 characters; at most 5242880 are read.
        Split it into several documents."
    `);
  });
});

test.each([
  ['a list of twenty levels', Array.from({ length: 20 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n')],
  ['a thematic break', '- '.repeat(50)],
  ['a table with many links in a row', '| [a](b) '.repeat(100)],
  ['a long quote', `${'> a\n'.repeat(2000)}`],
  ['a long list, item by item', '- a\n  - b\n'.repeat(3000)],
  ['a long table', `| a | b |\n| - | - |\n${'| *a* [b](https://a.example) | `c` |\n'.repeat(2000)}`],
  ['a long log below a list', `- a\n\`\`\`\n${'[error] *a_b\n'.repeat(6000)}\`\`\`\n`],
])('is no reason to refuse: %s', (_, source) => {
  expect(rules(source)).toEqual([]);
});

describe('Time grows with the size of a document, not faster', () => {
  const mega = 120_000;
  const manySteps = Array.from(
    { length: 1500 },
    (_, index) => `\`\`\`bash step=s${index} risk=low\ntrue\n\`\`\`\n\n**Check:**\n\n\`\`\`bash check=s${index}\ntrue\n\`\`\`\n\n`,
  ).join('');
  test.each([
    ['an info string of letters', `\`\`\`bash step=${'a'.repeat(mega)}\ntrue\n\`\`\`\n`],
    ['an info string of blanks', `\`\`\`bash step${' '.repeat(mega)}x\ntrue\n\`\`\`\n`],
    ['an info string of quotes', `\`\`\`bash step=${'="'.repeat(mega / 2)}\ntrue\n\`\`\`\n`],
    ['an info string of torn keys', `\`\`\`bash step=x ${'st ep '.repeat(mega / 6)}\ntrue\n\`\`\`\n`],
    ['a line of a block that nearly opens a fence', `~~~bash\n\`\`\`${'a'.repeat(mega)}\`\n${'~'.repeat(mega)}\`\n${' '.repeat(mega)}x\n~~~\n`],
    ['placeholders', `\`\`\`bash step=x risk=low\n${'{clustr} '.repeat(mega / 9)}\n\`\`\`\n`],
    ['steps and what belongs to them', manySteps],
    ['steps in one list', '1. intro\n\n   ```bash step=x risk=low\n   true\n   ```\n\n'.repeat(1000)],
    ['tags that never end', '<a'.repeat(mega / 2)],
    ['comments that never end', `<details>\n${'<!-- '.repeat(mega / 5)}`],
    ['expected lines', `\`\`\`text expect=x\n${' \n'.repeat(mega / 10)}\`\`\`\n`],
  ])(
    'with %s',
    (_, source) => {
      // Where it grows faster, one of these takes minutes, and the test runs out of time.
      expect(parseDocument(path, runbook(`## A\n\n${source}`)).document.path).toBe(path);
    },
    60_000,
  );
});

test('a message quotes only the beginning of what is very long', () => {
  const [found] = parseDocument(path, runbook(`## A\n\n\`\`\`bash step=${'A'.repeat(10_000)} risk=low\ntrue\n\`\`\`\n`)).diagnostics;
  expect(found?.message).toHaveLength(501);
});
