import { describe, expect, test } from 'vitest';
import { fold } from '../../engine/core/apply.ts';
import type { Event } from '../../engine/core/event.ts';
import { frameOf, lastAttempt, stepOf, stepRun } from '../../engine/core/frame.ts';
import type { Need } from '../../engine/core/need.ts';
import type { Run } from '../../engine/core/run.ts';
import { audit } from './audit.ts';
import { block, companion, planOf, playbook, procedure, runbook, step, symptom } from './plan-builder.ts';
import { type End, exit, lostEnd, Rehearsal, timedOut } from './rehearsal.ts';

const place = { path: 'runbooks/database-operations.md', line: 1, column: 1 };

/** A run in which everything happens that can. */
const plan = planOf({
  documents: [
    runbook(
      [
        procedure(
          'take-a-snapshot',
          step('take-snapshot', 'medium', { capture: 'snapshot' }),
          step('wait-for-snapshot', 'low', { everyMs: 10_000, timeoutMs: 600_000, block: block('wait {snapshot}\n') }),
        ),
        procedure(
          'run-migrations',
          step('show-pending', 'low', { retries: 2 }),
          step('apply-migrations', 'high', {
            retype: 'lego-{stage}',
            block: block('migrate {ticket}\n'),
            check: companion('test -f applied\n'),
            rollback: companion('migrate down\n'),
            dryRun: companion('migrate --dry-run\n'),
          }),
          step('analyze'),
          step('vacuum'),
          step('tell-support', 'low', { manual: true }),
          step('promote', 'high', { stages: ['production'] }),
          step('report-size', 'low'),
        ),
      ],
      {
        before: procedure('before-you-start', step('check-account', 'low'), step('check-lag', 'low')),
        inputs: [{ name: 'ticket', meaning: 'Change ticket', allowed: { kind: 'text' }, place }],
      },
    ),
    playbook(
      [procedure('waits-for-lock', step('find-blocker', 'low'), step('end-blocker')), procedure('blocker-survives', step('kill-backend', 'high'))],
      [
        symptom('waits-for-lock', { errors: [{ kind: 'code', code: '55P03' }] }),
        symptom('blocker-survives', { steps: ['end-blocker'], errors: [{ kind: 'exit', code: 2 }], then: 'done' }),
      ],
    ),
  ],
});

/** How attempts end, one after the other; every further one ends well. */
const ends: Readonly<Record<string, readonly End[]>> = {
  'check-lag run': [exit(1)],
  'take-snapshot run': [exit(0, { values: { snapshot: 'snap-1' } })],
  'wait-for-snapshot run': [exit(1), exit(1)],
  'show-pending run': [exit(1)],
  'apply-migrations run': [exit(1, { error: { code: '55P03', message: 'lock not available' } }), timedOut],
  'apply-migrations check': [exit(1)],
  'end-blocker run': [exit(2)],
  'report-size run': [exit(1)],
};

/** How the attempt that runs ends: what happens does not depend on who watches, so one that was lost does not count. */
function endOf(run: Run, { frame, step: id, purpose, attempt }: Extract<Need, { kind: 'reattachment' }>): End {
  const seen = stepRun(frameOf(run, frame), id).attempts.filter(
    (other) => other.purpose === purpose && other.attempt !== attempt && other.end?.outcome.kind !== 'lost',
  );
  return ends[`${id} ${purpose}`]?.[seen.length] ?? exit(0);
}

/** What really became of the lost attempts, by number. */
type Truth = Map<number, End>;

function act(run: Rehearsal, truth: Truth): void {
  const { need } = run;
  switch (need.kind) {
    case 'execution':
      if (need.step === 'analyze' && run.run.files['b.sql'] === undefined) run.accept(plan, [{ path: 'b.sql', sha256: 'v2' }]);
      else run.start();
      break;
    case 'reattachment':
      run.finish(endOf(run.run, need));
      break;
    case 'question':
      answer(run, truth);
      break;
    default:
      throw new Error(`Nobody can meet ${JSON.stringify(need)}.`);
  }
}

/** An operator who looks at the run only, and so decides the same whatever happened to the engine. */
function answer(run: Rehearsal, truth: Truth): void {
  const { question } = run;
  if (question.kind === 'input') {
    run.value({ ticket: 'CHG-1', snapshot: 'snap-1' }[question.input.name] ?? '');
    return;
  }
  if (question.kind === 'return') {
    run.choose(run.choices[0] ?? '');
    return;
  }
  const record = run.step(question.step, question.frame);
  const had = (purpose: string): boolean => record.attempts.some((attempt) => attempt.purpose === purpose);
  switch (question.kind) {
    case 'confirm':
      if (question.step === 'vacuum' && run.run.files['c.sql'] === undefined) run.accept(plan, [{ path: 'c.sql', sha256: 'v1' }]);
      else if (question.step === 'vacuum' && run.run.people.length === 1) run.stop().resume();
      else if (question.step === 'vacuum') run.skip('autovacuum does it');
      else if (question.step === 'apply-migrations' && question.purpose === 'run' && !had('dry-run')) run.answer({ kind: 'dry-run' });
      else run.confirm();
      break;
    case 'attest':
      run.attest(record.failure !== undefined);
      break;
    case 'failure':
      if (question.step === 'report-size') run.choose('override', 'nobody reads it');
      else if (run.choices[0]?.startsWith('#') && record.playbooks.length === 0) run.choose(run.choices[0]);
      else if (record.failure?.kind === 'timeout' && !had('rollback')) run.choose('rollback');
      else run.choose('retry');
      break;
    case 'unknown':
      run.choose(settle(run, truth, lastAttempt(record)), 'looked at the database');
      break;
  }
}

