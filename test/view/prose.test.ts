import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { Prose } from '../../engine/core/prose.ts';
import { parseMarkdown } from '../../engine/document/markdown.ts';
import { readingOf } from '../../engine/document/reading.ts';
import { lookOf } from '../../engine/view/look.ts';
import { drawProse, foldedProse, proseText } from '../../engine/view/prose.ts';

function read(markdown: string): Prose {
  return readingOf(parseMarkdown(markdown).children, { from: 0, to: markdown.length, definitions: new Map() });
}

function lookAt(columns: number, style = { colour: false, unicode: true }) {
  return lookOf({ columns, rows: 24 }, style);
}

function draw(markdown: string, columns = 56, spaced = true): string {
  return drawProse(read(markdown), lookAt(columns), spaced).lines.join('\n');
}

const strip = (line: string) => line.replaceAll(/\u{1b}\[[\d;]*m/gu, '');

const page = `Restore **beside** the *live* cluster; see [the
playbook](../playbooks/database-operations-failure.md#a-restore-does-not-finish) or <https://example.com>.

> [!WARNING]
> **High risk.** It costs as much as the live one for as long as it is there, and \`{restored}\` must be free.
>
> 1. Ask.

1. First
   - [x] a ticket
   - [ ] a second person, who knows what a restore to a point in time does to the sequences
2. Then ~~wait~~ go on

> Said before.

| Stage | Cluster | Capacity (ACU) |
| --- | :-: | --: |
| dev | \`lego-api-dev\` | 0.5 to 1 |
| production | \`lego-api-production\` | 0.5 to 4 |

#### By hand

\`\`\`bash
aws rds describe-db-clusters --db-cluster-identifier lego-api-{stage} --output text
\`\`\`

***
Done.<br>Really.`;

describe('Prose is drawn', () => {
  test('at 56 columns', () => {
    expect(draw(page)).toMatchInlineSnapshot(`
      "Restore beside the live cluster; see the playbook
      (../playbooks/database-operations-failure.md#a-restore-d
      oes-not-finish) or https://example.com.

      │ WARNING  High risk. It costs as much as the live one
      │ for as long as it is there, and \`{restored}\` must be
      │ free.
      │ 1. Ask.

      1. First
         [x] a ticket
         [ ] a second person, who knows what a restore to a
             point in time does to the sequences
      2. Then ~~wait~~ go on

      │ Said before.

      Stage              Cluster         Capacity (ACU)
      ──────────  ─────────────────────  ──────────────
      dev            \`lego-api-dev\`            0.5 to 1
      production  \`lego-api-production\`        0.5 to 4

      #### By hand

          aws rds describe-db-clusters --db-cluster-identifier
           lego-api-{stage} --output text

      ────────────────────

      Done.
      Really."
    `);
  });

  test('at 80 columns, without empty lines', () => {
    expect(draw(page, 80, false)).toMatchInlineSnapshot(`
      "Restore beside the live cluster; see the playbook
      (../playbooks/database-operations-failure.md#a-restore-does-not-finish) or
      https://example.com.
      │ WARNING  High risk. It costs as much as the live one for as long as it is
      │ there, and \`{restored}\` must be free.
      │ 1. Ask.
      1. First
         [x] a ticket
         [ ] a second person, who knows what a restore to a point in time does to the
             sequences
      2. Then ~~wait~~ go on
      │ Said before.
      Stage              Cluster         Capacity (ACU)
      ──────────  ─────────────────────  ──────────────
      dev            \`lego-api-dev\`            0.5 to 1
      production  \`lego-api-production\`        0.5 to 4
      #### By hand
          aws rds describe-db-clusters --db-cluster-identifier lego-api-{stage} --outp
          ut text
      ────────────────────
      Done.
      Really."
    `);
  });

  test('at 120 columns', () => {
    expect(draw(page, 120)).toMatchInlineSnapshot(`
      "Restore beside the live cluster; see the playbook
      (../playbooks/database-operations-failure.md#a-restore-does-not-finish) or https://example.com.

      │ WARNING  High risk. It costs as much as the live one for as long as it is there, and \`{restored}\` must be free.
      │ 1. Ask.

      1. First
         [x] a ticket
         [ ] a second person, who knows what a restore to a point in time does to the sequences
      2. Then ~~wait~~ go on

      │ Said before.

      Stage              Cluster         Capacity (ACU)
      ──────────  ─────────────────────  ──────────────
      dev            \`lego-api-dev\`            0.5 to 1
      production  \`lego-api-production\`        0.5 to 4

      #### By hand

          aws rds describe-db-clusters --db-cluster-identifier lego-api-{stage} --output text

      ────────────────────

      Done.
      Really."
    `);
  });

  test('in ASCII where the locale is not UTF-8', () => {
    const { lines } = drawProse(read(page), lookAt(56, { colour: false, unicode: false }), true);
    expect(lines.join('\n')).toMatch(/^[\n\x20-\x7e]*$/u);
    expect(lines.join('\n')).toContain('| WARNING  High risk.');
    expect(lines.join('\n')).toContain('   [ ] a second');
  });

  test('with the same words in colour', () => {
    const { lines } = drawProse(read(page), lookAt(56, { colour: true, unicode: true }), true);
    expect(lines.map(strip).join('\n')).toBe(draw(page));
    expect(lines.join('\n')).toContain('\u{1b}[33mWARNING\u{1b}[39m');
    expect(lines.join('\n')).toContain('\u{1b}[1mHigh risk.\u{1b}[22m');
  });

  test('as plain lines for line prompts: nothing is wrapped, and each cell of a table has a line', () => {
    expect(proseText(read(page)).join('\n')).toMatchInlineSnapshot(`
      "Restore beside the live cluster; see the playbook (../playbooks/database-operations-failure.md#a-restore-does-not-finish) or https://example.com.
      | WARNING  High risk. It costs as much as the live one for as long as it is there, and \`{restored}\` must be free.
      | 1. Ask.
      1. First
         [x] a ticket
         [ ] a second person, who knows what a restore to a point in time does to the sequences
      2. Then ~~wait~~ go on
      | Said before.
      - Stage: dev
        Cluster: \`lego-api-dev\`
        Capacity (ACU): 0.5 to 1
      - Stage: production
        Cluster: \`lego-api-production\`
        Capacity (ACU): 0.5 to 4
      #### By hand
          aws rds describe-db-clusters --db-cluster-identifier lego-api-{stage} --output text
      --------------------
      Done.
      Really."
    `);
  });
});

describe('A table', () => {
  const wide = '| Error | What to do |\n| --- | --- |\n| `25001` | The statement cannot run in a transaction. |\n| `42601` | Mend the file. |';

  test('is wrapped in its columns where that is enough', () => {
    expect(draw(wide, 30)).toMatchInlineSnapshot(`
      "Error    What to do
      ───────  ─────────────────────
      \`25001\`  The statement cannot
               run in a transaction.

      \`42601\`  Mend the file."
    `);
  });

  test('that is too wide is read cell by cell', () => {
    expect(draw(wide, 18)).toMatchInlineSnapshot(`
      "• Error: \`25001\`
        What to do: The
        statement cannot
        run in a
        transaction.
      • Error: \`42601\`
        What to do: Mend
        the file."
    `);
  });

  test('without rows names its columns, and one with more columns than the screen has room for is read cell by cell', () => {
    const [long, longer] = ['a'.repeat(20), 'b'.repeat(25)];
    expect(draw(`| ${long} | ${longer} |\n| - | - |`, 40)).toBe(`${long},\n${longer}`);
    expect(draw('| a | b |\n| - | - |', 60)).toBe('a  b\n─  ─');
    const many = 60;
    const row = (cell: string) => `${`| ${cell} `.repeat(many)}|\n`;
    expect(draw(row('a') + row('-') + row('b'), 60).split('\n')).toHaveLength(many);
  });
});

describe('Prose that does not fit', () => {
  const look = lookAt(40);
  const long = drawProse(read('One.\n\nTwo.\n\n> [!CAUTION]\n> Three.\n\nFour.'), look, false);

  test('is folded, with the number of lines left out and the key that shows them', () => {
    expect(foldedProse(long, 4, 'p', look)).toEqual(['One.', 'Two.', '│ CAUTION  Three.', 'Four.']);
    expect(foldedProse({ ...long, alerts: new Map() }, 3, 'p', look)).toEqual(['One.', 'Two.', '… 2 more lines (p)']);
    expect(foldedProse({ ...long, alerts: new Map() }, 1, '', look)).toEqual(['One. …                      3 more lines']);
    expect(foldedProse(long, 0, 'p', look)).toEqual([]);
  });

  test('never hides a warning without saying so', () => {
    expect(foldedProse(long, 2, 'p', look)).toEqual(['One.', '… 3 more lines, a CAUTION among them (p)']);
    const important = drawProse(read('One.\n\nTwo.\n\n> [!IMPORTANT]\n> Three.'), look, false);
    expect(foldedProse(important, 2, '', look)).toEqual(['One.', '… 2 more lines, an IMPORTANT among them']);
    const note = drawProse(read('One.\n\nTwo.\n\n> [!NOTE]\n> Three.'), look, false);
    expect(foldedProse(note, 2, 'p', look)).toEqual(['One.', '… 2 more lines (p)']);
  });
});

describe('Hostile prose', () => {
  const pieces = [
    ...'*_`[]()!<>|-#~ \n\t>1.:"\\&;ab',
    '\u{1b}[2J',
    '\u{1b}]0;x\u{7}',
    '\u{9b}31m',
    '\r',
    '\u{202e}',
    '\u{200b}',
    '&#x202e;',
    '&#x1b;',
    '数据库',
    '👩‍👩‍👧',
    'e\u{301}\u{301}',
    '\u{d800}',
    '\n\n',
    '\n> ',
    '\n- ',
    '\n1. ',
    '\n> [!WARNING]\n> ',
    '\n```sh\n',
    '\n| a | b |\n| - | - |\n| ',
    ' | ',
    'x'.repeat(90),
    '[a](',
    '![',
    '**',
    '<br>',
    '<a href="',
    '    ',
    '\n\n    ',
  ];
  const hostile = fc.array(fc.constantFrom(...pieces), { maxLength: 80 }).map((all) => all.join(''));

  test.each([56, 80, 120])('never makes a line wider than %i columns, steers the terminal or shows another thing in colour', (columns) => {
    fc.assert(
      fc.property(hostile, (markdown) => {
        const prose = read(markdown);
        const { lines } = drawProse(prose, lookAt(columns), true);
        for (const line of lines) {
          expect(stringWidth(line)).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(/[\0-\x1f\x7f-\x9f\u{202a}-\u{202e}\u{2066}-\u{2069}]/u);
        }
        const coloured = drawProse(prose, lookAt(columns, { colour: true, unicode: true }), true).lines;
        expect(coloured.map(strip)).toEqual(lines);
        expect(
          drawProse(prose, lookAt(columns, { colour: false, unicode: false }), true)
            .lines.join('')
            .replaceAll(/[^\x20-\x7e]/gu, ''),
        ).not.toMatch(/[│─•]/u);
      }),
      { numRuns: 300 },
    );
  });

  test('nested beyond all reason stays inside the width', () => {
    for (const mark of ['> ', '- ', '123456789. ', '> 1. ']) {
      const { lines } = drawProse(read(`${mark.repeat(40)}a ${'b'.repeat(100)}`), lookAt(56), true);
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(56);
      expect(lines.join('').replaceAll(/[^b]/gu, '')).toHaveLength(100);
    }
  });
});
