import { describe, expect, test } from 'vitest';
import type { Input } from '../../engine/core/plan.ts';
import { block, companion, planOf, planWith, playbook, procedure, runbook, step, symptom } from './plan-builder.ts';
import { exit, Rehearsal, sha256 } from './rehearsal.ts';

const place = { path: 'runbooks/database-operations.md', line: 1, column: 1 };
const ticket: Input = { name: 'ticket', meaning: 'Change ticket', allowed: { kind: 'text' }, place };

describe('the order of a run', () => {
  test('steps run in document order, each confirmed, and the run ends after the last one', () => {
    const run = new Rehearsal(planWith(step('show-pending', 'low'), step('apply-migrations')));
    expect(run.now).toBe('confirm show-pending');
    run.confirm();
    expect(run.now).toBe('execution show-pending run');
    run.start();
    expect(run.now).toBe('reattachment show-pending run');
    run.finish();
    expect(run.now).toBe('confirm apply-migrations');
    run.does();
    expect(run.run.status).toEqual({ kind: 'ended', result: 'finished' });
    expect(run.need).toEqual({ kind: 'nothing' });
  });

  test('procedures run in the order in which they were chosen', () => {
    const documents = [runbook([procedure('snapshot', step('take-snapshot')), procedure('migrate', step('apply-migrations'))])] as const;
    const run = new Rehearsal(planOf({ documents, procedures: ['migrate', 'snapshot'] }));
    expect(run.does().now).toBe('confirm take-snapshot');
  });

  test('a step with a check is well only when the check says so', () => {
    const run = new Rehearsal(planWith(step('apply-migrations', 'medium', { check: companion('test -f done\n', 7000) })));
    run.does();
    expect(run.need).toMatchObject({ kind: 'execution', purpose: 'check', timeoutMs: 7000, block: { text: 'test -f done\n' } });
    run.does();
    expect(run.state('apply-migrations')).toEqual({ kind: 'ok' });
  });

  test('a document without a procedure that holds steps ends at once', () => {
    expect(new Rehearsal(planOf({ documents: [runbook([])] })).run.status.kind).toBe('ended');
  });

  test('a step may be called constructor', () => {
    const run = new Rehearsal(planWith(step('constructor')));
    expect(run.does().state('constructor')).toEqual({ kind: 'ok' });
  });
});

describe('Before you start', () => {
  const before = procedure('before-you-start', step('check-account', 'low'), step('check-lag', 'low'));
  const plan = planOf({ documents: [runbook([procedure('migrate', step('apply-migrations'), step('analyze'))], { before }), playbook([], [])] });

  test('runs first, whichever procedure was chosen', () => {
    const run = new Rehearsal(plan);
    expect([run.now, run.does().now, run.does().now]).toEqual(['confirm check-account', 'confirm check-lag', 'confirm apply-migrations']);
  });

  test('runs again when a run is resumed', () => {
    const run = new Rehearsal(plan).does().does().does().stop().resume();
    expect([run.now, run.does().now, run.does().now]).toEqual(['confirm check-account', 'confirm check-lag', 'confirm analyze']);
  });

  test('runs again on resume only after steps whose end is unknown are settled', () => {
    const run = new Rehearsal(plan)
      .does()
      .does()
      .does({ outcome: { kind: 'timed-out' } })
      .stop()
      .resume();
    expect(run.now).toBe('unknown apply-migrations');
    expect(run.choose('happened', 'the table is there').now).toBe('confirm check-account');
  });

  test('a check of an unknown step that was asked for goes before it too', () => {
    const checked = planOf({ documents: [runbook([procedure('migrate', step('apply', 'medium', { check: companion('test\n') }))], { before })] });
    const run = new Rehearsal(checked)
      .does()
      .does()
      .does({ outcome: { kind: 'timed-out' } })
      .choose('check')
      .resume();
    expect(run.now).toBe('execution apply check');
    expect(run.does().choose('happened', 'the table is there').now).toBe('confirm check-account');
  });

  test('a step of it that still runs is followed before it would be run again', () => {
    const run = new Rehearsal(plan).does().confirm().start().resume();
    expect(run.now).toBe('reattachment check-lag run');
    expect(run.finish().now).toBe('confirm check-account');
    expect(run.does().now).toBe('confirm apply-migrations');
  });

  test('a failure of it can be gone on after, with a reason', () => {
    const run = new Rehearsal(plan).does(exit(1));
    expect(run.choices).toEqual(['retry', 'override', 'stop']);
    expect(run.choose('override', 'the account is new').now).toBe('confirm check-lag');
    run.does().does().does();
    expect(run.run.status).toEqual({ kind: 'ended', result: 'finished with exceptions' });
  });

  test('a playbook that is open for a step of it goes first, and steps of it that come earlier go before the playbook', () => {
    const helped = planOf({
      documents: [
        runbook([procedure('migrate', step('apply-migrations'))], { before }),
        playbook([procedure('lag', step('find-lag', 'low'), step('cut-lag'))], [symptom('lag')]),
      ],
    });
    const run = new Rehearsal(helped).does().does(exit(1)).choose('#lag').does();
    expect(run.now).toBe('confirm cut-lag');
    run.stop().resume();
    expect([run.now, run.does().now, run.does().now]).toEqual(['confirm check-account', 'confirm cut-lag', 'return 1']);
    run.choose('retry');
    expect([run.now, run.does().now]).toEqual(['confirm check-lag', 'confirm apply-migrations']);
    expect(run.state('check-lag')).toEqual({ kind: 'recovered', by: 'playbook' });
  });

  test('is not run for an entry of a playbook, also when that is run by itself', () => {
    const alone = planOf({ documents: [playbook([procedure('lag', step('find-lag'))], [], { before })] });
    expect(new Rehearsal(alone).now).toBe('confirm find-lag');
  });

  test('is not asked for by a run that began without it', () => {
    const without = planOf({ documents: [runbook([procedure('migrate', step('apply-migrations'))])] });
    const run = new Rehearsal(without).accept(plan).resume();
    expect(run.now).toBe('confirm apply-migrations');
  });
});

