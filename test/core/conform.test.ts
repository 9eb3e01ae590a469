import { describe, expect, test } from 'vitest';
import { conform } from '../../engine/core/conform.ts';
import type { Event, Fact } from '../../engine/core/event.ts';
import type { Plan, Step } from '../../engine/core/plan.ts';
import { block, companion, planOf, playbook, procedure, runbook, step, symptom } from './plan-builder.ts';
import { exit, lostEnd, Rehearsal, sha256 } from './rehearsal.ts';

const place = { path: 'runbooks/database-operations.md', line: 1, column: 1 };
const input = (kind: 'text' | 'secret') => ({ name: 'ticket', meaning: '', allowed: { kind }, place });
const rules = (plan: Plan) => ({ planOf: () => plan, hash: sha256, masked: false });

/** The breaches of a list of events, as `number: words`. */
function told(plan: Plan, events: readonly Event[], masked = false): readonly string[] {
  return conform(events, { ...rules(plan), masked }).map(({ event, what }) => `${event}: ${what}`);
}

/** A plan of one procedure, with a playbook of two entries for exit 1 and exit 2. */
function planWith(...steps: readonly Step[]): Plan {
  const symptoms = [symptom('lock'), symptom('drift', { errors: [{ kind: 'exit', code: 1 }] })];
  const entries = [procedure('lock', step('mend-lock')), procedure('drift', step('mend-drift'))];
  return planOf({ documents: [runbook([procedure('all', ...steps)], { inputs: [input('text')] }), playbook(entries, symptoms)] });
}

/** What a run would be told of a fact that comes next in it. */
function next(run: Rehearsal, fact: Fact): readonly string[] {
  return told(run.plan, [...run.events, { ...fact, at: '2026-11-25T00:00:00.000Z' }]).map((what) => what.replace(/^\d+: /, ''));
}

const a = { frame: 0, step: 'a' } as const;
const confirmed: Fact = { type: 'step-confirmed', ...a, purpose: 'run', how: 'key', sha256: sha256('echo a\n') };
const one = step('a');

describe('a run that the engine drove', () => {
  test('with a failure, two playbooks in a row, an undo, a retry and a resume is told to follow the rules', () => {
    const plan = planWith(step('a', 'medium', { rollback: companion('undo a\n') }), step('b', 'medium', { block: block('use {ticket}\n') }));
    const run = new Rehearsal(plan)
      .value('CHG-1')
      .does(exit(1))
      .choose('#lock')
      .does()
      .choose('#drift')
      .does()
      .choose('back')
      .choose('rollback')
      .does();
    run.choose('retry').does().stop().resume().does(lostEnd).choose('run-again', 'nothing is there').does();
    run.record({ type: 'note-added', operator: 'first', text: 'done' });
    expect(run.run.status.kind).toBe('ended');
    expect(told(plan, run.events)).toEqual([]);
  });

  test('is judged by the documents of each moment', () => {
    const before = planWith(one);
    const after = planWith(step('a', 'medium', { block: block('echo more\n') }));
    const run = new Rehearsal(before).accept(after, [{ path: before.document, sha256: 'v2' }]).does();
    const planAt = (files: Readonly<Record<string, string>>): Plan => (files[before.document] === 'v2' ? after : before);
    expect(conform(run.events, { ...rules(before), planOf: planAt })).toEqual([]);
    expect(told(before, run.events)[0]).toBe('3: Expected a confirmation of step a with the hash of its block, or what declines it.');
  });

  test('is told to follow the rules where it went from one playbook into another for a ground that has to be tested again', () => {
    const symptoms = [symptom('lock'), symptom('drift')];
    const entries = [procedure('lock', step('mend-lock')), procedure('drift', step('mend-drift'))];
    const ground = procedure('before-you-start', step('ground', 'low'));
    const plan = planOf({ documents: [runbook([procedure('all', one)], { before: ground }), playbook(entries, symptoms)] });
    const { events } = new Rehearsal(plan).does(exit(1)).choose('#lock').stop().resume().does().choose('#drift');
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['playbook-left', 'playbook-entered']);
    expect(told(plan, events)).toEqual([]);
    const entering = (change: object): readonly string[] =>
      told(
        plan,
        events.map((event, index) => (index === events.length - 1 ? { ...event, ...change } : event)),
      );
    const expected = [`${events.length}: Expected a confirmation of step ground with the hash of its block, or what declines it.`];
    expect(entering({ opened: 3 })).toEqual(expected);
    expect(entering({ target: { document: plan.document, anchor: 'all' } })).toEqual(expected);
  });

  test('on a typed stage is told to follow the rules: what was typed is not in the record', () => {
    const plan = planOf({ documents: [runbook([procedure('all', step('a', 'high'))]), playbook([], [])], stage: { confirm: 'typed' } });
    expect(told(plan, new Rehearsal(plan).does().events)).toEqual([]);
  });

  test('may have declined an undo without saying that it was one, as older records do', () => {
    const plan = planWith(step('a', 'medium', { rollback: companion('undo a\n') }));
    const run = new Rehearsal(plan).does(exit(1)).choose('rollback').skip();
    expect(told(plan, run.events)).toEqual([]);
    const [last] = run.events.slice(-1);
    expect(last).toMatchObject({ type: 'companion-declined', purpose: 'rollback' });
    const older: Event = { type: 'companion-declined', ...a, at: last?.at ?? '' };
    expect(told(plan, [...run.events.slice(0, -1), older])).toEqual([]);
  });
});

