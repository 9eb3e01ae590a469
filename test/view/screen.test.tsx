import { cleanup, render } from 'ink-testing-library';
import { afterEach, expect, test } from 'vitest';
import type { Press } from '../../engine/view/keys.ts';
import { lookOf } from '../../engine/view/look.ts';
import { Screen } from '../../engine/view/screen.tsx';
import { type Effect, initial } from '../../engine/view/state.ts';
import { createStore } from '../../engine/view/store.ts';
import { update } from '../../engine/view/update.ts';
import { planOn, played, production, questionOf, staging, startedAt, untilDrain } from './sample.ts';

afterEach(cleanup);

/** The screen in ink with an armed question; keys come as the bytes that a terminal sends. */
function open(plan = planOn(staging)) {
  const effects: Effect[] = [];
  const pressed: Press[] = [];
  const { run } = played(plan, untilDrain(plan));
  const first = initial(lookOf({ columns: 80, rows: 24 }, { colour: false, unicode: true }), startedAt);
  const store = createStore(first, update, (effect: Effect) => void effects.push(effect));
  store.dispatch({
    kind: 'ask',
    scene: { plan, run, folder: '' },
    asked: { kind: 'question', question: questionOf(plan, run), context: {} },
    at: startedAt,
  });
  store.dispatch({ kind: 'armed' });
  const onPress = (press: Press) => {
    pressed.push(press);
    store.dispatch({ kind: 'key', press });
  };
  const { stdin, lastFrame } = render(<Screen store={store} fullscreen={false} onPress={onPress} onReady={() => undefined} />);
  return { effects, pressed, type: (bytes: string) => stdin.write(bytes), frame: () => lastFrame() ?? '' };
}

test('keys that a terminal sends are the keys of the table', async () => {
  const { pressed, type } = open();
  const bytes = [
    '\r',
    '\u{1b}[A',
    '\u{1b}[B',
    '\u{1b}[5~',
    '\u{1b}[6~',
    '\u{1b}[H',
    '\u{1b}[F',
    '\u{7f}',
    '\t',
    ' ',
    'G',
    'é',
    '?',
    '\u{3}',
    '\u{15}',
  ];
  for (const sequence of bytes) type(sequence);
  await expect
    .poll(() => pressed.map(({ name }) => name))
    .toEqual(['enter', 'up', 'down', 'pgup', 'pgdn', 'home', 'end', 'backspace', 'tab', 'space', 'G', 'é', '?', 'ctrl+c', 'ctrl+u']);
});

test('y answers and the question is gone from the screen', async () => {
  const { effects, type, frame } = open();
  expect(frame()).toContain('Run this on STAGING?');
  type('y');
  await expect.poll(() => effects).toEqual([{ kind: 'answer', answer: { kind: 'run', how: 'key' } }]);
  await expect.poll(frame).not.toContain('Run this on STAGING?');
});

test('n shows the list of steps and Enter the question again', async () => {
  const { type, frame } = open();
  type('n');
  await expect.poll(frame).toContain('── Steps');
  type('\r');
  await expect.poll(frame).toContain('Run this on STAGING?');
});

test('Esc by itself leaves the typed field', async () => {
  const { type, frame } = open(planOn(production));
  type('pro');
  await expect.poll(frame).toContain('› pro_');
  type('\u{1b}');
  await expect.poll(frame).toContain('Enter opens the field');
});

test('a bracketed paste into the typed field is ignored and said to be', async () => {
  const { effects, type, frame } = open(planOn(production));
  type('\u{1b}[200~production\r\u{1b}[201~');
  await expect.poll(frame).toContain('Paste is ignored here');
  type('\r');
  await expect.poll(frame).toContain('That is not what has to be typed.');
  expect(effects).toEqual([]);
});

test('text that comes in one go, as an unmarked paste does, never presses Enter or a command key', async () => {
  const { effects, pressed, type } = open();
  type('y\ry\r');
  type('l');
  await expect.poll(() => effects).toEqual([{ kind: 'pager', attempt: 1 }]);
  expect(pressed[0]).toEqual({ name: '', text: 'yy' });
});
