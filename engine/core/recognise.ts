/**
 * Secrets that nobody declared, recognised by their shape. One table for what a run writes and shows, and for the linter. Each pattern is tried
 * only where one of its anchors stands, repeats nothing without a limit inside of a repetition, and so takes time that is linear in the text.
 */

/** One kind of secret. Texts are bytes as latin1, so that they may come from anywhere in a stream. */
export type Rule = {
  /** For messages: "an AWS access key". */
  readonly what: string;
  /** How a match begins, in lower case and 4 characters or more; found in any case. */
  readonly anchors: readonly string[];
  /** Sticky. Its last group is the secret and stands at the end of the match. */
  readonly pattern: RegExp;
  /** Sticky: what may still become a match when the text goes on. */
  readonly open: RegExp;
  /** How a secret goes on for as long as it likes; one that does so is known after `settled` characters. */
  readonly more?: More;
  readonly settled?: number;
  /** A match that is no secret, such as a name that stands for one. */
  readonly refuse?: (value: string) => boolean;
  /** It is one whatever stands around it, so a document must not hold it either. */
  readonly exact: boolean;
};

/** From a state (0 at first) and the next byte to the next state; `stop` before the byte, or `last` when the byte is the last one. */
export type More = (state: number, byte: number) => number;
export const stop = -1;
export const last = -2;

const code = (character: string): number => character.charCodeAt(0);

/** For as long as the characters are of a class. */
function asLongAs(characters: RegExp): More {
  const taken = Array.from({ length: 256 }, (_, byte) => characters.test(String.fromCharCode(byte)));
  return (_state, byte) => (taken[byte] ? 0 : stop);
}

/** A token: one of some heads, and at least so many characters of a class. */
function token(what: string, heads: readonly string[], characters: string, least: number): Rule {
  const any = heads.map((head) => head.replace(/[.]/g, '\\$&')).join('|');
  return {
    what,
    anchors: heads.map((head) => head.toLowerCase()),
    pattern: new RegExp(`(?<![A-Za-z0-9_])((?:${any})[${characters}]{${least},})`, 'y'),
    open: new RegExp(`(?<![A-Za-z0-9_])(?:${any})[${characters}]{0,${least}}$`, 'y'),
    more: asLongAs(new RegExp(`[${characters}]`)),
    exact: true,
  };
}

