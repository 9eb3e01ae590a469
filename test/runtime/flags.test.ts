import { describe, expect, test } from 'vitest';
import type { Answer, Operator } from '../../engine/core/need.ts';
import type { Risk, Stage, Step } from '../../engine/core/plan.ts';
import { type Flags, flaggedOperator } from '../../engine/runtime/flags.ts';
import { companion, planOf, playbook, procedure, runbook, step, symptom } from '../core/plan-builder.ts';
import { exit, lostEnd, Rehearsal } from '../core/rehearsal.ts';

const noFlags: Flags = { yes: false, allow: [], onFailure: 'stop' };

/** What the flags answer to the question at hand when nobody is there. */
function answer(rehearsal: Rehearsal, flags: Partial<Flags>, person?: Operator): Promise<Answer> {
  return flaggedOperator({ ...noFlags, ...flags }, person).answer(rehearsal.plan, rehearsal.run, rehearsal.question, {});
}

const sandbox: Partial<Stage> = { name: 'local', sandbox: true };
const asking: Partial<Stage> = { name: 'staging' };
const typed: Partial<Stage> = { name: 'production', confirm: 'typed' };

/** Whether the flags run a step of this risk on this stage. */
async function runs(stage: Partial<Stage>, risk: Risk, flags: Partial<Flags>, more: Partial<Step> = {}): Promise<boolean> {
  const rehearsal = new Rehearsal(planOf({ documents: [runbook([procedure('run-migrations', step('apply-migrations', risk, more))])], stage }));
  const { kind } = await answer(rehearsal, flags);
  if (kind === 'run') rehearsal.answer(await answer(rehearsal, flags));
  return kind === 'run';
}

describe('a confirmation by flags', () => {
  const yes = { yes: true };
  const confirmed = { confirm: 'production' };
  const allowed = { ...confirmed, allow: ['apply-migrations'] };
  test.for<[what: string, stage: Partial<Stage>, flags: Partial<Flags>, low: boolean, medium: boolean, high: boolean]>([
    ['no flag on a stage that asks', asking, {}, false, false, false],
    ['no flag on a sandbox', sandbox, {}, false, false, false],
    ['--yes on a sandbox', sandbox, yes, true, true, true],
    ['--yes on a stage that asks', asking, yes, true, true, false],
    ['--yes on a typed stage', typed, yes, false, false, false],
    ['--yes on a sandbox with typed confirmation', { ...sandbox, ...typed }, yes, false, false, false],
    ['--confirm with the name of the stage', typed, confirmed, true, true, false],
    ['--confirm with the name of another stage', typed, { confirm: 'staging' }, false, false, false],
    ['--confirm and --allow of the step', typed, allowed, true, true, true],
    ['--confirm and --allow of another step', typed, { ...confirmed, allow: ['drop-database'] }, true, true, false],
    ['--allow without --confirm', typed, { allow: ['apply-migrations'] }, false, false, false],
    ['--allow with --yes', asking, { ...yes, allow: ['apply-migrations'] }, true, true, false],
    ['--confirm on a stage that asks', asking, { confirm: 'staging' }, true, true, false],
    ['--confirm and --allow on a stage that asks', asking, { confirm: 'staging', allow: ['apply-migrations'] }, true, true, true],
    ['--confirm on a sandbox', sandbox, { confirm: 'local' }, true, true, false],
    ['--yes and --confirm on a sandbox', sandbox, { ...yes, confirm: 'local' }, true, true, true],
    ['--yes and --confirm on a typed stage', typed, { ...yes, ...confirmed }, true, true, false],
  ])('by %s', async ([, stage, flags, low, medium, high]) => {
    expect([await runs(stage, 'low', flags), await runs(stage, 'medium', flags), await runs(stage, 'high', flags)]).toEqual([low, medium, high]);
  });

  test('of a dry run that somebody asked for before needs what its step needs', async () => {
    const high = step('apply-migrations', 'high', { dryRun: companion('would\n') });
    const asked = new Rehearsal(planOf({ documents: [runbook([procedure('run-migrations', high)])], stage: typed })).answer({ kind: 'dry-run' });
    expect(await answer(asked, { confirm: 'production', allow: ['apply-migrations'] })).toEqual({ kind: 'run', how: 'flag' });
    expect(await answer(asked, { confirm: 'production' })).toEqual({
      kind: 'stop',
      because: 'unconfirmed',
      reason: 'the dry run of step apply-migrations (risk high) was not confirmed, and there is no terminal to ask',
    });
  });

  test('leaves nothing to show, as does nobody being there; what a person answers is shown', () => {
    const asked = new Rehearsal(planOf({ documents: [runbook([procedure('run-migrations', step('apply-migrations', 'high'))])], stage: typed }));
    const unshown = (flags: Partial<Flags>, person: Operator | undefined) =>
      flaggedOperator({ ...noFlags, ...flags }, person).unshown?.(asked.plan, asked.run, asked.question);
    const person = flaggedOperator(noFlags, undefined);
    expect(unshown({ confirm: 'production', allow: ['apply-migrations'] }, person)).toBe(true);
    expect(unshown({ confirm: 'production' }, person)).toBe(false);
    expect(unshown({}, undefined)).toBe(true);
  });

  test('is recorded as one by a flag', async () => {
    const rehearsal = new Rehearsal(planOf({ documents: [runbook([procedure('run-migrations', step('apply-migrations', 'high'))])], stage: typed }));
    const given = await answer(rehearsal, { confirm: 'production', allow: ['apply-migrations'] });
    expect(given).toEqual({ kind: 'run', how: 'flag', typed: 'production' });
  });

  test('never types a value that only a person may type, but on a sandbox', async () => {
    const retype = { retype: 'lego' };
    expect(await runs(typed, 'high', { confirm: 'production', allow: ['apply-migrations'] }, retype)).toBe(false);
    expect(await runs(asking, 'low', { yes: true }, retype)).toBe(false);
    expect(await runs(sandbox, 'high', { yes: true }, retype)).toBe(true);
  });

  test('that was not taken goes to a person instead of round and round', async () => {
    const rehearsal = new Rehearsal(planOf({ documents: [runbook([procedure('run-migrations', step('apply-migrations'))])] }));
    const { question, plan, run } = rehearsal;
    const given = await flaggedOperator({ ...noFlags, yes: true }, undefined).answer(plan, run, question, { refused: 'This is not the name.' });
    expect(given).toMatchObject({ kind: 'stop', because: 'unconfirmed' });
  });

  test('that is missing stops the run with the step and its risk, and asks a person where there is one', async () => {
    const rehearsal = new Rehearsal(planOf({ documents: [runbook([procedure('run-migrations', step('apply-migrations', 'high'))])] }));
    expect(await answer(rehearsal, { yes: true })).toEqual({
      kind: 'stop',
      because: 'unconfirmed',
      reason: 'step apply-migrations (risk high) was not confirmed, and there is no terminal to ask',
    });
    const person: Operator = { answer: async () => ({ kind: 'run', how: 'key' }), accept: async () => true, renew: async () => true };
    expect(await answer(rehearsal, { yes: true }, person)).toEqual({ kind: 'run', how: 'key' });
  });
});

