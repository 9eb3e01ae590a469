import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rules } from '../../engine/core/recognise.ts';
import { formsOf, recognisedRedactor, redactor, redactText, secretIn, withoutRecognised } from '../../engine/core/redact.ts';

const letters = 'a1B2'.repeat(9);
const key = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEpAIBAAKCAQEA+/b=\n  x9\n-----END RSA PRIVATE KEY-----`;
const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N';

describe('what looks like a secret is masked, and what names it stays', () => {
  test.each([
    ['the id of an AWS access key', `key AKIA${'Q7XY'.repeat(4)}.`, 'key [secret].'],
    ['an AWS secret key', `|  SecretAccessKey |  ${'wJal3/Xp'.repeat(5)}  |`, '|  SecretAccessKey |  [secret]  |'],
    ['an AWS session token', `token IQoJb3JpZ2lu${'aB3/'.repeat(20)}==`, 'token [secret]'],
    ['a GitHub token', `(ghp_${letters})`, '([secret])'],
    ['a GitHub token', `github_pat_${letters}_${letters}`, '[secret]'],
    ['a GitLab token', 'glpat-abcdefghij1234567890', '[secret]'],
    ['a Slack token', `xoxb-${'1234567890'.repeat(3)} x`, '[secret] x'],
    ['a Stripe key', `sk_live_${letters}`, '[secret]'],
    ['an npm token', `//registry/:_x=npm_${letters}`, '//registry/:_x=[secret]'],
    ['a Google key', `AIza${'Sy-1_'.repeat(7)}`, '[secret]'],
    ['a Google token', `ya29.${'a0Bx-'.repeat(6)}`, '[secret]'],
    ['a JSON web token', `t ${token};`, 't [secret];'],
    ['a private key', `a\n${key}\nb`, 'a\n[secret]\nb'],
    ['a private key', JSON.stringify({ key, x: 1 }), '{"key":"[secret]","x":1}'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIE\n\u00e9', '[secret]\u00e9'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE x', '[secret]x'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\\nMIIE\\x', '[secret]x'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nA: b"\n', '[secret]"\n'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\n-x', '[secret]x'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\n!', '[secret]!'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMI!', '[secret]!'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\n-----END K--x', '[secret]x'],
    ['a private key', '-----BEGIN PRIVATE KEY----- is its first line', '[secret] is its first line'],
    ['a password in a URL', 'postgres://user:pw@host/db', 'postgres://user:[secret]@host/db'],
    ['a password in a URL', 'redis://:p@ss@host:1', 'redis://:[secret]@host:1'],
    ['what an Authorization header holds', '> authorization: Basic dXNlcjpwYXNz', '> authorization: Basic [secret]'],
    ['a bearer token', 'curl -H "X: Bearer abcdefghijklmnop1"', 'curl -H "X: Bearer [secret]"'],
    ['a password', 'DB_PASSWORD=hunter2abc', 'DB_PASSWORD=[secret]'],
    ['a password', 'Uid=sa;Pwd=abc123;', 'Uid=sa;Pwd=[secret];'],
    ['a password', '{"password":"s3cr\\"et"}', '{"password":"[secret]"}'],
    ['a password', '"{\\"password\\":\\"Zx81!kk9\\"}"', '"{\\"password\\":\\"[secret]\\"}"'],
    ['a password', "ALTER ROLE app PASSWORD 'abcdef1';", "ALTER ROLE app PASSWORD '[secret]';"],
    ['a password', '--master-user-password hunter22 --x', '--master-user-password [secret] --x'],
    ['a password', 'password: correct-horse', 'password: [secret]'],
    ['a password', 'password: hunter22 and more', 'password: [secret] and more'],
    ['a password', 'Username=x,Password=y,abc1,Host=z', 'Username=x,Password=[secret],Host=z'],
    ['a password', 'https://h/?password=abc12&next=1', 'https://h/?password=[secret]&next=1'],
    ['a password', 'password="no end', 'password="[secret]'],
    ['a password', `password="${'a'.repeat(220)}\\"b" c`, 'password="[secret]" c'],
    ['a password', `password='${'a'.repeat(220)}\n x`, "password='[secret]\n x"],
    ['a password', `password=${'a'.repeat(220)} x`, 'password=[secret] x'],
    ['a key or token', 'api_key: "ab12cd34ef56"', 'api_key: "[secret]"'],
    ['a key or token', 'clientSecret=AbcdEfghIjklMnopQrstUvwx', 'clientSecret=[secret]'],
    ['a key or token', 'https://h/?token=abc12345def&next=1', 'https://h/?token=[secret]&next=1'],
  ])('%s: %s', (what, text, masked) => {
    expect(withoutRecognised(text)).toBe(masked);
    expect(secretIn(text, formsOf([], rules))).toBe(what);
    expect(withoutRecognised(masked)).toBe(masked);
  });
});

