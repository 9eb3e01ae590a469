import headless from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modeWatch } from '../../engine/core/terminal-modes.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function undone(...chunks: readonly string[]): string {
  const watch = modeWatch();
  for (const chunk of chunks) watch.push(bytes(chunk));
  return watch.undo();
}

describe('what a program left behind', () => {
  test.each([
    ['nothing', 'hello\n', '\u{1b}[0m'],
    ['text in the last line', 'password: ', '\u{1b}[0m\r\n'],
    ['a colour behind the last line', 'done\r\n\u{1b}[31m', '\u{1b}[0m'],
    ['the alternate screen, and text on it', '\u{1b}[?1049hfile~\u{1b}[?25l', '\u{1b}[?1049l\u{1b}[?25h\u{1b}[0m\r\n'],
    ['the alternate screen, left again', '\u{1b}[?1049hfile~\u{1b}[?1049l', '\u{1b}[0m'],
    ['a cursor that was hidden and shown', '\u{1b}[?25l\u{1b}[?25h', '\u{1b}[0m'],
    ['no wrapping', '\u{1b}[?7l', '\u{1b}[?7h\u{1b}[0m'],
    ['several modes in one sequence', '\u{1b}[?1002;1006;2004h', '\u{1b}[?1002l\u{1b}[?1006l\u{1b}[?2004l\u{1b}[0m'],
    ['insert mode', '\u{1b}[4h', '\u{1b}[4l\u{1b}[0m'],
    ['insert mode, undone', '\u{1b}[4h\u{1b}[4l', '\u{1b}[0m'],
    ['a scroll region', '\u{1b}[2;20r', '\u{1b}7\u{1b}[r\u{1b}8\u{1b}[0m'],
    ['the keypad and a line drawing character set', '\u{1b}=\u{1b}(0\u{e}', '\u{1b}>\u{1b}(B\u{f}\u{1b}[0m'],
    ['another cursor', '\u{1b}[6 q', '\u{1b}[0 q\u{1b}[0m'],
    ['other keys, as vim asks for them', '\u{1b}[>4;2m', '\u{1b}[>4m\u{1b}[0m'],
    ['the kitty keyboard, pushed twice, popped once', '\u{1b}[>1u\u{1b}[>3u\u{1b}[<u', '\u{1b}[<1u\u{1b}[0m'],
    ['the kitty keyboard, popped by number', '\u{1b}[>1u\u{1b}[<5u', '\u{1b}[0m'],
    ['the kitty keyboard, set', '\u{1b}[=5;1u', '\u{1b}[=0u\u{1b}[0m'],
    ['all of that before a reset', '\u{1b}[?1049h\u{1b}[4h\u{1b}[>1u\u{1b}c', '\u{1b}[0m'],
    ['all of that before a soft reset', '\u{1b}[?2004h\u{1b}[!p', '\u{1b}[0m'],
    ['a sequence that was cut short', '\u{1b}[?2004h\u{1b}]0;tit', '\u{18}\u{1b}[?2004l\u{1b}[0m'],
    ['a title that another sequence breaks off', '\u{1b}]0;title\u{1b}[?2004h\n', '\u{1b}[?2004l\u{1b}[0m'],
    ['a title', '\u{1b}]0;not text\u{7}', '\u{1b}[0m'],
    ['two escapes in a row', '\u{1b}\u{1b}[?2004h', '\u{1b}[?2004l\u{1b}[0m'],
    ['a string without an end', `\u{1b}]${'x'.repeat(5000)}\n\u{1b}[?2004h`, '\u{1b}[?2004l\u{1b}[0m'],
  ])('%s', (_name, output, undo) => {
    expect(undone(output)).toBe(undo);
  });

  test('a sequence is found wherever the output is cut', () => {
    const output = 'one \u{1b}[?1049;2004h two \u{1b}]0;title\u{1b}\\\u{1b}[>4;2m';
    for (let at = 0; at <= output.length; at += 1) expect(undone(output.slice(0, at), output.slice(at))).toBe(undone(output));
  });

  test('large output in one piece is taken', () => {
    expect(undone(`${'é'.repeat(300_000)}\u{1b}[?25l\n`)).toBe('\u{1b}[?25h\u{1b}[0m');
  });
});

test('a real terminal is as before, whatever was done to it and wherever the program died', async () => {
  const sequences = [1, 7, 9, 25, 47, 1000, 1002, 1003, 1004, 1006, 1047, 1049, 2004, 2026].flatMap((mode) => [
    `\u{1b}[?${mode}h`,
    `\u{1b}[?${mode}l`,
  ]);
  const things = fc.constantFrom(
    ...sequences,
    '\u{1b}[4h',
    '\u{1b}=',
    '\u{1b}[3;9r',
    '\u{1b}[?6h',
    '\u{1b}[5;5H',
    '\u{1b}(0',
    'text',
    '\r\n',
    '\u{1b}c',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(things), fc.nat(6), async (parts, missing) => {
      const output = parts.join('');
      const written = output.slice(0, output.length - missing);
      const term = new headless.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
      const before = { ...term.modes };
      await new Promise<void>((resolve) => term.write(`${written}${undone(written)}`, resolve));
      expect({ ...term.modes }).toEqual(before);
      expect(term.buffer.active.type).toBe('normal');
      // The scroll region and the character set are no modes: what is written now stands where it should, in letters.
      await new Promise<void>((resolve) => term.write(`\u{1b}[24;1Hqqq\r\n`, resolve));
      expect(term.buffer.active.getLine(term.buffer.active.baseY + 22)?.translateToString(true)).toContain('qqq');
      term.dispose();
    }),
  );
});