describe('what flags never answer', () => {
  test('a step that a person has to do', async () => {
    const rehearsal = new Rehearsal(
      planOf({ documents: [runbook([procedure('call', step('call-the-team', 'low', { manual: true }))])], stage: sandbox }),
    );
    expect(await answer(rehearsal, { yes: true })).toMatchObject({ kind: 'stop', because: 'unconfirmed' });
  });

  test('what became of a step whose end nobody saw', async () => {
    const rehearsal = new Rehearsal(planOf({ documents: [runbook([procedure('run-migrations', step('apply-migrations'))])], stage: sandbox }));
    rehearsal.does(lostEnd);
    expect(await answer(rehearsal, { yes: true, onFailure: 'playbook' })).toMatchObject({ kind: 'stop', because: 'unknown' });
  });

  test('whether to go on with changed files', async () => {
    const { plan, run } = new Rehearsal(planOf({ documents: [runbook([procedure('run-migrations', step('apply-migrations'))])] }));
    const changes = [{ path: 'runbook.yaml', kind: 'changed', diff: '' } as const];
    expect(await flaggedOperator({ ...noFlags, yes: true, confirm: 'staging' }, undefined).accept(plan, run, changes)).toBe(false);
    const person: Operator = { answer: async () => ({ kind: 'run', how: 'key' }), accept: async () => true, renew: async () => true };
    expect(await flaggedOperator(noFlags, person).accept(plan, run, changes)).toBe(true);
  });

  test('cannot say that credentials were renewed', async () => {
    const { plan, run } = new Rehearsal(planOf({ documents: [runbook([procedure('a', step('a'))])], stage: sandbox }));
    const renewal = { why: 'They have expired.', hint: 'aws sso login' };
    expect(await flaggedOperator({ ...noFlags, yes: true }, undefined).renew(plan, run, renewal)).toBe(false);
    const person: Operator = { answer: async () => ({ kind: 'run', how: 'key' }), accept: async () => false, renew: async () => true };
    expect(await flaggedOperator(noFlags, person).renew(plan, run, renewal)).toBe(true);
  });
});

describe('an input without a person', () => {
  const place = { path: 'runbooks/database-operations.md', line: 9, column: 1 };
  const asks = (more: object): Rehearsal => {
    const input = { name: 'cluster', meaning: 'Which cluster', allowed: { kind: 'text' }, place, ...more } as const;
    const count = step('count', 'low', { block: { language: 'bash', flags: [], source: 'echo {cluster}\n', place } });
    return new Rehearsal(planOf({ documents: [runbook([procedure('count', count)], { inputs: [input] })] }));
  };

  test('is its default', async () => {
    expect(await answer(asks({ default: 'lego' }), {})).toEqual({ kind: 'value', text: 'lego', from: 'its default' });
  });

  test('without a default stops the run and says how to give it', async () => {
    expect(await answer(asks({}), { yes: true })).toMatchObject({ because: 'unconfirmed', reason: expect.stringContaining('--var cluster=…') });
  });

  test('that is a secret is never asked for on the command line', async () => {
    const rehearsal = asks({ allowed: { kind: 'secret' } });
    const secret = { ...rehearsal.question, input: { name: 'token', meaning: '', allowed: { kind: 'secret' }, place } } as const;
    const { plan, run } = rehearsal;
    const given = await flaggedOperator(noFlags, undefined).answer(plan, run, { ...secret, kind: 'input', usedBy: [] }, {});
    expect(given).toMatchObject({ reason: expect.stringContaining('$TOKEN or --secret-file token=path') });
  });
});

