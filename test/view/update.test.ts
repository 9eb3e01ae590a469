import { describe, expect, test } from 'vitest';
import { apply } from '../../engine/core/apply.ts';
import type { Context, FileChange, Question } from '../../engine/core/need.ts';
import type { Input } from '../../engine/core/plan.ts';
import { lookOf } from '../../engine/view/look.ts';
import { drawFrame } from '../../engine/view/screens/frame.ts';
import { type Action, type Asked, type Effect, initial, type State } from '../../engine/view/state.ts';
import { update } from '../../engine/view/update.ts';
import {
  attempted,
  drainFailed,
  type Moment,
  planOn,
  playbookEnded,
  played,
  production,
  questionOf,
  running,
  staging,
  started,
  startedAt,
  untilDrain,
} from './sample.ts';

/** Presses keys one after the other: names in angle brackets, everything else character by character. */
function keys(text: string): readonly Action[] {
  return [...text.matchAll(/<([^>]+)>|([^<])/gu)].map(([, name, character]) => ({
    kind: 'key',
    press: name === undefined ? { name: character === ' ' ? 'space' : (character ?? ''), text: character ?? '' } : { name, text: '' },
  }));
}

type Asking = {
  readonly plan?: ReturnType<typeof planOn>;
  readonly moments?: readonly Moment[];
  readonly context?: Context;
  readonly asked?: (question: Question) => Asked;
  readonly rows?: number;
  readonly columns?: number;
};

/** A view at its question, not yet armed. */
function asking({ plan = planOn(staging), moments = untilDrain(plan), context = {}, asked, rows = 24, columns = 80 }: Asking = {}): State {
  const { run } = played(plan, moments);
  const question = asked === undefined ? ({ kind: 'question', question: questionOf(plan, run), context } as const) : asked(questionOf(plan, run));
  const first = initial(lookOf({ columns, rows }, { colour: false, unicode: true }), startedAt);
  return update(first, { kind: 'ask', scene: { plan, run, folder: 'runs/9c2m1' }, asked: question, at: startedAt }).state;
}

/** What comes of actions: the last state and all effects. */
function follow(state: State, ...actions: readonly Action[]): { readonly state: State; readonly effects: readonly Effect[] } {
  let now = state;
  const effects: Effect[] = [];
  for (const action of actions) {
    const next = update(now, action);
    now = next.state;
    effects.push(...next.effects);
  }
  return { state: now, effects };
}

const armed: Action = { kind: 'armed' };
const effectsOf = (state: State, text: string) => follow(state, armed, ...keys(text)).effects;
const answer = (given: object) => [{ kind: 'answer', answer: given }];
const onProduction = planOn(production);
const input: Input = { name: 'target', meaning: '', allowed: { kind: 'text' }, place: { path: 'a.md', line: 1, column: 1 } };
const asksFor = (more: Partial<Input>, context: Context = {}) =>
  asking({ asked: () => ({ kind: 'question', question: { kind: 'input', frame: 0, input: { ...input, ...more }, usedBy: [] }, context }) });
const longCommand = (question: Question): Asked => {
  if (question.kind !== 'confirm') throw new Error('A confirmation was expected.');
  return {
    kind: 'question',
    question: { ...question, block: { ...question.block, text: Array.from({ length: 60 }, (_, line) => `echo ${line}`).join('\n') } },
    context: {},
  };
};

