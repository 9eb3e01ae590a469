import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText, escapeValue, lineStream, lineTail, safeJson } from '../../engine/core/escape.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const plain = { colour: false } as const;

describe('escapeText', () => {
  test.each([
    ['clear screen', '\u{1b}[2J', '^[[2J'],
    ['clipboard write (OSC 52)', '\u{1b}]52;c;cm0gLXJm\u{7}', '^[]52;c;cm0gLXJm^G'],
    ['window title (OSC 0)', '\u{1b}]0;root@db\u{1b}\\', '^[]0;root@db^[\\'],
    ['link to another address (OSC 8)', '\u{1b}]8;;http://evil\u{7}docs', '^[]8;;http://evil^Gdocs'],
    ['carriage return', 'safe\rEVIL', 'safe^MEVIL'],
    ['backspace', 'rm\b\bls', 'rm^H^Hls'],
    ['null and delete', 'a\0b\u{7f}', 'a^@b^?'],
    ['C1 control sequence introducer', 'a\u{9b}2J', 'a\\u{9b}2J'],
    ['bidi override', 'user\u{202e}nimda', 'user<U+202E>nimda'],
    ['bidi isolate', '\u{2066}x\u{2069}', '<U+2066>x<U+2069>'],
    ['zero width space', 'pass\u{200b}word', 'pass<U+200B>word'],
    ['byte order mark', '\u{feff}id', '<U+FEFF>id'],
    ['Arabic letter mark', '\u{61c}1', '<U+061C>1'],
    ['line separator', 'a\u{2028}b', 'a<U+2028>b'],
    ['tag characters', 'a\u{e0041}', 'a<U+E0041>'],
    ['half of a surrogate pair', 'a\u{d83d}', 'a<U+D83D>'],
    ['line feed where one line is wanted', 'a\nb', 'a^Jb'],
    ['colour where none is allowed', '\u{1b}[31mred\u{1b}[0m', '^[[31mred^[[0m'],
  ])('%s is shown instead of sent', (_name, text, shown) => {
    expect(escapeText(text, plain)).toBe(shown);
  });

  test('ordinary text of any script, tabs and emoji families stay as they are', () => {
    const text = 'naïve\t数据库 العربية 👩‍👩‍👧 👩🏽‍🚒 🏳️‍🌈';
    expect(escapeText(text, plain)).toBe(text);
  });

  test('a joiner that joins no emoji is shown', () => {
    expect(escapeText('ad\u{200d}min 👩\u{200d}x', plain)).toBe('ad<U+200D>min 👩<U+200D>x');
  });

  test('line feeds stay where several lines are wanted', () => {
    expect(escapeText('a\nb\r\n', { colour: false, newlines: true })).toBe('a\nb^M\n');
  });

  test('colour stays where it is allowed, and is reset at the end of each line that leaves it on', () => {
    expect(escapeText('\u{1b}[31mred\nplain\n\u{1b}[1;38:5:9mx\u{1b}[m', { colour: true, newlines: true })).toBe(
      '\u{1b}[31mred\u{1b}[0m\nplain\n\u{1b}[1;38:5:9mx\u{1b}[m',
    );
  });

  test('a sequence that only looks like colour is shown', () => {
    expect(escapeText('\u{1b}[?25l\u{1b}[>4;1m\u{1b}[31 q', { colour: true })).toBe('^[[?25l^[[>4;1m^[[31 q');
  });

  test('colour can be dropped', () => {
    expect(escapeText('\u{1b}[31mred\u{1b}[0m\u{1b}[2J', { colour: 'drop' })).toBe('red^[[2J');
  });

  test('what was escaped once stays the same when it is escaped again', () => {
    const once = escapeText('\u{1b}]0;x\u{7}\u{9b}\u{202e}\r', plain);
    expect(escapeText(once, plain)).toBe(once);
  });
});

test('of a value every text is escaped, names of fields too, and nothing else changes', () => {
  const value = { 'a\u{202e}': ['\u{1b}[2J\nb', 1, true, null, { c: '\u{9b}' }] };
  expect(escapeValue(value)).toEqual({ 'a<U+202E>': ['^[[2J\nb', 1, true, null, { c: '\\u{9b}' }] });
});

