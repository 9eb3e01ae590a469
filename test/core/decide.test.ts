import { describe, expect, test } from 'vitest';
import type { Answer } from '../../engine/core/need.ts';
import { block, companion, planOf, planWith, playbook, procedure, runbook, step, symptom } from './plan-builder.ts';
import { exit, Rehearsal, sha256, timedOut } from './rehearsal.ts';

const plan = planOf({
  documents: [
    runbook([procedure('migrate', step('apply', 'high', { retype: 'lego', rollback: companion('undo\n') }))]),
    playbook([procedure('lag', step('find'))], [symptom('lag')]),
  ],
});
const chosen = (choice: Extract<Answer, { kind: 'chosen' }>['choice'], reason?: string): Answer => ({
  kind: 'chosen',
  choice,
  by: 'operator',
  ...(reason !== undefined && { reason }),
});

describe('a confirmation', () => {
  test('records the hash of the bytes that were shown, and how they were confirmed', () => {
    const run = new Rehearsal(plan).answer({ kind: 'run', how: 'typed', typed: 'lego' });
    expect(run.events.at(-1)).toMatchObject({ type: 'step-confirmed', purpose: 'run', how: 'typed', sha256: sha256('echo apply\n') });
  });

  test('is refused when something else was typed, or nothing', () => {
    const run = new Rehearsal(plan);
    expect(run.refused({ kind: 'run', how: 'typed', typed: 'Lego' })).toBe('Expected "lego" to be typed, found "Lego".');
    expect(run.refused({ kind: 'run', how: 'key' })).toBe('Expected "lego" to be typed, found "".');
  });

  test('can be declined only with a reason, except for an undo', () => {
    const run = new Rehearsal(plan);
    expect(run.refused({ kind: 'skip', reason: ' \n' })).toBe('A reason is needed: it goes into the record.');
    run.does(exit(1)).choose('rollback').skip('');
    expect(run.events.at(-1)).toMatchObject({ type: 'companion-declined', step: 'apply' });
  });

  test('is no dry run where there is none that could run', () => {
    const none = 'Step apply has no dry run that could run now.';
    expect(new Rehearsal(plan).refused({ kind: 'dry-run' })).toBe(none);
    const dry = planWith(step('apply', 'high', { dryRun: companion('would {operator}\n'), rollback: companion('undo\n') }));
    expect(new Rehearsal(dry).does(exit(1)).choose('rollback').refused({ kind: 'dry-run' })).toBe(none);
    const run = new Rehearsal(dry).record({ type: 'value-given', name: 'operator', from: 'test', value: '--' });
    expect(run.refused({ kind: 'dry-run' })).toBe(none);
  });
});

describe('an answer to another question', () => {
  const input = { name: 'ticket', meaning: '', allowed: { kind: 'text' }, place: { path: 'r.md', line: 1, column: 1 } } as const;
  const asks = planOf({ documents: [runbook([procedure('migrate', step('apply', 'high', { block: block('a {ticket}\n') }))], { inputs: [input] })] });
  const manual = planWith(step('tell', 'low', { manual: true }));

  test.each<readonly [string, () => Rehearsal, Answer]>([
    ['input', () => new Rehearsal(asks), { kind: 'skip', reason: 'x' }],
    ['confirm', () => new Rehearsal(plan), { kind: 'value', text: 'x', from: 'x' }],
    ['attest', () => new Rehearsal(manual), { kind: 'run', how: 'key' }],
    ['failure', () => new Rehearsal(plan).does(exit(1)), { kind: 'run', how: 'key' }],
    ['unknown', () => new Rehearsal(plan).does(timedOut), { kind: 'attested', done: true, note: '' }],
    ['return', () => new Rehearsal(plan).does(exit(1)).choose('#lag').does(), { kind: 'dry-run' }],
  ])('%s: is refused', (kind, run, answer) => {
    expect(run().refused(answer)).toBe(`The answer "${answer.kind}" does not fit the question "${kind}".`);
  });
});