describe('a step that is to be confirmed', () => {
  test.each([
    ['y runs it', 'y', answer({ kind: 'run', how: 'key' })],
    ['Enter never runs it', '<enter><enter><enter>', []],
    ['d asks for its dry run', 'd', answer({ kind: 'dry-run' })],
    ['a does nothing before a step that changes something', 'a', []],
    ['e opens the file at the line', 'e', [{ kind: 'edit', place: { path: 'runbooks/database-operations.md', line: 61, column: 1 } }]],
    ['N writes a note', 'Nthey know<enter>', [{ kind: 'note', text: 'they know' }]],
    ['a note without words is none', 'N <enter>', []],
    ['Esc leaves the note, and y then runs it', 'Nthey<esc>y', answer({ kind: 'run', how: 'key' })],
    ['N from the list of steps too', 'nNthey know<enter>', [{ kind: 'note', text: 'they know' }]],
    ['n answers nothing', 'n', []],
    ['no other key answers anything', 'abfgijkmopqrtuwzYDE1234567890 <tab><up><down><pgup><home><end><ctrl+l>', []],
    ['n leads to the list of steps, Enter back, and y runs it', 'n<enter>y', answer({ kind: 'run', how: 'key' })],
    ['y in the list of steps does nothing', 'ny', []],
    ['y does nothing while the raw command is shown', 'xy', []],
    ['y runs it when the resolved command is back', 'xxy', answer({ kind: 'run', how: 'key' })],
    ['y does nothing under the values or the help', 'vy?y', []],
    ['y does nothing under the prose', 'py', []],
    ['p leads to the prose, p back, and y runs it', 'ppy', answer({ kind: 'run', how: 'key' })],
    ['a skip wants a reason', 's<enter>', []],
    ['a skip wants ten characters', 'stoo short<enter>', []],
    ['a reason is taken with Enter', 'sdone by hand<enter>', answer({ kind: 'skip', reason: 'done by hand' })],
    ['Esc leaves the reason, and y then runs it', 'sdone by hand<esc>y', answer({ kind: 'run', how: 'key' })],
    ['Ctrl+C asks, and y stops', '<ctrl+c>y', answer({ kind: 'stop', because: 'operator' })],
    ['Ctrl+C twice stops', '<ctrl+c><ctrl+c>', answer({ kind: 'stop', because: 'operator' })],
    ['Ctrl+C asks, and n goes on', '<ctrl+c>n', []],
    ['Enter in the stop dialog does nothing', '<ctrl+c><enter>', []],
    ['l opens the log of the latest attempt', 'l', [{ kind: 'pager', attempt: 1 }]],
  ])('%s', (_title, text, effects) => {
    expect(effectsOf(asking(), text)).toEqual(effects);
  });

  test('has no key for prose where the document says nothing about it', () => {
    const failover = [...untilDrain(planOn(staging)), ...attempted(70, 'drain-connections', 2, 30)];
    const state = follow(
      asking({ moments: [...failover, ...attempted(110, 'drain-connections', 3, 1, { purpose: 'check' })] }),
      armed,
      ...keys('p'),
    ).state;
    expect(state.asking?.pane).toBe('question');
    expect(drawFrame(state).lines.join('\n')).toContain('4 fail-over');
    expect(drawFrame(state).lines.join('\n')).not.toContain('p prose');
  });

  test('is not answered by what was typed before the keyboard was quiet', () => {
    const typedAhead = follow(asking(), ...keys('y<enter>y'));
    expect(typedAhead.effects).toEqual([]);
    expect(effectsOf(typedAhead.state, 'y')).toEqual(answer({ kind: 'run', how: 'key' }));
  });

  test('can be left by Ctrl+C at once', () => {
    expect(follow(asking(), ...keys('<ctrl+c>y')).effects).toEqual(answer({ kind: 'stop', because: 'operator' }));
  });

  test('is answered once: a second y finds no question', () => {
    expect(effectsOf(asking(), 'yyyy')).toHaveLength(1);
  });

  test('is not answered by a paste', () => {
    expect(follow(asking(), armed, { kind: 'paste', text: 'y\r' }).effects).toEqual([]);
  });

  test('needs the end of its command on the screen', () => {
    const long = asking({ asked: longCommand });
    expect(effectsOf(long, 'y')).toEqual([]);
    expect(effectsOf(long, '<pgdn>y')).toEqual([]);
    expect(effectsOf(long, 'Gy')).toEqual(answer({ kind: 'run', how: 'key' }));
    expect(effectsOf(long, 'G<home>y')).toEqual(answer({ kind: 'run', how: 'key' }));
    expect(effectsOf(asking({ asked: longCommand, rows: 90 }), 'y')).toEqual(answer({ kind: 'run', how: 'key' }));
  });

  test('does not count the end of the raw command or of the values as shown', () => {
    expect(effectsOf(asking({ asked: longCommand }), 'xGxgvGvy')).toEqual([]);
  });

  test('cannot be answered on a terminal that is too small to show it', () => {
    const small = asking({ rows: 12, columns: 50 });
    expect(effectsOf(small, 'y')).toEqual([]);
    const larger = follow(small, armed, { kind: 'resize', look: lookOf({ columns: 80, rows: 24 }, { colour: false, unicode: true }) });
    expect(effectsOf(larger.state, 'y')).toEqual(answer({ kind: 'run', how: 'key' }));
  });

  test('nor on one that became too small after it was shown, but can be left there', () => {
    const small = lookOf({ columns: 50, rows: 12 }, { colour: false, unicode: true });
    const shrunk = follow(asking(), armed, { kind: 'resize', look: small }).state;
    expect(effectsOf(shrunk, 'y')).toEqual([]);
    expect(effectsOf(shrunk, '<ctrl+c>y')).toEqual(answer({ kind: 'stop', because: 'operator' }));
  });
});

