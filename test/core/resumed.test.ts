import { expect, test } from 'vitest';
import { apply, fold } from '../../engine/core/apply.ts';
import type { Fact } from '../../engine/core/event.ts';
import { comparedAtResume } from '../../engine/core/resumed.ts';
import { planWith, step } from './plan-builder.ts';
import { started } from './rehearsal.ts';

const plan = planWith(step('apply'));
const at = '2026-11-24T09:00:00.000Z';
const person = { operator: 'first', host: 'bastion', engine: '0.1.0' };
const clean = { commit: 'a'.repeat(40), dirty: false };

type Resumed = Extract<Fact, { type: 'run-resumed' }>;

function compared(before: object, after: Omit<Resumed, 'type'>): readonly string[] {
  const event = { type: 'run-resumed', ...after, at } as const;
  const run = apply(plan, fold(plan, [{ ...started(plan), ...before, at }]), event);
  return comparedAtResume(run, event).map(({ what, before, now }) => `${what}: ${before === now ? 'same' : `${before} → ${now}`}`);
}

test('what is the same is told with what is not', () => {
  expect(compared({ git: clean }, { ...person, git: clean })).toEqual(['operator: same', 'host: same', 'engine: same', 'commit: same']);
  expect(compared({ account: '1', arn: 'a' }, { ...person, operator: 'second', host: 'laptop', account: '1', arn: 'b' })).toEqual([
    'operator: first → second',
    'host: bastion → laptop',
    'engine: same',
    'account: same',
    'acting as: a → b',
  ]);
});

test('what was there on one side only is a difference', () => {
  expect(compared({ account: '1' }, person)).toContain('account: 1 → none');
  expect(compared({}, { ...person, arn: 'b' })).toContain('acting as: none → b');
  expect(compared({}, { ...person, git: { ...clean, dirty: true } })).toContain('commit: none → aaaaaaaaaaaa with uncommitted changes');
  expect(compared({ git: clean }, person)).toContain('commit: aaaaaaaaaaaa → none');
});

test('whoever resumes a second time is compared with who did it last', () => {
  const events = ['second', 'second'].map((operator) => ({ type: 'run-resumed', ...person, operator, at }) as const);
  const run = fold(plan, [{ ...started(plan), at }, ...events]);
  expect(comparedAtResume(run, events[1] as (typeof events)[number])[0]).toEqual({ what: 'operator', before: 'second', now: 'second' });
  expect(run.left).toEqual({ at, status: { kind: 'open' } });
});