test('JSON for a terminal steers nothing, and reads as the same value', () => {
  const value = { 'a\u{202e}': ['\u{1b}[2J\n\u{9b}2J\u{7f}', '\u{e0041}\u{200b}', 'naïve 数据库 👩‍👧'], hidden: 1 };
  const text = safeJson(value, (key, part: unknown) => (key === 'hidden' ? undefined : part));
  expect(text).not.toMatch(/[\0-\u{9}\u{b}-\u{1f}\u{7f}-\u{9f}\u{200b}\u{202e}\u{e0041}]/u);
  expect(JSON.parse(text)).toEqual({ 'a\u{202e}': value['a\u{202e}'] });
  expect(text).toContain('naïve 数据库');
  expect(safeJson({ a: 1 })).toBe('{\n  "a": 1\n}');
});

describe('lineStream', () => {
  const fed = (chunks: readonly Uint8Array[], columns?: number) => {
    const stream = lineStream({ colour: true, ...(columns === undefined ? {} : { columns }) });
    return [...chunks.flatMap((chunk) => stream.push(chunk)), ...stream.end()];
  };

  test('gives the same lines wherever the chunks are cut, also inside a character or a sequence', () => {
    const all = bytes('größe\n\u{1b}[31mröd\u{1b}[0m 👩‍👧\r\n10 %\r55 %\r100 %\nend');
    const whole = fed([all]);
    expect(whole).toEqual(['größe', '\u{1b}[31mröd\u{1b}[0m 👩‍👧', '100 %', 'end']);
    for (let cut = 1; cut < all.length; cut += 1) expect(fed([all.slice(0, cut), all.slice(cut)])).toEqual(whole);
    expect(fed([...all].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  test('bytes that are no UTF-8 become replacement characters, and a byte order mark is shown', () => {
    expect(fed([Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff, 0x0a, 0xe2, 0x82)])).toEqual(['<U+FEFF>a\u{fffd}', '\u{fffd}']);
  });

  test('a line that is too long is cut, and says so', () => {
    expect(fed([bytes('abcdefgh\n'), bytes('abcd\u{1b}[31m\n'), bytes('abcd👩\n')], 5)).toEqual(['abcde…', 'abcd…', 'abcd…']);
  });

  test('as text it gives the same lines, whatever comes in whatever chunks', () => {
    const piece = fc.constantFrom(
      'a',
      'step 1',
      '\n',
      '\n\n',
      '\t',
      '\r',
      'é',
      '👩‍👧',
      '\u{1b}[31m',
      '\u{1b}[2J',
      '\u{7f}',
      '\u{202e}',
      '$&',
      'x'.repeat(30),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.array(fc.nat({ max: 60 }), { maxLength: 20 }), (parts, sizes) => {
        const all = bytes(parts.join(''));
        const [stream, texts] = [lineStream({ colour: true, columns: 25 }), lineStream({ colour: true, columns: 25 })];
        let from = 0;
        for (const size of [...sizes, all.length]) {
          const chunk = all.subarray(from, from + size);
          from += chunk.length;
          const lines = stream.push(chunk).map((line) => `$1 ${line}\n`);
          expect(texts.pushText(chunk, '$1 ')).toBe(lines.join(''));
        }
        expect(texts.end()).toEqual(stream.end());
      }),
      { numRuns: 1000 },
    );
  });

  test('a long chunk gives all of its lines as text', () => {
    const line = 'brick 1 of the tower, white\n';
    const stream = lineStream({ colour: true });
    expect(stream.pushText(bytes(`${line.repeat(10_000)}end`), '')).toBe(line.repeat(10_000));
    expect(stream.end()).toEqual(['end']);
  });

  test('a progress line that never ends keeps only what was written last', () => {
    const stream = lineStream({ colour: true, columns: 10 });
    for (let percent = 0; percent < 100; percent += 1) expect(stream.push(bytes(`${percent} % done\r`))).toEqual([]);
    expect(stream.push(bytes('complete\n'))).toEqual(['complete']);
    expect(stream.push(bytes('x'.repeat(100)))).toEqual([]);
    expect(stream.push(bytes(`${'y'.repeat(100)}\rshort`))).toEqual([]);
    expect(stream.end()).toEqual(['short']);
  });
});

describe('lineTail', () => {
  test('keeps the last 200 lines and counts all', () => {
    const tail = lineTail();
    tail.push(bytes(Array.from({ length: 150 }, (_, index) => `line ${index}\n`).join('')));
    tail.push(bytes(Array.from({ length: 150 }, (_, index) => `line ${index + 150}\n`).join('')));
    expect(tail.lines(false)).toHaveLength(200);
    expect(tail.lines(false).at(0)).toBe('line 100');
    expect(tail.lines(false).at(-1)).toBe('line 299');
    expect(tail.total).toBe(300);
    expect(tail.bytes).toBe(2590);
  });

  test('the line that is being written is the last one, without a sequence that has only begun', () => {
    const tail = lineTail();
    for (let index = 0; index < 200; index += 1) tail.push(bytes(`${index}\n`));
    tail.push(bytes('wait \u{1b}[3'));
    expect(tail.lines(true)).toHaveLength(200);
    expect(tail.lines(true).slice(-2)).toEqual(['199', 'wait ']);
    expect(tail.total).toBe(201);
    tail.push(bytes('1mred'));
    expect(tail.lines(true).at(-1)).toBe('wait \u{1b}[31mred\u{1b}[0m');
    expect(tail.lines('drop').at(-1)).toBe('wait red');
  });

  test('the last part of a progress line wins', () => {
    const tail = lineTail(40);
    tail.push(bytes('10 %\r20 %\r'));
    expect(tail.lines(false)).toEqual(['20 %']);
    tail.push(bytes('30 %\nnext'));
    expect(tail.lines(false)).toEqual(['30 %', 'next']);
  });

  test('a line that is erased and begun anew by sequences is a progress line, too', () => {
    const tail = lineTail(40);
    tail.push(bytes('10 %\u{1b}[2K\u{1b}[1G20 %\u{1b}'));
    tail.push(bytes('[K\r\u{1b}[K30 %\u{1b}[G'));
    expect(tail.lines(false)).toEqual(['30 %']);
    for (let count = 0; count < 100; count += 1) tail.push(bytes(`\u{1b}[2K\u{1b}[Gpart ${count}`));
    expect(tail.lines(false)).toEqual(['part 99']);
    tail.push(bytes('\n\u{1b}[2Jnext'));
    expect(tail.lines(false)).toEqual(['part 99', '^[[2Jnext']);
  });

  test('gives the end of what the stream of lines gives, whatever comes in whatever chunks', () => {
    const piece = fc.constantFrom(
      'a',
      'step 1',
      '\n',
      '\n\n',
      '\r',
      '\r\n',
      'é',
      '👩‍👧',
      '\u{1b}[31m',
      '\u{1b}[2K',
      '\u{1b}[G',
      '\u{feff}',
      'x'.repeat(30),
    );
    const many = fc.nat({ max: 300 }).map((count) => '1\n'.repeat(count));
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, many), { maxLength: 40 }), fc.array(fc.nat({ max: 90 }), { maxLength: 20 }), (parts, sizes) => {
        const all = bytes(parts.join(''));
        const [stream, tail] = [lineStream({ colour: true, columns: 25 }), lineTail(25)];
        const lines: string[] = [];
        let from = 0;
        for (const size of [...sizes, all.length]) {
          const chunk = all.subarray(from, from + size);
          from += chunk.length;
          lines.push(...stream.push(chunk));
          tail.push(chunk);
        }
        const complete = lines.length;
        const [open] = stream.end();
        expect(tail.bytes).toBe(all.length);
        expect(tail.total).toBe(complete + (open === undefined ? 0 : 1));
        expect(tail.lines(true)).toEqual([...lines, ...(open === undefined ? [] : [open])].slice(-200));
      }),
      { numRuns: 500 },
    );
  });

  test('of more than a megabyte it begins with a whole line; of one line that is as long, with what is left of it', () => {
    const tail = lineTail(10);
    for (let index = 0; index < 150; index += 1) tail.push(bytes(`${index}${'x'.repeat(9_996 - String(index).length)}é\n`));
    expect(tail.lines(false)).toHaveLength(104);
    expect(tail.lines(false).at(0)).toBe('46xxxxxxxx…');
    expect(tail.total).toBe(150);
    tail.push(bytes('y'.repeat(3_000_000)));
    expect(tail.lines(false)).toEqual(['yyyyyyyyyy…']);
    expect([tail.total, tail.bytes]).toEqual([151, 150 * 9_999 + 3_000_000]);
  });
});

test('a line that came in parts is cut where it is too long in all, also when its end is the first byte of a part', () => {
  const lines = lineStream({ colour: 'drop', columns: 5 });
  const texts = ['abc', 'defgh', '\nx\n'].map((part) => lines.pushText(Buffer.from(part), '| '));
  expect(texts).toEqual(['', '', '| abcde…\n| x\n']);
});
