import { describe, expect, test } from 'vitest';
import type { Answer, FileChange, Question } from '../../engine/core/need.ts';
import { linePrompts } from '../../engine/view/line-prompts.ts';
import { attempted, drainFailed, type Moment, planOn, played, production, questionOf, staging, started, untilDrain } from './sample.ts';

/** An operator at a keyboard that types these lines and then hangs up. */
function at(lines: readonly string[]) {
  const left = [...lines];
  let text = '';
  const notes: string[] = [];
  const operator = linePrompts({
    read: async () => left.shift(),
    note: (said) => void notes.push(said),
    write: (more) => {
      text += more;
    },
  });
  return { operator, text: () => text, notes };
}

async function answered(
  lines: readonly string[],
  {
    plan = planOn(staging),
    moments = untilDrain(plan),
    question,
  }: { plan?: ReturnType<typeof planOn>; moments?: readonly Moment[]; question?: Question } = {},
): Promise<Answer> {
  const { run } = played(plan, moments);
  return at(lines).operator.answer(plan, run, question ?? questionOf(plan, run), { cwd: '~/ops' });
}

const typed = planOn(production);
const failed: readonly Moment[] = [...untilDrain(planOn(staging)), ...drainFailed];

describe('a confirmation in lines', () => {
  test.each([
    ['y runs it', ['y'], { kind: 'run', how: 'key' }],
    ['an empty line does not', ['', '', 'n', 'y'], { kind: 'run', how: 'key' }],
    ['d asks for the dry run', ['x', 'v', 'd'], { kind: 'dry-run' }],
    ['a does nothing before a step that changes something', ['a', 'y'], { kind: 'run', how: 'key' }],
    ['a note answers nothing', ['N y', 'N', 'y', 'n', 'q'], { kind: 'stop', because: 'operator' }],
    ['a note that never comes stops', ['N'], { kind: 'stop', because: 'unconfirmed' }],
    ['s wants a reason of ten characters', ['s', 'short', 'done by hand'], { kind: 'skip', reason: 'done by hand' }],
    ['q stops', ['q'], { kind: 'stop', because: 'operator' }],
    ['a line that never comes stops', [], { kind: 'stop', because: 'unconfirmed' }],
    ['a reason that never comes stops', ['s'], { kind: 'stop', because: 'unconfirmed' }],
  ])('%s', async (_title, lines, answer) => {
    expect(await answered(lines)).toEqual(answer);
  });

  test('N writes a note, on its own line or with the next one, and the question is asked again', async () => {
    const plan = planOn(staging);
    const { run } = played(plan, untilDrain(plan));
    const { operator, text, notes } = at(['N they know', 'N', 'they said so', 'N', '', 'Nothing', 'y']);
    expect(await operator.answer(plan, run, questionOf(plan, run), {})).toEqual({ kind: 'run', how: 'key' });
    expect(notes).toEqual(['they know', 'they said so']);
    expect(text().split('q stop: ')).toHaveLength(6);
  });

  test('N writes a note where files changed, credentials have to be renewed, and a value is chosen', async () => {
    const plan = planOn(staging);
    const { run } = played(plan, untilDrain(plan));
    const { operator, notes } = at(['N one', 'y', 'N two', 'y']);
    expect(await operator.accept(plan, run, [])).toBe(true);
    expect(await operator.renew(plan, run, { why: 'They have ended.', hint: 'aws sso login' })).toBe(true);
    expect(notes).toEqual(['one', 'two']);
  });

  test('p tells all that the document says about the step, and asks again', async () => {
    const plan = planOn(staging);
    const { run } = played(plan, untilDrain(plan));
    const { operator, text } = at(['p', 'y']);
    expect(await operator.answer(plan, run, questionOf(plan, run), {})).toEqual({ kind: 'run', how: 'key' });
    expect(text().slice(text().indexOf('q stop: '))).toMatchInlineSnapshot(`
      "q stop: Stop new connections at the proxy and wait for in-flight queries to end. Writers see connection refused until step 4. Budget: 90 seconds.
      | WARNING  High risk. Their batch job retries once, then fails.

      Below the block:
      Expected: \`in_flight=0\` within 30 seconds.
      Check: counts them once more.
          test "$(in-flight)" = 0
      - Seen: \`in_flight=0\`
        Means: drained
      - Seen: \`gave up\`
        Means: somebody holds a query open
      If this fails: Queries stay in flight (../playbooks/replica-lag.md#queries-stay-in-flight).

      Run this on STAGING? y run it, n list of steps, s skip, d dry run, x raw, v values, p prose, N note, q stop: "
    `);
    const { block } = questionOf(plan, run) as Extract<Question, { kind: 'confirm' }>;
    const byHand: Question = { kind: 'attest', frame: 0, step: 'drain-connections', block };
    expect(await answered(['p', 'd', ''], { question: byHand })).toEqual({ kind: 'attested', done: true, note: '' });
  });

  test('shows stage, card, command and question, ending in one prompt', async () => {
    const plan = planOn(staging);
    const { run } = played(plan, untilDrain(plan));
    const { operator, text } = at(['y']);
    await operator.answer(plan, run, questionOf(plan, run), { cwd: '~/ops' });
    expect(text()).toMatchInlineSnapshot(`
      "
      [ STAGING ] database-operations, run 9c2m1
      Step 3 drain-connections, risk HIGH: Drain the connections
      Stop new connections at the proxy and wait for in-flight queries to end. Writers see connection refused until step 4. Budget: 90 seconds.
      | WARNING  High risk. Their batch job retries once, then fails.

      Will run: bash, timeout 30 s, database-operations.md:61, cwd ~/ops
         1 pgbouncer-ctl pause orders --host db-stg-01
         2 wait-idle --max 30s --host db-stg-01

      {service} = orders   (stage, runbook.yaml)
      {host} = db-stg-01   (stage, runbook.yaml)
      if it fails: playbook entry "Queries stay in flight"   undo: yes
      verified by its check   output: /in_flight=0/
      Run this on STAGING? y run it, n list of steps, s skip, d dry run, x raw, v values, p prose, N note, q stop: "
    `);
  });

  test('a typed stage is typed, y does not do', async () => {
    const moments = untilDrain(typed);
    expect(await answered(['y', 'PRODUCTION', 'production'], { plan: typed, moments })).toEqual({ kind: 'run', how: 'typed', typed: 'production' });
    expect(await answered(['y'], { plan: typed, moments })).toEqual({ kind: 'stop', because: 'unconfirmed' });
  });
});

