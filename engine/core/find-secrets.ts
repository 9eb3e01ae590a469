/**
 * Finds secrets in the bytes of a stream: one pass for all of them. The text is read as pairs of bytes, and a table says what each may be a part
 * of; only where two pairs together may be the head of a form or a rule is anything compared.
 */

import { last, type More, type Rule, stop } from './recognise.ts';

/** A secret from `start` to before `end`. `what` it is where it was recognised; else it is a declared one. */
type Span = { readonly start: number; readonly end: number; readonly what?: string };

/** A secret that goes on behind the end of the text. */
export type Going = { readonly more: More; readonly state: number };

/**
 * Which part of a text is looked at: what stands before `from` is only for patterns that look back; up to `covered` everything is masked
 * already. `final`: nothing comes after it.
 */
type Where = { readonly from: number; readonly covered: number; readonly final: boolean };

/** Up to `cut` all is decided, and every secret that begins before it is among `spans`, in order. The last one may go on. */
type Found = { readonly spans: readonly Span[]; readonly cut: number; readonly going?: Going };

/** What looks for some forms and rules. */
export type Finder = { readonly find: (text: Buffer, where: Where) => Found };

/** Every head has at least as many bytes. */
const headBytes = 4;

/** A way in which what stands at a head may be a secret. */
type Candidates = { readonly forms: Buffer[]; readonly rules: Rule[] };

/** A finder for forms (latin1 strings of bytes, longest first) and rules. */
export function finderOf(forms: readonly string[], rules: readonly Rule[]): Finder {
  const tables = tablesOf(forms, rules);
  return { find: (text, where) => search(tables, text, where) };
}

type Tables = {
  /** By a pair of bytes, as this machine reads them as one number: bits for what it may be a part of. */
  readonly pairs: Uint16Array;
  /** By their first two bytes: whether such a head may stand there. */
  readonly starts: Uint8Array;
  /** By its bytes, the letters in lower case. */
  readonly heads: ReadonlyMap<number, Candidates>;
  /** What is shorter than a head and may be the begin of one. */
  readonly begins: ReadonlySet<string>;
};

/**
 * Heads are dealt out to groups, so that the begin of one and the end of another seldom look like a head. A group has a bit for heads that begin
 * where a pair does, and one for those that begin with its second byte. In the upper half of an entry they say that a head may begin here, in
 * the lower half that one may go on that began in the pair before.
 */
const groups = 4;
const begun = 8;

function tablesOf(forms: readonly string[], rules: readonly Rule[]): Tables {
  const heads = new Map<number, { forms: Buffer[]; rules: Rule[] }>();
  const pairs = new Uint16Array(0x10000);
  const starts = new Uint8Array(0x10000);
  const begins = new Set<string>();
  const candidates = (head: string): { forms: Buffer[]; rules: Rule[] } => {
    const key = keyOf(Buffer.from(head, 'latin1'), 0);
    const known = heads.get(key) ?? { forms: [], rules: [] };
    for (const cased of casesOf(head)) {
      const bytes = Buffer.from(cased, 'latin1');
      addHead(pairs, bytes, lower(bytes.readUInt8(0)) % groups);
      starts[startAt(bytes, 0)] = 1;
      for (let size = 1; size < headBytes; size++) begins.add(cased.slice(0, size));
    }
    heads.set(key, known);
    return known;
  };
  for (const form of forms) candidates(form.slice(0, headBytes)).forms.push(Buffer.from(form, 'latin1'));
  for (const rule of rules) for (const head of new Set(rule.anchors.map((anchor) => anchor.slice(0, headBytes)))) candidates(head).rules.push(rule);
  return { pairs, starts, heads, begins };
}

function addHead(pairs: Uint16Array, head: Buffer, group: number): void {
  const [first, second, third, fourth] = [head.readUInt8(0), head.readUInt8(1), head.readUInt8(2), head.readUInt8(3)];
  const add = (pair: number, bits: number): void => {
    pairs[pair] = Number(pairs[pair]) | bits;
  };
  const [even, odd] = [1 << group, 1 << (group + groups)];
  add(pairOf(first, second), even << begun);
  add(pairOf(third, fourth), even);
  const known = (Number(pairs[pairOf(0, first)]) & (odd << begun)) !== 0;
  for (let before = 0; before < 0x100 && !known; before++) add(pairOf(before, first), odd << begun);
  add(pairOf(second, third), odd);
}

/** What the first and the second byte of a pair count for, on this machine. */
const [ofFirst = 0, ofSecond = 0] = new Uint16Array(Uint8Array.of(1, 0, 0, 1).buffer);

function pairOf(first: number, second: number): number {
  return first * ofFirst + second * ofSecond;
}

/** A text in each mixture of cases; of ASCII only, as the others are bytes and no letters. */
function casesOf(text: string): readonly string[] {
  const cases = (character: string): readonly string[] =>
    /[a-z]/i.test(character) ? [character.toLowerCase(), character.toUpperCase()] : [character];
  return Array.from(text).reduce<string[]>((all, character) => cases(character).flatMap((either) => all.map((before) => before + either)), ['']);
}

function startAt(text: Buffer, at: number): number {
  return ((text[at] as number) << 8) | (text[at + 1] as number);
}