describe('a failure', () => {
  const entries = [procedure('unlock', step('end-the-session', 'low')), procedure('look', step('look-at-it', 'low'))];
  const typedError = { errors: [{ kind: 'code', code: '55P03' }] } as const;
  const failed = (
    stage: Partial<Stage>,
    rows = [symptom('unlock', typedError)],
    end = exit(1, { error: { code: '55P03', message: 'lock' } }),
  ): Rehearsal => {
    const documents = [runbook([procedure('run-migrations', step('apply-migrations'))]), playbook(entries, rows)] as const;
    return new Rehearsal(planOf({ documents, stage })).does(end);
  };

  test('stops the run with --on-failure=stop, and without a person', async () => {
    expect(await answer(failed(asking), { onFailure: 'stop' })).toMatchObject({ kind: 'stop', because: 'failure' });
    expect(await answer(failed(asking), { onFailure: 'ask' })).toMatchObject({ kind: 'stop', because: 'failure' });
  });

  test.for<[what: string, stage: Partial<Stage>, entered: boolean]>([
    ['a sandbox', sandbox, true],
    ['a stage that says on-failure: playbook', { ...asking, onFailure: 'playbook' }, true],
    ['another stage', asking, false],
  ])('opens the entry of its typed error with --on-failure=playbook on %s', async ([, stage, entered]) => {
    const given = await answer(failed(stage), { onFailure: 'playbook' });
    expect(given.kind === 'chosen' && given.choice.kind === 'playbook' && given.by === 'rule').toBe(entered);
  });

  test('opens the entry of its exit code', async () => {
    expect(await answer(failed(sandbox, [symptom('unlock')], exit(1)), { onFailure: 'playbook' })).toMatchObject({ kind: 'chosen', by: 'rule' });
  });

  test('does not open an entry because of what the output says', async () => {
    const rehearsal = failed(sandbox, [symptom('look', { errors: [{ kind: 'pattern', pattern: 'deadlock' }] })], exit(1, { patterns: ['deadlock'] }));
    expect(rehearsal.choices).toContain('#look');
    expect(await answer(rehearsal, { onFailure: 'playbook' })).toMatchObject({ kind: 'stop', because: 'failure' });
  });

  test('that comes back after its entry does not open the same entry again', async () => {
    const flags = { onFailure: 'playbook', yes: true } as const;
    const rehearsal = failed(sandbox);
    rehearsal.answer(await answer(rehearsal, flags)).does();
    rehearsal.answer(await answer(rehearsal, flags));
    expect(rehearsal.now).toBe('confirm apply-migrations');
    rehearsal.does(exit(1, { error: { code: '55P03', message: 'lock' } }));
    expect(await answer(rehearsal, flags)).toMatchObject({ kind: 'stop', because: 'failure' });
  });
});

describe('after a playbook', () => {
  const flags = { onFailure: 'playbook', yes: true } as const;
  const returned = async (then: 'retry' | 'done' | 'stop' | 'ask', by: 'rule' | 'operator', stage = sandbox): Promise<Rehearsal> => {
    const documents = [
      runbook([procedure('run-migrations', step('apply-migrations'))]),
      playbook([procedure('unlock', step('end-the-session', 'low'))], [symptom('unlock', { then })]),
    ] as const;
    const rehearsal = new Rehearsal(planOf({ documents, stage })).does(exit(1));
    if (by === 'rule') rehearsal.answer(await answer(rehearsal, flags));
    else rehearsal.choose('#unlock');
    return rehearsal.does();
  };

  test.for(['retry', 'done', 'stop'] as const)('that a rule led into, the run goes on as the playbook says: %s', async (then) => {
    expect(await answer(await returned(then, 'rule'), flags)).toMatchObject({ kind: 'chosen', choice: { kind: then }, by: 'rule' });
  });

  test('that says ask, a person is asked', async () => {
    expect(await answer(await returned('ask', 'rule'), flags)).toMatchObject({ kind: 'stop', because: 'failure' });
  });

  test('that a person chose, a person is asked', async () => {
    expect(await answer(await returned('done', 'operator'), flags)).toMatchObject({ kind: 'stop', because: 'failure' });
  });

  test('without --on-failure=playbook a person is asked', async () => {
    expect(await answer(await returned('done', 'rule'), { yes: true, onFailure: 'ask' })).toMatchObject({ kind: 'stop', because: 'failure' });
  });
});
