import { describe, expect, test } from 'vitest';
import { block, companion, planWith, step } from './plan-builder.ts';
import { type End, exit, lostEnd, Rehearsal, timedOut } from './rehearsal.ts';

const stopped: End = { outcome: { kind: 'stopped' } };
const killed: End = { outcome: { kind: 'signalled', signal: 'SIGKILL' } };

describe('a failed step', () => {
  const apply = step('apply', 'high', { rollback: companion('undo\n', 8000) });

  test.each<readonly [string, End, string, string]>([
    ['an exit code', exit(3), 'exit', 'It ended with exit code 3.'],
    [
      'an exit code with a typed error',
      exit(1, { error: { code: '55P03', message: 'lock not available' }, failedAt: { line: 9, command: 'psql' } }),
      'exit',
      'lock not available',
    ],
    ['no start', { outcome: { kind: 'not-started', why: 'bash is too old' } }, 'not-started', 'bash is too old'],
    ['a value that cannot be used', exit(0, { badValue: 'It printed nothing.' }), 'value', 'It printed nothing.'],
    ['output that is not as expected', exit(0, { unmet: ['applied', '!ERROR'] }), 'expect', 'Its output is not as expected: applied; !ERROR'],
  ])('fails by %s', (_name, end, kind, message) => {
    const run = new Rehearsal(planWith(apply)).does(end);
    expect(run.step('apply')).toMatchObject({ state: { kind: 'failed' }, failure: { kind, message } });
    expect(run.choices).toEqual(['retry', 'rollback', 'override', 'stop']);
  });

  test('that only reads is failed, not unknown, when its time is up, it is stopped, or a signal ends it', () => {
    expect(new Rehearsal(planWith(step('show', 'low'))).does(timedOut).failure('show')).toBe('Its time was up.');
    expect(new Rehearsal(planWith(step('show', 'low'))).does(stopped).failure('show')).toBe('It was stopped by the operator.');
    expect(new Rehearsal(planWith(step('show', 'low'))).does(killed).step('show').failure).toMatchObject({
      kind: 'signal',
      message: 'It was ended by SIGKILL.',
    });
  });

  test('is confirmed again before it is run again, and counts as recovered, not as ok', () => {
    const run = new Rehearsal(planWith(apply)).does(exit(1)).choose('retry');
    expect(run.now).toBe('confirm apply');
    run.does();
    expect(run.step('apply')).toMatchObject({ state: { kind: 'recovered', by: 'retry' }, failure: { kind: 'exit' } });
    expect(run.run.status).toEqual({ kind: 'ended', result: 'finished' });
  });

  test('stays failed after its undo, which is confirmed like the step', () => {
    const run = new Rehearsal(planWith(apply)).does(exit(1)).choose('rollback');
    expect(run.now).toBe('confirm apply rollback');
    run.confirm();
    expect(run.need).toMatchObject({ kind: 'execution', purpose: 'rollback', timeoutMs: 8000, block: { text: 'undo\n' } });
    run.does();
    expect(run.state('apply')).toEqual({ kind: 'failed' });
    expect(run.choose('rollback').does(exit(1)).choices).toEqual(['retry', 'rollback', 'override', 'stop']);
    expect(run.step('apply').attempts.map((attempt) => attempt.purpose)).toEqual(['run', 'rollback', 'rollback']);
  });

  test('keeps its choices when the undo is declined', () => {
    const run = new Rehearsal(planWith(apply)).does(exit(1)).choose('rollback').skip('');
    expect(run.now).toBe('failure apply');
  });

  test('offers no undo whose values may not be pasted', () => {
    const drop = step('drop', 'high', { rollback: companion('restore {operator}\n') });
    const run = new Rehearsal(planWith(drop)).does(exit(1)).record({ type: 'value-given', name: 'operator', from: 'test', value: '--' });
    expect(run.choices).toEqual(['retry', 'override', 'stop']);
  });

  test('that was gone on after is an exception', () => {
    const run = new Rehearsal(planWith(apply, step('analyze'))).does(exit(1)).choose('override', 'the table is not used yet');
    expect(run.state('apply')).toEqual({ kind: 'overridden', reason: 'the table is not used yet' });
    expect(run.does().run.status).toEqual({ kind: 'ended', result: 'finished with exceptions' });
  });

  test('stops the run where it can be resumed', () => {
    const run = new Rehearsal(planWith(apply)).does(exit(1)).choose('stop');
    expect(run.run.status).toEqual({ kind: 'stopped', because: 'failure' });
    expect(run.resume().now).toBe('failure apply');
  });

  test('whose check says that the effect is not in place has failed, with what the check reported', () => {
    const checked = step('apply', 'medium', { check: companion('test\n') });
    const run = new Rehearsal(planWith(checked)).does().does(exit(1, { patterns: ['no such table'], error: { code: '42P01', message: 'gone' } }));
    expect(run.step('apply').failure).toEqual({
      kind: 'check',
      message: 'The command ended well, but its check says that the effect is not in place.',
      patterns: ['no such table'],
      error: { code: '42P01', message: 'gone' },
    });
    expect(run.choose('retry').does().does().state('apply')).toEqual({ kind: 'recovered', by: 'retry' });
  });
});