describe('c copies what is shown', () => {
  const command = 'pgbouncer-ctl pause orders --host db-stg-01\nwait-idle --max 30s --host db-stg-01';

  test('with its values, also under the raw command, and without the line feed that would run it', () => {
    const { state, effects } = follow(asking(), armed, ...keys('xc'));
    expect(effects).toEqual([{ kind: 'copy', text: command }]);
    expect(state.asking?.notice).toMatch(/^copied: 80 B, /u);
  });

  test('but never a secret', () => {
    const { state, effects } = follow(asking({ context: { masked: { text: 'a [secret]', source: 'a [secret]' } } }), armed, ...keys('c'));
    expect(effects).toEqual([]);
    expect(state.asking?.notice).toBe('Not copied: it holds a secret.');
  });

  test.each([
    [55_500, 1],
    [55_501, 0],
  ])('and no more than terminals take: %i bytes', (size, copies) => {
    const large = (question: Question): Asked => {
      if (question.kind !== 'confirm') throw new Error('A confirmation was expected.');
      return { kind: 'question', question: { ...question, block: { ...question.block, text: 'x'.repeat(size) } }, context: {} };
    };
    const { state, effects } = follow(asking({ asked: large }), armed, ...keys('c'));
    expect(effects).toHaveLength(copies);
    expect(state.asking?.notice).toContain(copies === 1 ? 'copied' : 'Not copied: it is longer than the 74.0 kB');
  });
});

describe('e', () => {
  test('leads to the question being asked again, which finds what changed', () => {
    const { state, effects } = follow(asking(), armed, ...keys('e'), { kind: 'edited' });
    expect(effects.at(-1)).toEqual({ kind: 'answer', answer: { kind: 'again' } });
    expect(state.asking).toBeUndefined();
  });

  test('says what is wrong where there is no editor, and the question stays', () => {
    const { state, effects } = follow(asking(), armed, ...keys('e'), { kind: 'edited', problem: 'No editor is set.' });
    expect(effects).toHaveLength(1);
    expect(state.asking?.notice).toBe('No editor is set.');
  });
});

describe('a dry run', () => {
  const moments = (plan = planOn(staging)): readonly Moment[] => [
    ...untilDrain(plan),
    [70, { type: 'companion-chosen', frame: 0, step: 'drain-connections', purpose: 'dry-run' }],
  ];
  const dry = () => asking({ moments: moments() });

  test.each([
    ['is run by y', 'y', answer({ kind: 'run', how: 'key' })],
    ['is not run by Enter', '<enter><enter>', []],
    ['n leads back to the question of the step', 'n', answer({ kind: 'skip', reason: 'not wanted after all' })],
    ['Esc too', '<esc>', answer({ kind: 'skip', reason: 'not wanted after all' })],
    ['has no dry run, no skip and no running on', 'dsaD', []],
    ['is copied as it is', 'c', [{ kind: 'copy', text: 'pgbouncer-ctl show orders' }]],
  ])('%s', (_title, text, effects) => {
    expect(effectsOf(dry(), text)).toEqual(effects);
  });

  test('wants no name typed', () => {
    expect(effectsOf(asking({ plan: onProduction, moments: moments(onProduction) }), 'y')).toEqual(answer({ kind: 'run', how: 'key' }));
  });
});

describe('running on', () => {
  const plan = planOn(staging);
  const first = () => asking({ moments: [started(plan)] });
  /** The question after these moments, asked of a view that has come so far. */
  const then = (state: State, moments: readonly Moment[], context: Context = {}): Action => {
    const { run } = played(plan, moments);
    return { kind: 'ask', scene: { plan, run, folder: '' }, asked: { kind: 'question', question: questionOf(plan, run), context }, at: state.now };
  };
  const onward = answer({ kind: 'run', how: 'onward' });
  const last: readonly Moment[] = [
    ...untilDrain(plan),
    [70, { type: 'step-skipped', frame: 0, step: 'drain-connections', by: 'operator', reason: 'not needed' }],
    ...attempted(80, 'fail-over', 2, 1),
  ];
  const onTheWay = () => follow(first(), armed, ...keys('a')).state;

  test('begins with the step that is shown', () => {
    expect(effectsOf(first(), 'a')).toEqual(answer({ kind: 'run', how: 'key' }));
    expect(effectsOf(first(), 'xa')).toEqual([]);
  });

  test('answers for steps that only read, and for nothing else', () => {
    expect(follow(onTheWay(), then(first(), last)).effects).toEqual(onward);
    const byHand = follow(onTheWay(), then(first(), untilDrain(plan).slice(0, 4)));
    expect(byHand.effects).toEqual([]);
    expect(byHand.state.stretch).toBeUndefined();
    const changing = follow(onTheWay(), then(first(), untilDrain(plan)));
    expect(changing.effects).toEqual([]);
    expect(follow(changing.state, then(first(), last)).effects, 'not again after it has ended').toEqual([]);
  });

  test('asks where the last answer was not taken, and where nothing can be seen', () => {
    expect(follow(onTheWay(), then(first(), last, { refused: 'no' })).effects).toEqual([]);
    const small = lookOf({ columns: 50, rows: 12 }, { colour: false, unicode: true });
    expect(follow(onTheWay(), { kind: 'resize', look: small }, then(first(), last)).effects).toEqual([]);
  });

  test.each(['y', 'q', '<enter>', '<esc>', ' ', 'l', '<up>'])('is ended by the key %s, which does nothing else', (key) => {
    expect(follow(onTheWay(), ...keys(key), then(first(), last)).effects).toEqual([]);
  });

  test('is ended by Ctrl+C, which stops the step as well, and by a paste', () => {
    expect(follow(onTheWay(), ...keys('<ctrl+c>'), then(first(), last)).effects).toEqual([{ kind: 'stop-attempt' }]);
    expect(follow(onTheWay(), { kind: 'paste', text: 'x' }, then(first(), last)).effects).toEqual([]);
  });

  test('is ended by changed files', () => {
    const { run } = played(plan, last);
    const changed: Action = { kind: 'ask', scene: { plan, run, folder: '' }, asked: { kind: 'changes', changes: [] }, at: startedAt };
    expect(follow(onTheWay(), changed, then(first(), last)).effects).toEqual([]);
  });

  test('is said on the screen as long as it lasts', () => {
    const words = 'running on through steps that only read  any key ends it';
    expect(drawFrame(onTheWay()).lines.at(-1)).toContain(words);
    expect(drawFrame(follow(onTheWay(), ...keys('y')).state).lines.at(-1)).not.toContain('running on');
  });
});