describe('steps that are left out', () => {
  const documents = [
    runbook([procedure('snapshot', step('a', 'low'), step('b')), procedure('migrate', step('c', 'low'), step('d', 'high'))], {
      before: procedure('before-you-start', step('ground', 'low')),
    }),
  ] as const;
  const skippedBy = (selection: object): Readonly<Record<string, string>> => {
    const run = new Rehearsal(planOf({ documents, selection }));
    while (run.run.status.kind === 'open') run.does();
    expect(run.run.status).toEqual({ kind: 'ended', result: 'finished' });
    const states = Object.entries(run.run.frames[0]?.steps ?? {}).map(([id, { state }]) => [
      id,
      state.kind === 'skipped' ? state.reason : state.kind,
    ]);
    return Object.fromEntries(states);
  };

  test.each([
    ['from a step of a later procedure', { from: 'c' }, { ground: 'ok', a: '--from c', b: '--from c', c: 'ok', d: 'ok' }],
    ['to a step', { to: 'b' }, { ground: 'ok', a: 'ok', b: 'ok', c: '--to b', d: '--to b' }],
    ['between two steps', { from: 'b', to: 'c' }, { ground: 'ok', a: '--from b', b: 'ok', c: 'ok', d: '--to c' }],
    ['only some steps', { only: ['d', 'a'] }, { ground: 'ok', a: 'ok', b: '--only d,a', c: '--only d,a', d: 'ok' }],
    ['only what reads', { readOnly: true }, { ground: 'ok', a: 'ok', b: '--read-only', c: 'ok', d: '--read-only' }],
  ])('%s: the others are recorded as skipped, and that is no exception', (_name, selection, states) => {
    expect(skippedBy(selection)).toEqual(states);
  });

  test('a step of another stage is recorded as skipped', () => {
    const run = new Rehearsal(planWith(step('analyze', 'low', { stages: ['production', 'dev'] }), step('notify', 'low', { stages: ['staging'] })));
    expect(run.state('analyze')).toEqual({ kind: 'skipped', by: 'stage', reason: 'only on production, dev' });
    expect(run.now).toBe('confirm notify');
  });

  test('a selection does not reach into playbooks, but --read-only does', () => {
    const all = [
      runbook([procedure('migrate', step('a', 'low'), step('b', 'low'))]),
      playbook([procedure('lag', step('find-lag', 'low'), step('cut-lag'))], [symptom('lag')]),
    ] as const;
    const only = new Rehearsal(planOf({ documents: all, selection: { only: ['a'] } })).does(exit(1)).choose('#lag').does();
    expect(only.now).toBe('confirm cut-lag');
    const reading = new Rehearsal(planOf({ documents: all, selection: { readOnly: true } })).does(exit(1)).choose('#lag').does();
    expect(reading.state('cut-lag', 1)).toMatchObject({ by: 'selection', reason: '--read-only' });
  });

  test('a step that the operator skips is an exception', () => {
    const run = new Rehearsal(planWith(step('analyze'))).skip('done yesterday');
    expect(run.state('analyze')).toEqual({ kind: 'skipped', by: 'operator', reason: 'done yesterday' });
    expect(run.run.status).toEqual({ kind: 'ended', result: 'finished with exceptions' });
  });
});

