import { describe, expect, test } from 'vitest';
import { stretchOf, within } from '../../engine/core/onward.ts';
import type { Step } from '../../engine/core/plan.ts';
import { companion, planOf, procedure, runbook, step } from './plan-builder.ts';
import { exit, Rehearsal } from './rehearsal.ts';

const planWith = (...steps: readonly Step[]) =>
  planOf({ documents: [runbook([procedure('first', ...steps), procedure('second', step('later', 'low'))])] });
const onward = { kind: 'run', how: 'onward' } as const;

describe('running on', () => {
  test('is recorded as what it is, beside what a key confirmed', () => {
    const run = new Rehearsal(planWith(step('a', 'low'), step('b', 'low'))).does().answer(onward).start().finish();
    const { frames } = run.run;
    expect(frames[0]?.steps.a?.attempts[0]?.how).toBe('key');
    expect(frames[0]?.steps.b?.attempts[0]?.how).toBe('onward');
  });

  test.each([
    ['changes something', step('a', 'medium')],
    ['wants its value typed', step('a', 'low', { retype: 'lego' })],
    ['needs the terminal', step('a', 'low', { tty: true })],
  ])('does not confirm a step that %s', (_what, only) => {
    const run = new Rehearsal(planWith(only));
    const { question } = run;
    const typed = question.kind === 'confirm' && question.typed !== undefined ? { typed: question.typed } : {};
    expect(run.refused({ ...onward, ...typed })).toBe('Step a has to be confirmed by itself.');
    expect(stretchOf(run.plan, run.run, question)).toBeUndefined();
  });

  test('confirms neither an undo nor a dry run', () => {
    const both = planWith(step('a', 'low', { rollback: companion('undo\n'), dryRun: companion('would\n') }));
    expect(new Rehearsal(both).answer({ kind: 'dry-run' }).refused(onward)).toBe('Step a has to be confirmed by itself.');
    expect(new Rehearsal(both).does(exit(1)).choose('rollback').refused(onward)).toBe('Step a has to be confirmed by itself.');
  });

  test('goes as far as the procedure in which it began', () => {
    const run = new Rehearsal(planWith(step('a', 'low'), step('b', 'low'), step('c', 'medium')));
    const stretch = stretchOf(run.plan, run.run, run.question);
    expect(stretch).toEqual({ frame: 0, anchor: 'first' });
    if (stretch === undefined) throw new Error('It is offered.');
    const goesOn = () => within(stretch, run.plan, run.run, run.question);
    expect(goesOn()).toBe(true);
    run.does();
    expect(goesOn()).toBe(true);
    run.does(exit(1));
    expect(goesOn(), 'a failure').toBe(false);
    run.choose('retry').does();
    expect(goesOn(), 'a step that changes something').toBe(false);
    run.does();
    expect(run.now).toBe('confirm later');
    expect(goesOn(), 'another procedure').toBe(false);
  });
});