describe('what changed since a step last ended well here', () => {
  const since = { kind: 'compared', run: '9b', at: '', lines: 1, diff: '--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n' } as const;

  test('D shows it and leads back', () => {
    const shown = follow(asking({ context: { since } }), armed, ...keys('D')).state;
    expect(drawFrame(shown).lines.join('\n')).toContain('+b');
    expect(effectsOf(shown, 'y')).toEqual([]);
    expect(effectsOf(shown, 'Dy')).toEqual(answer({ kind: 'run', how: 'key' }));
  });

  test('is no key where nothing did', () => {
    expect(effectsOf(asking({ context: { since: { ...since, lines: 0, diff: '' } } }), 'Dy')).toEqual(answer({ kind: 'run', how: 'key' }));
    expect(effectsOf(asking({ context: { since: { kind: 'never' } } }), 'Dy')).toEqual(answer({ kind: 'run', how: 'key' }));
  });
});

describe('a step whose stage has to be typed', () => {
  const typed = () => asking({ plan: onProduction, moments: untilDrain(onProduction) });
  test.each([
    ['runs when the name is typed in full', 'production<enter>', answer({ kind: 'run', how: 'typed', typed: 'production' })],
    ['does not run by y', 'y', []],
    ['does not run by Enter', '<enter>', []],
    ['does not run by a part of the name', 'produc<enter>', []],
    ['does not run by the name in capitals', 'PRODUCTION<enter>', []],
    ['is typed anew after a mistake', 'prod<enter>production<enter>', answer({ kind: 'run', how: 'typed', typed: 'production' })],
    ['takes a correction', 'producto<backspace>ion<enter>', answer({ kind: 'run', how: 'typed', typed: 'production' })],
    ['does not run by y after Esc', '<esc>y<enter>', []],
    ['is skipped after Esc, with a reason', '<esc>sdone by hand<enter>', answer({ kind: 'skip', reason: 'done by hand' })],
    ['is typed after Esc and Enter', '<esc><enter>production<enter>', answer({ kind: 'run', how: 'typed', typed: 'production' })],
  ])('%s', (_title, text, effects) => {
    expect(effectsOf(typed(), text)).toEqual(effects);
  });

  test('ignores a paste and says so', () => {
    const { state, effects } = follow(typed(), armed, { kind: 'paste', text: 'production' }, ...keys('<enter>'));
    expect(effects).toEqual([]);
    expect(follow(typed(), armed, { kind: 'paste', text: 'production' }).state.asking?.notice).toBe('Paste is ignored here: type it.');
    expect(state.asking?.text).toBe('');
  });

  test('takes a few characters that come at once from a slow line, but not their Enter', () => {
    const bursts = ['pro', 'du', 'cti', 'on'].map((text): Action => ({ kind: 'key', press: { name: '', text } }));
    expect(follow(typed(), armed, ...bursts).effects).toEqual([]);
    expect(follow(typed(), armed, ...bursts, ...keys('<enter>')).effects).toEqual(answer({ kind: 'run', how: 'typed', typed: 'production' }));
  });

  test('takes no paste of a terminal that does not mark it: more in one go than anybody types, or all of it', () => {
    const chunk = (text: string): Action => ({ kind: 'key', press: { name: '', text } });
    const { state, effects } = follow(typed(), armed, ...keys('pro'), chunk('duction'), ...keys('<enter>'));
    expect(effects).toEqual([]);
    expect(follow(typed(), armed, chunk('production')).state.asking).toMatchObject({ text: '', notice: 'Paste is ignored here: type it.' });
    expect(state.asking?.typing).toBe(true);
  });
});

