import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { escapeText } from '../../engine/core/escape.ts';
import { codeLines } from '../../engine/view/code.ts';
import { type Highlight, openHighlighter } from '../../engine/view/highlight.ts';
import { type Look, lookOf } from '../../engine/view/look.ts';
import { numbered } from '../../engine/view/screens/drawn.ts';

const languages = ['bash', 'sql', 'json', 'yaml', 'javascript'];
const strip = (line: string) => line.replaceAll(/\u{1b}\[[\d;]*m/gu, '');

/** A highlighter that has loaded these. */
async function loaded(names: readonly string[]): Promise<Highlight> {
  let missing = names.length;
  let highlight: Highlight = () => undefined;
  await new Promise<void>((resolve) => {
    highlight = openHighlighter(() => {
      missing -= 1;
      if (missing === 0) resolve();
    });
    for (const name of names) expect(highlight('true', name)).toBeUndefined();
  });
  return highlight;
}

describe('Syntax colours', () => {
  let highlight: Highlight;
  let coloured: Look;
  const plain = lookOf({ columns: 60, rows: 24 }, { colour: false, unicode: true });
  beforeAll(async () => {
    highlight = await loaded(languages);
    coloured = lookOf({ columns: 60, rows: 24 }, { colour: true, unicode: true, highlight });
  });

  test.each([
    [
      'bash',
      'export A="b $c" # why\naws rds wait --id {x} | jq .',
      '<keyword:export> <value:A>=<string:"b ><value:$c><string:"> <comment:# why>\n<name:aws> rds wait <value:--id> {x} <keyword:|> <name:jq> .',
    ],
    [
      'sql',
      "SELECT pid FROM t WHERE a = 'b' -- why",
      "<keyword:SELECT> pid <keyword:FROM> t <keyword:WHERE> a <keyword:=> <string:'b'> <comment:-- why>",
    ],
    ['json', '{"a": [1, "b"]}', '{<value:"a">: [<value:1>, <string:"b">]}'],
    ['yaml', 'a: "b" # why', '<name:a>: <string:"b"> <comment:# why>'],
    ['javascript', 'const a = await f(`b`); // why', '<keyword:const> <value:a> = <keyword:await> <name:f>(<string:`b`>); <comment:// why>'],
  ])('tell what is what in %s', (language, text, expected) => {
    const tokens = highlight(text, language) ?? [];
    const lines = tokens.map((line) => line.map(({ text: said, role }) => (role === undefined ? said : `<${role}:${said}>`)).join(''));
    expect(lines.join('\n')).toBe(expected);
  });

  test('are our own, and only where look and language have colours', () => {
    const text = ["echo 'a'"];
    expect(codeLines(text, 'bash', coloured)).toEqual([["\u{1b}[36mecho\u{1b}[39m \u{1b}[32m'a'\u{1b}[39m"]]);
    expect(codeLines(text, 'sh', coloured)).toEqual(codeLines(text, 'bash', coloured));
    for (const language of ['', 'python', 'text', '__proto__', 'constructor']) expect(codeLines(text, language, coloured)).toEqual([text]);
    expect(codeLines(text, 'bash', plain)).toEqual([text]);
    expect(lookOf({ columns: 60, rows: 24 }, { colour: false, unicode: true, highlight }).highlight).toBeUndefined();
  });

  test('are left out of a text that is very long', () => {
    expect(highlight('true\n'.repeat(2000), 'bash')).toBeUndefined();
  });

  test('are left out of a line whose tokens say something else than the line', () => {
    const lying = { ...coloured, highlight: () => [[{ text: 'rm -rf /', role: 'comment' as const }]] };
    expect(codeLines(['true'], 'bash', lying)).toEqual([['true']]);
  });

  test.each(['e\u{301}', '👩‍👩‍👧', '🇩🇪'])('are left out of a line that they would take apart: %s', (character) => {
    const splitting = { ...coloured, highlight: (text: string) => [[...text].map((part) => ({ text: part, role: 'comment' as const }))] };
    expect(codeLines([character], 'bash', splitting)).toEqual([[character]]);
  });

  test.each(languages)('change no character of what is shown: hostile text as %s', (language) => {
    const pieces = [
      ...'"\'`$(){}[]<>|&;\\#=!*?~-:,/ \t\n01ab@%^+',
      'if ',
      'then ',
      'for ',
      'EOF',
      '<<EOF\n',
      "<<-'E'\n",
      '$((',
      '${a',
      '--',
      '/*',
      '*/',
      '$$',
      '${',
      '=>',
      'SELECT ',
      'function ',
      'x'.repeat(70),
      '\u{1b}[31m',
      '\u{1b}]0;x\u{7}',
      '\r',
      '\u{9b}',
      '\u{202e}',
      '\u{200d}',
      '\u{37e}',
      'ü',
      'e\u{301}',
      '数据',
      '👩‍👩‍👧',
      '🇩🇪',
      '\u{d800}',
      '\u{2028}',
      '\0',
    ];
    const hostile = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((all) => all.join(''));
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = escapeText(text, { colour: false, newlines: true }).split('\n');
        const shown = numbered(lines, language, plain);
        const painted = numbered(lines, language, coloured);
        expect(painted.map(strip)).toEqual(shown);
        // Broken at the width, and nothing else: without the numbers and tabs it is the text that was given.
        expect(
          codeLines(
            lines.map((line) => line.replaceAll('\t', '')),
            language,
            plain,
          ).map((piece) => piece.join('')),
        ).toEqual(lines.map((line) => line.replaceAll('\t', '')));
        // Each line ends in no style.
        for (const line of painted)
          expect((line.match(/\u{1b}\[(?:[1-9]|3[0-7])m/gu) ?? []).length).toBe((line.match(/\u{1b}\[(?:22|23|39)m/gu) ?? []).length);
      }),
      { numRuns: 200 },
    );
  });
});

test('Nothing of the highlighter is loaded until code is drawn in colour', () => {
  const seen = (...args: readonly string[]) =>
    execFileSync(process.execPath, ['--import', join(import.meta.dirname, '../fixtures/view/modules.ts'), ...args], {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...process.env, FORCE_COLOR: '1' },
      encoding: 'utf8',
    });
  for (const args of [
    ['dist/cli.js', '--help'],
    ['dist/cli.js', 'list'],
    ['test/fixtures/view/draw.ts', 'plain'],
    ['test/fixtures/view/draw.ts', 'unknown'],
  ])
    expect(seen(...args)).not.toContain('LOADED');
  expect(seen('test/fixtures/view/draw.ts', 'coloured')).toMatch(/LOADED .*shiki\/dist\/core/u);
});