describe('an event that could not have come next is told, with what was expected', () => {
  const running = new Rehearsal(planWith(one)).confirm().start();
  const failed = new Rehearsal(planWith(one)).does(exit(1));
  const ended = new Rehearsal(planWith(one)).does();
  const stopped = new Rehearsal(planWith(one)).stop();
  const started: Fact = { type: 'attempt-started', ...a, purpose: 'run', attempt: 1, folder: 'attempts/1', sha256: sha256('echo a\n') };
  const over = { outcome: { kind: 'exited', code: 0 }, unmet: [], patterns: [], values: {}, remarks: [], log: { bytes: 0, sha256: '' } } as const;
  const manual = new Rehearsal(planWith(step('a', 'medium', { manual: true })));
  const asks = new Rehearsal(planWith(step('a', 'medium', { block: block('use {ticket}\n') })));
  const value: Fact = { type: 'value-given', name: 'ticket', from: 'a person', value: 'CHG-1' };
  const lost = new Rehearsal(planWith(one)).does(lostEnd);
  const inPlaybook = new Rehearsal(planWith(one)).does(exit(1)).choose('#lock');
  const checked = new Rehearsal(planWith(step('a', 'medium', { check: companion('test a\n') }))).confirm().start().finish();

  test.each<[string, Rehearsal, Fact, string]>([
    ['a start without a confirmation', new Rehearsal(planWith(one)), started, 'Expected a confirmation of step a with'],
    ['a confirmation of another block', new Rehearsal(planWith(one)), { ...confirmed, sha256: 'other' }, 'Expected a confirmation of step a with'],
    [
      'a confirmation of another step',
      new Rehearsal(planWith(one, step('b'))),
      { ...confirmed, step: 'b' },
      'Expected a confirmation of step a with',
    ],
    ['running on past a step that changes something', new Rehearsal(planWith(one)), { ...confirmed, how: 'onward' }, 'Expected a confirmation'],
    ['a start of another block', new Rehearsal(planWith(one)).confirm(), { ...started, sha256: 'other' }, 'Its block is not what'],
    ['a start with another number', new Rehearsal(planWith(one)).confirm(), { ...started, attempt: 2 }, 'Expected attempt 1, found 2.'],
    ['a start of a check', new Rehearsal(planWith(one)).confirm(), { ...started, purpose: 'check' }, 'Expected the start of step a.'],
    ['a run where its check has the word', checked, started, 'Expected the start of the check of step a.'],
    ['a second start', running, { ...started, attempt: 2 }, 'Expected the end of attempt 1, step a.'],
    ['the end of another attempt', running, { type: 'attempt-ended', ...a, purpose: 'run', attempt: 2, ...over }, 'Expected the end of attempt 1'],
    ['the end of a check', running, { type: 'attempt-ended', ...a, purpose: 'check', attempt: 1, ...over }, 'Expected the end of attempt 1'],
    ['changes while a step runs', running, { type: 'changes-accepted', files: [] }, 'Expected the end of attempt 1'],
    ['a value while a step runs', running, value, 'Expected the end of attempt 1'],
    ['a skip while a step runs', running, { type: 'step-skipped', ...a, by: 'operator', reason: 'so' }, 'Expected the end of attempt 1'],
    ['a value that nobody asked for', new Rehearsal(planWith(one)), value, 'Expected a confirmation'],
    ['another value than the one asked for', asks, { ...value, name: 'size' }, 'Expected a value for ticket.'],
    ['a secret that is not one', asks, { type: 'value-given', name: 'ticket', from: '', secret: { salt: '', sha256: '' } }, 'Expected a value'],
    ['an end in the middle', failed, { type: 'run-ended', result: 'finished' }, 'Expected a choice after the failure of step a.'],
    ['an override without a reason', failed, { type: 'failure-overridden', ...a, reason: ' ' }, 'Expected a choice after the failure'],
    ['a confirmation of what failed', failed, confirmed, 'Expected a choice after the failure'],
    ['a word on an end that is known', failed, { type: 'step-settled', ...a, as: 'happened', reason: 'seen' }, 'Expected a choice after'],
    ['a retry of an unknown step', lost, { type: 'retry-chosen', ...a }, 'Expected a word on the unknown end of step a.'],
    ['a confirmation of a manual step', manual, confirmed, 'Expected a word of the operator on step a.'],
    ['an undo that the step does not have', failed, { type: 'companion-chosen', ...a, purpose: 'rollback' }, 'Expected a choice after'],
    ['a dry run that it does not have', new Rehearsal(planWith(one)), { type: 'companion-chosen', ...a, purpose: 'dry-run' }, 'Expected a confirm'],
    [
      'a step of a playbook left out',
      inPlaybook,
      { type: 'playbook-left', frame: 1, as: 'retry' },
      'Expected a confirmation of step mend-lock (frame 1)',
    ],
    [
      'a return to another frame',
      inPlaybook.fork().does(),
      { type: 'playbook-left', frame: 0, as: 'retry' },
      'Expected the return from the playbook of',
    ],
    ['a second beginning', failed, { ...failed.events[0], type: 'run-started' } as Fact, 'A run starts once.'],
    ['anything but a resume after a stop', stopped, confirmed, 'The run had stopped and was not resumed.'],
    ['anything after the end', ended, confirmed, 'The run had ended.'],
    ['a stop after the end', ended, { type: 'run-stopped', because: 'operator' }, 'The run had ended.'],
    ['a resume after the end', ended, { type: 'run-resumed', operator: 'first', host: '', engine: '' }, 'The run had ended.'],
  ])('%s', (_case, run, fact, words) => {
    const [what = '', ...more] = next(run, fact);
    expect(what).toContain(words);
    expect(more).toEqual([]);
  });

  test('a manual step attested without being done, or without a word', () => {
    expect(next(manual, { type: 'step-attested', ...a, done: true, note: '' })).toEqual([]);
    expect(next(manual, { type: 'step-attested', ...a, done: false, note: '' })).toEqual(['Expected a word of the operator on step a.']);
  });

  test('an end that is better than the run was, and a step that was not left out by rule', () => {
    const plan = planWith(step('a', 'medium', { stages: ['production'] }), step('b'));
    const events = new Rehearsal(plan).skip().events;
    const better = events.map((event): Event => (event.type === 'run-ended' ? { ...event, result: 'finished' } : event));
    expect(told(plan, events)).toEqual([]);
    expect(told(plan, better)).toEqual([`${events.length}: Expected run-ended.`]);
    const byHand = events.map((event): Event => (event.type === 'step-skipped' && event.by === 'stage' ? { ...event, by: 'operator' } : event));
    expect(told(plan, byHand)).toEqual(['2: Expected step-skipped.']);
  });

  test('changes where something follows by itself', () => {
    const plan = planWith(step('a', 'medium', { stages: ['production'] }));
    const { events } = new Rehearsal(plan);
    expect(told(plan, [...events.slice(0, 1), { type: 'changes-accepted', files: [], at: '' }, ...events.slice(1)])).toEqual([
      '2: Expected step-skipped.',
    ]);
  });

  test('a folder that two attempts share', () => {
    const plan = planWith(one);
    const { events } = new Rehearsal(plan).does(exit(1)).choose('retry').does();
    const shared = events.map((event): Event => (event.type === 'attempt-started' ? { ...event, folder: 'attempts/1' } : event));
    expect(told(plan, shared)).toEqual(['7: An earlier attempt has the folder attempts/1 already.']);
  });

  test('a playbook entered from one that was not left, or for another failure', () => {
    const plan = planWith(one);
    const { events } = new Rehearsal(plan).does(exit(1)).choose('#lock').does().choose('#drift');
    expect(told(plan, events)).toEqual([]);
    const without = events.filter(({ type }) => type !== 'playbook-left');
    expect(told(plan, without)).toEqual([
      `${without.findLastIndex(({ type }) => type === 'playbook-entered') + 1}: Expected the return from the playbook of frame 1.`,
    ]);
    const other = events.map((event): Event => (event.type === 'playbook-entered' && event.opened === 2 ? { ...event, opened: 3 } : event));
    expect(told(plan, other)).toHaveLength(1);
  });
});