describe('a choice after a failure', () => {
  const failed = () => asking({ moments: [...untilDrain(planOn(staging)), ...drainFailed] });
  const chosen = (kind: string, more: object = {}) => [
    { kind: 'answer', answer: { kind: 'chosen', choice: expect.objectContaining({ kind }), by: 'operator', ...more } },
  ];
  test.each([
    ['Enter takes the suggested playbook', '<enter>', chosen('playbook')],
    ['a digit marks and does not choose', '2', []],
    ['a digit marks and Enter chooses', '2<enter>', chosen('retry')],
    ['arrows mark too', '<down><down><enter>', chosen('rollback')],
    ['j and k mark too', 'jjk<enter>', chosen('retry')],
    ['marking ends at the last choice', 'jjjjjjjjj<enter>', chosen('stop')],
    ['a digit beyond the choices does nothing', '9<enter>', chosen('playbook')],
    ['going on although it failed wants a reason', '4<enter><enter>', []],
    ['and takes it', '4<enter>verified by hand<enter>', chosen('override', { reason: 'verified by hand' })],
    ['Esc leaves the reason for the choices', '4<enter>verified<esc>5<enter>', chosen('stop')],
    ['y does nothing', 'y', []],
  ])('%s', (_title, text, effects) => {
    expect(effectsOf(failed(), text)).toEqual(effects);
  });

  test('N writes a note beside them', () => {
    expect(effectsOf(failed(), 'Nthey were told<enter>')).toEqual([{ kind: 'note', text: 'they were told' }]);
  });

  test('N works where the question is not about a step, and Ctrl+N where a field is open', () => {
    const changes = asking({ asked: () => ({ kind: 'changes', changes: [] }) });
    expect(follow(changes, armed, ...keys('Nseen<enter>')).effects).toEqual([{ kind: 'note', text: 'seen' }]);
    const written = follow(asksFor({}), armed, ...keys('an<ctrl+n>Nobody knows<enter>swer<enter>'));
    expect(written.effects).toEqual([{ kind: 'note', text: 'Nobody knows' }, ...answer({ kind: 'value', text: 'answer', from: 'typed' })]);
  });

  test('N that was typed before the question opens no note', () => {
    expect(follow(failed(), ...keys('Nthey<enter>')).state.noting).toBeUndefined();
  });

  test('Ctrl+C leaves the note and asks whether to stop; what is pasted goes into it', () => {
    const pasting = follow(failed(), armed, ...keys('N'), { kind: 'paste', text: 'two\nlines' }, ...keys('<enter>'));
    expect(pasting.effects).toEqual([{ kind: 'note', text: 'two lines' }]);
    expect(follow(failed(), armed, ...keys('Nthey<ctrl+c>')).state).toMatchObject({ asking: { pane: 'stop' } });
  });

  test('E says whom to call and copies a summary, and leads back', () => {
    const [copy, ...rest] = effectsOf(failed(), 'E');
    expect(rest).toEqual([]);
    if (copy?.kind !== 'copy') throw new Error('A copy was expected.');
    expect(copy.text).toMatchInlineSnapshot(`
      "STAGING: 3 drain-connections FAILED, exit 4 after 30 s
      database-operations, Drain the connections (runbooks/database-operations.md:60)
      run 9c2m1, started 2026-11-22T19:02:08.000Z by admin on bastion-2
      ticket CHG-4412
      gave up after 30 s with 8 queries in flight
      error InFlight
      at runbooks/database-operations.md:62: wait-idle --max 30s --host db-stg-01
      Step 3 may have done a part of its work. Nothing after it has run."
    `);
    expect(effectsOf(failed(), 'E2')).toHaveLength(1);
    expect(effectsOf(failed(), 'EE2<enter>').slice(1)).toEqual(chosen('retry'));
  });

  test('an unknown end is settled with a reason only', () => {
    const unknown = asking({
      moments: [...untilDrain(planOn(staging)), ...attempted(70, 'drain-connections', 2, 30, { outcome: { kind: 'timed-out' } })],
    });
    expect(effectsOf(unknown, '<enter>')).toEqual(chosen('check'));
    expect(effectsOf(unknown, '3<enter>')).toEqual([]);
    expect(effectsOf(unknown, '3<enter>in_flight is 0 now<enter>')).toEqual(chosen('settle', { reason: 'in_flight is 0 now' }));
  });

  test('after a playbook its own suggestion needs no reason, counting as done does', () => {
    const returned = asking({ moments: [...untilDrain(planOn(staging)), ...drainFailed, ...playbookEnded] });
    expect(effectsOf(returned, '<enter>')).toEqual(chosen('retry'));
    expect(effectsOf(returned, '2<enter>')).toEqual([]);
  });

  test('no to an undo leads back to the choices and never on', () => {
    const moments: readonly Moment[] = [
      ...untilDrain(planOn(staging)),
      ...drainFailed,
      [110, { type: 'companion-chosen', frame: 0, step: 'drain-connections', purpose: 'rollback' }],
    ];
    expect(effectsOf(asking({ moments }), 'n')).toEqual(answer({ kind: 'skip', reason: 'not wanted after all' }));
    expect(effectsOf(asking({ moments }), 'ds')).toEqual([]);
    expect(effectsOf(asking({ moments }), 'y')).toEqual(answer({ kind: 'run', how: 'key' }));
  });
});

