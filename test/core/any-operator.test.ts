import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from '../../engine/core/apply.ts';
import { type Breach, conform } from '../../engine/core/conform.ts';
import { decide } from '../../engine/core/decide.ts';
import type { Event } from '../../engine/core/event.ts';
import type { Answer, Question } from '../../engine/core/need.ts';
import type { Plan, Step, Then } from '../../engine/core/plan.ts';
import { countsOf, resultOf } from '../../engine/core/result.ts';
import { audit } from './audit.ts';
import { block, companion, planOf, playbook, playbookPath, procedure, runbook, step, symptom } from './plan-builder.ts';
import { type End, exit, lostEnd, Rehearsal, sha256, timedOut } from './rehearsal.ts';

/** A source of small numbers; gives out nothing more when it is used up. */
class Dice {
  readonly #numbers: readonly number[];
  #used = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  get left(): number {
    return this.#numbers.length - this.#used;
  }

  /** A number below `sides`. */
  roll(sides: number): number {
    this.#used += 1;
    return (this.#numbers[this.#used - 1] ?? 0) % sides;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.roll(list.length)] ?? list[0];
  }
}

const place = { path: 'runbooks/database-operations.md', line: 1, column: 1 };
const entries = ['lock', 'drift', 'lag'] as const;

/** A step of any kind that the document can describe. */
const anyStep = (id: string, ground: boolean): fc.Arbitrary<Step> =>
  fc
    .record({
      risk: ground ? fc.constant('low' as const) : fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
      text: fc.constantFrom('echo', 'use {ticket}', 'use {snapshot}', 'use $TICKET'),
      manual: fc.nat(7).map((number) => number === 0),
      check: fc.boolean(),
      rollback: fc.boolean(),
      dryRun: fc.boolean(),
      capture: fc.boolean(),
      retype: fc.nat(4).map((number) => number === 0),
      elsewhere: fc.nat(7).map((number) => number === 0),
      retries: fc.nat(2),
      polled: fc.nat(3).map((number) => number === 0),
      link: fc.option(fc.constantFrom(...entries), { nil: undefined }),
    })
    .map(({ risk, text, manual, check, rollback, dryRun, capture, retype, elsewhere, retries, polled, link }) =>
      step(id, risk, {
        block: block(`${text} ${id}\n`),
        manual,
        retries: risk === 'low' ? retries : 0,
        timeoutMs: 30_000,
        ...(risk === 'low' && polled && { everyMs: 10_000 }),
        ...(check && { check: companion('test {stage}\n') }),
        ...(rollback && { rollback: companion(`undo ${id}\n`) }),
        ...(dryRun && { dryRun: companion('would {snapshot}\n') }),
        ...(capture && !manual && { capture: 'snapshot' }),
        ...(retype && { retype: '{stage}' }),
        ...(elsewhere && { stages: ['production'] }),
        ...(link !== undefined && { failureLink: { document: playbookPath, anchor: link } }),
      }),
    );

const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    ground: anyStep('ground', true),
    steps: fc.tuple(anyStep('a', false), anyStep('b', false), anyStep('c', false)),
    mends: fc.tuple(...entries.map((entry) => anyStep(`mend-${entry}`, false))),
    then: fc.array(fc.constantFrom<Then>('retry', 'done', 'stop', 'ask'), { minLength: 3, maxLength: 3 }),
    confirm: fc.constantFrom('ask' as const, 'typed' as const),
    selection: fc.constantFrom({}, {}, {}, { from: 'b' }, { only: ['a', 'c'] }, { readOnly: true }),
  })
  .map(({ ground, steps: [a, b, c], mends, then, confirm, selection }) =>
    planOf({
      documents: [
        runbook([procedure('first', a, b), procedure('second', c)], {
          before: procedure('before-you-start', ground),
          inputs: [{ name: 'ticket', meaning: '', allowed: { kind: 'text' }, place }],
        }),
        playbook(
          entries.map((entry, index) => procedure(entry, ...mends.slice(index, index + 1))),
          entries.map((entry, index) => symptom(entry, { errors: [{ kind: 'exit', code: index + 1 }], then: then[index] ?? 'ask' })),
        ),
      ],
      stage: { confirm },
      selection,
    }),
  );

function anyEnd(dice: Dice): End {
  if (dice.roll(2) === 0) return exit(0, { values: { snapshot: 'snap-1' } });
  return dice.pick<End>([
    exit(0, { values: { size: '1' } }),
    exit(0),
    exit(1),
    exit(2),
    exit(3, { values: { snapshot: 'half' } }),
    exit(0, { unmet: ['done'] }),
    exit(0, { badValue: 'It printed nothing.' }),
    timedOut,
    lostEnd,
    { outcome: { kind: 'stopped' } },
    { outcome: { kind: 'signalled', signal: 'SIGKILL' } },
    { outcome: { kind: 'not-started', why: 'no bash' } },
  ]);
}

