/** Masks known secret values in a stream of bytes, in every form in which a program is likely to print them. */

/** Takes chunks, gives them back without secrets. What could be the start of a secret is held until it is decided. */
export type Redactor = { push(chunk: Uint8Array): Uint8Array; end(): Uint8Array };

/** What stands in the place of a secret. */
export const mask = '[secret]';

/** Shorter values are not masked: they would blank out half of a log and hide nothing. */
export const shortestSecret = 5;

/** All forms of some secrets, made once for many streams and texts; undefined where there is nothing to mask. */
export type Forms = { readonly any: RegExp; readonly undecided: (text: string) => number } | undefined;

/** The forms of secrets. Values shorter than `shortestSecret` characters are passed over. */
export function formsOf(secrets: readonly string[]): Forms {
  const forms = textsOf(secrets);
  if (forms.length === 0) return undefined;
  const any = new RegExp(forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
  return { any, undecided: undecidedAmong(forms) };
}

/** A redactor for a stream. */
export function redactor(forms: Forms): Redactor {
  if (forms === undefined) return { push: (chunk) => chunk, end: () => new Uint8Array() };
  const { any, undecided } = forms;
  let carry = '';
  /** How many leading bytes of `carry` belong to a secret whose mask is already out. */
  let covered = 0;

  /** Masks what is decided (all but the last `keep` bytes) and carries the rest. */
  const take = (text: string, keep: number): string => {
    const cut = text.length - keep;
    let out = '';
    let from = covered;
    for (const span of secretsIn(text, any, cut)) {
      if (span.start >= from) out += text.slice(from, span.start) + mask;
      from = Math.max(from, span.end);
    }
    out += text.slice(from, Math.max(from, cut));
    covered = Math.max(0, from - cut);
    carry = text.slice(cut);
    return out;
  };

  return {
    push(chunk) {
      const text = carry + latin1(chunk);
      return bytes(take(text, undecided(text)));
    },
    end: () => bytes(take(carry, 0)),
  };
}

/** Masks secrets in a short text, such as a message or a captured value. */
export function redactText(text: string, forms: Forms): string {
  if (forms === undefined) return text;
  const stream = redactor(forms);
  const parts = [stream.push(Buffer.from(text, 'utf8')), stream.end()];
  return Buffer.concat(parts).toString('utf8');
}

/** The spans that secrets cover and that begin before `cut`. Secrets that overlap make one span, so that no tail of one shows. */
function secretsIn(text: string, any: RegExp, cut: number): readonly { readonly start: number; readonly end: number }[] {
  const spans: { start: number; end: number }[] = [];
  any.lastIndex = 0;
  for (let match = any.exec(text); match !== null && match.index < cut; match = any.exec(text)) {
    const end = match.index + match[0].length;
    const last = spans.at(-1);
    if (last !== undefined && match.index < last.end) last.end = Math.max(last.end, end);
    else spans.push({ start: match.index, end });
    any.lastIndex = match.index + 1;
  }
  return spans;
}

/** How many bytes at the end of a text could be the beginning of a form that goes on in the next chunk. */
function undecidedAmong(forms: readonly string[]): (text: string) => number {
  const longest = Math.max(...forms.map((form) => form.length));
  const byHead = Map.groupBy(forms, (form) => form.slice(0, shortestSecret));
  const starts = new Set([...byHead.keys()].flatMap((head) => Array.from(head, (_, size) => head.slice(0, size))));
  return (text) => {
    // Most places are ruled out by their first few bytes: a key of many lines has thousands of forms.
    for (let size = Math.min(longest - 1, text.length); size >= shortestSecret; size--) {
      const tail = text.length - size;
      const candidates = byHead.get(text.slice(tail, tail + shortestSecret));
      if (candidates?.some((form) => form.length > size && form.startsWith(text.slice(tail)))) return size;
    }
    for (let size = Math.min(shortestSecret - 1, text.length); size > 0; size--) if (starts.has(text.slice(-size))) return size;
    return 0;
  };
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

function latin1(chunk: Uint8Array): string {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
