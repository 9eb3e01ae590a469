import { createHash, scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Fact } from '../../engine/core/event.ts';
import { Fault } from '../../engine/fault.ts';
import { Secrets, seal } from '../../engine/runtime/secrets.ts';

const secrets = new Secrets(['studs-and-tubes']);
secrets.set('token', 'minifigure');

const ended = (more: Partial<Extract<Fact, { type: 'attempt-ended' }>>): Fact => ({
  type: 'attempt-ended',
  frame: 0,
  step: 'minifigure',
  purpose: 'run',
  attempt: 1,
  outcome: { kind: 'exited', code: 0 },
  unmet: [],
  patterns: [],
  values: {},
  remarks: [],
  log: { bytes: 0, sha256: 'minifigure' },
  ...more,
});

describe('secrets', () => {
  test('are known by name, for the environment of the steps', () => {
    expect(secrets.names()).toEqual(['token']);
    expect(secrets.get('token')).toBe('minifigure');
    expect(secrets.get('other')).toBeUndefined();
  });

  test('are masked in texts and streams, those of the stage and those that were given', () => {
    expect(secrets.clean('psql studs-and-tubes minifigure')).toBe('psql [secret] [secret]');
    const stream = secrets.redactor();
    const parts = ['mini', 'fig', 'ure!'].map((part) => Buffer.from(stream.push(Buffer.from(part))).toString());
    expect(parts.join('') + Buffer.from(stream.end()).toString()).toBe('[secret]!');
  });
});

test('secrets of the stage that come later are masked from then on, and the first ones still', () => {
  const stage = new Secrets(['studs-and-tubes']);
  stage.set('token', 'minifigure');
  stage.add(['studs-and-tubes', 'renewed-session']);
  expect(stage.clean('studs-and-tubes renewed-session minifigure')).toBe('[secret] [secret] [secret]');
});

describe('a fact', () => {
  test.for<[what: string, fact: Fact, clean: object]>([
    ['an error', ended({ error: { code: 'X', message: 'bad minifigure' } }), { error: { code: 'X', message: 'bad [secret]' } }],
    ['a failing command', ended({ failedAt: { line: 3, command: 'echo minifigure' } }), { failedAt: { line: 3, command: 'echo [secret]' } }],
    ['a remark', ended({ remarks: ['minifigure left'] }), { remarks: ['[secret] left'] }],
    ['why a process was lost', ended({ outcome: { kind: 'lost', why: 'minifigure' } }), { outcome: { kind: 'lost', why: '[secret]' } }],
    ['a note', { type: 'note-added', operator: 'admin', text: 'it is minifigure' }, { text: 'it is [secret]' }],
    ['a reason', { type: 'run-stopped', because: 'operator', reason: 'minifigure' }, { reason: '[secret]' }],
  ])('loses the secrets in %s', ([, fact, clean]) => expect(secrets.cleanFact(fact)).toMatchObject(clean));

  test('loses the secrets of a variable, whatever the variable is called', () => {
    const values = { folder: 'minifigure', step: 'minifigure', target: 'a minifigure' };
    expect(secrets.cleanFact(ended({ values }))).toMatchObject({ values: { folder: '[secret]', step: '[secret]', target: 'a [secret]' } });
  });

  test('keeps names, ids, hashes and patterns, which are looked for again later', () => {
    const fact = ended({ patterns: ['minifigure'], unmet: ['minifigure'] });
    expect(secrets.cleanFact(fact)).toEqual(fact);
    const started: Fact = {
      type: 'run-started',
      run: 'minifigure',
      document: 'runbooks/minifigure.md',
      asIs: false,
      procedures: ['minifigure'],
      stage: 'minifigure',
      selection: { from: 'minifigure', only: ['minifigure'], readOnly: false },
      variables: { cluster: 'minifigure' },
      operator: 'minifigure',
      host: 'minifigure',
      engine: '0.1.0',
      files: { 'runbooks/minifigure.md': 'minifigure' },
      reason: 'new minifigure',
    };
    expect(secrets.cleanFact(started)).toEqual({ ...started, reason: 'new [secret]' });
  });

  test('that a secret was given keeps its name and its seal', () => {
    const fact: Fact = { type: 'value-given', name: 'minifigure', from: '$MINIFIGURE', secret: seal('minifigure') };
    expect(secrets.cleanFact(fact)).toEqual(fact);
  });

  test('that gives an input a value with a secret in it is refused: masked, another value would be used', () => {
    const given = (): Fact => secrets.cleanFact({ type: 'value-given', name: 'box', from: '--var', value: 'a minifigure box' });
    expect(given).toThrow(Fault);
    expect(given).toThrow('The value of box holds a secret of this run');
    expect(() => secrets.cleanFact({ type: 'value-given', name: 'box', from: '--var', value: 'a box' })).not.toThrow();
  });
});

describe('a seal', () => {
  test('tells the same value from another one, and does not hold it', () => {
    const sealed = seal('minifigure');
    expect(seal('minifigure', sealed.salt)).toEqual(sealed);
    expect(seal('minifigures', sealed.salt).sha256).not.toBe(sealed.sha256);
    expect(seal('minifigure').sha256).not.toBe(sealed.sha256);
    expect(JSON.stringify(sealed)).not.toContain('minifigure');
  });

  test('takes 16 MB and 16,384 rounds to try a value against', () => {
    const { salt, sha256 } = seal('minifigure');
    const key = scryptSync('minifigure', salt, 32, { N: 16_384, r: 8, p: 1 });
    expect(sha256).toBe(createHash('sha256').update(key).digest('hex'));
  });
});