describe('a step whose end is unknown', () => {
  const apply = step('apply', 'medium', { check: companion('test\n') });

  test.each<readonly [string, 'low' | 'medium' | 'high', End, string]>([
    ['the time limit, risk=medium', 'medium', timedOut, 'it was ended because its time was up'],
    ['the time limit, risk=high', 'high', timedOut, 'it was ended because its time was up'],
    ['a stop', 'medium', stopped, 'it was stopped by the operator'],
    ['a signal from elsewhere', 'high', killed, 'it was ended by SIGKILL'],
    ['a lost machine', 'high', lostEnd, 'it may have ended or not: The machine was restarted.'],
    ['a lost machine, although it only reads', 'low', lostEnd, 'it may have ended or not: The machine was restarted.'],
  ])('after %s', (_name, risk, end, why) => {
    const run = new Rehearsal(planWith(step('apply', risk))).does(end);
    expect(run.question).toMatchObject({ kind: 'unknown', why });
    expect(run.choices).toEqual(['did-not-happen', 'happened', 'run-again', 'stop']);
  });

  test('is looked at before anything is said, and what its check says comes first', () => {
    const run = new Rehearsal(planWith(apply)).does(timedOut);
    expect(run.choices).toEqual(['check', 'did-not-happen', 'happened', 'run-again', 'stop']);
    run.choose('check');
    expect(run.now).toBe('execution apply check');
    expect(run.does().choices).toEqual(['happened', 'did-not-happen', 'check', 'run-again', 'stop']);
    expect(run.choose('check').does(exit(1)).choices).toEqual(['did-not-happen', 'happened', 'check', 'run-again', 'stop']);
    expect(run.choose('check').does(exit(2)).choices).toEqual(['check', 'did-not-happen', 'happened', 'run-again', 'stop']);
    expect(run.choose('check').does(timedOut).choices).toEqual(['check', 'did-not-happen', 'happened', 'run-again', 'stop']);
  });

  test.each<readonly [string, End]>([
    ['it was ended by SIGSEGV', { outcome: { kind: 'signalled', signal: 'SIGSEGV' } }],
    ['it did not start: no bash', { outcome: { kind: 'not-started', why: 'no bash' } }],
    ['it was stopped by the operator', stopped],
  ])('after a success that its check cannot confirm: %s', (how, end) => {
    expect(new Rehearsal(planWith(apply)).does().does(end).question).toMatchObject({
      kind: 'unknown',
      why: `the command ended well, but its check cannot tell (${how})`,
    });
  });

  test('that happened is ok; one that had failed before is recovered by the operator', () => {
    expect(new Rehearsal(planWith(apply)).does(timedOut).choose('happened', 'it is there').state('apply')).toEqual({
      kind: 'ok',
      settled: 'it is there',
    });
    const run = new Rehearsal(planWith(apply)).does(exit(1)).choose('retry').does(timedOut).choose('happened', 'it is there');
    expect(run.state('apply')).toEqual({ kind: 'recovered', by: 'operator', reason: 'it is there' });
  });

  test('that did not happen has failed, in the way that was seen', () => {
    const run = new Rehearsal(planWith(apply)).does(timedOut).choose('did-not-happen', 'no table');
    expect(run.step('apply')).toMatchObject({ state: { kind: 'failed', settled: 'no table' }, failure: { kind: 'timeout', message: 'no table' } });
    const lost = new Rehearsal(planWith(apply)).does(lostEnd).choose('did-not-happen', 'no table');
    expect(lost.step('apply').failure).toEqual({ kind: 'settled', message: 'no table', patterns: [] });
    const blind = new Rehearsal(planWith(apply)).does().does(exit(9)).choose('did-not-happen', 'no table');
    expect(blind.step('apply').failure).toEqual({ kind: 'settled', message: 'no table', patterns: [] });
  });

  test('is confirmed again before it is run again', () => {
    expect(new Rehearsal(planWith(apply)).does(timedOut).choose('run-again', 'it is safe').now).toBe('confirm apply');
  });

  test('stops the run and is unknown still when it is resumed', () => {
    const run = new Rehearsal(planWith(apply)).does(timedOut).choose('stop');
    expect(run.run.status).toEqual({ kind: 'stopped', because: 'unknown' });
    expect(run.resume().now).toBe('unknown apply');
  });

  test('stays unknown while its check runs and when the engine dies under it', () => {
    const run = new Rehearsal(planWith(apply)).does(timedOut).choose('check');
    expect(run.resume().now).toBe('execution apply check');
    expect(run.start().resume().now).toBe('reattachment apply check');
    expect(run.finish(lostEnd).now).toBe('unknown apply');
  });

  test('offers no check whose values may not be pasted', () => {
    const run = new Rehearsal(planWith(step('apply', 'medium', { check: companion('test {operator}\n') }))).does(timedOut);
    run.record({ type: 'value-given', name: 'operator', from: 'test', value: '--' });
    expect(run.choices).not.toContain('check');
  });
});