/** An answer of any kind, whether it fits the question or not. */
function anyAnswer(dice: Dice, question: Question): Answer {
  const reason = dice.pick(['looked at it', 'looked at it', '']);
  const fitting = ((): Answer => {
    switch (question.kind) {
      case 'input':
        return { kind: 'value', text: dice.roll(12) === 0 ? 'two words' : 'CHG-1', from: 'a person' };
      case 'confirm':
        return { kind: 'run', how: dice.pick(['key', 'key', 'onward']), ...(question.typed !== undefined && { typed: question.typed }) };
      case 'attest':
        return { kind: 'attested', done: dice.roll(2) === 0, note: reason };
      default: {
        const choice = question.choices[dice.roll(question.choices.length)] ?? { kind: 'stop' };
        return { kind: 'chosen', choice, reason, by: 'operator' };
      }
    }
  })();
  const others: readonly [Answer, ...Answer[]] = [
    { kind: 'run', how: 'flag' },
    { kind: 'run', how: 'onward' },
    { kind: 'again' },
    { kind: 'skip', reason },
    { kind: 'dry-run' },
    { kind: 'stop', because: 'operator' },
    { kind: 'chosen', choice: { kind: 'done' }, reason, by: 'rule' },
    { kind: 'chosen', choice: { kind: 'settle', as: 'happened' }, reason, by: 'rule' },
  ];
  return dice.roll(8) === 0 ? dice.pick(others) : fitting;
}

/** One turn: the world goes on, or the engine dies and another one takes over, or files change. */
function turn(run: Rehearsal, dice: Dice, plan: Plan): Rehearsal {
  const accident = dice.roll(20);
  if (accident === 0) return new Rehearsal(plan, run.events.slice(0, -dice.roll(2) || undefined)).resume();
  if (accident === 1 && run.need.kind !== 'nothing') return run.need.kind === 'reattachment' ? run : run.accept();
  const { need } = run;
  switch (need.kind) {
    case 'nothing':
      return run.run.status.kind === 'stopped' ? run.resume() : run;
    case 'execution':
      return run.start();
    case 'reattachment':
      return run.finish(anyEnd(dice), 1000 * dice.roll(20));
    case 'question': {
      const decision = decide(run.run, plan, need.question, anyAnswer(dice, need.question), sha256);
      return 'facts' in decision ? run.record(...decision.facts) : run;
    }
    default:
      return run;
  }
}

const breachesOf = (plan: Plan, events: readonly Event[]): readonly Breach[] => conform(events, { planOf: () => plan, hash: sha256, masked: false });

/** The events with one thing changed that could not have happened so; undefined where there is nothing to change at this place. */
function forged(events: readonly Event[], at: number, how: number): readonly Event[] | undefined {
  const [event, after] = [events[at], events[at + 1]];
  if (event === undefined) return undefined;
  const later = events.slice(at + 1);
  const rest = { before: events.slice(0, at), later };
  const own = event.type === 'attempt-started' && later.some((other) => other.type === 'attempt-ended' && other.attempt === event.attempt);
  const bound = event.type === 'step-confirmed' && after?.type === 'attempt-started';
  const followed = event.type === 'attempt-ended' && after !== undefined && 'step' in after && after.type !== 'companion-declined';
  switch (how) {
    case 0:
      return own || bound || followed ? [...rest.before, ...later] : undefined;
    case 1:
      return ['step-confirmed', 'attempt-started', 'attempt-ended', 'run-started', 'run-stopped', 'run-ended', 'value-given'].includes(event.type)
        ? [...rest.before, event, event, ...later]
        : undefined;
    case 2:
      return after !== undefined && (bound || (event.type === 'attempt-started' && after.type === 'attempt-ended'))
        ? [...rest.before, after, event, ...later.slice(1)]
        : undefined;
    default:
      return event.type === 'step-confirmed' || event.type === 'attempt-started'
        ? [...rest.before, { ...event, sha256: sha256(`${event.sha256} and more`) }, ...later]
        : undefined;
  }
}

describe('whatever an operator answers, steps do and engines suffer', () => {
  test('nothing starts twice or unconfirmed, one attempt is open at most, and what failed is never ok', () => {
    const seen = { ended: 0, unknown: 0, nested: 0, attempts: 0, forged: 0 };
    fc.assert(
      fc.property(anyPlan, fc.array(fc.nat(1_000_000), { minLength: 100, maxLength: 600, size: 'max' }), (plan, numbers) => {
        const dice = new Dice(numbers);
        let run = new Rehearsal(plan);
        while (dice.left > 0 && run.run.status.kind !== 'ended') run = turn(run, dice, plan);
        const { breaches, failed } = audit(plan, run.events);
        expect(breaches).toEqual([]);
        expect(breachesOf(plan, run.events)).toEqual([]);
        for (const [index, number] of numbers.slice(0, 8).entries()) {
          const other = forged(run.events, number % run.events.length, index % 4);
          if (other === undefined) continue;
          seen.forged += 1;
          expect(breachesOf(plan, other)).not.toEqual([]);
        }
        for (const frame of run.run.frames)
          for (const [id, { state }] of Object.entries(frame.steps)) if (failed.has(`${frame.id}/${id}`)) expect(state.kind).not.toBe('ok');
        expect(fold(plan, run.events)).toEqual(run.run);
        if (resultOf(run.run) === 'finished') expect(countsOf(run.run)).toMatchObject({ failed: 0, unknown: 0 });
        if (run.run.status.kind === 'ended') seen.ended += 1;
        if (run.run.frames.length > 2) seen.nested += 1;
        if (run.events.some(({ type }) => type === 'step-settled')) seen.unknown += 1;
        seen.attempts += run.run.attempts;
      }),
      { numRuns: 500 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(10);
  });
});
