import { globSync, readFileSync } from 'node:fs';
import { tests } from 'commonmark-spec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseApart } from '../../engine/document/apart.ts';
import { parseMarkdown, parseWhole } from '../../engine/document/markdown.ts';
import { normalise } from '../../engine/document/normalise.ts';

const examples = tests.map(({ markdown }) => markdown.replaceAll('→', '\t'));
const shipped = globSync(['runbooks/*.md', 'playbooks/*.md', 'docs/*.md', 'templates/*.md']).map((path) => normalise(readFileSync(path, 'utf8')));

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