/** A private key goes on over lines of base64 and headers, indented, or with the ends of its lines escaped, to the marker at its end. */
const keyState = { marker: 0, begin: 1, line: 2, header: 3, escape: 4, end: 5, name: 6, close: 7 } as const;
function keyLines(state: number, byte: number): number {
  if (byte === code('\n') || byte === code('\r')) return keyState.begin;
  if (byte === code('\\')) return keyState.escape;
  const text = String.fromCharCode(byte);
  switch (state) {
    case keyState.marker:
      return stop;
    case keyState.begin:
      if (/[ \t"'+|>]/.test(text)) return keyState.begin;
      return text === '-' ? keyState.end : /[A-Za-z0-9+/=]/.test(text) ? keyState.line : stop;
    case keyState.line:
      return text === ':' ? keyState.header : /[A-Za-z0-9+/=-]/.test(text) ? keyState.line : stop;
    case keyState.header:
      return text === '"' ? stop : keyState.header;
    case keyState.escape:
      return /[nr]/.test(text) ? keyState.begin : stop;
    case keyState.end:
      return text === '-' ? keyState.end : /[A-Z]/.test(text) ? keyState.name : stop;
    case keyState.name:
      return text === '-' ? keyState.close : /[A-Z0-9 ]/.test(text) ? keyState.name : stop;
    default:
      // Five dashes close the marker.
      if (text !== '-') return stop;
      return state === keyState.close + 3 ? last : state + 1;
  }
}

/** Within quotes, to the closing one or the end of the line. */
function untilQuote(quote: string): More {
  return (state, byte) => {
    if (byte === code('\n') || byte === code('\r')) return stop;
    if (state === 1) return 0;
    if (byte === code('\\')) return 1;
    return byte === code(quote) ? stop : 0;
  };
}

/** How long a value is looked at before it is a secret whatever comes. */
const known = 200;

/** Names of what holds a password, and of what holds another secret; the word before some of them says that they hold none. */
const password = '(?:(?:passw(?:or)?d|passphrase|(?<=[_-])pass)\\d{0,3}|(?<=[A-Za-z0-9][_-]?|[;"\'])pwd)';
const other =
  '(?:(?<!\\d:)secret(?:[_-]?(?:access[_-]?)?key|[_-]?string|[_-]?value|\\d{1,3})?' +
  '|(?<!(?:next|nation|nuation|request|resume|sync|page|starting|idempotency)[_-]?)token(?:\\d{1,3})?' +
  '|(?<=(?:api|access|account|private|encryption|signing|master|auth)[_-]?)key)';
/** What stands between the name and the value, after the quote that may close the name. An option of a command line gives it after a blank. */
const sign = (signs: string): string => `\\\\{0,3}["']?[ \\t]{0,4}(?:${signs})[ \\t]{0,4}`;
const equals = sign('=>|:=|==?');
const equalsOrColon = sign('=>|:=|==?|:');
const option = '(?<=--[A-Za-z0-9-]{0,40})[ \\t]{1,4}(?!-)';
/** A value without quotes, up to what ends a word in a shell, in JSON, YAML or a URL. A comma ends it where another name follows. */
const first = '[^\\s"\'`&;<>|(){}\\[\\],\\\\]';
const rest = `(?:${first}|\\\\[^\\s]|,(?=${first})(?![A-Za-z_]\\w{0,30}[=:]))`;
const word = (after = ''): string => `(${first}(?:${rest}{${known}}|${rest}{4,${known - 1}}(?=[\\s"'\`&;<>|){}\\],\\\\]|$)${after}))`;
const beginOfWord = `(?:${first}${rest}{0,${known}}\\\\?)?`;
const inWord = asLongAs(/[^\s"'`&;<>|(){}[\]\\,]/);

/** A short name with what may stand after it. */
const closed = (name: string): readonly string[] => Array.from('=: \t"\'\\', (character) => name + character);

/** A value after a name, in each of the ways in which programs and people write that. */
function assigned(what: string, { name, anchors, refuse }: { name: string; anchors: readonly string[]; refuse: Rule['refuse'] }): readonly Rule[] {
  const rule = (between: string, value: string, begun: string, more: More): Rule => ({
    what,
    anchors,
    pattern: new RegExp(`${name}${between}${value}`, 'iy'),
    open: new RegExp(`(?:pass|pwd|secr|toke|key)[a-z0-9_-]{0,24}\\\\{0,3}["']?[ \\t]{0,4}[:=]?[=>]?[ \\t]{0,4}${begun}$`, 'iy'),
    more,
    settled: known,
    ...(refuse !== undefined && { refuse }),
    exact: false,
  });
  const quoted = (quote: string): Rule => {
    const value = `${quote}((?:[^${quote}\\\\\\r\\n]|\\\\[^\\r\\n]){5,${known}})`;
    // SQL has no sign between the two.
    return rule(`(?:${equalsOrColon}|[ \\t]{1,4})`, value, `(?:${quote}(?:[^${quote}\\\\\\r\\n]|\\\\[^\\r\\n]?){0,${known}})?`, untilQuote(quote));
  };
  return [
    quoted('"'),
    quoted("'"),
    // JSON within JSON.
    rule(equalsOrColon, `\\\\{1,3}"([^"\\\\\\r\\n]{5,${known}})`, `(?:\\\\{1,3}"?[^"\\\\\\r\\n]{0,${known}})?`, asLongAs(/[^"\\\r\n]/)),
    rule(`(?:${equals}|${option})`, word(), beginOfWord, inWord),
    // Words after a colon are prose, unless the first of them has a digit or ends the line.
    rule(equalsOrColon, `(?=${first}{0,64}\\d)${word()}`, beginOfWord, inWord),
    rule(equalsOrColon, word(`(?=["',}\\]]{0,2}[ \\t]{0,2}(?:[\\r\\n]|$))`), `${beginOfWord}["',}\\]]{0,2}[ \\t]{0,2}`, inWord),
  ];
}

/** Variables, calls, places, patterns of formats, stars: what stands where a value will be, and names a secret without being one. */
const placeholder =
  /^(?:\$[({A-Za-z_0-9@*]|[<{]|%[({sdv]|!(?:Ref|Sub|GetAtt)|\*\*|\.\.\.|\xe2\x80[\xa2\xa6]|x{3,}$|\[(?:secret|redacted|masked|hidden)|\\[$"'n]|process\.env|os\.environ|env[.[:(]|getenv|current_setting|arn:|file:|vault:|ssm:|rds!|https?:)/i;
const references = /[$][({]|\{\{|\}\}|^[A-Za-z_]\w*(?:\.\w+)*\.\w*(?:password|passwd|secret|token|value|key)$/i;
const standIn = new RegExp(
  `^(?:${[
    'pass(?:word|wd|phrase)?|pwd|secrets?|tokens?|value|none|null|nil|true|false|undefined|unknown|default|empty|unset|missing|hidden|masked|redacted',
    'required|optional|string|varchar|bytea|boolean|number|object|example|change-?me|your[-_a-z]*|invalid|incorrect|wrong|expired|rotated|updated|changed',
    'accepted|rejected|stdin|prompt|keyring|environment|authentication|encryption|md5|scram-sha-256|trust',
  ].join('|')})$`,
  'i',
);

function standsForPassword(value: string): boolean {
  return placeholder.test(value) || references.test(value) || standIn.test(value);
}

/** Other values are names more often than not: of words, without much of digits. */
function noSecret(value: string): boolean {
  if (standsForPassword(value) || value.length < 8) return true;
  if (!/\d/.test(value)) return value.length < 20 || !/[a-z]/.test(value) || !/[A-Z]/.test(value) || /[ _./-]/.test(value);
  return !/[A-Za-z]/.test(value) || /^\/|^[a-z]*\d{0,4}(?:[-_./:! ][a-z]*\d{0,4})+$/i.test(value) || /\s/.test(value);
}

/** Keys in AWS's own examples end with EXAMPLE. */
const rulesOfAws: readonly Rule[] = [
  // docs.aws.amazon.com, IAM User Guide, "IAM identifiers": the prefixes of unique ids.
  {
    what: 'the id of an AWS access key',
    anchors: ['akia', 'asia'],
    pattern: /(?<![A-Za-z0-9])((?:AKIA|ASIA)[A-Z2-7]{16})(?![A-Za-z0-9])(?<!EXAMPLE)/y,
    open: /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{0,16}$/y,
    exact: true,
  },
  // The name of the setting and 40 characters of base64, as the AWS CLI writes them in each of its formats.
  {
    what: 'an AWS secret key',
    anchors: ['secret'],
    pattern: /secret_?access_?key[ \t|"'\\=:>]{1,40}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])(?<!EXAMPLEKEY)/iy,
    open: /(?:secr|secre|secret[a-z_]{0,16})(?:[ \t|"'\\=:>]{1,40}[A-Za-z0-9/+]{0,40})?$/iy,
    exact: true,
  },
  // How the tokens of STS begin: base64 of the same first bytes.
  token('an AWS session token', ['IQoJb3JpZ2lu', 'FwoGZXIvYXdz', 'FQoGZXIvYXdz'], 'A-Za-z0-9/+=', 60),
];

/** Every kind, the exact ones first. */
export const rules: readonly Rule[] = [
  ...rulesOfAws,
  // docs.github.com, "About authentication to GitHub": GitHub's token formats.
  token('a GitHub token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 'A-Za-z0-9', 36),
  token('a GitHub token', ['github_pat_'], 'A-Za-z0-9_', 60),
  // docs.gitlab.com, "Token overview": token prefixes.
  token('a GitLab token', ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glsoat-', 'glcbt-', 'glft-', 'glimt-', 'glagent-'], 'A-Za-z0-9_.-', 20),
  // api.slack.com, "Token types".
  token('a Slack token', ['xoxa-', 'xoxb-', 'xoxe-', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-', 'xoxe.xoxp-'], 'A-Za-z0-9-', 20),
  // docs.stripe.com, "API keys", "Webhooks".
  token('a Stripe key', ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'], 'A-Za-z0-9', 16),
  // docs.npmjs.com, "About access tokens".
  token('an npm token', ['npm_'], 'A-Za-z0-9', 36),
  // cloud.google.com, "Manage API keys"; developers.google.com, "OAuth 2.0".
  token('a Google key', ['AIza'], 'A-Za-z0-9_-', 35),
  token('a Google token', ['ya29.', 'GOCSPX-'], 'A-Za-z0-9_-', 24),
  // RFC 7519: base64url of `{"`, a dot, and what it says.
  {
    what: 'a JSON web token',
    anchors: Array.from('abcdefghijklmnopqrstuvwxyz0123456789', (character) => `eyj${character}`),
    pattern: /(?<![A-Za-z0-9_+/-])(eyJ[A-Za-z0-9_-]{8,1024}\.eyJ[A-Za-z0-9_-]{8,})/y,
    open: /(?<![A-Za-z0-9_+/-])eyJ[A-Za-z0-9_-]{0,1024}(?:\.(?:e(?:y(?:J[A-Za-z0-9_-]{0,8})?)?)?)?$/y,
    more: asLongAs(/[A-Za-z0-9_.-]/),
    exact: true,
  },
  // RFC 7468, RFC 1421 and RFC 4880.
  {
    what: 'a private key',
    anchors: ['-----begin'],
    pattern: /(-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----)/y,
    open: /-----BEGIN[A-Z0-9 ]{0,60}-{0,5}$/y,
    more: keyLines,
    exact: true,
  },
  // RFC 3986: userinfo. The last @ before the path ends it, since not everybody encodes one in a password.
  {
    what: 'a password in a URL',
    anchors: Array.from('abcdefghijklmnopqrstuvwxyz0123456789+.-', (character) => `${character}://`),
    pattern: /[A-Za-z0-9+.-]:\/\/[^\s/:@"'`<>\\]{0,128}:([^\s/"'`<>]{1,256})(?=@[^\s/@])/y,
    open: /[A-Za-z0-9+.-]:\/\/[^\s/:@"'`<>\\]{0,128}(?::[^\s/"'`<>]{0,257})?$/y,
    refuse: (value) => placeholder.test(value) || /[{}]|^pass(?:word|wd)?$/i.test(value),
    exact: true,
  },
  // RFC 9110, "Authorization"; RFC 6750.
  {
    what: 'what an Authorization header holds',
    anchors: ['auth'],
    pattern:
      /authorization\\{0,3}["']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}["']?(?:bearer|basic|token|apikey|negotiate)[ \t]{1,4}([A-Za-z0-9._~+/=:-]{6,})/iy,
    open: /auth[a-z]{0,9}\\{0,3}["']?[ \t]{0,4}(?:[:=][ \t]{0,4}\\{0,3}["']?(?:[a-z]{0,9}|[a-z]{5,9}[ \t]{1,4}[A-Za-z0-9._~+/=:-]{0,6}))?$/iy,
    more: asLongAs(/[A-Za-z0-9._~+/=:-]/),
    refuse: (value) => standIn.test(value),
    exact: false,
  },
  {
    what: 'a bearer token',
    anchors: ['bearer'],
    pattern: /(?<!\w)bearer[ \t]{1,4}(?=[A-Za-z._~+/=-]{0,64}\d)([A-Za-z0-9._~+/=-]{16,})/iy,
    open: /(?<!\w)bearer[ \t]{0,4}[A-Za-z0-9._~+/=-]{0,64}$/iy,
    more: asLongAs(/[A-Za-z0-9._~+/=-]/),
    exact: false,
  },
  ...assigned('a password', { name: password, anchors: ['pass', ...closed('pwd')], refuse: standsForPassword }),
  ...assigned('a key or token', { name: other, anchors: ['secr', 'toke', ...closed('key')], refuse: noSecret }),
];
