import { describe, expect, test } from 'vitest';
import type { ErrorMatch, Plan, Step, Symptom, Then } from '../../engine/core/plan.ts';
import { deepest } from '../../engine/core/suggest.ts';
import { companion, planOf, playbook, playbookPath, procedure, runbook, step, symptom } from './plan-builder.ts';
import { type End, exit, Rehearsal, timedOut } from './rehearsal.ts';

const entry = procedure('waits-for-lock', step('find-blocker', 'low'), step('end-blocker'));
const withThen = (then: Then, apply: Step = step('apply')): Plan =>
  planOf({ documents: [runbook([procedure('migrate', apply, step('analyze'))]), playbook([entry], [symptom('waits-for-lock', { then })])] });
const inside = (then: Then): Rehearsal => new Rehearsal(withThen(then)).does(exit(1)).choose('#waits-for-lock');
const returned = (then: Then): Rehearsal => inside(then).does().does();

describe('a playbook', () => {
  test('is opened for a failed step, runs its steps, and returns to it', () => {
    const run = inside('retry');
    expect(run.events.at(-1)).toMatchObject({
      type: 'playbook-entered',
      frame: 0,
      step: 'apply',
      opened: 1,
      target: { document: playbookPath, anchor: 'waits-for-lock' },
      then: 'retry',
      why: ['exit 1'],
      by: 'operator',
    });
    expect(run.step('apply').playbooks).toEqual([1]);
    expect(run.run.stack).toEqual([0, 1]);
    expect([run.now, run.does().now, run.does().now]).toEqual(['confirm find-blocker', 'confirm end-blocker', 'return 1']);
  });

  test.each<readonly [Then, readonly string[]]>([
    ['retry', ['retry', 'done', 'back', 'stop']],
    ['done', ['done', 'retry', 'back', 'stop']],
    ['stop', ['stop', 'retry', 'done', 'back']],
    ['ask', ['retry', 'done', 'back', 'stop']],
  ])('that says "%s" suggests that first', (then, choices) => {
    expect(returned(then).choices).toEqual(choices);
  });

  test('that is followed by a retry has recovered the step, which is confirmed again', () => {
    const run = returned('retry').choose('retry');
    expect(run.now).toBe('confirm apply');
    expect(run.does().state('apply')).toEqual({ kind: 'recovered', by: 'playbook' });
    expect(run.does().run.status).toEqual({ kind: 'ended', result: 'finished' });
  });

  test('that did the work of the step itself counts it as recovered; a reason is needed where the playbook does not say so', () => {
    expect(returned('done').choose('done').state('apply')).toEqual({ kind: 'recovered', by: 'playbook' });
    const run = returned('retry');
    const done = { kind: 'chosen', choice: { kind: 'done' }, by: 'operator' } as const;
    expect(run.refused(done)).toBe('A reason is needed: it goes into the record.');
    expect(run.choose('done', 'the blocker applied it').state('apply')).toEqual({
      kind: 'recovered',
      by: 'playbook',
      reason: 'the blocker applied it',
    });
  });

  test('can stop the run, which then goes on at the return', () => {
    const run = returned('stop').choose('stop');
    expect(run.run.status).toEqual({ kind: 'stopped', because: 'failure' });
    expect(run.resume().now).toBe('return 1');
  });

  test('that is left leads back to the failure; a retry by hand is not its merit', () => {
    const run = returned('ask').choose('back');
    expect(run.choices).toEqual(['#waits-for-lock', 'retry', 'override', 'stop']);
    expect(run.choose('retry').does().state('apply')).toEqual({ kind: 'recovered', by: 'retry' });
  });

  test('that fails itself has its own choices, the way back among them, and its failure is an exception', () => {
    const run = inside('retry').does().does(exit(2));
    expect(run.choices).toEqual(['retry', 'override', 'back', 'stop']);
    expect(run.choose('back').now).toBe('failure apply');
    expect(run.run.frames[1]?.left).toBe('back');
    expect(run.choose('retry').does().does().run.status).toEqual({ kind: 'ended', result: 'finished with exceptions' });
  });

  test('whose step was gone on after makes an exception of the run, not of the step below', () => {
    const run = inside('retry').does().does(exit(2)).choose('override', 'the blocker is gone').choose('retry').does().does();
    expect(run.state('apply')).toEqual({ kind: 'recovered', by: 'playbook' });
    expect(run.run.status).toEqual({ kind: 'ended', result: 'finished with exceptions' });
  });

  test('with a step whose end is unknown waits for that', () => {
    const run = inside('retry').does().does(timedOut);
    expect(run.stop().resume().now).toBe('unknown end-blocker');
    expect(run.choose('happened', 'the blocker is gone').now).toBe('return 1');
  });

  test('that did not help can be opened again, and is then asked of anew', () => {
    const run = returned('retry').choose('retry').does(exit(1)).choose('#waits-for-lock');
    expect(run.run.stack).toEqual([0, 2]);
    expect(run.now).toBe('confirm find-blocker');
  });

  test('goes on where it was when the run is resumed', () => {
    expect(inside('retry').does().resume().now).toBe('confirm end-blocker');
  });

  test('of an unknown step is not offered', () => {
    expect(new Rehearsal(withThen('retry')).does(timedOut).choices).toEqual(['did-not-happen', 'happened', 'run-again', 'stop']);
  });

  test('that holds no steps returns at once', () => {
    const plan = planOf({ documents: [runbook([procedure('migrate', step('apply'))]), playbook([procedure('nothing')], [symptom('nothing')])] });
    expect(new Rehearsal(plan).does(exit(1)).choose('#nothing').now).toBe('return 1');
  });

  test('uses the values of the run, and asks for what only it needs', () => {
    const place = { path: playbookPath, line: 3, column: 1 };
    const input = { name: 'blocker', meaning: 'Process id', allowed: { kind: 'number' }, place } as const;
    const stop = procedure('waits-for-lock', step('end-blocker', 'medium', { check: companion('gone {blocker} {stage}\n') }));
    const plan = planOf({
      documents: [runbook([procedure('migrate', step('apply'))]), playbook([stop], [symptom('waits-for-lock')], { inputs: [input] })],
    });
    const run = new Rehearsal(plan).does(exit(1)).choose('#waits-for-lock');
    expect(run.question).toEqual({ kind: 'input', frame: 1, input, usedBy: ['end-blocker'] });
    expect(run.value('4711').does().need).toMatchObject({ purpose: 'check', block: { text: 'gone 4711 staging\n' } });
  });
});