describe('inputs', () => {
  const uses = (id: string, source: string) => step(id, 'medium', { block: block(source) });

  test('are asked for before the first procedure that uses them, as {name} or $NAME, in a companion too', () => {
    const documents = [
      runbook(
        [
          procedure('snapshot', step('take-snapshot')),
          procedure(
            'migrate',
            step('show-pending'),
            uses('apply', 'migrate {ticket}\n'),
            step('notify', 'medium', { rollback: companion('say "$TICKET"\n') }),
          ),
        ],
        { inputs: [ticket, { ...ticket, name: 'never' }] },
      ),
    ] as const;
    const run = new Rehearsal(planOf({ documents })).does();
    expect(run.question).toEqual({ kind: 'input', frame: 0, input: ticket, usedBy: ['apply', 'notify'] });
    expect(run.value('CHG-1').now).toBe('confirm show-pending');
    expect(run.does().question).toMatchObject({
      kind: 'confirm',
      block: { text: 'migrate CHG-1\n', used: [{ name: 'ticket', value: { text: 'CHG-1', origin: 'input' } }] },
    });
  });

  test('are not asked for when only a step uses them that is left out or settled', () => {
    const documents = [
      runbook([procedure('migrate', step('show-pending'), uses('apply', 'migrate {ticket}\n'), step('analyze'))], { inputs: [ticket] }),
    ] as const;
    expect(new Rehearsal(planOf({ documents, selection: { from: 'analyze' } })).now).toBe('confirm analyze');
    expect(new Rehearsal(planOf({ documents, selection: { to: 'show-pending' } })).now).toBe('confirm show-pending');
    const earlier = planOf({ documents: [runbook([procedure('migrate', step('show-pending'), step('apply'), step('analyze'))])] });
    expect(new Rehearsal(earlier).does().does().accept(planOf({ documents })).now).toBe('confirm analyze');
  });

  test('that are secret are kept as a hash, and never pasted', () => {
    const documents = [runbook([procedure('migrate', step('show-pending'), uses('apply', 'migrate {ticket}\n'))], { inputs: [ticket] })] as const;
    const secret = { type: 'value-given', name: 'ticket', from: 'typed', secret: { salt: 's', sha256: 'x' } } as const;
    const run = new Rehearsal(planOf({ documents }));
    expect(run.now).toBe('input ticket');
    run.record(secret);
    expect(run.run.secrets).toEqual({ ticket: { salt: 's', sha256: 'x' } });
    expect(run.run.values.ticket).toEqual({ secret: true, origin: 'input', from: 'typed' });
    expect(run.does().need).toMatchObject({ kind: 'impossible', message: expect.stringContaining('{ticket} is a secret') });
  });

  test('an input may be called constructor', () => {
    const documents = [
      runbook([procedure('migrate', uses('apply', 'migrate {constructor}\n'))], { inputs: [{ ...ticket, name: 'constructor' }] }),
    ] as const;
    const run = new Rehearsal(planOf({ documents }));
    expect(run.now).toBe('input constructor');
    expect(run.value('x').question).toMatchObject({ block: { text: 'migrate x\n' } });
  });

  test('a capture that never came is asked for, since the operator may know it', () => {
    const run = new Rehearsal(planWith(step('take-snapshot', 'medium', { capture: 'snapshot' }), uses('wait', 'wait {snapshot}\n')));
    run.skip('taken by hand');
    expect(run.question).toMatchObject({
      kind: 'input',
      input: { name: 'snapshot', meaning: '{snapshot}, which an earlier step of this run did not leave behind', allowed: { kind: 'text' } },
      usedBy: ['wait'],
    });
    expect(run.value('snap-1').question).toMatchObject({ kind: 'confirm', block: { text: 'wait snap-1\n' } });
  });

  test('a value that may not be pasted stops the run with its place', () => {
    const run = new Rehearsal(planWith(step('take-snapshot', 'medium', { capture: 'snapshot' }), uses('wait', 'wait {snapshot}\n')));
    run.does({ values: { snapshot: 'a; rm -rf /' } });
    expect(run.need).toEqual({
      kind: 'impossible',
      message:
        'runbooks/database-operations.md:1: the value of {snapshot} is "a; rm -rf /". A value pasted into a command may hold only letters, digits and . _ : / @ + , = - and no leading or double hyphen.',
      hint: 'Write "$SNAPSHOT" instead of {snapshot}.',
    });
  });
});

