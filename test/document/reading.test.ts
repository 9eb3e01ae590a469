import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Prose } from '../../engine/core/prose.ts';
import { textOfHtml } from '../../engine/document/html.ts';
import { parseMarkdown } from '../../engine/document/markdown.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { readingOf } from '../../engine/document/reading.ts';
import { path, runbook } from './problems.ts';

function reading(markdown: string, definitions: ReadonlyMap<string, string> = new Map()): Prose {
  return readingOf(parseMarkdown(markdown).children, { from: 0, to: markdown.length, definitions });
}

const text = (words: string) => ({ kind: 'text', text: words });
const words = (said: string) => ({ kind: 'paragraph', spans: [text(said)] });

describe('Markdown is read', () => {
  test.each([
    ['a paragraph on several lines', 'One\ntwo\n  three.', [words('One two three.')]],
    ['a line break', 'One  \ntwo', [{ kind: 'paragraph', spans: [text('One'), { kind: 'break' }, text('two')] }]],
    ['a heading', '### Then', [{ kind: 'heading', depth: 3, spans: [text('Then')] }]],
    ['a rule', '***', [{ kind: 'rule' }]],
    ['code', '```sql {1}\nSELECT 1;\n```', [{ kind: 'code', language: 'sql', text: 'SELECT 1;' }]],
    ['indented code', '    a\n     b', [{ kind: 'code', language: '', text: 'a\n b' }]],
    ['a quote', '> a\n>\n> b', [{ kind: 'quote', blocks: [words('a'), words('b')] }]],
    ['nothing in a quote', '>', []],
    ['a definition of a link, which nobody sees', '[a]: https://example.com', []],
    ['a comment, which nobody sees', 'a\n\n<!-- for authors -->\n\nb', [words('a'), words('b')]],
    [
      'a footnote',
      'a[^1]\n\n[^1]: b',
      [
        { kind: 'paragraph', spans: [text('a'), text('[1]')] },
        { kind: 'quote', blocks: [words('[1]'), words('b')] },
      ],
    ],
  ])('as a reader sees it: %s', (_, markdown, expected) => {
    expect(reading(markdown)).toEqual(expected);
  });

  test.each([
    ['**a**', [{ kind: 'strong', spans: [text('a')] }]],
    ['*a `b`*', [{ kind: 'emphasis', spans: [text('a '), { kind: 'code', text: 'b' }] }]],
    ['~~a~~', [{ kind: 'struck', spans: [text('a')] }]],
    ['[a](b.md#c)', [{ kind: 'link', address: 'b.md#c', spans: [text('a')] }]],
    ['<https://a.example>', [{ kind: 'link', address: 'https://a.example', spans: [text('https://a.example')] }]],
    ['![a](b.png)', [{ kind: 'link', address: 'b.png', spans: [text('picture: a')] }]],
    ['![](b.png)', [{ kind: 'link', address: 'b.png', spans: [text('picture')] }]],
    ['a<br>b', [text('a'), { kind: 'break' }, text('b')]],
    ['<kbd>q</kbd> <!-- no --> <cluster>', [text('q'), text(' '), text(' '), text('<cluster>')]],
    ['&#x202e;a&#9;b', [text('\u{202e}a b')]],
  ])('within a line: %s', (markdown, expected) => {
    expect(reading(markdown)).toEqual([{ kind: 'paragraph', spans: expected }]);
  });

  test('with links by name', () => {
    const definitions = new Map([['there', 'https://a.example']]);
    expect(reading('[a][there] ![b][there]\n\n[there]: https://a.example', definitions)).toEqual([
      {
        kind: 'paragraph',
        spans: [
          { kind: 'link', address: 'https://a.example', spans: [text('a')] },
          text(' '),
          { kind: 'link', address: 'https://a.example', spans: [text('picture: b')] },
        ],
      },
    ]);
  });

  test('with lists: nested, numbered, of tasks; an empty item is left out', () => {
    expect(reading('- [x] a\n- [ ] b\n  1. c\n-\n')).toEqual([
      {
        kind: 'list',
        items: [
          { done: true, blocks: [words('a')] },
          { done: false, blocks: [words('b'), { kind: 'list', items: [{ number: 1, blocks: [words('c')] }] }] },
        ],
      },
    ]);
    expect(reading('7. a\n1. b')).toEqual([
      {
        kind: 'list',
        items: [
          { number: 7, blocks: [words('a')] },
          { number: 8, blocks: [words('b')] },
        ],
      },
    ]);
    expect(reading('-')).toEqual([]);
  });

  test('with tables', () => {
    expect(reading('| a | `b` |\n| --: | --- |\n| 1 | |')).toEqual([
      { kind: 'table', align: ['right', undefined], head: [[text('a')], [{ kind: 'code', text: 'b' }]], rows: [[[text('1')], []]] },
    ]);
  });

  test.each([
    [
      '> [!WARNING]\n> **High risk.** a',
      [{ kind: 'alert', name: 'warning', blocks: [{ kind: 'paragraph', spans: [{ kind: 'strong', spans: [text('High risk.')] }, text(' a')] }] }],
    ],
    ['> [!note]\n> a\n>\n> b', [{ kind: 'alert', name: 'note', blocks: [words('a'), words('b')] }]],
    ['> [!TIP]\n> <wbr>\n>\n> a', [{ kind: 'alert', name: 'tip', blocks: [words('a')] }]],
    ['> [!NOTE] a', [{ kind: 'quote', blocks: [words('[!NOTE] a')] }]],
    ['> [!DANGER]\n> a', [{ kind: 'quote', blocks: [words('[!DANGER] a')] }]],
    ['> **[!NOTE]**\n> a', [{ kind: 'quote', blocks: [{ kind: 'paragraph', spans: [{ kind: 'strong', spans: [text('[!NOTE]')] }, text(' a')] }] }]],
    ['> - a', [{ kind: 'quote', blocks: [{ kind: 'list', items: [{ blocks: [words('a')] }] }] }]],
    ['- > [!NOTE]\n  > a', [{ kind: 'list', items: [{ blocks: [{ kind: 'quote', blocks: [words('[!NOTE] a')] }] }] }]],
  ])('with alerts where GitHub draws them: %j', (markdown, expected) => {
    expect(reading(markdown)).toEqual(expected);
  });

  test('any text is data that survives being written to a file', () => {
    const piece = fc.constantFrom(...'*_`[]()!<>|-#~ \n\t>1.ab&;:"\\');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const prose = reading(pieces.join(''));
        expect(structuredClone(prose)).toEqual(prose);
        // JSON has no undefined; in a list it writes null.
        expect(JSON.parse(JSON.stringify(prose))).toEqual(JSON.parse(JSON.stringify(prose, (_, value: unknown) => value ?? null)));
      }),
    );
  });
});