describe('a dry run in lines', () => {
  const moments: readonly Moment[] = [
    ...untilDrain(typed),
    [70, { type: 'companion-chosen', frame: 0, step: 'drain-connections', purpose: 'dry-run' }],
  ];
  test.each([
    ['y runs it without a name', ['', 'production', 'd', 's', 'y'], { kind: 'run', how: 'key' }],
    ['n leads back to the step', ['n'], { kind: 'skip', reason: 'not wanted after all' }],
  ])('%s', async (_title, lines, answer) => {
    expect(await answered(lines, { plan: typed, moments })).toEqual(answer);
  });

  test('its end, and what changed since the step last ended well here, stand at the step', async () => {
    const plan = planOn(staging);
    const { run } = played(plan, [...untilDrain(plan), ...attempted(70, 'drain-connections', 2, 1.2, { purpose: 'dry-run' })]);
    const { operator, text } = at(['y']);
    const since = { kind: 'compared', run: '9b', at: '', lines: 1, diff: '--- a\n+++ b\n-a\u{1b}[2J\n+b\n' } as const;
    await operator.answer(plan, run, questionOf(plan, run), { since, files: ['drizzle/0001.sql'] });
    expect(text()).toContain('dry run ended: exit 0 after 1.2 s\nchanged since last successful run here: 1 line\n--- a\n+++ b\n-a^[[2J\n+b\n');
    expect(text()).toContain('uses 1 declared file: drizzle/0001.sql');
  });
});

describe('running on in lines', () => {
  const plan = planOn(staging);
  const later: readonly Moment[] = [
    ...untilDrain(plan),
    [70, { type: 'step-skipped', frame: 0, step: 'drain-connections', by: 'operator', reason: 'not needed' }],
    ...attempted(80, 'fail-over', 2, 1),
  ];

  test('answers for steps that only read without a prompt, until one that does not', async () => {
    const { operator, text } = at(['a', 'y']);
    const ask = (moments: readonly Moment[]) => {
      const { run } = played(plan, moments);
      return operator.answer(plan, run, questionOf(plan, run), {});
    };
    expect(await ask([started(plan)])).toEqual({ kind: 'run', how: 'key' });
    const asked = text();
    expect(await ask(later)).toEqual({ kind: 'run', how: 'onward' });
    expect(text()).toBe(asked);
    expect(await ask(untilDrain(plan))).toEqual({ kind: 'run', how: 'key' });
    expect(await ask(later)).toEqual({ kind: 'stop', because: 'unconfirmed' });
  });
});

