import { expect, test } from 'vitest';
import { type Diagnostic, formatDiagnostic } from '../../engine/document/diagnostic.ts';

function at(column: number, length: number, more: Partial<Diagnostic> = {}): Diagnostic {
  return { severity: 'error', rule: 'value', message: 'Not valid.', place: { path: 'runbooks/x.md', line: 1, column }, length, ...more };
}

test('a diagnostic is printed with its place, the line, carets below it and the hint', () => {
  expect(formatDiagnostic(at(13, 10, { hint: 'Write risk=high.' }), '```bash step=hihg-risk\n')).toMatchInlineSnapshot(`
    "runbooks/x.md:1:13 Not valid.
      \`\`\`bash step=hihg-risk
                  ^^^^^^^^^^
      Write risk=high."
  `);
});

test('a warning says that it is one', () => {
  expect(formatDiagnostic(at(1, 3, { severity: 'warning' }), 'abc')).toMatchInlineSnapshot(`
    "runbooks/x.md:1:1 Warning: Not valid.
      abc
      ^^^"
  `);
});

test('tabs do not shift the carets', () => {
  expect(formatDiagnostic(at(4, 2), '\ta\tbc\td')).toMatchInlineSnapshot(`
    "runbooks/x.md:1:4 Not valid.
          a   bc  d
              ^^"
  `);
});

test('wide and combined characters do not shift the carets', () => {
  expect(formatDiagnostic(at(8, 3), '東京 e\u0301🚀abc')).toMatchInlineSnapshot(`
    "runbooks/x.md:1:8 Not valid.
      東京 é🚀abc
              ^^^"
  `);
});

test('carets are as wide as what they mark', () => {
  expect(formatDiagnostic(at(2, 2), 'a東京b')).toMatchInlineSnapshot(`
    "runbooks/x.md:1:2 Not valid.
      a東京b
       ^^^^"
  `);
});

test('control characters of the document, the path and the message are shown instead of obeyed', () => {
  const hostile = at(8, 2, { message: 'Unknown key "\u{1b}[31m".', hint: 'Not \u{202e}', place: { path: 'x\u{1b}]0;.md', line: 1, column: 8 } });
  expect(formatDiagnostic(hostile, 'a\u{1b}[2Jb\u{202e}cd')).toMatchInlineSnapshot(`
    "x^[]0;.md:1:8 Unknown key "^[[31m".
      a^[[2Jb<U+202E>cd
                     ^^
      Not <U+202E>"
  `);
});

test('of a long line only the part around the place is shown', () => {
  expect(formatDiagnostic(at(201, 500), `${'a'.repeat(200)}${'b'.repeat(500)}${'c'.repeat(200)}`)).toMatchInlineSnapshot(`
    "runbooks/x.md:1:201 Not valid.
      …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
                                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
  `);
});

test('a long line is not cut through a character', () => {
  expect(formatDiagnostic(at(202, 1), `${'🚀'.repeat(100)} x${'🚀'.repeat(100)}`)).not.toContain('U+D');
  expect(formatDiagnostic(at(203, 2), `${'🚀'.repeat(100)} x ${'🚀'.repeat(100)}`)).not.toContain('U+D');
});

test('at the end of a line stands one caret', () => {
  expect(formatDiagnostic(at(4, 1), 'abc\nd')).toMatchInlineSnapshot(`
    "runbooks/x.md:1:4 Not valid.
      abc
         ^"
  `);
});

test('the line of a file with carriage returns and a byte order mark is found', () => {
  const second = { ...at(1, 1), place: { path: 'x.md', line: 2, column: 1 } };
  expect(formatDiagnostic(second, '\u{feff}a\r\nb\rc')).toMatchInlineSnapshot(`
    "x.md:2:1 Not valid.
      b
      ^"
  `);
  expect(formatDiagnostic(at(1, 1), '\u{feff}a\r\nb')).toMatchInlineSnapshot(`
    "runbooks/x.md:1:1 Not valid.
      a
      ^"
  `);
});

test('what is about the whole document has no line', () => {
  expect(formatDiagnostic(at(1, 0), 'abc')).toMatchInlineSnapshot(`"runbooks/x.md: Not valid."`);
});

test('without the source, or without that line in it, the place must do', () => {
  expect(formatDiagnostic(at(3, 1), undefined)).toBe('runbooks/x.md:1:3 Not valid.');
  expect(formatDiagnostic({ ...at(3, 1), place: { path: 'x.md', line: 9, column: 3 } }, 'abc')).toBe('x.md:9:3 Not valid.');
});