describe('other questions', () => {
  test.each([
    ['d says it is done, a note may be empty', 'd<enter>', answer({ kind: 'attested', done: true, note: '' })],
    ['d with a note', 'dthey know<enter>', answer({ kind: 'attested', done: true, note: 'they know' })],
    ['f wants to know how it failed', 'f<enter>', []],
    ['f takes it', 'fnobody answered<enter>', answer({ kind: 'attested', done: false, note: 'nobody answered' })],
    ['s skips with a reason', 'snot needed now<enter>', answer({ kind: 'skip', reason: 'not needed now' })],
    ['Enter alone attests nothing', '<enter>', []],
  ])('a manual step: %s', (_title, text, effects) => {
    expect(effectsOf(asking({ moments: untilDrain(planOn(staging)).slice(0, 4) }), text)).toEqual(effects);
  });

  test.each([
    ['a value', {}, 'db-stg-03<enter>', answer({ kind: 'value', text: 'db-stg-03', from: 'typed' })],
    ['nothing typed and no default', {}, '<enter>', []],
    ['the default', { default: 'db-stg-02' }, '<enter>', answer({ kind: 'value', text: 'db-stg-02', from: 'default' })],
    [
      'a secret keeps its spaces',
      { allowed: { kind: 'secret' } },
      ' pass word <enter>',
      answer({ kind: 'value', text: ' pass word ', from: 'typed' }),
    ],
    ['one of a list', { allowed: { kind: 'choices', choices: ['a', 'b'] } }, '<down><enter>', answer({ kind: 'value', text: 'b', from: 'chosen' })],
    [
      'the default of a list is marked',
      { allowed: { kind: 'choices', choices: ['a', 'b'] }, default: 'b' },
      '<enter>',
      answer({ kind: 'value', text: 'b', from: 'chosen' }),
    ],
  ] as const)('an input: %s', (_title, more, text, effects) => {
    expect(effectsOf(asksFor(more), text)).toEqual(effects);
  });

  test('an input takes a paste, on one line', () => {
    expect(follow(asksFor({}), armed, { kind: 'paste', text: 'db-stg\n-03\u{1b}' }, ...keys('<enter>')).effects).toEqual(
      answer({ kind: 'value', text: 'db-stg -03', from: 'typed' }),
    );
  });

  test('why the last value was refused is shown', () => {
    expect(asksFor({}, { refused: 'It must be a number.' }).asking?.notice).toBe('It must be a number.');
  });

  test('changed files are accepted by y after their end was shown, and refused by n', () => {
    const change: FileChange = { path: 'a.md', kind: 'changed', diff: '+x\n'.repeat(60) };
    const changed = asking({ asked: () => ({ kind: 'changes', changes: [change] }) });
    expect(effectsOf(changed, 'y<enter>')).toEqual([]);
    expect(effectsOf(changed, 'Gy')).toEqual([{ kind: 'accept', accepted: true }]);
    expect(effectsOf(changed, 'n')).toEqual([{ kind: 'accept', accepted: false }]);
  });

  test('that credentials are renewed is said by y, by n that they are not, and by no other key', () => {
    const renewal = asking({ asked: () => ({ kind: 'renewal', renewal: { why: 'They have expired.', hint: 'aws sso login' } }) });
    expect(effectsOf(renewal, '<enter> rsdtx1')).toEqual([]);
    expect(effectsOf(renewal, 'y')).toEqual([{ kind: 'accept', accepted: true }]);
    expect(effectsOf(renewal, '<esc>')).toEqual([{ kind: 'accept', accepted: false }]);
    expect(effectsOf(renewal, '<ctrl+c>y')).toEqual([{ kind: 'answer', answer: { kind: 'stop', because: 'operator' } }]);
  });
});