describe('other questions in lines', () => {
  test('a failure lists its choices by number, the suggested one first', async () => {
    expect(await answered(['', '9', '2'], { moments: failed })).toEqual({ kind: 'chosen', choice: { kind: 'retry' }, by: 'operator' });
    expect(await answered(['4', 'verified by hand'], { moments: failed })).toEqual({
      kind: 'chosen',
      choice: { kind: 'override' },
      reason: 'verified by hand',
      by: 'operator',
    });
    expect(await answered(['4'], { moments: failed })).toEqual({ kind: 'stop', because: 'unconfirmed' });
  });

  test('E says whom to call, and the choices stay', async () => {
    const plan = planOn(staging);
    const { run } = played(plan, failed);
    const { operator, text } = at(['E', '2']);
    expect(await operator.answer(plan, run, questionOf(plan, run), {})).toEqual({ kind: 'chosen', choice: { kind: 'retry' }, by: 'operator' });
    expect(text()).toContain('These documents do not say whom to call');
    expect(text()).toContain('STAGING: 3 drain-connections FAILED, exit 4 after 30 s');
  });

  test('a manual step is attested', async () => {
    const moments = untilDrain(planOn(staging)).slice(0, 4);
    expect(await answered(['d', ''], { moments })).toEqual({ kind: 'attested', done: true, note: '' });
    expect(await answered(['f', 'nobody answered'], { moments })).toEqual({ kind: 'attested', done: false, note: 'nobody answered' });
  });

  test.each([
    [['db-stg-03'], { kind: 'value', text: 'db-stg-03', from: 'typed' }],
    [['2'], { kind: 'value', text: 'db-stg-03', from: 'chosen' }],
    [[''], { kind: 'value', text: 'db-stg-02', from: 'default' }],
  ])('an input takes %j', async (lines, answer) => {
    const question: Question = {
      kind: 'input',
      frame: 0,
      usedBy: [],
      input: {
        name: 'target',
        meaning: '',
        allowed: { kind: 'choices', choices: ['db-stg-02', 'db-stg-03'] },
        default: 'db-stg-02',
        place: { path: 'a.md', line: 1, column: 1 },
      },
    };
    expect(await answered(lines, { question })).toEqual(answer);
  });

  test('a secret is read hidden where that can be done, and otherwise not without a word', async () => {
    const plan = planOn(staging);
    const { run } = played(plan, untilDrain(plan));
    const question: Question = {
      kind: 'input',
      frame: 0,
      usedBy: [],
      input: { name: 'token', meaning: '', allowed: { kind: 'secret' }, place: { path: 'a.md', line: 1, column: 1 } },
    };
    const value = { kind: 'value', text: ' s3cret ', from: 'typed' };
    const open = at(['', ' s3cret ']);
    expect(await open.operator.answer(plan, run, question, {})).toEqual(value);
    expect(open.text()).toContain('can be seen');
    const written: string[] = [];
    const hidden = linePrompts({
      read: () => Promise.reject(new Error('shown')),
      readHidden: async () => ' s3cret ',
      write: (text) => void written.push(text),
      note: () => {},
    });
    expect(await hidden.answer(plan, run, question, {})).toEqual(value);
    expect(written.join('')).not.toContain('can be seen');
  });

  test.each([
    [['', 'y'], true],
    [['n'], false],
    [[], false],
  ])('changed files with %j', async (lines, accepted) => {
    const plan = planOn(staging);
    const { run } = played(plan, untilDrain(plan));
    const change: FileChange = { path: 'a.md', kind: 'changed', diff: '-a\n+b\u{1b}[2J\n' };
    const { operator, text } = at(lines);
    expect(await operator.accept(plan, run, [change])).toBe(accepted);
    expect(text()).toContain('+b^[[2J');
  });

  test.each([
    [['', 'y'], true],
    [['n'], false],
    [[], false],
  ])('credentials to renew with %j', async (lines, renewed) => {
    const plan = planOn(staging);
    const { run } = played(plan, untilDrain(plan));
    const { operator, text } = at(lines);
    expect(await operator.renew(plan, run, { why: 'They have expired.\u{1b}[2J', hint: 'aws sso login --profile lego' })).toBe(renewed);
    expect(text()).toContain('They have expired.^[[2J');
    expect(text()).toContain('  aws sso login --profile lego\n');
  });
});
