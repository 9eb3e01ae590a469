import { describe, expect, test } from 'vitest';
import type { Value } from '../../engine/core/run.ts';
import { declaredNames, pasteable, placeholders, reads, reservedName, resolve } from '../../engine/core/variables.ts';
import { block, companion, procedure, runbook, step } from './plan-builder.ts';

const text = (value: string): Value => ({ text: value, origin: 'input', from: 'test' });
const filled = (source: string, values: Readonly<Record<string, Value>>, language = 'bash') =>
  resolve(step('apply'), block(source, language), { declared: new Set(Object.keys(values).concat('absent')), values });

describe('placeholders', () => {
  test('are {words} that are neither the shell’s nor escaped', () => {
    const source = `a {stage} \${home} \\{no} {Not} {a-b} {n1_x} {{inner}} {}`;
    expect(placeholders(source).map(({ name }) => name)).toEqual(['stage', 'n1_x', 'inner']);
    expect(placeholders('a {stage}')).toEqual([{ name: 'stage', start: 2, end: 9 }]);
  });
});

describe('a value that is pasted', () => {
  test.each(['staging', 'a.b_c:/@+,=-9', '0'])('may be %s', (value) => {
    expect(pasteable(value)).toBe(true);
  });

  test.each(['', ' ', 'a b', '-rf', 'a--b', '$(id)', 'a;b', 'a\nb', 'ä', '*'])('may not be %j', (value) => {
    expect(pasteable(value)).toBe(false);
  });
});

describe('the names of variables', () => {
  test.each(['path', 'home', 'node_options', 'aws_profile', 'pghost', 'ld_preload', 'bash_env', 'database_url', 'runbook_step', 'ifs'])(
    '%s is refused, since it has a meaning in the environment',
    (name) => {
      expect(reservedName(name)).toBe(true);
    },
  );

  test.each(['cluster', 'snapshot', 'stage', 'my_path'])('%s is allowed', (name) => {
    expect(reservedName(name)).toBe(false);
  });

  test('a document declares the built-in ones, those of the stage, its inputs and its captures', () => {
    const place = { path: 'r.md', line: 1, column: 1 };
    const document = runbook([procedure('p', step('a', 'low', { capture: 'snapshot' }), step('b'))], {
      before: procedure('before-you-start', step('c', 'low', { capture: 'account' })),
      inputs: [{ name: 'ticket', meaning: '', allowed: { kind: 'text' }, place }],
    });
    const stage = { name: 'dev', sandbox: false, confirm: 'ask', onFailure: 'ask', variables: { acu: '4' } } as const;
    expect([...declaredNames(document, stage)]).toEqual(['stage', 'run', 'operator', 'region', 'acu', 'ticket', 'account', 'snapshot']);
  });
});

describe('a block with its values', () => {
  test('says which values were filled in, and leaves other {words} alone', () => {
    expect(filled("awk '{print}' {cluster}-{stage}-{cluster}\n", { cluster: text('lego'), stage: text('dev') })).toEqual({
      text: "awk '{print}' lego-dev-lego\n",
      used: [
        { name: 'cluster', value: text('lego') },
        { name: 'stage', value: text('dev') },
      ],
    });
  });

  test('is filled in once: what a value looks like is not read again', () => {
    expect(filled('{a}{b}', { a: text('x'), b: text('y') })).toMatchObject({ text: 'xy' });
  });

  test('waits for a value that is missing, in its host and in what is retyped too', () => {
    const missing = { kind: 'missing', name: 'absent' };
    expect(filled('{absent}', {})).toEqual(missing);
    expect(resolve(step('a'), block('{constructor}'), { declared: new Set(['constructor']), values: {} })).toEqual({
      kind: 'missing',
      name: 'constructor',
    });
    const scope = { declared: new Set(['absent']), values: {} };
    expect(resolve(step('a', 'high', { host: 'h-{absent}' }), block('x'), scope)).toEqual(missing);
    expect(resolve(step('a', 'high', { retype: 'r-{absent}' }), block('x'), scope)).toEqual(missing);
  });

  test.each([
    ['bash', 'Write "$NOTE" instead of {note}.'],
    ['sql', "Write current_setting('runbook.note') instead of {note}."],
  ])('refuses a value that may not be pasted, and says what to write in %s', (language, hint) => {
    expect(filled('{note}', { note: text(`${'x'.repeat(61)}'`) }, language)).toEqual({
      kind: 'impossible',
      message: `runbooks/database-operations.md:1: the value of {note} is "${'x'.repeat(60)}…". A value pasted into a command may hold only letters, digits and . _ : / @ + , = - and no leading or double hyphen.`,
      hint,
    });
  });

  test('never holds a secret', () => {
    expect(filled('{token}', { token: { secret: true, origin: 'input', from: 'typed' } })).toEqual({
      kind: 'impossible',
      message: 'runbooks/database-operations.md:1: {token} is a secret, and a secret is never pasted into a command.',
      hint: 'Write "$TOKEN" instead of {token}.',
    });
  });
});

describe('a step reads a variable', () => {
  test.each([
    ['pasted', step('a', 'low', { block: block('x {limit}\n') }), true],
    ['from the environment', step('a', 'low', { block: block('echo "$LIMIT"\n') }), true],
    ['in another language', step('a', 'low', { block: block('os.environ["LIMIT"]\n', 'python') }), true],
    ['in SQL', step('a', 'low', { block: block("SELECT current_setting('runbook.limit')\n", 'sql') }), true],
    ['in its check', step('a', 'low', { check: companion('test {limit}\n') }), true],
    ['in its undo', step('a', 'low', { rollback: companion('test $LIMIT\n') }), true],
    ['in its dry run', step('a', 'low', { dryRun: companion('test $LIMIT\n') }), true],
    ['in its host', step('a', 'low', { host: 'db-{limit}' }), true],
    ['in what is retyped', step('a', 'low', { retype: '{limit}' }), true],
    ['not where SQL has a keyword of that name', step('a', 'low', { block: block('SELECT 1 LIMIT 1\n', 'sql') }), false],
    ['not where another name only begins like it', step('a', 'low', { block: block('echo $LIMITS $MY_LIMIT\n') }), false],
  ])('%s', (_name, reader, expected) => {
    expect(reads(reader, 'limit')).toBe(expected);
  });
});
