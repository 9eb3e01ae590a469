import { globSync, readFileSync } from 'node:fs';
import { tests } from 'commonmark-spec';
import fc from 'fast-check';
import type { Root } from 'mdast';
import { EditMap } from 'micromark-util-edit-map';
import type { Event } from 'micromark-util-types';
import { describe, expect, test } from 'vitest';
import { parseApart } from '../../engine/document/apart.ts';
import { unlessCrowded } from '../../engine/document/crowded.ts';
import { parseMarkdown, parseWhole } from '../../engine/document/markdown.ts';
import { normalise } from '../../engine/document/normalise.ts';

const examples = tests.map(({ markdown }) => markdown.replaceAll('→', '\t'));
const shipped = globSync(['runbooks/*.md', 'playbooks/*.md', 'docs/*.md', 'templates/*.md']).map((path) => normalise(readFileSync(path, 'utf8')));

test('a piece in which something is open that was not seen is parsed with all that follows', () => {
  const source = 'one\n\ntwo\n\nthree\n';
  const odd = (text: string): Root => parseWhole(text.endsWith('one\n\n```') ? text.replace('one', '~~~') : text);
  expect(parseApart(source, odd, 2)).toEqual(parseWhole(source));
});

test('white space that markdown takes for text does not part a paragraph', () => {
  for (const space of ['\u{a0}', '\f', '\v', '\u{2003}']) {
    const source = `one\n${space}\ntwo\n\nthree\n`;
    expect(parseApart(source, parseWhole, 1)).toEqual(parseWhole(source));
  }
});

test('only the bound of the parser is taken for one', () => {
  const fault = new Error('another');
  expect(() =>
    unlessCrowded(() => {
      throw fault;
    }),
  ).toThrow(fault);
});

describe('A document parsed in pieces has the tree that it has as a whole, with every place in it', () => {
  test('made of all examples of the CommonMark specification, in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(examples, { minLength: 20, maxLength: 60 }), fc.constantFrom(1, 50, 300), (some, least) => {
        const source = some.join('\n\n');
        expect(parseApart(source, parseWhole, least)).toEqual(parseWhole(source));
      }),
      { numRuns: 40 },
    );
    const all = examples.join('\n\n');
    expect(parseMarkdown(all)).toEqual(parseWhole(all));
  });

  test('where front matter has what would be a link', () => {
    const source = '---\n\\[a]\n---\n[a]: b';
    expect(parseApart(source, parseWhole, 1)).toEqual(parseWhole(source));
  });

  test.each(['> ```', '[^1]: note', '[^1] text', 'text'])('where a fence in a list is open before %s', (next) => {
    const source = `- \`\`\`\n\n${next}`;
    expect(parseApart(source, parseWhole, 1)).toEqual(parseWhole(source));
  });

  test('made of lines that open, close and hide', () => {
    const line = fc.constantFrom(
      ...[
        '',
        '',
        '',
        '  ',
        'text',
        '# Title',
        '## A',
        '===',
        '---',
        '***',
        '> quote',
        '>',
        '- item',
        '  in it',
        '1. one',
        '   more',
        '    code',
        '\tcode',
      ],
      ...[
        '```',
        '```bash step=x risk=low',
        '~~~',
        '  ```',
        '   ~~~~',
        '- ```',
        '> ```',
        '````',
        '<!-- open',
        'close -->',
        '<pre>',
        '</pre>',
        '<div>',
        '</div>',
      ],
      ...[
        '<?php',
        '?>',
        '<![CDATA[',
        ']]>',
        '<!A',
        '<script>',
        '| a | b |',
        '| - | - |',
        '[a]: b',
        '[b c]: d "e',
        'f"',
        '[^1]: note',
        '    note',
        '> [q]: r',
      ],
      ...[
        '[a]',
        '[B  C][]',
        'see [^1]',
        '![x][a]',
        '[q] > [a',
        ']',
        '\\[a]',
        '[a\\]',
        '`[a]',
        'www.example.com',
        'a@b.example',
        '\u{feff}# x',
        '- [ ] todo',
        '-',
        '*a*',
      ],
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.constantFrom(1, 20), (lines, least) => {
        const source = lines.join('\n');
        expect(parseApart(source, parseWhole, least)).toEqual(parseWhole(source));
      }),
      { numRuns: 1500 },
    );
  });

  test.each(shipped)('that is shipped (document %$)', (source) => {
    const twice = `${source}\n${source}`;
    expect(parseApart(twice, parseWhole, 1)).toEqual(parseWhole(twice));
    expect(parseMarkdown(twice)).toEqual(parseWhole(twice));
  });
});

/** How many characters the parser is given for each one of the source. */
function work(source: string): number {
  let characters = 0;
  const count = (text: string): Root => {
    characters += text.length;
    return parseWhole(text);
  };
  expect(parseApart(source, count, 2000).children.length).toBeGreaterThan(0);
  return characters / source.length;
}

describe('The parser is given little more than the document', () => {
  const words = 'Words that say something.\n\n';
  test.each([
    ['paragraphs', words.repeat(2000), 1.1],
    ['a definition for all of them', `${'See [there][x] and [^1].\n\n'.repeat(2000)}[x]: there.md\n\n[^1]: note\n`, 2.2],
    [
      'definitions that nobody asks for',
      `${words.repeat(1000)}${Array.from({ length: 500 }, (_, index) => `[x${index}]: there.md\n`).join('')}`,
      1.1,
    ],
    ['comments of scripts', `\`\`\`bash\n${'# Not a heading\n\ntrue\n\n'.repeat(2000)}\`\`\`\n`, 1.1],
    ['fences that seem to go on, and fences that do', `- a\n\n  \`\`\`\n\nb\n\`\`\`\n${words.repeat(80)}\`\`\`\n\n`.repeat(20), 2.2],
    ['HTML that is never closed', `${words.repeat(100)}<pre>\n\n${words.repeat(1000)}`, 1.2],
    ['HTML that opens where it does not seem to', `${words.repeat(100)}<SCRIPT\n\n${words.repeat(1000)}`, 1.2],
  ])('with %s', (_, source, most) => {
    expect(work(source)).toBeLessThan(most);
  });
});

test('The edits of the parser are made as one after the other from behind', () => {
  const edit = fc.tuple(fc.nat(30), fc.nat(4), fc.array(fc.integer({ min: 100, max: 199 }), { maxLength: 3 }));
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 6 }), (wanted) => {
      let free = 0;
      // Those of the parser do not overlap.
      const edits = wanted.map(([gap, remove, added]) => {
        const at = free + (gap % 5);
        free = at + remove + 1;
        return { at, remove, added };
      });
      const events = Array.from({ length: 40 }, (_, index) => index);
      const expected = [...events];
      for (const { at, remove, added } of edits.toReversed()) expected.splice(at, remove, ...added);
      const map = new EditMap();
      // Numbers stand for events: nothing looks into them.
      for (const { at, remove, added } of edits.toReversed()) map.add(at, remove, added as unknown as Event[]);
      map.consume(events as unknown as Event[]);
      expect(events).toEqual(expected);
    }),
  );
});