describe('an undo whose end is unknown', () => {
  const apply = step('apply', 'high', { rollback: companion('undo\n'), check: companion('test\n') });
  const undone = (end: End) => new Rehearsal(planWith(apply)).does(exit(1)).choose('rollback').does(end);

  test.each([
    ['happened', 'failure apply'],
    ['did-not-happen', 'failure apply'],
    ['run-again', 'confirm apply rollback'],
  ])('never makes the step done: %s', (as, now) => {
    const run = undone(timedOut);
    expect(run.question).toMatchObject({ kind: 'unknown', why: 'its undo was ended because its time was up' });
    run.choose(as, 'seen in the database');
    expect(run.now).toBe(now);
    expect(run.failure('apply')).toBe('It ended with exit code 1.');
  });

  test('happened when the check says that the effect is not in place', () => {
    expect(undone(lostEnd).choose('check').does(exit(1)).choices[0]).toBe('happened');
    expect(undone(lostEnd).choose('check').does(exit(0)).choices[0]).toBe('did-not-happen');
  });

  test('is forgotten when the step is run again', () => {
    const run = undone(lostEnd).choose('happened', 'undone').choose('retry').does(timedOut).choose('happened', 'applied');
    expect(run.state('apply')).toMatchObject({ kind: 'recovered', by: 'operator' });
  });

  test('of a step that only reads leaves it failed', () => {
    const show = step('show', 'low', { rollback: companion('undo\n') });
    expect(new Rehearsal(planWith(show)).does(exit(1)).choose('rollback').does(timedOut).now).toBe('failure show');
  });
});