describe('playbooks in playbooks', () => {
  const entries = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh'];
  const plan = planOf({
    documents: [
      runbook([procedure('migrate', step('apply'))]),
      playbook(
        entries.map((anchor) => procedure(anchor, step(`mend-${anchor}`))),
        entries.map((anchor) => symptom(anchor)),
      ),
    ],
  });

  test('return one after the other', () => {
    const run = new Rehearsal(plan).does(exit(1)).choose('#first').does(exit(1)).choose('#second').does();
    expect(run.now).toBe('return 2');
    expect(run.choose('retry').now).toBe('confirm mend-first');
    expect(run.does().choose('retry').does().run.status).toEqual({ kind: 'ended', result: 'finished' });
    expect(run.state('mend-first', 1)).toEqual({ kind: 'recovered', by: 'playbook' });
  });

  test('never lead into an entry that is open, and not deeper than the limit', () => {
    const run = new Rehearsal(plan).does(exit(1));
    for (let depth = 1; depth < deepest; depth += 1) {
      expect(run.choices.filter((choice) => choice.startsWith('#'))).toEqual(entries.slice(depth - 1).map((anchor) => `#${anchor}`));
      run.choose(`#${entries[depth - 1]}`).does(exit(1));
    }
    expect(run.run.stack).toHaveLength(deepest);
    expect(run.choices).toEqual(['retry', 'override', 'back', 'stop']);
  });

  test('another entry can follow in the place of one that has ended', () => {
    const run = new Rehearsal(plan).does(exit(1)).choose('#first').does();
    expect(run.choices.slice(0, 4)).toEqual(['retry', 'done', '#second', '#third']);
    run.choose('#second');
    expect(run.run.stack).toEqual([0, 2]);
    expect(run.run.frames[1]?.left).toBe('back');
    expect(run.run.frames[2]?.opener).toMatchObject({ frame: 0, step: 'apply' });
    expect(run.does().choose('back').now).toBe('failure apply');
  });
});