describe('captures', () => {
  const plan = planWith(step('take-snapshot', 'low', { capture: 'snapshot', retries: 1 }), step('wait'));

  test('a capture and outputs become variables', () => {
    const run = new Rehearsal(plan).does({ values: { snapshot: 's-1', size: '3' } });
    expect(run.run.values).toMatchObject({
      snapshot: { text: 's-1', origin: 'capture', from: 'take-snapshot' },
      size: { text: '3', origin: 'output', from: 'take-snapshot' },
    });
  });

  test('what a failed attempt printed is no capture; what it wrote as output counts', () => {
    const run = new Rehearsal(plan).does(exit(1, { values: { snapshot: 'half', size: '3' } }));
    expect(run.run.values.snapshot).toBeUndefined();
    expect(run.run.values.size).toMatchObject({ text: '3' });
    run.does(exit(0, { values: { snapshot: 'half' }, unmet: ['ready'] }));
    expect(run.run.values.snapshot).toBeUndefined();
    expect(run.choose('retry').does({ values: { snapshot: 's-2' } }).run.values.snapshot).toMatchObject({ text: 's-2' });
  });

  test('a step with a check leaves its capture to the check', () => {
    const verified = planWith(step('take-snapshot', 'medium', { capture: 'snapshot', check: companion('describe {snapshot}\n') }));
    const run = new Rehearsal(verified).does({ values: { snapshot: 's-1' } });
    expect(run.need).toMatchObject({ kind: 'execution', purpose: 'check', block: { text: 'describe s-1\n' } });
  });
});

describe('confirmations', () => {
  test('on a typed stage a step of risk high wants the name of the stage typed', () => {
    const documents = [runbook([procedure('migrate', step('a'), step('b', 'high', { rollback: companion('undo\n') }))])] as const;
    const run = new Rehearsal(planOf({ documents, stage: { name: 'production', confirm: 'typed' } }));
    expect(run.question).not.toHaveProperty('typed');
    expect(run.does().question).toMatchObject({ kind: 'confirm', typed: 'production' });
    expect(run.does(exit(1)).choose('rollback').question).toMatchObject({ kind: 'confirm', purpose: 'rollback', typed: 'production' });
  });

  test('a step that cannot be undone wants its value typed, on every stage', () => {
    const documents = [runbook([procedure('drop', step('drop', 'high', { retype: 'lego-{stage}', host: 'replica-{stage}' }))])] as const;
    for (const confirm of ['ask', 'typed'] as const)
      expect(new Rehearsal(planOf({ documents, stage: { confirm } })).question).toMatchObject({
        typed: 'lego-staging',
        block: { retype: 'lego-staging', host: 'replica-staging' },
      });
  });

  test('a dry run leads back to the question, however it ends', () => {
    const run = new Rehearsal(planWith(step('apply', 'high', { dryRun: companion('echo would apply\n', 9000) })));
    run.answer({ kind: 'dry-run' }).confirm();
    expect(run.need).toMatchObject({ kind: 'execution', purpose: 'dry-run', timeoutMs: 9000 });
    expect(run.does(exit(1)).now).toBe('confirm apply');
    expect(run.answer({ kind: 'dry-run' }).does({ outcome: { kind: 'lost', why: 'gone' } }).now).toBe('confirm apply');
    expect(run.does().state('apply')).toEqual({ kind: 'ok' });
  });
});