describe('HTML', () => {
  test.each([
    ['a<b>c</b>', 'ac'],
    ['<details><summary>More</summary>', '\n\nMore\n'],
    ['<BR/>', '\n'],
    ['<cluster> and <a-b c>', '<cluster> and <a-b c>'],
    ['a <!-- b --> c', 'a  c'],
    ['a <!-- b', 'a '],
    ['1 < 2', '1 < 2'],
    ['<img src="x" onerror="y">', ''],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  ])('%j is read as %j', (html, expected) => {
    expect(textOfHtml(html)).toBe(expected);
  });

  test('in a block of its own is its text, line by line', () => {
    expect(reading('<details>\n<summary>More</summary>\nand more\n</details>')).toEqual([
      { kind: 'paragraph', spans: [text('More'), { kind: 'break' }, text('and more')] },
    ]);
  });
});

describe('A step', () => {
  const fence = (info: string) => `\`\`\`bash ${info}\ntrue\n\`\`\`\n`;
  const read = (body: string) => {
    const { document } = parseDocument(path, runbook(`## Do it\n${body}`));
    return document.procedures.flatMap(({ steps }) => steps).map(({ id, reading: { above, below } }) => ({ id, above, below }));
  };
  const label = (name: string, rest: string) => ({ kind: 'paragraph', spans: [{ kind: 'strong', spans: [text(name)] }, text(rest)] });

  test('has the words above its block and those below it, with its companions', () => {
    expect(
      read(`\n### One\n\nBefore.\n\n${fence('step=one risk=low')}\n**Check:** so.\n\n${fence('check=one')}\nEnd.\n\n### Two\n\nElse.\n`),
    ).toEqual([
      { id: 'one', above: [words('Before.')], below: [label('Check:', ' so.'), { kind: 'code', language: 'bash', text: 'true' }, words('End.')] },
    ]);
  });

  test('does not get the labels of the step before it, and that one not the words of the next', () => {
    const body = `\n${fence('step=one risk=low')}\n**Expected:** a.\n\n**If this fails:** b.\n\nNow two.\n\n**Expected:** c.\n\n${fence('step=two risk=low')}\nEnd.\n`;
    expect(read(body)).toEqual([
      { id: 'one', above: [], below: [label('Expected:', ' a.'), label('If this fails:', ' b.')] },
      { id: 'two', above: [words('Now two.'), label('Expected:', ' c.')], below: [words('End.')] },
    ]);
  });

  test('gets a list that stands between two steps', () => {
    const body = `\n${fence('step=one risk=low')}\n- a\n\n${fence('step=two risk=low')}`;
    expect(read(body)).toEqual([
      { id: 'one', above: [], below: [] },
      { id: 'two', above: [{ kind: 'list', items: [{ blocks: [words('a')] }] }], below: [] },
    ]);
  });

  test('in a list has the words of its item, with the number that the item has', () => {
    const body = `\n1. First.\n2. Then:\n\n   ${fence('step=one risk=low').replaceAll('\n', '\n   ').trim()}\n\n   After.\n3. Last.\n`;
    const item = (number: number, said: string) => ({ number, blocks: [words(said)] });
    expect(read(body)).toEqual([
      {
        id: 'one',
        above: [{ kind: 'list', items: [item(1, 'First.'), item(2, 'Then:')] }],
        below: [{ kind: 'list', items: [item(2, 'After.'), item(3, 'Last.')] }],
      },
    ]);
  });

  test('in the middle of an alert has what is above in the alert, and what is below as a quote', () => {
    const body = `\n> [!CAUTION]\n> Careful.\n>\n> ${fence('step=one risk=low').trim().replaceAll('\n', '\n> ')}\n>\n> Done.\n`;
    expect(read(body)).toEqual([
      { id: 'one', above: [{ kind: 'alert', name: 'caution', blocks: [words('Careful.')] }], below: [{ kind: 'quote', blocks: [words('Done.')] }] },
    ]);
  });
});
