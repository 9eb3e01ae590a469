import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact } from '../../engine/core/event.ts';
import { cleanError, cleanInPlace, Fault } from '../../engine/fault.ts';
import { Secrets } from '../../engine/runtime/secrets.ts';
import { canaryIn, formsOfCanary } from '../helpers/canary.ts';

/** Long enough that a half of it does not stand anywhere by chance. */
const canary = fc
  .string({ unit: fc.constantFrom(...'kK29!"\'$`\\/+&<>%= é'), minLength: 16, maxLength: 40 })
  .map((value) => `Qz7${value}7zQ`)
  .filter((value) => !/\s{2}/.test(value));
const cuts = fc.array(fc.nat(), { maxLength: 30 });
const between = fc.constantFrom('\n', ' ', ', ', '\t', '" : "', "'", '|');

describe('a canary', () => {
  test('is found by the search in each form, so that the search can fail', () => {
    fc.assert(
      fc.property(canary, (value) => {
        for (const form of formsOfCanary(value)) expect(canaryIn(Buffer.from(`a ${form} b`), value)).toBeDefined();
      }),
      { numRuns: 50 },
    );
  });

  test('never gets through a stream, in whatever form, mixture and chunks', () => {
    fc.assert(
      fc.property(canary, fc.array(fc.tuple(fc.nat(), between), { minLength: 1, maxLength: 12 }), cuts, (value, picks, where) => {
        const forms = formsOfCanary(value);
        const text = Buffer.from(picks.map(([pick, gap]) => `${forms[pick % forms.length]}${gap}`).join(''));
        const stream = new Secrets([value]).redactor();
        const places = [0, ...where.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
        const out = Buffer.concat([...places.slice(1).map((end, index) => stream.push(text.subarray(places[index], end))), stream.end()]);
        expect(canaryIn(out, value)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test('never gets into a fact: notes, reasons, errors, commands, remarks, values', () => {
    fc.assert(
      fc.property(canary, fc.nat(), (value, pick) => {
        const forms = formsOfCanary(value);
        const text = `it is ${forms[pick % forms.length]} `;
        const secrets = new Secrets([value]);
        const facts: readonly Fact[] = [
          { type: 'note-added', operator: 'first', text },
          { type: 'run-stopped', because: 'operator', reason: text },
          { type: 'step-attested', frame: 0, step: 'sort', done: true, note: text },
          {
            type: 'attempt-ended',
            ...{ frame: 0, step: 'sort', purpose: 'run', attempt: 1, unmet: [], patterns: [] },
            outcome: { kind: 'lost', why: text },
            error: { code: 'X', message: text },
            failedAt: { line: 1, command: text },
            values: { seen: text },
            badValue: text,
            remarks: [text],
            log: { bytes: 0, sha256: '' },
          },
        ];
        for (const fact of facts) expect(canaryIn(Buffer.from(JSON.stringify(secrets.cleanFact(fact))), value)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  test('is not in what is printed of an error: its words, its hint, its stack, its cause', () => {
    const value = 'Qz7-studs-and-tubes-7zQ';
    const clean = (text: string): string => new Secrets([value]).clean(text);
    const fault = cleanError(new Fault('record', `at ${value}`, { hint: `try ${value}`, cause: new Error(`no ${value}`) }), clean);
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ exit: 'record', message: 'at [secret]', hint: 'try [secret]' });
    expect(String(fault.cause)).toBe('Error: no [secret]');
    const bug = cleanError(new TypeError(`x ${value}`), clean);
    expect(`${bug.message}${bug.stack}`).not.toContain(value);
    const thrown = Object.assign(new Error(`x ${value}`, { cause: new Error(value) }), { detail: value, code: 1 });
    cleanInPlace(thrown, clean);
    expect(inspect(thrown)).not.toContain(value);
    expect(cleanError(`only ${value}`, clean).message).toBe('only [secret]');
  });
});