describe('a dry run', () => {
  const dry = companion('would apply to {stage}\n', 9000);
  const typed = planOf({
    documents: [runbook([procedure('migrate', step('apply', 'high', { retype: 'lego', dryRun: dry }))])],
    stage: { confirm: 'typed' },
  });

  test('is shown and confirmed by itself: what runs is what was shown, and nothing is typed for it', () => {
    const run = new Rehearsal(typed).answer({ kind: 'dry-run' });
    expect(run.now).toBe('confirm apply dry-run');
    expect(run.question).toMatchObject({ purpose: 'dry-run', block: { text: 'would apply to staging\n' } });
    expect(run.question).not.toHaveProperty('typed');
    run.confirm().start();
    expect(run.events.at(-2)).toMatchObject({ type: 'step-confirmed', purpose: 'dry-run', sha256: sha256('would apply to staging\n') });
    expect(run.events.at(-1)).toMatchObject({ type: 'attempt-started', purpose: 'dry-run', sha256: sha256('would apply to staging\n') });
    expect(run.finish().question).toMatchObject({ kind: 'confirm', purpose: 'run', typed: 'lego' });
  });

  test('that is not wanted after all leads back to the question of the step', () => {
    const run = new Rehearsal(typed).answer({ kind: 'dry-run' }).skip('');
    expect(run.events.at(-1)).toMatchObject({ type: 'companion-declined', purpose: 'dry-run' });
    expect(run.now).toBe('confirm apply');
    expect(run.run.attempts).toBe(0);
  });

  test('is confirmed anew by whoever resumes, and when files changed', () => {
    const run = new Rehearsal(typed).answer({ kind: 'dry-run' }).confirm();
    expect(new Rehearsal(typed, run.events).resume().now).toBe('confirm apply dry-run');
    expect(run.accept().now).toBe('confirm apply dry-run');
  });

  test('of a record from before it was confirmed is read as it happened', () => {
    const run = new Rehearsal(typed).answer({ kind: 'dry-run' });
    run.record({ type: 'attempt-started', frame: 0, step: 'apply', purpose: 'dry-run', attempt: 1, folder: 'attempts/1', sha256: 'ab' });
    expect(run.finish(exit(0)).now).toBe('confirm apply');
    expect(run.step('apply').attempts[0]).not.toHaveProperty('how');
  });
});

describe('manual steps', () => {
  const notify = step('notify', 'medium', { manual: true, block: block('Tell {operator}.\n') });

  test('are done by a person, who attests', () => {
    const run = new Rehearsal(planWith(notify));
    expect(run.question).toMatchObject({ kind: 'attest', step: 'notify', block: { text: 'Tell first.\n' } });
    expect(run.attest(true).state('notify')).toEqual({ kind: 'ok' });
  });

  test('that failed lead to the failure choices, and are recovered by whatever made them well', () => {
    const documents = [runbook([procedure('tell', notify)]), playbook([procedure('nobody-there', step('find', 'low'))])] as const;
    const linked = { ...notify, failureLink: { document: documents[1].path, anchor: 'nobody-there' } };
    const plan = planOf({ documents: [runbook([procedure('tell', linked)]), documents[1]] });
    const run = new Rehearsal(plan).attest(false, 'nobody answers');
    expect(run.failure('notify')).toBe('nobody answers');
    expect(run.choices).toEqual(['#nobody-there', 'retry', 'override', 'stop']);
    expect(new Rehearsal(plan, run.events).choose('retry').attest(true).state('notify')).toEqual({ kind: 'recovered', by: 'retry' });
    run.choose('#nobody-there').does().choose('retry').attest(true);
    expect(run.state('notify')).toEqual({ kind: 'recovered', by: 'playbook' });
  });

  test('with a check are well only when the check says so', () => {
    const run = new Rehearsal(planWith({ ...notify, check: companion('pgrep notifier\n') })).attest(true);
    expect(run.now).toBe('execution notify check');
    run.does(exit(3));
    expect(run.question).toMatchObject({ kind: 'unknown', why: 'the command ended well, but its check cannot tell (it ended with exit code 3)' });
    expect(run.choose('did-not-happen', 'nobody was told').failure('notify')).toBe('nobody was told');
  });

  test('whose text cannot be filled in stop the run', () => {
    const plan = planOf({ documents: [runbook([procedure('tell', notify)])] });
    const run = new Rehearsal(plan);
    run.record({ type: 'value-given', name: 'operator', from: 'test', value: 'a b' });
    expect(run.need.kind).toBe('impossible');
  });
});