function settle(run: Rehearsal, truth: Truth, { attempt, purpose, end }: ReturnType<typeof lastAttempt>): string {
  const really = truth.get(attempt);
  if (purpose === 'rollback') return 'happened';
  if (purpose === 'check') return end?.outcome.kind === 'lost' ? 'check' : (run.choices[0] ?? '');
  if (really === undefined) return 'check';
  return really.outcome?.kind === 'exited' && really.outcome.code === 0 ? 'happened' : 'run-again';
}

function drive(run: Rehearsal, truth: Truth = new Map()): Rehearsal {
  for (let turns = 0; run.run.status.kind === 'open'; turns += 1) {
    if (turns > 500) throw new Error(`No end: ${run.now}`);
    act(run, truth);
  }
  return run;
}

/** The steps of all frames, and how each is in the end. `exactly` includes by whom. */
function endStates({ frames }: Run, exactly: boolean): unknown {
  return frames.map(({ document, steps, left }) => ({
    document,
    left,
    steps: Object.fromEntries(
      Object.entries(steps).map(([id, { state }]) => [id, exactly && 'by' in state ? `${state.kind} by ${state.by}` : state.kind]),
    ),
  }));
}

function journal(): readonly Event[] {
  return drive(new Rehearsal(plan)).events;
}

describe('a run that is cut anywhere', () => {
  test('is a run in which everything happens that can', () => {
    const events = journal();
    const types = new Set<string>(events.map(({ type }) => type));
    const all = [
      ...['run-started', 'run-resumed', 'value-given', 'changes-accepted', 'step-confirmed', 'attempt-started', 'attempt-ended', 'step-attested'],
      ...['step-skipped', 'step-settled', 'retry-chosen', 'companion-chosen', 'failure-overridden', 'playbook-entered', 'playbook-left'],
      ...['run-stopped', 'run-ended'],
    ];
    expect(all.filter((type) => !types.has(type))).toEqual([]);
    expect(audit(plan, events).breaches).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'run-ended', result: 'finished with exceptions' });
    expect(endStates(fold(plan, events), true)).toMatchInlineSnapshot(`
      [
        {
          "document": "runbooks/database-operations.md",
          "left": undefined,
          "steps": {
            "analyze": "ok",
            "apply-migrations": "recovered by playbook",
            "check-account": "ok",
            "check-lag": "recovered by retry",
            "promote": "skipped by stage",
            "report-size": "overridden",
            "show-pending": "ok",
            "take-snapshot": "ok",
            "tell-support": "recovered by retry",
            "vacuum": "skipped by operator",
            "wait-for-snapshot": "ok",
          },
        },
        {
          "document": "playbooks/database-operations-failure.md",
          "left": "retry",
          "steps": {
            "end-blocker": "recovered by playbook",
            "find-blocker": "ok",
          },
        },
        {
          "document": "playbooks/database-operations-failure.md",
          "left": "done",
          "steps": {
            "kill-backend": "ok",
          },
        },
      ]
    `);
  });

  test('comes to the same end when the resumed engine finds what it was waiting for', () => {
    const events = journal();
    const end = fold(plan, events);
    for (let length = 1; length < events.length; length += 1) {
      const run = drive(new Rehearsal(plan, events.slice(0, length)).resume());
      const where = `cut after ${length} events (${events[length - 1]?.type})`;
      expect(audit(plan, run.events).breaches, where).toEqual([]);
      expect(endStates(run.run, true), where).toEqual(endStates(end, true));
      expect(run.run.values, where).toEqual(end.values);
      expect(run.run.status, where).toEqual(end.status);
      expect(fold(plan, run.events), where).toEqual(run.run);
    }
  });

  test('comes to the same end when what ran at the cut is lost and a person settles it', () => {
    const events = journal();
    const end = fold(plan, events);
    let lost = 0;
    for (let length = 1; length < events.length; length += 1) {
      if (events[length - 1]?.type !== 'attempt-started') continue;
      const run = new Rehearsal(plan, events.slice(0, length)).resume();
      const { need } = run;
      if (need.kind !== 'reattachment') throw new Error(`Expected a running attempt, found ${run.now}.`);
      const truth: Truth = new Map([[need.attempt, endOf(run.run, need)]]);
      drive(run.finish(lostEnd), truth);
      const where = `lost ${need.step} ${need.purpose} (attempt ${need.attempt})`;
      expect(audit(plan, run.events).breaches, where).toEqual([]);
      expect(endStates(run.run, false), where).toEqual(endStates(end, false));
      expect(run.run.status, where).toEqual(end.status);
      lost += 1;
    }
    expect(lost).toBeGreaterThan(20);
  });

  test('starts nothing that changes something without a question after the cut', () => {
    const events = journal();
    for (let length = 1; length < events.length; length += 1) {
      const run = new Rehearsal(plan, events.slice(0, length)).resume();
      const { need } = run;
      if (need.kind !== 'execution') continue;
      const { risk } = stepOf(plan, frameOf(run.run, need.frame), need.step);
      expect(need.purpose === 'check' || (need.purpose === 'run' && risk === 'low'), `${need.step} after ${length} events`).toBe(true);
    }
  });
});
