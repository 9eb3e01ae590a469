import { expect, test } from 'vitest';
import { decide } from '../../engine/core/decide.ts';
import type { Answer, Question } from '../../engine/core/need.ts';
import type { Plan, Step } from '../../engine/core/plan.ts';
import type { Run } from '../../engine/core/run.ts';
import { audit } from './audit.ts';
import { companion, planOf, playbook, procedure, runbook, step, symptom } from './plan-builder.ts';
import { type End, exit, lostEnd, Rehearsal, sha256, timedOut } from './rehearsal.ts';

/** Small enough that everything that can happen to it does: two steps that change something, and one entry that mends. */
function planWith(companions: Pick<Step, 'check' | 'rollback' | 'dryRun'>): Plan {
  return planOf({
    documents: [
      runbook([procedure('change', step('one', 'medium', companions), step('two', 'high'))]),
      playbook([procedure('mend', step('look', 'low'))], [symptom('mend', { errors: [{ kind: 'exit', code: 1 }], then: 'retry' })]),
    ],
    stage: { confirm: 'typed' },
  });
}
const [check, rollback, dryRun] = [companion('test -f one\n'), companion('rm one\n'), companion('would one\n')];

/** How many attempts and deaths of an engine a run has at most. */
type Bounds = { readonly attempts: number; readonly deaths: number };

/** How an attempt can end. */
const ends: readonly End[] = [exit(0), exit(1), exit(2), timedOut, lostEnd, { outcome: { kind: 'stopped' } }];

/** Everything that a person can answer, sense or nonsense. */
function answers(question: Question): readonly Answer[] {
  const always: readonly Answer[] = [
    { kind: 'run', how: 'flag' },
    { kind: 'skip', reason: 'not wanted' },
    { kind: 'dry-run' },
    { kind: 'stop', because: 'operator' },
  ];
  if (question.kind === 'confirm') return [...always, { kind: 'run', how: 'typed', ...(question.typed !== undefined && { typed: question.typed }) }];
  if (!('choices' in question)) return always;
  return [...always, ...question.choices.map((choice): Answer => ({ kind: 'chosen', choice, reason: 'seen', by: 'operator' }))];
}

/** Every way in which it can go on from here by one thing that happens. */
function* ways(run: Rehearsal, { attempts, deaths }: Bounds): Generator<Rehearsal> {
  const { need } = run;
  const resumed = run.events.filter(({ type }) => type === 'run-resumed').length;
  const again = run.run.frames.length > 1;
  // The engine dies here, and somebody else goes on, or the same person once more.
  if (resumed < deaths && need.kind !== 'nothing')
    for (const operator of ['first', 'second'].slice(0, deaths - resumed)) yield run.fork().resume(operator);
  switch (need.kind) {
    case 'question':
      for (const answer of answers(need.question)) {
        const decision = decide(run.run, run.plan, need.question, answer, sha256);
        if ('facts' in decision && !(again && decision.facts.some(({ type }) => type === 'playbook-entered')))
          yield run.fork().record(...decision.facts);
      }
      // A file was changed, and going on with it was accepted.
      if (run.run.attempts === 1 && !run.events.some(({ type }) => type === 'changes-accepted')) yield run.fork().accept();
      break;
    case 'execution':
      if (run.run.attempts < attempts) yield run.fork().start();
      break;
    case 'reattachment':
      for (const end of need.purpose === 'run' ? ends : ends.slice(0, 3)) yield run.fork().finish(end);
      break;
    case 'nothing':
      if (run.run.status.kind === 'stopped' && resumed < deaths) yield run.fork().resume('second');
      break;
    default:
  }
}

/** What the future can depend on: all but times and names. */
function keyOf({ run, events }: Rehearsal): string {
  const resumed = events.filter(({ type }) => type === 'run-resumed').length;
  const accepted = events.some(({ type }) => type === 'changes-accepted');
  return JSON.stringify([resumed, accepted, run], (name, value: unknown) =>
    ['at', 'startedAt', 'endedAt', 'lastAt', 'people', 'reason', 'log', 'folder', 'how'].includes(name) ? undefined : value,
  );
}

function neverOk(run: Run, failed: ReadonlySet<string>): readonly string[] {
  return run.frames.flatMap((frame) =>
    Object.entries(frame.steps).flatMap(([id, { state }]) =>
      failed.has(`${frame.id}/${id}`) && state.kind === 'ok' ? [`${frame.id}/${id} failed and counts as ok`] : [],
    ),
  );
}

test.for([
  { attempts: 2, deaths: 2, plan: planWith({ check, rollback, dryRun }) },
  { attempts: 3, deaths: 0, plan: planWith({ rollback }) },
])(
  'in every order of $attempts attempts and $deaths deaths of an engine, of answers and of edits, nothing starts twice or unasked',
  { timeout: 300_000 },
  async ({ plan, ...bounds }, { annotate }) => {
    const seen = new Set<string>();
    const reached = new Set<string>();
    let waiting = [new Rehearsal(plan)];
    while (waiting.length > 0) {
      const further: Rehearsal[] = [];
      for (const run of waiting)
        for (const after of ways(run, bounds)) {
          const key = keyOf(after);
          if (seen.has(key)) continue;
          seen.add(key);
          const { breaches, failed } = audit(plan, after.events);
          const wrong = [...breaches, ...neverOk(after.run, failed)];
          // The way there is what a breach is understood by.
          if (wrong.length > 0) expect({ wrong, events: after.events }).toEqual({ wrong: [], events: [] });
          for (const frame of after.run.frames) for (const [id, { state }] of Object.entries(frame.steps)) reached.add(`${id} ${state.kind}`);
          further.push(after);
        }
      waiting = further;
    }
    await annotate(`${seen.size} states`);
    expect(seen.size).toBeGreaterThan(20_000);
    for (const state of ['failed', 'unknown', 'overridden', 'skipped', 'recovered', 'ok']) expect([...reached]).toContain(`two ${state}`);
  },
);
