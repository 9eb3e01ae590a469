import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formsOf, mask, redactor, redactText as redactTextWith, shortestSecret } from '../../engine/core/redact.ts';

const redactText = (text: string, secrets: readonly string[]): string => redactTextWith(text, formsOf(secrets));

const bytes = (text: string) => new TextEncoder().encode(text);

/** What comes out of a redactor, whatever chunks the text comes in. `cuts` are places in the bytes. */
function redacted(input: Uint8Array, secrets: readonly string[], cuts: readonly number[] = []): Uint8Array {
  const stream = redactor(formsOf(secrets));
  const places = [0, ...cuts.map((cut) => cut % (input.length + 1)).toSorted((a, b) => a - b), input.length];
  const chunks = places.slice(1).map((end, index) => input.subarray(places[index], end));
  const whole = Buffer.concat([...chunks.map((chunk) => stream.push(chunk)), stream.end()]);
  const other = redactor(formsOf(secrets));
  // What it gives is written over by the next call.
  const copies = chunks.map((chunk) => Buffer.from(other.pushOver(chunk)));
  expect(Buffer.concat([...copies, other.end()])).toEqual(whole);
  return whole;
}

const each = (input: string): readonly number[] => Array.from(bytes(input), (_, index) => index);

/** The ways in which programs print a value. */
const forms: Readonly<Record<string, (value: string) => string>> = {
  'as it is': (value) => value,
  'in base64': (value) => Buffer.from(value).toString('base64').replace(/=+$/, ''),
  'in base64 for addresses': (value) => Buffer.from(value).toString('base64url'),
  'in hex': (value) => Buffer.from(value).toString('hex'),
  'in upper-case hex': (value) => Buffer.from(value).toString('hex').toUpperCase(),
  'in a URL': encodeURIComponent,
  'in a form': (value) => encodeURIComponent(value).replaceAll('%20', '+'),
  'in JSON': (value) => JSON.stringify(value).slice(1, -1),
  'in JSON from Python': (value) =>
    JSON.stringify(value)
      .slice(1, -1)
      .replace(/[^\0-~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'in JSON from Go': (value) =>
    JSON.stringify(value)
      .slice(1, -1)
      .replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`),
  'in JSON from PHP': (value) => JSON.stringify(value).slice(1, -1).replaceAll('/', '\\/'),
  'in single quotes': (value) => value.replaceAll("'", "'\\''"),
  'in single quotes from Python': (value) => value.replaceAll("'", `'"'"'`),
  'in double quotes': (value) => value.replace(/["$`\\]/g, '\\$&'),
  'by printf %q': (value) => value.replace(/[^A-Za-z0-9@%_+=:,./\n-]/gu, '\\$&'),
};

/** Text of any script. It begins and ends with what never stands beside it, so that it does not overlap itself. */
const secret = fc
  .string({ unit: fc.oneof(fc.constantFrom(...'k29!"\'$`\\/+&<>%= é漢🔑'), fc.string({ minLength: 1, maxLength: 1 })), maxLength: 40 })
  .map((value) => `Xk29${value.replaceAll('X', '')}Z`);

const surroundings = fc.string({ unit: fc.constantFrom(...'abc 01\n.:,='), maxLength: 40 });
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe('a secret', () => {
  test('is found at each place of a text, wherever that begins in memory', () => {
    for (let begin = 0; begin < 8; begin++) {
      for (let place = 0; place < 24; place++) {
        const text = Buffer.from(`${'.'.repeat(begin + place)}pa55word-1${'.'.repeat(12)}`).subarray(begin);
        expect(Buffer.from(redacted(text, ['pa55word-1'])).toString()).toBe(`${'.'.repeat(place)}${mask}${'.'.repeat(12)}`);
      }
    }
  });

  test('is found in each place between what begins and ends like one, by a search that tries each place as by this one', () => {
    const secrets = ['abcdab-1', 'bcda-ab2', 'cabcd#ab', 'dab/cab3'];
    const piece = fc.constantFrom('a', 'b', 'c', 'd', 'ab', 'cd', 'AB', 'abcd', 'bcda', '-', '#', '/', '1', ...secrets);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), cuts, (parts, where) => {
        const text = parts.join('');
        const places = Array.from(text, (_, place) => secrets.find((value) => text.startsWith(value, place))?.length ?? 0);
        const covered = Array.from(text, (_, place) => places.some((length, begin) => begin <= place && place < begin + length));
        const left = Array.from(text, (character, place) => (covered[place] ? '' : character)).join('');
        expect(
          Buffer.from(redacted(bytes(text), secrets, where))
            .toString()
            .replaceAll(mask, ''),
        ).toBe(left);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(Object.entries(forms))('never shows %s, wherever the chunks are cut', (name, form) => {
    fc.assert(
      fc.property(secret, surroundings, surroundings, cuts, (value, before, after, where) => {
        const shown = form(value);
        const text = Buffer.from(redacted(bytes(`${before}${shown}|${after}`), [value], where)).toString('utf8');
        // The last character of base64 also holds bits of what follows, so it stays.
        const whole = name.startsWith('in base64') ? text.replace(/(?<=\[secret\])[\w+/-]\|/, '|') : text;
        expect(whole).toBe(`${before}${mask}|${after}`);
      }),
    );
  });

  test('never shows in base64 of a longer text, but for the bits that it shares with its neighbours', () => {
    fc.assert(
      fc.property(secret, fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), cuts, (value, before, after, where) => {
        const whole = Buffer.from(`${before}${value}${after}`).toString('base64');
        const text = Buffer.from(redacted(bytes(whole), [value], where)).toString('utf8');
        expect(text).toContain(mask);
        expect(text.length).toBeLessThanOrEqual(mask.length + Math.ceil(((Buffer.byteLength(before) + Buffer.byteLength(after)) * 4) / 3) + 8);
      }),
    );
  });

  test('never shows line by line, and not in base64 that came in lines', () => {
    const key = `-----BEGIN KEY-----\n${'q8Zr/1+X'.repeat(8)}\r\n${'Yt0-_w9'.repeat(9)}\nend\n`;
    expect(redactText(`| ${'q8Zr/1+X'.repeat(8)} |\n| ${'Yt0-_w9'.repeat(9)} |\nend`, [key])).toBe(`| ${mask} |\n| ${mask} |\nend`);
    for (const width of [76, 64]) {
      const lines =
        Buffer.from(key)
          .toString('base64')
          .match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
      const text = redactText(lines.join('\n'), [key]);
      expect(text.replaceAll(mask, '').replaceAll('\n', '').length).toBeLessThan(2 * shortestSecret);
    }
  });

  test('never shows the tail of one that another overlaps', () => {
    const secrets = ['hunter2-and', '2-and-more', 'and-more!'];
    const text = 'x hunter2-and-more! y hunter2-and 2-and-more z';
    for (const at of [[], each(text)]) expect(Buffer.from(redacted(bytes(text), secrets, at)).toString()).toBe(`x ${mask} y ${mask} ${mask} z`);
  });

  test('never shows the tail of a longer one that begins with a shorter one', () => {
    const secrets = ['hunter2', 'hunter2-long'];
    for (const text of ['hunter2-long', 'hunter2', 'hunter2-lo', 'hunter2hunter2-long']) {
      const want = { 'hunter2-long': mask, hunter2: mask, 'hunter2-lo': `${mask}-lo`, 'hunter2hunter2-long': mask + mask }[text];
      for (let cut = 0; cut <= text.length; cut += 1) expect(Buffer.from(redacted(bytes(text), secrets, [cut])).toString()).toBe(want);
      expect(Buffer.from(redacted(bytes(text), secrets, each(text))).toString()).toBe(want);
    }
  });

  test('of several never shows any, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(3), { maxLength: 6 }), cuts, (secrets, order, where) => {
        const text = order.map((index) => secrets[index % secrets.length]).join('\n');
        const out = Buffer.from(redacted(bytes(text), secrets, where)).toString('utf8');
        expect(secrets.filter((value) => out.includes(value))).toEqual([]);
      }),
    );
  });

  test('that is half a character does not break the others', () => {
    expect(redactText('x pass\u{fffd}word y', ['pass\u{d800}word'])).toBe(`x ${mask} y`);
  });

  test('shorter than five characters is passed over', () => {
    expect(redactText('abcd abcde', ['abcd'])).toBe('abcd abcde');
    expect(redactText('abcd abcde', ['abcd', 'abcde'])).toBe(`abcd ${mask}`);
  });
});

describe('text without secrets', () => {
  test('comes out byte for byte, also where it is no UTF-8', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.string({ minLength: 12, maxLength: 20 }), { maxLength: 3 }),
        cuts,
        (input, secrets, where) => {
          fc.pre(redactText(Buffer.from(input).toString('latin1'), secrets) === Buffer.from(input).toString('latin1'));
          expect([...redacted(input, secrets, where)]).toEqual([...input]);
        },
      ),
    );
  });

  test('that only begins like a secret is held no longer than until that is decided', () => {
    const stream = redactor(formsOf(['hunter2-long']));
    expect(Buffer.from(stream.push(bytes('x hunter2'))).toString()).toBe('x ');
    expect(Buffer.from(stream.push(bytes('!'))).toString()).toBe('hunter2!');
    expect(Buffer.from(stream.push(bytes('hunter2-long'))).toString()).toBe(mask);
    expect(Buffer.from(stream.push(bytes('hun'))).toString()).toBe('');
    expect(Buffer.from(stream.end()).toString()).toBe('hun');
  });

  test('passes at once where there are no secrets', () => {
    const stream = redactor(formsOf([]));
    const chunk = bytes('text');
    expect(stream.push(chunk)).toBe(chunk);
    expect(stream.end()).toHaveLength(0);
  });
});