describe('suggestions', () => {
  const suggested = (symptoms: readonly Symptom[], end: End, apply: Partial<Step> = {}): readonly unknown[] => {
    const documents = [
      runbook([procedure('migrate', step('apply', 'low', apply))]),
      playbook([procedure('lock', step('a')), procedure('drift', step('b')), procedure('wrong-sql', step('c'))], symptoms),
    ] as const;
    const { question } = new Rehearsal(planOf({ documents })).does(end);
    if (question.kind !== 'failure') return [];
    return question.choices.flatMap((choice) => {
      if (choice.kind !== 'playbook') return [];
      const { target, then, why, byRule } = choice.suggestion;
      return [{ entry: target.anchor, then, why, byRule }];
    });
  };
  const on = (entry: string, ...errors: readonly ErrorMatch[]): Symptom => symptom(entry, { errors });

  test.each<readonly [string, ErrorMatch, End, string, boolean]>([
    ['an exit code', { kind: 'exit', code: 3 }, exit(3), 'exit 3', true],
    ['a typed error', { kind: 'code', code: '55P03' }, exit(1, { error: { code: '55P03', message: '' } }), '55P03', true],
    ['the time limit', { kind: 'timeout' }, timedOut, 'timeout', false],
    ['unexpected output', { kind: 'expect' }, exit(0, { unmet: ['ok'] }), 'expect', false],
    ['a pattern in the output', { kind: 'pattern', pattern: 'lock.*' }, exit(9, { patterns: ['lock.*'] }), 'output has /lock.*/', false],
  ])('fit %s', (_name, error, end, why, byRule) => {
    expect(suggested([on('lock', error)], end)).toEqual([{ entry: 'lock', then: 'retry', why: [why], byRule }]);
  });

  test.each<readonly [string, ErrorMatch, End]>([
    ['another exit code', { kind: 'exit', code: 3 }, exit(4)],
    ['an exit code that did not fail the step', { kind: 'exit', code: 0 }, exit(0, { badValue: 'empty' })],
    ['another typed error', { kind: 'code', code: '55P03' }, exit(1, { error: { code: '42601', message: '' } })],
    ['no typed error', { kind: 'code', code: '55P03' }, exit(1)],
    ['an end in time', { kind: 'timeout' }, exit(1)],
    ['a pattern that is not in the output', { kind: 'pattern', pattern: 'lock' }, exit(1, { patterns: ['drift'] })],
  ])('do not fit %s', (_name, error, end) => {
    expect(suggested([on('lock', error)], end)).toEqual([]);
  });

  test('fit a check that says no', () => {
    const documents = [
      runbook([procedure('migrate', step('apply', 'low', { check: companion('test\n') }))]),
      playbook([entry], [on('waits-for-lock', { kind: 'check' })]),
    ] as const;
    expect(new Rehearsal(planOf({ documents })).does().does(exit(1)).choices[0]).toBe('#waits-for-lock');
  });

  const failureLink = { document: playbookPath, anchor: 'drift' };

  test('come in the order: rows that name the step, its failure link, rows for any step', () => {
    const rows = [symptom('wrong-sql'), symptom('lock', { steps: ['other', 'apply'] }), symptom('lock', { steps: ['other'] })];
    expect(suggested(rows, exit(1), { failureLink })).toEqual([
      { entry: 'lock', then: 'retry', why: ['step apply', 'exit 1'], byRule: true },
      { entry: 'drift', then: 'ask', why: ['the link of the step'], byRule: false },
      { entry: 'wrong-sql', then: 'retry', why: ['exit 1'], byRule: true },
    ]);
  });

  test('name an entry once, with all reasons; a row says what follows, the link does not', () => {
    const rows = [symptom('drift', { then: 'done', errors: [{ kind: 'pattern', pattern: 'x' }] }), symptom('drift', { then: 'stop' })];
    expect(suggested(rows, exit(1, { patterns: ['x'] }), { failureLink })).toEqual([
      { entry: 'drift', then: 'done', why: ['the link of the step', 'output has /x/', 'exit 1'], byRule: true },
    ]);
  });

  test('keep to the "ask" of a row that names the step', () => {
    const rows = [symptom('drift', { then: 'ask', steps: ['apply'] }), symptom('drift', { then: 'retry' })];
    expect(suggested(rows, exit(1))).toEqual([{ entry: 'drift', then: 'ask', why: ['step apply', 'exit 1'], byRule: true }]);
  });

  test('come from the playbook of the failure link too, and an entry without a heading goes by its anchor', () => {
    const other = playbook([], [symptom('gone')], { path: 'playbooks/other.md' });
    const linked = step('apply', 'low', { failureLink: { document: other.path, anchor: 'elsewhere' } });
    const alone = runbook([procedure('migrate', linked)], { frontMatter: { kind: 'runbook', requires: [], files: [] } });
    const { question } = new Rehearsal(planOf({ documents: [alone, other] })).does(exit(1));
    const titles = question.kind === 'failure' ? question.choices.map((choice) => (choice.kind === 'playbook' ? choice.suggestion.title : '')) : [];
    expect(titles.slice(0, 2)).toEqual(['elsewhere', 'gone']);
  });

  test('are titled by the heading of the entry', () => {
    const { question } = new Rehearsal(withThen('retry')).does(exit(1));
    expect(question).toMatchObject({ choices: [{ suggestion: { title: 'waits for lock', target: { document: playbookPath } } }, {}, {}, {}] });
  });
});