describe('an attestation', () => {
  const manual = planWith(step('tell', 'low', { manual: true }));

  test('that a step failed says why', () => {
    expect(new Rehearsal(manual).refused({ kind: 'attested', done: false, note: '' })).toBe('A reason is needed: it goes into the record.');
  });

  test('can be declined with a reason', () => {
    expect(new Rehearsal(manual).refused({ kind: 'skip', reason: '' })).toContain('A reason is needed');
    expect(new Rehearsal(manual).skip('nobody has to know').state('tell')).toMatchObject({ kind: 'skipped', by: 'operator' });
  });
});

describe('a choice', () => {
  test('that was not offered is refused', () => {
    const run = new Rehearsal(plan).does(exit(1));
    expect(run.refused(chosen({ kind: 'done' }, 'why'))).toBe('"done" is not among the choices.');
    expect(run.refused(chosen({ kind: 'settle', as: 'happened' }, 'why'))).toBe('"settle" is not among the choices.');
    const elsewhere = { target: { document: 'x.md', anchor: 'lag' }, title: '', then: 'done', why: [], byRule: true } as const;
    expect(run.refused(chosen({ kind: 'playbook', suggestion: elsewhere }))).toBe('"playbook" is not among the choices.');
  });

  test('of a playbook counts as it was offered, whatever the answer makes of it', () => {
    const run = new Rehearsal(plan).does(exit(1));
    const { question } = run;
    if (question.kind !== 'failure' || question.choices[0]?.kind !== 'playbook') throw new Error('Expected a playbook.');
    const forged = { ...question.choices[0].suggestion, then: 'done', why: ['trust me'] } as const;
    run.answer(chosen({ kind: 'playbook', suggestion: forged }));
    expect(run.events.at(-1)).toMatchObject({ then: 'retry', why: ['exit 1'] });
  });

  test.each(['override', 'happened', 'did-not-happen', 'run-again'])('%s needs a reason', (wanted) => {
    const run = new Rehearsal(plan).does(wanted === 'override' ? exit(1) : timedOut);
    expect(() => run.choose(wanted)).toThrow('A reason is needed: it goes into the record.');
    expect(() => run.choose(wanted, '  ')).toThrow('A reason is needed: it goes into the record.');
    expect(run.choose(wanted, 'seen').events).toContainEqual(expect.objectContaining({ reason: 'seen' }));
  });
});

describe('a note', () => {
  test('stands in the run with who wrote it and where, and every question stays', () => {
    const run = new Rehearsal(plan).record({ type: 'note-added', operator: 'first', text: 'the team knows' });
    expect(run.now).toBe('confirm apply');
    expect(run.run.notes).toMatchObject([{ operator: 'first', text: 'the team knows' }]);
    const id = '0a8f6f5e-1d3c-4c5f-9f57-0d8c0f3c2b11';
    run.does(exit(1)).record({ type: 'note-added', operator: 'second', text: 'seen', host: 'bastion-2', id });
    expect(run.now).toBe('failure apply');
    expect(run.run.notes[1]).toEqual({ operator: 'second', text: 'seen', host: 'bastion-2', id, at: run.events.at(-1)?.at });
  });

  test('may come after the run stopped, which it does not open again', () => {
    const run = new Rehearsal(plan).stop().record({ type: 'note-added', operator: 'second', text: 'seen' });
    expect(run.run.status.kind).toBe('stopped');
    expect(run.resume('second').now).toBe('confirm apply');
  });
});

describe('asking again', () => {
  test('decides nothing', () => {
    const run = new Rehearsal(plan);
    const { length } = run.events;
    expect(run.answer({ kind: 'again' }).events).toHaveLength(length);
  });
});

describe('a stop', () => {
  test('is an answer to every question, with its cause and reason', () => {
    const run = new Rehearsal(plan).answer({ kind: 'stop', because: 'unconfirmed', reason: 'no terminal' });
    expect(run.run.status).toEqual({ kind: 'stopped', because: 'unconfirmed', reason: 'no terminal' });
    expect(run.need).toEqual({ kind: 'nothing' });
  });

  test('that is chosen keeps its reason', () => {
    expect(new Rehearsal(plan).does(exit(1)).choose('stop', 'asking the team').run.status).toEqual({
      kind: 'stopped',
      because: 'failure',
      reason: 'asking the team',
    });
  });
});
