import { describe, expect, test } from 'vitest';
import { apply, fold } from '../../engine/core/apply.ts';
import type { Event } from '../../engine/core/event.ts';
import { frameOf, stepOf } from '../../engine/core/frame.ts';
import { countsOf, resultOf } from '../../engine/core/result.ts';
import { longRuns } from './long-runs.ts';
import { companion, planOf, planWith, procedure, runbook, step } from './plan-builder.ts';
import { exit, Rehearsal, started, timedOut } from './rehearsal.ts';

const plan = planWith(step('show', 'low', { retries: 1 }), step('apply', 'high', { check: companion('test\n') }), step('analyze'));
const at = '2026-11-24T09:00:00.000Z';

describe('the fold', () => {
  test('gives the same run from a whole journal as event by event', () => {
    const run = new Rehearsal(plan).does(exit(1)).does().does().does().resume().does();
    expect(fold(plan, run.events)).toEqual(run.run);
  });

  test('is of no journal that begins with something else', () => {
    const [, second] = new Rehearsal(plan).does().events;
    expect(() => fold(plan, [])).toThrow('A run begins with run-started.');
    expect(() => fold(plan, second === undefined ? [] : [second])).toThrow('A run begins with run-started.');
  });

  test('changes nothing in a run or event that it was given', () => {
    const run = new Rehearsal(plan).does().does(timedOut);
    const before = structuredClone(run.run);
    const events = structuredClone(run.events);
    apply(plan, run.run, { type: 'run-resumed', operator: 'second', host: 'h', engine: '1', at });
    apply(plan, run.run, { type: 'changes-accepted', files: [{ path: 'a', sha256: 'b' }], at });
    apply(plan, run.run, { type: 'step-settled', frame: 0, step: 'apply', as: 'run-again', reason: 'x', at });
    apply(plan, run.run, { type: 'value-given', name: 'ticket', from: 'x', value: 'CHG-1', at });
    apply(plan, run.run, { type: 'value-given', name: 'token', from: 'x', secret: { salt: 's', sha256: 'x' }, at });
    apply(plan, run.run, { type: 'note-added', operator: 'first', text: 'x', at });
    fold(plan, run.events);
    expect(run.run).toEqual(before);
    expect(run.events).toEqual(events);
  });

  test('is told of a repair of the record, which changes nothing that happened', () => {
    const run = new Rehearsal(plan).does().run;
    const repaired = apply(plan, run, {
      type: 'record-repaired',
      logs: [{ attempt: 1, log: { bytes: 1, sha256: 'ab' } }],
      events: [3],
      head: 'cd',
      at,
    });
    expect(repaired).toEqual({ ...run, lastAt: at });
  });

  test('knows the stage, its variables and who began', () => {
    const variables = { acu: '4' };
    const staged = planOf({ documents: [runbook([procedure('migrate', step('apply'))])], stage: { region: 'us-east-1', variables } });
    const run = fold(staged, [
      { ...started(staged), ticket: 'CHG-1', reason: 'release', git: { commit: 'abc', dirty: true }, faults: ['throttled'], at },
    ]);
    expect(run).toMatchObject({
      id: 'r1',
      stage: 'staging',
      ticket: 'CHG-1',
      reason: 'release',
      git: { commit: 'abc', dirty: true },
      faults: ['throttled'],
      people: [{ operator: 'first', host: 'bastion', engine: '0.1.0' }],
    });
    expect(Object.entries(run.values).map(([name, value]) => [name, 'text' in value && value.text, value.origin])).toEqual([
      ['acu', '4', 'stage'],
      ['stage', 'staging', 'built-in'],
      ['run', 'r1', 'built-in'],
      ['operator', 'first', 'built-in'],
      ['region', 'us-east-1', 'built-in'],
    ]);
  });

  test('knows in which account and as whom each of those acts who drove it', () => {
    const caller = { account: '222222222222', arn: 'arn:aws:iam::222222222222:user/first' };
    const begun = fold(plan, [{ ...started(plan), ...caller, at }]);
    const resumed = apply(plan, begun, { type: 'run-resumed', operator: 'second', host: 'h', engine: '1', at });
    expect(resumed.people).toEqual([
      { operator: 'first', host: 'bastion', engine: '0.1.0', ...caller },
      { operator: 'second', host: 'h', engine: '1' },
    ]);
  });

  test('keeps notes, and an input that was given as nothing', () => {
    const run = new Rehearsal(plan).record(
      { type: 'note-added', operator: 'first', text: 'asked the team' },
      { type: 'value-given', name: 'x', from: 'y' },
    );
    expect(run.run.notes).toMatchObject([{ operator: 'first', text: 'asked the team' }]);
    expect(run.run.values.x).toMatchObject({ text: '' });
  });

  test('refuses a journal that no engine of this kind has written', () => {
    const begun: Event = { ...started(plan), at };
    expect(() => fold(plan, [])).toThrow('A run begins with run-started.');
    expect(() => fold(plan, [begun, begun])).toThrow('A run starts once.');
    expect(() => fold(plan, [begun, { type: 'retry-chosen', frame: 3, step: 'apply', at }])).toThrow('The run has no frame 3.');
    expect(() => fold(plan, [begun, { type: 'playbook-left', frame: 0, as: 'back', at }])).toThrow('Frame 0 is not a playbook.');
    expect(() => fold(plan, [{ ...begun, document: 'runbooks/other.md' }])).toThrow('The plan has no document runbooks/other.md.');
  });

  test('a frame or step that is not there is named', () => {
    const { run } = new Rehearsal(plan);
    expect(() => frameOf(run, 1)).toThrow('The run has no frame 1.');
    expect(() => stepOf(plan, frameOf(run, 0), 'appply')).toThrow('runbooks/database-operations.md has no step appply.');
  });
});