describe('a step that is repeated without asking', () => {
  test('is repeated as often as it says, then it has failed', () => {
    const run = new Rehearsal(planWith(step('ping', 'low', { retries: 2 }))).does(exit(1));
    expect(run.need).toMatchObject({ kind: 'execution', step: 'ping', timeoutMs: 60_000, notBefore: run.run.lastAt });
    expect(run.does(exit(2)).does(exit(3)).failure('ping')).toBe('It ended with exit code 3.');
    expect(run.choose('retry').does(exit(1)).does(exit(1)).does().state('ping')).toEqual({ kind: 'recovered', by: 'retry' });
  });

  test('that ends well at last has not failed', () => {
    expect(new Rehearsal(planWith(step('ping', 'low', { retries: 2 }))).does(exit(1)).does().state('ping')).toEqual({ kind: 'ok' });
  });

  const wait = step('wait', 'low', { everyMs: 10_000, timeoutMs: 25_000 });

  test('is polled until its time is up: the time counts over all polls', () => {
    const run = new Rehearsal(planWith(wait));
    const begun = Date.parse(run.run.lastAt);
    run.does(exit(1));
    expect(Date.parse(run.run.lastAt) - begun).toBeLessThan(1100);
    expect(run.need).toMatchObject({
      kind: 'execution',
      timeoutMs: 25_000 - 11_001,
      notBefore: new Date(Date.parse(run.run.lastAt) + 10_000).toISOString(),
    });
    run.does(exit(1));
    expect(run.need).toMatchObject({ timeoutMs: 25_000 - 22_003 });
    run.does(exit(1, { error: { code: 'creating', message: 'It is being created.' } }));
    expect(run.step('wait').failure).toMatchObject({ kind: 'timeout', message: 'It did not succeed in time. It is being created.' });
  });

  test('is polled anew with all of its time when it is confirmed again', () => {
    const run = new Rehearsal(planWith(wait)).does(exit(1)).does(exit(1));
    run.accept();
    expect(run.now).toBe('confirm wait');
    run.does(exit(1)).does(exit(1));
    expect(run.need).toMatchObject({ kind: 'execution', timeoutMs: 25_000 - 22_003 });
  });

  test('goes on being polled when the run is resumed', () => {
    const run = new Rehearsal(planWith(wait)).does(exit(1)).resume();
    expect(run.now).toBe('execution wait run');
    expect(run.does().state('wait')).toEqual({ kind: 'ok' });
  });

  test('is polled at most as often as it says where it says both', () => {
    const run = new Rehearsal(planWith({ ...wait, retries: 1 })).does(exit(1));
    expect(run.need).toMatchObject({ notBefore: new Date(Date.parse(run.run.lastAt) + 10_000).toISOString() });
    expect(run.does(exit(4)).failure('wait')).toBe('It ended with exit code 4.');
  });

  test('is not repeated when the operator stopped it or it did not start', () => {
    expect(new Rehearsal(planWith(wait)).does(stopped).step('wait').failure).toMatchObject({
      kind: 'stopped',
      message: 'It was stopped by the operator.',
    });
    expect(new Rehearsal(planWith(wait)).does({ outcome: { kind: 'not-started', why: 'no bash' } }).failure('wait')).toBe('no bash');
  });

  test('asks when its end is lost', () => {
    expect(new Rehearsal(planWith(wait)).does(exit(1)).does(lostEnd).choose('run-again', 'it only reads').does(exit(1)).need).toMatchObject({
      kind: 'execution',
      timeoutMs: 25_000 - 11_001,
    });
  });

  test('is never repeated when it changes something', () => {
    expect(new Rehearsal(planWith(step('apply', 'medium', { retries: 3, everyMs: 5 }))).does(exit(1)).now).toBe('failure apply');
  });

  test('cannot go on when its value may not be pasted any more', () => {
    const run = new Rehearsal(planWith({ ...wait, block: block('wait {operator}\n') })).does(exit(1));
    run.record({ type: 'value-given', name: 'operator', from: 'test', value: '--' });
    expect(run.need.kind).toBe('impossible');
  });
});
