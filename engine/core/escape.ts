/** The one escape for text that is not ours: what could steer a terminal or mislead a reader is shown instead of obeyed. */

import { ByteTail } from './byte-tail.ts';

/**
 * `colour`: true keeps SGR sequences, `'drop'` removes them, false shows them like every other control.
 * `newlines`: true keeps line feeds; otherwise they are shown too, so that the result is one line.
 */
export type EscapeOptions = { readonly colour: boolean | 'drop'; readonly newlines?: boolean };

// First a joiner inside an emoji, then an SGR sequence, then each single character that is shown instead of sent: C0, DEL, C1, soft
// hyphen, Arabic letter mark, zero width, line separators, bidi, invisible operators, byte order mark, interlinear marks, tag
// characters, and surrogates without their other half.
const unsafe =
  /((?<=\p{Extended_Pictographic}[\u{fe0f}\u{1f3fb}-\u{1f3ff}]?)\u{200d}(?=\p{Extended_Pictographic}))|(\u{1b}\[[\d;:]*m)|[\0-\u{8}\n-\u{1f}\u{7f}-\u{9f}\u{ad}\u{61c}\u{180e}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}\p{Surrogate}]/gu;

// A sequence or a character that has only begun: where a line is cut it would show as text that nobody wrote.
const begun = /\u{1b}(?:\[[\d;:]*)?$|[\u{d800}-\u{dbff}]$/u;

// How programs begin a progress line anew besides a carriage return (`G`), and erase what is left of the old one (`K`).
const restarted = /\u{1b}\[(?:[01]?G|[0-2]?K)/gu;

const reset = '\u{1b}[0m';

/** The text with everything unsafe made visible: `^[` for C0 and DEL, `\u{9b}` for C1, `<U+202E>` for the rest. Tabs stay. */
export function escapeText(text: string, options: EscapeOptions): string {
  const escaped = text.replace(unsafe, (match: string, joiner: string | undefined, sgr: string | undefined) => {
    if (joiner !== undefined) return joiner;
    if (sgr !== undefined && options.colour !== false) return options.colour === true ? sgr : '';
    if (match === '\n' && options.newlines === true) return match;
    return [...match].map(visible).join('');
  });
  return options.colour === true ? escaped.split('\n').map(withReset).join('\n') : escaped;
}

/** One character as text; of a shown SGR sequence only the first is a control. */
function visible(character: string): string {
  const code = Number(character.codePointAt(0));
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  if (code < 0x7f) return character;
  if (code === 0x7f) return '^?';
  if (code < 0xa0) return `\\u{${code.toString(16)}}`;
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** A style that a line leaves on would run into whatever is drawn beside or below it. */
function withReset(line: string): string {
  const last = line.lastIndexOf('\u{1b}[');
  return last === -1 || /^\u{1b}\[0*m/u.test(line.slice(last)) ? line : line + reset;
}

/** A value with every text in it escaped, also the names of its fields: whoever prints one must not be attacked by it. Line feeds stay. */
export function escapeValue(value: unknown): unknown {
  if (typeof value === 'string') return escapeText(value, { colour: false, newlines: true });
  if (Array.isArray(value)) return value.map(escapeValue);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [escapeText(key, { colour: false }), escapeValue(part)]));
  return value;
}

// What `JSON.stringify` leaves as it is.
const unsafeInJson =
  /[\u{7f}-\u{9f}\u{ad}\u{61c}\u{180e}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu;

/** A value as JSON that is also safe on a terminal, and means exactly the value: what is unsafe stands as `\\u…`. */
export function safeJson(value: unknown, replacer?: (key: string, value: unknown) => unknown): string {
  return JSON.stringify(value, replacer, 2).replace(unsafeInJson, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** How many lines a tail keeps. */
const tailLines = 200;

/** How much of one line is kept when nothing else is said: more than any screen shows, little enough to hold 200 of them. */
const lineLimit = 4096;

/** Cuts a stream of bytes into lines. */
export type LineStream = {
  /** The lines that this chunk completes, escaped. */
  push(chunk: Uint8Array): readonly string[];
  /** The same as one text: each line with `before` in front of it and a line feed behind it. */
  pushText(chunk: Uint8Array, before: string): string;
  /** The last line, where it had no line feed. */
  end(): readonly string[];
};

/** The stream as whole escaped lines; nothing of a line is given out before its end, so no sequence is ever cut in two. */
export function lineStream(options: { readonly colour: EscapeOptions['colour']; readonly columns?: number }): LineStream {
  const cutter = lineCutter(options.columns ?? lineLimit);
  const shown = (line: string) => escapeText(line, { colour: options.colour });
  const textOf = (chunk: Uint8Array, before: string): string => {
    const asIs = cutter.pushAsIs(chunk, before);
    if (asIs !== undefined) return asIs;
    const lines = cutter.push(chunk).map(shown);
    return lines.map((line) => `${before}${line}\n`).join('');
  };
  return {
    push: (chunk) => cutter.push(chunk).map(shown),
    pushText: (chunk, before) =>
      pieces(chunk)
        .map((piece) => textOf(piece, before))
        .join(''),
    end: () => cutter.end().map(shown),
  };
}

/** Longer texts cost much more to make: V8 does not put them where it puts what is soon forgotten. */
const pieceBytes = 72 * 1024;

function pieces(chunk: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(chunk.length / pieceBytes) }, (_, index) => chunk.subarray(index * pieceBytes, (index + 1) * pieceBytes));
}

/** The end of a stream of bytes. */
export type LineTail = {
  push(chunk: Uint8Array): void;
  /** The last 200 lines, escaped; the line that is still being written is the last one. */
  lines(colour: EscapeOptions['colour']): readonly string[];
  /** How many lines there were in all, the one being written among them. */
  readonly total: number;
  /** How many bytes came. */
  readonly bytes: number;
};

/** The last 200 lines are looked for in so many bytes, and first in those in which they mostly are. */
const tailBytes = 1024 * 1024;
const usualBytes = 32 * 1024;

/**
 * Keeps the last 200 lines of a stream, at most `columns` characters of each. Of much output hardly anything is ever asked for, so bytes are kept,
 * and only what is asked for is decoded and escaped.
 */
export function lineTail(columns: number = lineLimit): LineTail {
  const kept = new ByteTail(tailBytes);
  let complete = 0;
  let decoded = { count: -1, lines: [] as readonly string[], open: '' };
  const last = () => {
    if (decoded.count !== kept.count) {
      const cutter = lineCutter(columns);
      const lines = cutter.push(wholeLines(kept));
      decoded = { count: kept.count, lines, open: cutter.open() };
    }
    return decoded;
  };
  return {
    push(chunk) {
      kept.push(chunk);
      complete += lineFeedsIn(chunk);
    },
    lines(colour) {
      const { lines, open } = last();
      return [...lines, ...(open === '' ? [] : [open])].slice(-tailLines).map((line) => escapeText(line, { colour }));
    },
    get total() {
      return complete + (last().open === '' ? 0 : 1);
    },
    get bytes() {
      return kept.count;
    },
  };
}

const lineFeed = 0x0a;

/** What is kept from the beginning of a line on, and no more lines than are asked for. Of one that fills it all, the end. */
function wholeLines(kept: ByteTail): Uint8Array {
  const usual = kept.bytes(usualBytes);
  const before = beforeLines(usual);
  if (before !== -1) return usual.subarray(before + 1);
  const all = kept.bytes();
  const start = beforeLines(all);
  return all.subarray((start === -1 && kept.count > all.length ? all.indexOf(lineFeed) : start) + 1);
}

/** Where the line feed is before the first line that is asked for; -1 where there are not so many lines. */
function beforeLines(bytes: Uint8Array): number {
  let before = bytes.length;
  for (let lines = 0; lines <= tailLines && before !== -1; lines += 1) before = before === 0 ? -1 : bytes.lastIndexOf(lineFeed, before - 1);
  return before;
}

function lineFeedsIn(bytes: Uint8Array): number {
  let count = 0;
  for (let index = 0; index < bytes.length; index += 1) count += bytes[index] === lineFeed ? 1 : 0;
  return count;
}

/** Decodes, cuts at line feeds and lets the last part after a carriage return win, as a progress line does on a screen. */
function lineCutter(limit: number) {
  // The byte order mark is kept, so that the escape can show it.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let pending = '';
  /** The decoder holds no part of a character, and what is pending is shown as it is. */
  let plain = true;
  const take = (text: string): string[] => {
    const all = withReturns(pending + text);
    const end = all.lastIndexOf('\n') + 1;
    const rest = all.slice(end);
    // A line without end must not fill the memory: of what was overwritten nothing is needed, of the rest only as much as is shown.
    pending = rest.length > 2 * limit ? rest.slice(rest.lastIndexOf('\r', rest.length - 2) + 1).slice(0, 2 * limit) : rest;
    const lines = all.slice(0, end).split('\n').slice(0, -1);
    return lines.map((line) => shorten(lastWritten(line), limit));
  };
  return {
    push: (chunk: Uint8Array) => {
      const lines = take(decoder.decode(chunk, { stream: true }));
      plain = chunk.length > 0 ? Number(chunk.at(-1)) < 0x80 && isPlain(Buffer.from(pending)) : plain;
      return lines;
    },
    /**
     * The lines that this chunk completes, each with `before` in front of it, where all of them are shown as they are: most output is such, and this
     * is many times faster. Else undefined, and the chunk is not taken.
     */
    pushAsIs: (chunk: Uint8Array, before: string): string | undefined => {
      if (!plain || !isPlain(chunk)) return undefined;
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      const end = bytes.lastIndexOf(lineFeed);
      const rest = bytes.toString('latin1', end + 1);
      if (end === -1) {
        if (pending.length + rest.length > limit) return undefined;
        pending += rest;
        return '';
      }
      const lines = bytes.toString('latin1', 0, end);
      if (rest.length > limit || hasLonger(lines, limit, pending.length)) return undefined;
      // In the text that replaces, $ has a meaning.
      const text = `${before}${pending}${lines.replace(/\n/g, `\n${before.replaceAll('$', '$$$$')}`)}\n`;
      pending = rest;
      return text;
    },
    end: () => {
      const lines = take(decoder.decode());
      const last = shorten(lastWritten(pending), limit);
      pending = '';
      return last === '' ? lines : [...lines, last];
    },
    open: () => shorten(lastWritten(pending), limit).replace(begun, ''),
  };
}

/** By two bytes as one number: 1 where one of them is not plain. Made when it is first needed. */
let unusual: Uint8Array | undefined;

function unusualPairs(): Uint8Array {
  const plain = [0x09, 0x0a, ...Array.from({ length: 0x7f - 0x20 }, (_, index) => 0x20 + index)];
  const table = new Uint8Array(0x10000).fill(1);
  for (const one of plain) for (const other of plain) table[(one << 8) | other] = 0;
  return table;
}

/** True for printable ASCII, tabs and line feeds: what no escape changes. */
function isPlain(bytes: Uint8Array): boolean {
  unusual ??= unusualPairs();
  const table = unusual;
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(bytes);
  const words = new Int32Array(buffer, byteOffset, bytes.length >> 2);
  let found = 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as number;
    found |= (table[word & 0xffff] as number) | (table[word >>> 16] as number);
  }
  for (let index = 4 * words.length; index < bytes.length; index++) found |= table[((bytes[index] as number) << 8) | 0x20] as number;
  return found === 0;
}

/** True when a line of the text is longer than `limit`; of the first, `before` characters came earlier. */
function hasLonger(text: string, limit: number, before: number): boolean {
  if (before > limit) return true;
  for (let begin = -before; text.length - begin > limit; ) {
    const end = text.lastIndexOf('\n', begin + limit);
    if (end < Math.max(begin, 0)) return true;
    begin = end + 1;
  }
  return false;
}

/** The column's first place as a carriage return; erasing says nothing more, as only the last part of a line is shown. */
function withReturns(text: string): string {
  return text.includes('\u{1b}[') ? text.replace(restarted, (sequence) => (sequence.endsWith('G') ? '\r' : '')) : text;
}

function lastWritten(line: string): string {
  const written = line.replace(/\r+$/u, '');
  return written.slice(written.lastIndexOf('\r') + 1);
}

function shorten(line: string, limit: number): string {
  return line.length <= limit ? line : `${line.slice(0, limit).replace(begun, '')}…`;
}
