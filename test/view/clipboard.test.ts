import { expect, test } from 'vitest';
import { clipboardLimit, clipboardSequence, fitsClipboard } from '../../engine/view/clipboard.ts';

const text = 'aws rds describe-db-clusters\necho "grün"';
const encoded = Buffer.from(text).toString('base64');

test('a text goes to the clipboard of the terminal', () => {
  expect(clipboardSequence(text, false)).toBe(`\u{1b}]52;c;${encoded}\u{7}`);
});

test('and inside tmux past it as well', () => {
  expect(clipboardSequence(text, true)).toBe(`\u{1b}]52;c;${encoded}\u{7}\u{1b}Ptmux;\u{1b}\u{1b}]52;c;${encoded}\u{7}\u{1b}\\`);
});

test('nothing in a text can end the sequence', () => {
  expect(clipboardSequence('\u{7}\u{1b}\\\u{1b}]0;x', false).slice(7, -1)).toMatch(/^[A-Za-z0-9+/=]*$/u);
});

test('what is too long is known by the bytes that would be sent', () => {
  for (const size of [55_500, 55_501])
    expect(Buffer.from('x'.repeat(size)).toString('base64').length <= clipboardLimit).toBe(fitsClipboard('x'.repeat(size)));
  expect(fitsClipboard('ü'.repeat(27_750))).toBe(true);
  expect(fitsClipboard('ü'.repeat(27_751))).toBe(false);
});
