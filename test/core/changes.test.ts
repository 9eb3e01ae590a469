import { describe, expect, test } from 'vitest';
import { fold } from '../../engine/core/apply.ts';
import { block, companion, planOf, planWith, playbook, procedure, runbook, runbookPath, step, symptom } from './plan-builder.ts';
import { exit, Rehearsal, timedOut } from './rehearsal.ts';

const apply = step('apply', 'high', { rollback: companion('undo\n') });
const changed = planWith({ ...apply, block: block('echo changed\n') }, step('analyze'));
const plan = planWith(apply, step('analyze'));

describe('a change that was accepted', () => {
  test('is known from then on', () => {
    const files = [{ path: runbookPath, sha256: 'v2' }, { path: 'a.sql', sha256: 'new' }, { path: 'gone.sql' }] as const;
    const run = new Rehearsal(plan);
    run.accept(changed, [{ path: 'gone.sql', sha256: 'v1' }]).accept(changed, files);
    expect(run.run.files).toEqual({ [runbookPath]: 'v2', 'a.sql': 'new' });
  });

  test('between confirmation and start makes the confirmation void', () => {
    const run = new Rehearsal(plan).confirm().accept(changed);
    expect(run.question).toMatchObject({ kind: 'confirm', purpose: 'run', block: { text: 'echo changed\n' } });
  });

  test('between confirmation and start of an undo leads back to its question', () => {
    const run = new Rehearsal(plan).does(exit(1)).choose('rollback').confirm().accept();
    expect(run.now).toBe('confirm apply rollback');
    expect(run.skip('').now).toBe('failure apply');
  });

  test('makes a step that is repeated without asking ask again', () => {
    const run = new Rehearsal(planWith(step('ping', 'low', { retries: 3 }))).does(exit(1)).accept();
    expect(run.now).toBe('confirm ping');
  });

  test('leaves alone what has ended and what runs', () => {
    const run = new Rehearsal(plan).does().confirm().start().accept();
    expect(run.now).toBe('reattachment analyze run');
    expect(run.state('apply')).toEqual({ kind: 'ok' });
  });
});

describe('a resumed run', () => {
  test('asks again for what was confirmed and not started, since somebody else may have confirmed it', () => {
    const run = new Rehearsal(plan).confirm();
    expect(new Rehearsal(plan, run.events).now).toBe('execution apply run');
    expect(run.resume('second').now).toBe('confirm apply');
    expect(run.run.people.map(({ operator }) => operator)).toEqual(['first', 'second']);
  });

  test('asks again for an undo that was confirmed and not started', () => {
    expect(new Rehearsal(plan).does(exit(1)).choose('rollback').confirm().resume().now).toBe('confirm apply rollback');
  });

  test('judges each attempt by the document of its time', () => {
    const before = planWith(step('apply', 'low'), step('analyze'));
    const after = planWith(step('apply-all', 'low'), step('analyze'));
    const run = new Rehearsal(before).does();
    run.accept(after, [{ path: runbookPath, sha256: 'v2' }]).does();
    const folded = fold(after, run.events, (files) => (files[runbookPath] === 'v2' ? after : before));
    expect(folded).toEqual(run.run);
    expect(() => fold(after, run.events)).toThrow('has no step apply.');
  });
});

describe('a document that has lost what a run still needs', () => {
  const impossible = (run: Rehearsal): unknown => (run.need.kind === 'impossible' ? run.need.message : run.now);

  test('stops the run when a procedure is gone that was chosen', () => {
    const renamed = planOf({ documents: [runbook([procedure('migrate-all', apply)])] });
    expect(impossible(new Rehearsal(plan).accept(renamed))).toBe(
      'runbooks/database-operations.md no longer has the procedure #run-migrations, and this run is not done with it.',
    );
  });

  test.each([
    ['failed', exit(1)],
    ['unknown', timedOut],
  ])('stops the run when a step is gone that is %s', (_name, end) => {
    const without = planWith(step('analyze'));
    expect(impossible(new Rehearsal(plan).does(end).accept(without))).toBe(
      'runbooks/database-operations.md no longer has the step apply, and this run is not done with it.',
    );
  });

  test('stops the run when a failed step is gone that was to be run again', () => {
    expect(
      impossible(
        new Rehearsal(plan)
          .does(exit(1))
          .choose('retry')
          .accept(planWith(step('analyze'))),
      ),
    ).toContain('no longer has the step apply');
  });

  test('goes on without a step that is well or was never begun', () => {
    const run = new Rehearsal(planWith(step('a'), step('b', 'high', { dryRun: companion('would\n') }))).does().answer({ kind: 'dry-run' }).does();
    expect(run.accept(planWith(step('c'))).now).toBe('confirm c');
  });

  test('stops the run when nothing leads any more to the playbook that is open', () => {
    const entry = procedure('lag', step('find'));
    const helped = planOf({ documents: [runbook([procedure('migrate', apply)]), playbook([entry], [symptom('lag')], { path: 'playbooks/lag.md' })] });
    const main = { ...apply, failureLink: { document: 'playbooks/lag.md', anchor: 'lag' } };
    const linked = planOf({ documents: [runbook([procedure('migrate', main)]), helped.documents['playbooks/lag.md'] ?? playbook([])] });
    const run = new Rehearsal(linked).does(exit(1)).choose('#lag');
    run.accept(planOf({ documents: [runbook([procedure('migrate', apply)])] }));
    expect(impossible(run)).toBe('No step or front matter leads to playbooks/lag.md any more, and this run is not done with it.');
  });
});
