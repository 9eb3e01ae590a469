import { expect, test } from 'vitest';
import type { Operator } from '../../engine/core/need.ts';
import { notified } from '../../engine/view/notify.ts';
import { planOn, played, production, questionOf, untilDrain } from './sample.ts';

const plan = planOn(production);
const { run } = played(plan, untilDrain(plan));
const question = questionOf(plan, run);
const said = { kind: 'stop', because: 'operator' } as const;

/** An operator who answers after a while by the clock, and what the terminal got. */
function called(desktop = true) {
  let now = 0;
  const written: string[] = [];
  let answersAfterMs = 0;
  const person: Operator = {
    async answer() {
      await Promise.resolve();
      now += answersAfterMs;
      return said;
    },
    accept: async () => true,
    renew: async () => true,
  };
  const { operator, ended } = notified(person, { write: (text) => void written.push(text), desktop, now: () => now });
  return {
    operator,
    ended,
    written,
    pass: (ms: number) => {
      now += ms;
    },
    thinks: (ms: number) => {
      answersAfterMs = ms;
    },
  };
}

const words = '\u{7}\u{1b}]9;runbook PRODUCTION database-operations: you are needed\u{7}';

test('a question that comes after more than 20 seconds calls the operator by bell and notification, in words of ours', async () => {
  const { operator, written, pass } = called();
  pass(25_000);
  expect(await operator.answer(plan, run, question, {})).toBe(said);
  expect(written).toEqual([words]);
});

test('changed files and a renewal are questions, too', async () => {
  const { operator, written, pass } = called();
  pass(25_000);
  await operator.accept(plan, run, []);
  pass(25_000);
  await operator.renew(plan, run, { why: '', hint: '' });
  expect(written).toEqual([words, words]);
});

test('nobody is called after a short wait, and the time in which the operator thought is none', async () => {
  const { operator, written, pass, thinks } = called();
  pass(19_000);
  thinks(60_000);
  await operator.answer(plan, run, question, {});
  pass(19_000);
  await operator.answer(plan, run, question, {});
  expect(written).toEqual([]);
});

test('the end of a run that took long calls, with its result', () => {
  const { ended, written, pass } = called();
  pass(20_000);
  ended(plan, { ...run, status: { kind: 'ended', result: 'finished' } });
  ended(plan, run);
  expect(written).toEqual([
    '\u{7}\u{1b}]9;runbook PRODUCTION database-operations: finished\u{7}',
    '\u{7}\u{1b}]9;runbook PRODUCTION database-operations: left, can be resumed\u{7}',
  ]);
});

test('a dumb terminal gets the bell alone', async () => {
  const { operator, written, pass } = called(false);
  pass(25_000);
  await operator.answer(plan, run, question, {});
  expect(written).toEqual(['\u{7}']);
});