test.each(longRuns)('a journal of 100,000 events is folded: $name', ({ plan: which, journal }) => {
  const events = journal(100_000);
  const attempts = events.filter(({ type }) => type === 'attempt-ended').length;
  expect(fold(which, events).attempts).toBe(attempts);
});

describe('the result of a run', () => {
  test.each<readonly [string, (run: Rehearsal) => Rehearsal, string, object]>([
    ['that is under way', (run) => run.does(), 'open', { ok: 1 }],
    ['that came to its end', (run) => run.does().does().does().does(), 'finished', { ok: 3 }],
    ['with a step skipped', (run) => run.skip('x').does().does().does(), 'finished with exceptions', { skipped: 1, ok: 2 }],
    [
      'gone on after a failure',
      (run) => run.does(exit(1)).does(exit(1)).choose('override', 'x').does().does().does(),
      'finished with exceptions',
      { failed: 1, ok: 2 },
    ],
    [
      'with a step recovered',
      (run) => run.does(exit(1)).does(exit(1)).choose('retry').does().does().does().does(),
      'finished',
      { recovered: 1, ok: 2 },
    ],
    ['stopped at a failure', (run) => run.does(exit(1)).does(exit(1)).choose('stop'), 'failed', { failed: 1 }],
    ['stopped before a failed step was run again', (run) => run.does(exit(1)).does(exit(1)).choose('retry').stop(), 'stopped', {}],
    ['stopped by the operator', (run) => run.does().stop(), 'stopped', { ok: 1 }],
    ['with an unknown step', (run) => run.does().does(timedOut), 'unknown', { ok: 1, unknown: 1 }],
    ['whose unknown step is being checked', (run) => run.does().does(timedOut).choose('check').start(), 'unknown', { ok: 1, unknown: 1 }],
    ['stopped at an unknown step', (run) => run.does().does(timedOut).choose('stop'), 'unknown', { ok: 1, unknown: 1 }],
  ])('%s', (_name, act, result, counts) => {
    const { run } = act(new Rehearsal(plan));
    expect(resultOf(run)).toBe(result);
    expect(countsOf(run)).toEqual({ ok: 0, recovered: 0, skipped: 0, failed: 0, unknown: 0, ...counts });
  });
});
