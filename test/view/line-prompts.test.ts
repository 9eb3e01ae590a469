import { describe, expect, test } from 'vitest';
import type { Answer, FileChange, Question } from '../../engine/core/need.ts';
import { linePrompts } from '../../engine/view/line-prompts.ts';
import { drainFailed, type Moment, planOn, played, production, questionOf, staging, untilDrain } from './sample.ts';

/** An operator at a keyboard that types these lines and then hangs up. */
function at(lines: readonly string[]) {
  const left = [...lines];
  let text = '';
  const operator = linePrompts({
    read: async () => left.shift(),
    write: (more) => {
      text += more;
    },
  });
  return { operator, text: () => text };
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
    ['d is the dry run', ['x', 'v', 'd'], { kind: 'dry-run' }],
    ['s wants a reason of ten characters', ['s', 'short', 'done by hand'], { kind: 'skip', reason: 'done by hand' }],
    ['q stops', ['q'], { kind: 'stop', because: 'operator' }],
    ['a line that never comes stops', [], { kind: 'stop', because: 'unconfirmed' }],
    ['a reason that never comes stops', ['s'], { kind: 'stop', because: 'unconfirmed' }],
  ])('%s', async (_title, lines, answer) => {
    expect(await answered(lines)).toEqual(answer);
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
      Stop new connections at the proxy and wait for in-flight queries to end. Writers see *connection refused* until step 4. Budget: 90 seconds.
      > [!WARNING]
      > **High risk.** Their batch job retries once, then fails.

      Will run: bash, timeout 30 s, database-operations.md:61, cwd ~/ops
         1 pgbouncer-ctl pause orders --host db-stg-01
         2 wait-idle --max 30s --host db-stg-01

      {service} = orders   (stage, runbook.yaml)
      {host} = db-stg-01   (stage, runbook.yaml)
      if it fails: playbook entry "Queries stay in flight"   undo: yes
      verified by its check   output: /in_flight=0/
      Run this on STAGING? y run it, n list of steps, s skip, d dry run, x raw, v values, q stop: "
    `);
  });

  test('a typed stage is typed, y does not do', async () => {
    const moments = untilDrain(typed);
    expect(await answered(['y', 'PRODUCTION', 'production'], { plan: typed, moments })).toEqual({ kind: 'run', how: 'typed', typed: 'production' });
    expect(await answered(['y'], { plan: typed, moments })).toEqual({ kind: 'stop', because: 'unconfirmed' });
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