describe('what cannot be folded is told, and nothing is thrown', () => {
  test('a list that does not begin with a beginning, or is empty', () => {
    const plan = planWith(one);
    expect(told(plan, [])).toEqual(['1: A run begins with run-started.']);
    expect(told(plan, new Rehearsal(plan).events.slice(1))).toEqual(['1: A run begins with run-started.']);
  });

  test('a beginning whose documents are not there', () => {
    const { events } = new Rehearsal(planWith(one)).does();
    const broken = (error: unknown) =>
      conform(events, {
        ...rules(planWith(one)),
        planOf: () => {
          throw error;
        },
      });
    expect(broken(new Error('no copy'))).toEqual([{ event: 1, what: 'It cannot follow what stands before it: no copy' }]);
    expect(broken('no copy')).toHaveLength(1);
  });

  test('a step or a frame that there is not, and an event of no known shape: once each, and the others are judged all the same', () => {
    const plan = planWith(one);
    const { events } = new Rehearsal(plan).confirm();
    const [first, second] = events;
    // An event of another engine, or of whoever wrote a journal anew.
    const strange = [
      { type: 'attempt-ended', frame: 7, step: 'b', at: '' },
      { type: 'retry-chosen', frame: 7, step: 'b', at: '' },
      { type: 'run-waved-at', at: '' },
    ] as unknown as readonly Event[];
    const found = conform(
      [first, ...strange, second].filter((event) => event !== undefined),
      rules(plan),
    );
    expect(found.map(({ event }) => event)).toEqual([2, 3, 4]);
  });
});

describe('where values were masked after they were used', () => {
  test('blocks are not compared with their hashes', () => {
    const plan = planWith(step('a', 'medium', { block: block('use {ticket}\n') }));
    const { events } = new Rehearsal(plan).value('CHG-1').does();
    const masked = (value: string) => events.map((event): Event => (event.type === 'value-given' ? { ...event, value } : event));
    expect(told(plan, masked('CHG-2'))).toHaveLength(2);
    expect(told(plan, masked('CHG-2'), true)).toEqual([]);
    expect(told(plan, masked('[masked]'), true)).toEqual([]);
    expect(told(plan, masked('[masked]'))[0]).toMatch(/^3: Expected a stop: /);
  });
});