describe('lists that are long', () => {
  const choices = Array.from({ length: 40 }, (_, index) => `db-stg-${index}`);
  const long = () => asksFor({ allowed: { kind: 'choices', choices } });
  const shown = (state: State, text: string) => drawFrame(follow(state, armed, ...keys(text)).state).lines.join('\n');

  test('the marked value is on the screen, wherever it is', () => {
    expect(shown(long(), '')).toContain('› 1  db-stg-0');
    expect(shown(long(), 'j'.repeat(39))).toContain('› 40  db-stg-39');
  });

  test('values are filtered, and Enter first keeps the filter, then takes the value', () => {
    expect(shown(long(), '/stg-3')).toMatch(/\/ stg-3_ +11 choices/u);
    expect(effectsOf(long(), '/stg-3<enter>')).toEqual([]);
    expect(effectsOf(long(), '/stg-3<enter>j<enter>')).toEqual(answer({ kind: 'value', text: 'db-stg-30', from: 'chosen' }));
    expect(effectsOf(long(), '/stg-3<enter><esc>j<enter>')).toEqual(answer({ kind: 'value', text: 'db-stg-1', from: 'chosen' }));
    expect(effectsOf(long(), '/nothing<enter><enter>')).toEqual([]);
    expect(follow(long(), armed, ...keys('/'), { kind: 'paste', text: 'stg-3' }, ...keys('<enter>2<enter>')).effects).toEqual(
      answer({ kind: 'value', text: 'db-stg-30', from: 'chosen' }),
    );
  });

  test('a short list has no filter', () => {
    expect(effectsOf(asksFor({ allowed: { kind: 'choices', choices: ['a', 'b'] } }), '/b<enter>')).toEqual(
      answer({ kind: 'value', text: 'a', from: 'chosen' }),
    );
  });

  test('steps are filtered by id and title', () => {
    const list = shown(asking(), 'n/the re');
    expect(list).toMatch(/\/ the re_ +1 of 5/u);
    expect(list).toContain('1 check-replicas');
    expect(list).not.toContain('4 fail-over');
    expect(shown(asking(), 'n/drain-c<enter><esc>')).toContain('4 fail-over');
    expect(shown(asking(), 'n/nothing')).toContain('none of 5 steps has it');
  });

  test('a filter answers nothing and is gone with the list', () => {
    expect(effectsOf(asking(), 'n/ysdx')).toEqual([]);
    expect(effectsOf(asking(), 'n/drain<enter><enter>y')).toEqual(answer({ kind: 'run', how: 'key' }));
    expect(shown(asking(), 'n/drain<enter><enter>n')).toContain('4 fail-over');
  });
});

