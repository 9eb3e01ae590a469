/**
 * Finds secrets in the bytes of a stream: one pass for all of them. Most places are ruled out by two bytes of the text, as Wu and Manber do it
 * ("A fast algorithm for multi-pattern searching", 1994); only where the head of a form or a rule stands is anything compared.
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
  /** By two bytes: how far the search may go on; 0 where they end a head. */
  readonly shifts: Uint8Array;
  /** By its bytes, the letters in lower case. */
  readonly heads: ReadonlyMap<number, Candidates>;
  /** By their first two bytes: whether such a head may stand there. */
  readonly starts: Uint8Array;
  /** What is shorter than a head and may be the begin of one. */
  readonly begins: ReadonlySet<string>;
};

function tablesOf(forms: readonly string[], rules: readonly Rule[]): Tables {
  const heads = new Map<number, { forms: Buffer[]; rules: Rule[] }>();
  const shifts = new Uint8Array(0x10000).fill(headBytes - 1);
  const starts = new Uint8Array(0x10000);
  const begins = new Set<string>();
  const candidates = (head: string): { forms: Buffer[]; rules: Rule[] } => {
    for (const cased of casesOf(head)) {
      for (let size = 1; size < headBytes; size++) {
        const two = pair(cased.charCodeAt(size - 1), cased.charCodeAt(size));
        shifts[two] = Math.min(headBytes - 1 - size, Number(shifts[two]));
        begins.add(cased.slice(0, size));
      }
      starts[pair(cased.charCodeAt(0), cased.charCodeAt(1))] = 1;
    }
    const key = keyOf(Buffer.from(head, 'latin1'), 0);
    const known = heads.get(key) ?? { forms: [], rules: [] };
    heads.set(key, known);
    return known;
  };
  for (const form of forms) candidates(form.slice(0, headBytes)).forms.push(Buffer.from(form, 'latin1'));
  for (const rule of rules) for (const head of new Set(rule.anchors.map((anchor) => anchor.slice(0, headBytes)))) candidates(head).rules.push(rule);
  return { shifts, heads, starts, begins };
}

function pair(first: number, second: number): number {
  return (first << 8) | second;
}

/** A text in each mixture of cases; of ASCII only, as the others are bytes and no letters. */
function casesOf(text: string): readonly string[] {
  const cases = (character: string): readonly string[] =>
    /[a-z]/i.test(character) ? [character.toLowerCase(), character.toUpperCase()] : [character];
  return Array.from(text).reduce<string[]>((all, character) => cases(character).flatMap((either) => all.map((before) => before + either)), ['']);
}

function keyOf(text: Buffer, at: number): number {
  let key = 0;
  for (let place = at; place < at + headBytes; place++) key = (key << 8) | lower(text.readUInt8(place));
  return key;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

function search(tables: Tables, text: Buffer, where: Where): Found {
  const look: Look = { ...where, text, latin1: undefined, covered: where.covered, spans: [], going: undefined };
  const { shifts, starts, heads } = tables;
  let cut = text.length;
  for (let at = where.from + headBytes - 1; at < cut; ) {
    const shift = shifts[((text[at - 1] as number) << 8) | (text[at] as number)] as number;
    if (shift > 0) {
      at += shift;
      continue;
    }
    const place = at - headBytes + 1;
    if (starts[((text[place] as number) << 8) | (text[place + 1] as number)] === 1) {
      const known = heads.get(keyOf(text, place));
      if (known !== undefined && !decided(look, known, place)) cut = place;
    }
    at += 1;
  }
  if (!where.final) cut = Math.min(cut, beginOfHead(tables, text, where.from));
  return settled(look, cut);
}

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