describe('what is no secret stays as it is', () => {
  test.each([
    'password=',
    'password={password} and "{password}"',
    `PGPASSWORD="$PGPASSWORD" password=$(cat /run/x) password=\${PASSWORD:-}`,
    'password: **** Password: •••••',
    'CREATE TABLE users (password text NOT NULL)',
    `sha256: ${'ab12'.repeat(16)}`,
    'run 20261122-140233-7f3k',
    'x-amzn-requestid: 123e4567-e89b-12d3-a456-426614174000',
    'NextToken: abc123def456ghi --client-request-token 20261122abc',
    'password: text("password"), const password = getPassword();',
    'password: what you typed before',
    'password authentication failed for user "app"',
    'secret: "lego-api-local-db-credentials" arn:aws:secretsmanager:eu-1:123:secret:lego-Ab1dEf',
    'secret: "rds!cluster-1a2b3c4d" token: request.token, token=1234567890 secret="two words 12"',
    '"secret":{"salt":"ab12","sha256":"cd34"}',
    'PGPASSFILE=/x/y/pgpass PWD=/home/x/yyy tokens: 123456789',
    'http://localhost:8080/x@y git@github.com:a/b https://u:{password}@h https://u:password@h',
    '--manage-master-user-password --apply-immediately',
    'AKIAIOSFODNN7EXAMPLE eyJhbGciOiJIUzI1NiJ9 ghp_short Bearer authentication-of-users',
    'authorization: Bearer password',
    'secret=abcdefgh key: value primary key=abc12345678',
  ])('%s', (text) => expect(withoutRecognised(text)).toBe(text));
});

describe('in a stream', () => {
  const bits = [
    ...[
      'password',
      '_pass',
      'pwd',
      'secret',
      'token',
      'api_key',
      'secret_access_key',
      '=',
      ': ',
      ' = ',
      '=>',
      '"',
      "'",
      '\\"',
      '\\',
      ' ',
      '\n',
      ',',
      '&',
    ],
    ...['hunter22', 'abc', 'a1b2c3d4e5f6', '$X', '****', 'https://', 'user:pw', '@host', '/', 'ghp_', letters, 'AKIA', 'QWERTYUIOPASDFGH', '.', '--'],
    ...[
      '-----BEGIN PRIVATE KEY-----',
      '-----END PRIVATE KEY-----',
      'MIIEpAIB',
      'Proc-Type: 4',
      'authorization',
      'Bearer',
      'Basic',
      'x'.repeat(190),
      'é',
      '[',
    ],
    ...['studs-and-tubes', 'studs-and', 'eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIx', 'words of prose', '(', '{'],
  ];
  const forms = formsOf(['studs-and-tubes'], rules);
  const through = (input: Uint8Array, places: readonly number[]): string => {
    const stream = redactor(forms);
    const all = [0, ...places.map((place) => place % (input.length + 1)).toSorted((a, b) => a - b), input.length];
    const parts = all.slice(1).map((end, index) => stream.push(input.subarray(all[index], end)));
    return Buffer.concat([...parts, stream.end()]).toString('latin1');
  };

  test('it is the same wherever the chunks are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...bits), { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 20 }), (parts, cuts) => {
        const input = Buffer.from(parts.join(''));
        const whole = through(input, []);
        expect(through(input, cuts)).toBe(whole);
        expect(
          through(
            input,
            Array.from(input, (_, index) => index),
          ),
        ).toBe(whole);
      }),
      { numRuns: 1500 },
    );
  });

  test('a line of 10 MB takes no memory, whether it is all secret or none of it is', () => {
    for (const [first, letter] of [
      ['password=', 'a'],
      ['', 'a'],
      ['', 'ey'],
    ] as const) {
      const stream = redactor(forms);
      const chunk = Buffer.from(letter.repeat(50_000));
      let out = stream.push(Buffer.from(first)).length;
      let held = first.length;
      for (let count = 0; count < 100; count++) {
        const given = stream.push(chunk).length;
        out += given;
        held += chunk.length - given;
        if (first === '') expect(held).toBeLessThan(2000);
      }
      out += stream.end().length;
      expect(out).toBe(first === '' ? 100 * chunk.length : 'password=[secret]'.length);
    }
  });

  test('a name stays with its value while a declared secret may begin between the two', () => {
    const long = formsOf([`word=${'a'.repeat(300)}`], rules);
    for (const [more, masked] of [
      ['b\n', 'password=[secret]\n'],
      [`${'a'.repeat(50)}\n`, 'pass[secret]\n'],
    ] as const) {
      const stream = redactor(long);
      const parts = [`password=${'a'.repeat(250)}`, more].map((text) => stream.push(Buffer.from(text)));
      expect(Buffer.concat([...parts, stream.end()]).toString()).toBe(masked);
    }
  });

  test('it tells whether it has found anything', () => {
    const stream = redactor(forms);
    stream.push(Buffer.from('nothing\n'));
    expect(stream.found()).toBe(false);
    stream.push(Buffer.from('password=hunter22\n'));
    expect(stream.found()).toBe(true);
    expect(redactor(undefined).found()).toBe(false);
    expect(redactText('x', undefined)).toBe('x');
    expect(secretIn('x studs-and-tubes', forms)).toBe('a secret of this run');
    expect(secretIn('x', undefined)).toBeUndefined();
  });
});

test('a stream of which nobody knows the declared secrets is masked by their shapes, wherever it is cut', () => {
  const github = `ghp_${'a1B2'.repeat(9)}`;
  const stream = recognisedRedactor();
  const parts = [stream.push(Buffer.from(`key ${github.slice(0, 9)}`)), stream.push(Buffer.from(`${github.slice(9)} end`)), stream.end()];
  expect(Buffer.concat(parts).toString()).toBe('key [secret] end');
});
