import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { allot, breakLine, cut, ends, fill, rowsOf, rule, stack, wrap } from '../../engine/view/layout.ts';
import { lookOf } from '../../engine/view/look.ts';

const look = lookOf({ columns: 20, rows: 24 }, { colour: false, unicode: true });

describe('lines of a fixed width', () => {
  test.each([
    ['short', 'short'],
    ['exactly twenty chars', 'exactly twenty chars'],
    ['more than twenty characters', 'more than twenty ch…'],
    ['数据库数据库数据库数据库', '数据库数据库数据库…'],
    ['a\tb', 'a       b'],
    ['1234567\t8\t9', '1234567 8       9'],
    ['\u{1b}[31mmore than twenty characters\u{1b}[39m', '\u{1b}[31mmore than twenty ch…\u{1b}[39m'],
  ])('%j is cut to %j', (line, shown) => {
    expect(cut(line, look)).toBe(shown);
    expect(stringWidth(cut(line, look))).toBeLessThanOrEqual(20);
  });

  test('a filled line has exactly its width, with wide characters too', () => {
    for (const line of ['', 'a', '数据', 'a very long line of text']) expect(stringWidth(fill(line, 9, look))).toBe(9);
  });

  test('a command is broken without losing or adding a character', () => {
    const command = '  aws rds wait   --db-cluster-identifier lego-api  ';
    expect(breakLine(command, 7).join('')).toBe(command);
    expect(Math.max(...breakLine(command, 7).map((line) => line.length))).toBe(7);
  });

  test('output is broken with its spaces and colours, and what is longer than its rows is cut', () => {
    expect(rowsOf('  short', 10, 3, look)).toEqual(['  short']);
    expect(rowsOf('  id   name     rows', 10, 3, look)).toEqual(['  id   nam', 'e     rows']);
    expect(rowsOf('a cause stands at the end of it', 8, 4, look)).toEqual(['a cause ', 'stands a', 't the en', 'd of it']);
    expect(rowsOf('a cause stands at the end of it', 8, 2, look)).toEqual(['a cause ', 'stands …']);
    expect(rowsOf('\u{1b}[31mmore than\u{1b}[39m', 5, 2, look)).toEqual(['\u{1b}[31mmore \u{1b}[39m', '\u{1b}[31mthan\u{1b}[39m']);
    for (const row of rowsOf('数据库数据库\t数据库', 7, 9, look)) expect(stringWidth(row)).toBeLessThanOrEqual(7);
    expect(rowsOf('', 0, 1, look)).toEqual(['']);
  });

  test('prose is wrapped at words', () => {
    expect(wrap('Stop new connections at the proxy', 15)).toEqual(['Stop new', 'connections at', 'the proxy']);
  });

  test('the right end stays when the left is too long', () => {
    expect(ends('database-operations', 'step 3/7', look)).toBe('database-o… step 3/7');
    expect(ends('a', 'step 3/7', look)).toBe('a           step 3/7');
  });

  test.each([
    ['', '', '────────────────────'],
    ['Steps', '', '── Steps ───────────'],
    ['Steps', '1 of 2', '── Steps ── 1 of 2 ──'],
    ['A very long title of a step', 'risk', '── A very …  risk ──'],
  ])('the rule %j %j is as wide as the screen', (title, right, expected) => {
    const drawn = rule(title, look, right);
    expect(stringWidth(drawn)).toBe(20);
    expect(drawn.replaceAll('─', '')).toBe(expected.replaceAll('─', ''));
  });
});

describe('a screen that is too short', () => {
  const lines = (count: number, text: string) => Array.from({ length: count }, (_, index) => `${text}${index}`);

  test('gives up the part of the highest rank first, down to its least, and never rank 0', () => {
    const parts = [
      { lines: lines(2, 'a'), rank: 0 },
      { lines: lines(5, 'b'), rank: 1, least: 3 },
      { lines: lines(4, 'c'), rank: 2, least: 1 },
    ];
    expect(allot(parts, 11)).toEqual([2, 5, 4]);
    expect(allot(parts, 9)).toEqual([2, 5, 2]);
    expect(allot(parts, 7)).toEqual([2, 4, 1]);
    expect(allot(parts, 1)).toEqual([2, 3, 1]);
  });

  test('marks where a part was cut', () => {
    expect(stack([{ lines: lines(3, 'prose '), rank: 1 }], 2, look)).toEqual(['prose 0', 'prose 1 …']);
    expect(stack([{ lines: lines(3, 'prose '), rank: 1 }], 0, look)).toEqual([]);
  });
});