function keyOf(text: Buffer, at: number): number {
  const byte = (place: number): number => lower(text[place] as number);
  return (byte(at) << 24) | (byte(at + 1) << 16) | (byte(at + 2) << 8) | byte(at + 3);
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

function search(tables: Tables, text: Buffer, where: Where): Found {
  const look: Look = { ...where, text, latin1: undefined, covered: where.covered, spans: [], going: undefined };
  const cut = scan(tables, text, where.from, (known, place) => decided(look, known, place));
  return settled(look, where.final ? cut : Math.min(cut, beginOfHead(tables, text, where.from)));
}

/** Looks at each head from `from` on, in order, until one is not decided. Gives the place of that one, or the end of the text. */
function scan({ pairs, starts, heads }: Tables, text: Buffer, from: number, decide: (known: Candidates, place: number) => boolean): number {
  /** Looks at the places from `first` to before `end`. Gives the first one that is not decided, or -1. */
  const undecided = (first: number, end: number): number => {
    for (let place = Math.max(from, first); place < Math.min(end, text.length - headBytes + 1); place++) {
      if (starts[startAt(text, place)] !== 1) continue;
      const known = heads.get(keyOf(text, place));
      if (known !== undefined && !decide(known, place)) return place;
    }
    return -1;
  };
  // Four pairs at a time, as the search has to keep up with a pipe.
  const words = wordsOf(text);
  const last = words.length - 1;
  let word = from >> 2;
  for (let before = 0; word < last; word += 2) {
    const one = words[word] as number;
    const two = words[word + 1] as number;
    const first = pairs[(one >>> early) & 0xffff] as number;
    const second = pairs[(one >>> late) & 0xffff] as number;
    const third = pairs[(two >>> early) & 0xffff] as number;
    const fourth = pairs[(two >>> late) & 0xffff] as number;
    if ((((before >>> begun) & first) | ((first >>> begun) & second) | ((second >>> begun) & third) | ((third >>> begun) & fourth)) !== 0) {
      const found = undecided(4 * word - 2, 4 * word + 6);
      if (found >= 0) return found;
    }
    before = fourth;
  }
  const found = undecided(4 * word - 2, text.length);
  return found < 0 ? text.length : found;
}

/** The text as numbers of four bytes, where it begins at such a place in memory; else a copy of it does. */
function wordsOf(text: Buffer): Int32Array {
  const { buffer, byteOffset } = text.byteOffset % 4 === 0 ? text : Buffer.from(text);
  return new Int32Array(buffer, byteOffset, text.length >> 2);
}

/** By how much a number of four bytes is shifted to have its first two bytes, and its last two, on this machine. */
const early = 16 * Number(new Uint16Array(Uint32Array.of(1).buffer)[1]);
const late = 16 - early;

/** Where a head may have begun that the text cuts off. */
function beginOfHead({ begins }: Tables, text: Buffer, from: number): number {
  for (let at = Math.max(from, text.length - headBytes + 1); at < text.length; at++) if (begins.has(text.toString('latin1', at))) return at;
  return text.length;
}

/** A name and its value stay together: where what follows is not decided, neither is the name. */
function settled({ spans, going }: Look, undecided: number): Found {
  let cut = undecided;
  for (const { at, start } of spans.toReversed()) if (start >= cut && at < cut) cut = at;
  const kept = spans.filter(({ start }) => start < cut).sort((one, other) => one.start - other.start);
  return { spans: kept, cut, ...(going !== undefined && going.start < cut && { going }) };
}

type Look = {
  readonly text: Buffer;
  readonly final: boolean;
  latin1: string | undefined;
  covered: number;
  readonly spans: (Span & { readonly at: number })[];
  going: (Going & { readonly start: number }) | undefined;
};

/** False when what comes next decides whether a secret stands here. */
function decided(look: Look, { forms, rules }: Candidates, at: number): boolean {
  const { text, final } = look;
  for (const form of forms) {
    const length = Math.min(form.length, text.length - at);
    if (text.compare(form, 0, length, at, at + length) !== 0) continue;
    if (length === form.length) {
      look.spans.push({ at, start: at, end: at + length });
      break;
    }
    if (!final) return false;
  }
  return rules.every((rule) => at < look.covered || ruled(look, rule, at));
}

/** No pattern needs more than this to say that it does not match. */
const reach = 1200;

/** How near to the end of the text a match may be looking at what comes next. */
const lookAhead = 8;

/** False when what comes next decides whether a rule fits here. */
function ruled(look: Look, rule: Rule, at: number): boolean {
  const { text, final } = look;
  look.latin1 ??= text.toString('latin1');
  const { latin1 } = look;
  const match = matchAt(rule.pattern, latin1, at);
  if (match === null) return final || text.length - at > reach || !mayMatch(rule, latin1, at);
  const value = String(match.at(-1));
  const start = at + match[0].length - value.length;
  const { end, going } = rule.more === undefined ? { end: start + value.length } : goOn(text, start + value.length, { more: rule.more, state: 0 });
  const open = going === undefined ? end + lookAhead > text.length && !endsLine(latin1, end) : end - start < (rule.settled ?? 0);
  if (open && !final) return false;
  if (rule.refuse?.(value)) return true;
  look.spans.push({ at, start, end, what: rule.what });
  look.covered = Math.max(look.covered, end);
  if (going !== undefined) look.going = { ...going, start };
  return true;
}

function mayMatch({ anchors, open }: Rule, text: string, at: number): boolean {
  const begun = text.slice(at).toLowerCase();
  return anchors.some((anchor) => anchor.startsWith(begun)) || matchAt(open, text, at) !== null;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function endsLine(text: string, at: number): boolean {
  return text.indexOf('\n', at) >= 0;
}

/** Where a secret that goes on ends in a text, and how it goes on where it does not. */
export function goOn(text: Buffer, from: number, { more, state }: Going): { readonly end: number; readonly going?: Going } {
  let now = state;
  for (let at = from; at < text.length; at++) {
    now = more(now, text.readUInt8(at));
    if (now === stop) return { end: at };
    if (now === last) return { end: at + 1 };
  }
  return { end: text.length, going: { more, state: now } };
}
