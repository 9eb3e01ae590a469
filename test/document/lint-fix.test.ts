import { expect, test } from 'vitest';
import { fix } from '../../engine/document/lint/fix.ts';
import { fence, runbookOf } from '../helpers/project.ts';

const path = 'runbooks/tidy.md';
const mended = (text: string) => fix(path, text).text;

test('Characters that cannot be seen are deleted from words, and the ends of lines stay', () => {
  const text = '\u{feff}\u{200b}Puts\u{202e} them\r\n\r\ninto 👩\u{200d}🚀 `sort\u{200b}-bricks`\u{a0}\rboxes\u{2060}';
  expect(fix(path, text)).toEqual({
    text: '\u{feff}Puts them\r\n\r\ninto 👩\u{200d}🚀 `sort-bricks`\u{a0}\rboxes',
    fixes: [1, 3, 4].map((line) => ({ rule: 'hidden-character', line, did: 'deleted what cannot be seen' })),
  });
});

test('An alert gets the name that GitHub knows, and its text the next line', () => {
  expect(mended('> [!WARNIG]\n> Sharp.\n')).toBe('> [!WARNING]\n> Sharp.\n');
  expect(mended('>[!warning] Sharp.\r\n> Hot.\r\n\r\n> [!Tipp] Look.')).toBe('>[!WARNING]\r\n>Sharp.\r\n> Hot.\r\n\r\n> [!TIP]\n> Look.');
  for (const text of ['> [!BRICK]\n> Sharp.\n', '- > [!WARNING]\n  > Sharp.\n', '> > [!WARNIG] Sharp.\n', '> [!WARNING]\n> Sharp.\n'])
    expect(fix(path, text)).toEqual({ text, fixes: [] });
});

test.each([
  ['a block', fence('bash step=sort risk=low', 'sort\u{200b}-bricks')],
  ['an info string', fence('bash step=sort risk=low timeout=\u{200b}5m', 'sort')],
  ['a fence that never runs', fence('sh', 'sort\u{200b}-bricks')],
  ['a heading, and so an anchor', '### So\u{200b}rt\n'],
  ['where a link leads', 'See [there](#tidy\u{200b}-up).\n'],
  ['what would become a failure link', `**If this\u{200b} fails:** [there](#tidy-up)\n\n${fence('bash step=sort risk=low', 'sort')}`],
  ['what would become a fence', `\u{200b}${fence('bash step=sort risk=low', 'sort')}`],
])('Nothing is mended in %s', (_what, part) => {
  const text = runbookOf(`## Tidy up\n\n${fence('bash step=first risk=low', 'true')}\n### Next\n\n${part}`);
  expect(fix(path, text)).toEqual({ text, fixes: [] });
});

test('What stands beside something that is not mended is', () => {
  const text = runbookOf(`## Tidy up\n\nNow\u{200b}.\n\n${fence('bash step=sort risk=low', 'sort\u{200b}')}`);
  expect(mended(text)).toBe(text.replace('Now\u{200b}', 'Now'));
});
