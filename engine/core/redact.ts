/** Masks secrets in a stream of bytes: known values in every form in which a program is likely to print them, and what is recognised as one. */

import { type Finder, finderOf, type Going, goOn } from './find-secrets.ts';
import { type Rule, rules as recognised } from './recognise.ts';

/** Takes chunks, gives them back without secrets. What could be the start of a secret is held until it is decided. */
export type Redactor = {
  push(chunk: Uint8Array): Uint8Array;
  /** The same for much output: what comes back is good until the next call, which writes over it. */
  pushOver(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
  /** True when something was masked so far. */
  found(): boolean;
};

/** What stands in the place of a secret. */
export const mask = '[secret]';

/** Shorter values are not masked: they would blank out half of a log and hide nothing. */
export const shortestSecret = 5;

/** All that is looked for in many streams and texts, made once; undefined where there is nothing to mask. */
export type Forms = Finder | undefined;

/** The forms of secrets, and the kinds that are recognised. Values shorter than `shortestSecret` characters are passed over. */
export function formsOf(secrets: readonly string[], rules: readonly Rule[] = []): Forms {
  const texts = textsOf(secrets);
  return texts.length === 0 && rules.length === 0 ? undefined : finderOf(texts, rules);
}

/** How much of what is out already a pattern may look back on. */
const lookBehind = 64;

/** A redactor for a stream. */
export function redactor(forms: Forms): Redactor {
  if (forms === undefined) return { push: (chunk) => chunk, pushOver: (chunk) => chunk, end: () => new Uint8Array(), found: () => false };
  /** What is out already, then what is not decided. */
  let carry = Buffer.alloc(0);
  let context = 0;
  /** How many bytes after the context belong to a secret whose mask is already out; where it goes on, how. */
  let covered = 0;
  let going: Going | undefined;
  let any = false;
  let room = Buffer.alloc(0);

  const joined = (chunk: Uint8Array): Buffer => {
    const size = carry.length + chunk.length;
    if (room.length < size) room = Buffer.allocUnsafeSlow(2 * size);
    room.set(carry);
    room.set(chunk, carry.length);
    return room.subarray(0, size);
  };

  const take = (text: Buffer, final: boolean): Uint8Array => {
    const begun = going === undefined ? { end: context + covered } : goOn(text, context + covered, going);
    const found = forms.find(text, { from: context, covered: begun.end, final });
    any ||= found.spans.length > 0;
    const parts: Uint8Array[] = [];
    let from = begun.end;
    for (const { start, end } of found.spans) {
      if (start >= from) parts.push(text.subarray(from, start), maskBytes);
      from = Math.max(from, end);
    }
    parts.push(text.subarray(from, Math.max(from, found.cut)));
    going = found.going ?? begun.going;
    const kept = Math.max(0, found.cut - lookBehind);
    context = found.cut - kept;
    covered = Math.max(0, from - found.cut);
    // The text is written over: by the caller whose chunk it is, or here.
    carry = Buffer.from(text.subarray(kept));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  };

  return {
    push: (chunk) => take(carry.length === 0 ? bufferOf(chunk) : Buffer.concat([carry, chunk]), false),
    pushOver: (chunk) => take(joined(chunk), false),
    end: () => take(carry, true),
    found: () => any,
  };
}

/** Masks secrets in a short text, such as a message or a captured value. */
export function redactText(text: string, forms: Forms): string {
  if (forms === undefined || text.length < shortestSecret) return text;
  const stream = redactor(forms);
  const parts = [stream.push(Buffer.from(text, 'utf8')), stream.end()];
  return Buffer.concat(parts).toString('utf8');
}

/** A redactor of what is recognised as a secret by its shape: for when nobody knows the declared ones. */
export function recognisedRedactor(): Redactor {
  return redactor(recognisedForms());
}

/** A text without what is recognised as a secret by its shape. */
export function withoutRecognised(text: string): string {
  return redactText(text, recognisedForms());
}

/** Made when it is first needed, and once: a report asks for it for each part of it. */
let ofAll: Forms;

function recognisedForms(): Forms {
  ofAll ??= formsOf([], recognised);
  return ofAll;
}

/** What the first secret in a text is, in words; undefined where there is none. */
export function secretIn(text: string, forms: Forms): string | undefined {
  const [first] = forms?.find(Buffer.from(text, 'utf8'), { from: 0, covered: 0, final: true }).spans ?? [];
  return first && (first.what ?? 'a secret of this run');
}

const maskBytes = Buffer.from(mask);

function bufferOf(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** All forms of all secrets as latin1 strings of their bytes, longest first. */
function textsOf(secrets: readonly string[]): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    const lines = secret.split(/\r?\n/);
    for (const value of new Set([secret, ...(lines.length > 1 ? lines : [])])) {
      if (value.length < shortestSecret) continue;
      for (const form of formsOfValue(value)) forms.add(form);
    }
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

/** Raw, base64 at its three offsets (also URL-safe), hex, URL-encoded, JSON- and shell-escaped. */
function formsOfValue(value: string): readonly string[] {
  const raw = Buffer.from(value, 'utf8');
  const hex = raw.toString('hex');
  const texts = [value, ...urlForms(value), ...jsonForms(value), ...shellForms(value), hex, hex.toUpperCase()];
  return [...texts.map((text) => Buffer.from(text, 'utf8').toString('latin1')), ...base64Forms(raw)];
}

function urlForms(value: string): readonly string[] {
  // Half a surrogate pair cannot be encoded; as bytes it is U+FFFD anyway.
  const whole = value.toWellFormed();
  const url = encodeURIComponent(whole);
  return [
    url,
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    url.replaceAll('%20', '+'),
    encodeURI(whole),
    // RFC 3986 also encodes what encodeURIComponent leaves alone.
    url.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
  ];
}

function jsonForms(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  // PHP escapes slashes, Go what HTML gives a meaning, Python all that is not ASCII.
  return [json, json.replaceAll('/', '\\/'), json.replace(/[<>&]/g, escaped), json.replace(/[^\0-\x7e]/g, escaped)];
}

function shellForms(value: string): readonly string[] {
  return [
    value.replaceAll("'", "'\\''"),
    value.replaceAll("'", `'"'"'`),
    value.replaceAll("'", "\\'"),
    value.replace(/[^A-Za-z0-9@%_+=:,./\n-]/gu, '\\$&'),
    value.replace(/["$`\\]/g, '\\$&'),
    // For a pattern: Python's re.escape, and others that know only letters and digits.
    value.replace(/[^A-Za-z0-9_\n]/gu, '\\$&'),
    value.replace(/[^A-Za-z0-9\n]/gu, '\\$&'),
  ];
}

function base64Forms(raw: Buffer): readonly string[] {
  const whole = base64Core(raw, 0);
  // A long one comes in lines: of 76 characters from base64, of 64 from openssl.
  const lines = [76, 64].flatMap((width) => Array.from(whole.matchAll(new RegExp(`.{${shortestSecret},${width}}`, 'g')), ([line]) => line));
  const cores = [whole, base64Core(raw, 1), base64Core(raw, 2), ...lines];
  return [...cores, ...cores.map((core) => core.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** Only the characters that depend on the secret alone, whatever stands before and after it. */
function base64Core(raw: Buffer, offset: 0 | 1 | 2): string {
  const text = Buffer.concat([Buffer.alloc(offset), raw]).toString('base64');
  return text.slice(offset === 0 ? 0 : offset + 1, Math.floor(((raw.length + offset) * 8) / 6));
}