describe('a step that runs', () => {
  const plan = planOn(staging);
  const { run, events } = played(plan, [...untilDrain(plan), ...running(70, 'drain-connections', 2)]);
  const scene = { plan, run, folder: '' };
  const lines = (total: number): Action => ({
    kind: 'output',
    attempt: 2,
    lines: Array.from({ length: Math.min(200, total) }, (_, index) => `line ${total - Math.min(200, total) + index}`),
    total,
    bytes: total,
    at: startedAt,
  });
  const live = () => {
    const last = events.at(-1);
    if (last === undefined) throw new Error('There are events.');
    return follow(initial(lookOf({ columns: 80, rows: 24 }, { colour: false, unicode: true }), startedAt), {
      kind: 'event',
      scene,
      event: last,
      at: startedAt,
    }).state;
  };

  test('is stopped by Ctrl+C and killed by a second one', () => {
    expect(follow(live(), ...keys('<ctrl+c><ctrl+c>')).effects).toEqual([{ kind: 'stop-attempt' }, { kind: 'kill-attempt' }]);
  });

  test('is not touched by any other key', () => {
    expect(follow(live(), ...keys('yqnsd<enter><esc> ')).effects).toEqual([]);
  });

  test('is found on resume too, without the event of its start', () => {
    const resumed = { type: 'run-resumed', operator: 'admin', host: 'bastion-1', engine: '0.1.0', at: new Date(startedAt).toISOString() } as const;
    const { state } = follow(initial(lookOf({ columns: 80, rows: 24 }, { colour: false, unicode: true }), startedAt), {
      kind: 'event',
      scene: { ...scene, run: apply(scene.plan, scene.run, resumed) },
      event: resumed,
      at: startedAt,
    });
    expect(state.live).toMatchObject({ attempt: 2, step: 'drain-connections' });
  });

  const screen = (state: State) => drawFrame(state).lines.join('\n');

  test('a held view stands still while lines come, and follows again at its end', () => {
    const held = follow(live(), lines(300), ...keys('<space>'));
    const later = follow(held.state, lines(350), lines(9000)).state;
    expect(screen(later)).toContain(' line 299\n');
    expect(screen(later)).toContain('held, 8700 lines below');
    const output = (state: State) => drawFrame(state).lines.filter((line) => line.includes('line '));
    expect(output(later).filter((line) => !line.includes('below'))).toEqual(output(held.state).filter((line) => !line.includes('300 lines')));
    expect(screen(follow(later, ...keys('<pgup>')).state)).toContain(' line 291\n');
    // What came since is what is in memory now, not what has gone.
    expect(screen(follow(later, ...keys('j')).state)).toContain(' line 8800\n');
    expect(screen(follow(later, ...keys('G')).state)).toMatch(/line 8999\n[\s\S]*following/u);
    expect(screen(follow(later, ...keys('<space>')).state)).toMatch(/line 8999\n[\s\S]*following/u);
  });

  test('at the oldest line in memory the view says where the earlier ones are, and the next key down moves it', () => {
    const top = follow(live(), lines(300), ...keys('g'));
    expect(screen(top.state)).toContain(' line 100\n');
    expect(screen(top.state)).toContain('100 earlier lines: only in the log, which l opens');
    expect(screen(follow(top.state, ...keys('kkkkj')).state)).not.toContain(' line 100\n');
  });

  test('N writes a note while it goes on, Ctrl+C still stops it, and a question that comes meanwhile leaves the note alone', () => {
    expect(follow(live(), ...keys('Nthey know<enter>')).effects).toEqual([{ kind: 'note', text: 'they know' }]);
    const writing = follow(live(), lines(3), ...keys('Nthey'));
    expect(screen(writing.state)).toContain('they_');
    expect(screen(writing.state)).toContain('running');
    expect(follow(writing.state, ...keys('<ctrl+c>')).effects).toEqual([{ kind: 'stop-attempt' }]);
    const asked = follow(
      writing.state,
      { kind: 'ask', scene, asked: { kind: 'changes', changes: [] }, at: startedAt },
      armed,
      ...keys(' know y<enter>'),
    );
    expect(asked.effects).toEqual([{ kind: 'note', text: 'they know y' }]);
    expect(asked.state.asking).toBeDefined();
    expect(follow(live(), lines(300), ...keys('/line<enter>N')).state.noting).toBeUndefined();
  });

  describe('its output can be searched', () => {
    const colour = (number: number) => `\u{1b}[32mline ${number}\u{1b}[0m${number % 50 === 0 ? ' Fault 7' : ''}`;
    const searched = (total: number): Action =>
      ({ ...lines(total), lines: Array.from({ length: 200 }, (_, index) => colour(total - 200 + index)) }) as Action;
    const at = (text: string, ...more: readonly Action[]) => screen(follow(live(), searched(300), ...keys(text), ...more).state);

    test.each([
      ['Enter goes to the newest line that has it', '/fault<enter>', '›line 250 Fault 7'],
      ['capitals count where there are some', '/FAULT<enter>', '/ FAULT_   no line has it'],
      ['how many lines have it is told while it is typed', '/fault', '/ fault_   4 lines   only the last 200 lines are in memory'],
      ['which one is shown', '/fault<enter>', '/ fault   4 of 4 lines'],
      ['N goes to the one before', '/fault<enter>NN', '›line 150 Fault 7'],
      ['N goes round', '/fault<enter>NNNN', '›line 250 Fault 7'],
      ['n goes to the next, round the end', '/fault<enter>n', '›line 100 Fault 7'],
      ['the letters of other keys are text', '/lnN ?jk q', '/ lnN ?jk q_'],
      ['nothing typed is no search', '/<enter>', 'following'],
      ['Esc in the field goes back to where the view was', '/fault<esc>', 'following'],
      ['Esc after it does, too', '/fault<enter>NN<esc>', 'following'],
      ['back to where it was held', 'kkkk/fault<enter>NN<esc>', 'held'],
      ['a second search starts from what is on the screen', '/fault<enter>NN/1<enter>', '›line 153'],
      ['the match stays marked while the help is read', '/fault<enter>??', '›line 250 Fault 7'],
    ])('%s', (_title, text, shown) => {
      expect(at(text)).toContain(shown);
    });

    test('the view stands still while one searches, and n finds what came since', () => {
      expect(at('/fault<enter>', searched(460))).toContain('›line 250 Fault 7');
      expect(at('/fault<enter>', searched(460), ...keys('n'))).toContain('›line 300 Fault 7');
    });

    test('a paste goes into the field', () => {
      expect(at('/', { kind: 'paste', text: 'fault\n' }, ...keys('<enter>'))).toContain('/ fault    4 of 4');
    });

    test('of a long line the part is shown that has it', () => {
      const long: Action = { ...lines(1), lines: [`${'x'.repeat(3000)} needle ${'y'.repeat(90)}`] } as Action;
      expect(screen(follow(live(), long, ...keys('/needle<enter>')).state)).toMatch(/›…x+ needle y+…/u);
    });

    test('Ctrl+C stops the step also out of the field, and no letter does anything', () => {
      expect(follow(live(), searched(300), ...keys('/yqnsdl <ctrl+c>')).effects).toEqual([{ kind: 'stop-attempt' }]);
    });
  });

  test('its last lines stay for the question that follows, and its screen goes', () => {
    const done = played(plan, [...untilDrain(plan), ...drainFailed]);
    const event = done.events.at(-1);
    if (event === undefined) throw new Error('There are events.');
    const { state } = follow(live(), lines(3), { kind: 'event', scene: { ...scene, run: done.run }, event, at: startedAt });
    expect(state.live).toBeUndefined();
    expect(state.last).toEqual(['line 0', 'line 1', 'line 2']);
  });
});
