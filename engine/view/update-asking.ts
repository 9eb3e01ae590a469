/** Keys while a question is open: moving about in it, and answering it. */

import type { Answer } from '../core/need.ts';
import { stretchOf } from '../core/onward.ts';
import { sizeWords } from '../core/words.ts';
import { blockShown } from './card.ts';
import { clipboardLimit, fitsClipboard } from './clipboard.ts';
import { escalationOf } from './escalation.ts';
import { edited, looksPasted, pasteIgnored } from './field.ts';
import type { Press, Verb } from './keys.ts';
import { choicesOf, optionsOf } from './options.ts';
import { leastLength } from './screens/writing.ts';
import type { Asking, Scene, State, Update } from './state.ts';

/** How many lines a page moves. */
const page = 8;

/** A key and what it does here. */
export type Pressed = { readonly verb: Verb | undefined; readonly press: Press };

/** The next state after a key on an open question, and the answer when it is one. */
export function updateAsking(state: State, scene: Scene, asking: Asking, { verb, press }: Pressed): Update {
  const change = (changes: Partial<Asking>): Update => ({ state: { ...state, asking: { ...asking, notice: '', ...changes } }, effects: [] });
  switch (verb) {
    case 'up':
    case 'down':
    case 'page-up':
    case 'page-down':
    case 'top':
    case 'bottom':
      return change(moved(scene, asking, verb));
    case 'help':
      return change({ pane: 'help', scroll: 0 });
    case 'values':
      return change({ pane: 'values', scroll: 0 });
    case 'difference':
      return change({ pane: 'difference', scroll: 0 });
    case 'copy':
      return copied(asking, change);
    case 'escalate':
      return escalated(state, scene, asking, change);
    case 'edit':
      return editing(state, scene, asking);
    case 'onward':
      return onward(state, scene, asking, change);
    case 'prose':
      return change({ pane: 'prose', scroll: 0 });
    case 'raw':
      return change({ raw: !asking.raw, scroll: 0 });
    case 'pager':
      return { state, effects: [{ kind: 'pager', attempt: scene.run.attempts }] };
    case 'leave':
      return left(state, asking);
    case 'open':
      return change({ pane: 'question', back: 'question', scroll: 0, filter: '' });
    case 'find':
      return change({ filtering: true, filter: '', marked: 0, scroll: 0 });
    case 'unfind':
      return change({ filtering: false, filter: '', marked: 0, scroll: 0 });
    case 'type':
      return change({ typing: true, text: '' });
    case 'skip':
      return change({ writing: { for: 'skip' }, text: '' });
    case 'done':
    case 'failed':
      return change({ writing: { for: 'attest', done: verb === 'done' }, text: '' });
    case 'stop':
      return answered(state, { kind: 'stop', because: 'operator' });
    case 'no':
      return refused(state, asking, change);
    case 'run':
      return asking.raw || !asking.seenEnd ? change({}) : answered(state, { kind: 'run', how: 'key' });
    case 'dry-run':
      return answered(state, { kind: 'dry-run' });
    case 'accept':
      return asking.seenEnd ? accepted(state, true) : change({});
    case 'refuse':
      return accepted(state, false);
    case 'choose':
      return chosen(state, scene, asking, change);
    case 'submit':
      if (asking.filtering) return change({ filtering: false });
      return submitted(state, scene, asking, change);
    default:
      return unbound(asking, press, change);
  }
}

type Change = (changes: Partial<Asking>) => Update;

/** Closes the question: the state is without it, so nothing that is typed later can answer it again. */
function answered({ asking: _, ...state }: State, answer: Answer): Update {
  return { state, effects: [{ kind: 'answer', answer }] };
}

function accepted({ asking: _, ...state }: State, yes: boolean): Update {
  return { state, effects: [{ kind: 'accept', accepted: yes }] };
}

function moved({ plan, run }: Scene, asking: Asking, verb: 'up' | 'down' | 'page-up' | 'page-down' | 'top' | 'bottom'): Partial<Asking> {
  const by = { up: -1, down: 1, 'page-up': -page, 'page-down': page, top: Number.NEGATIVE_INFINITY, bottom: Number.POSITIVE_INFINITY }[verb];
  const question = asking.asked.kind === 'question' && asking.pane === 'question' ? asking.asked.question : undefined;
  const choices =
    question === undefined ? 0 : 'choices' in question ? optionsOf(plan, run, question).length : choicesOf(question, asking.filter).length;
  if (choices > 0) return { marked: Math.max(0, Math.min(choices - 1, asking.marked + by)) };
  // The end is found when the screen is drawn; a number that is too large is cut there.
  return { scroll: Math.max(0, Math.min(1e6, asking.scroll + by)) };
}

/** Out of whatever lies over the question: a pane, a field of it, the typing. */
function left(state: State, asking: Asking): Update {
  const { writing, ...rest } = asking;
  const next: Asking =
    asking.pane !== 'question'
      ? { ...asking, pane: asking.back, scroll: 0 }
      : writing !== undefined
        ? { ...rest, text: '', notice: '' }
        : { ...asking, typing: false, text: '', notice: '' };
  return { state: { ...state, asking: next }, effects: [] };
}

/** Runs what is shown, and lets the steps after it run without being shown, as far as they only read. */
function onward(state: State, { plan, run }: Scene, asking: Asking, change: Change): Update {
  const stretch = asking.asked.kind === 'question' ? stretchOf(plan, run, asking.asked.question) : undefined;
  if (stretch === undefined || asking.raw || !asking.seenEnd) return change({});
  return answered({ ...state, stretch }, { kind: 'run', how: 'key' });
}

/** Without the last line feed: what is pasted into a shell waits there for its Enter. */
function copied(asking: Asking, change: Change): Update {
  const { asked } = asking;
  if (asked.kind !== 'question' || !('block' in asked.question)) return change({});
  if (asked.context.masked !== undefined) return change({ notice: 'Not copied: it holds a secret.' });
  return copying(asked.question.block.text.replace(/\n$/u, ''), change, {});
}

function copying(text: string, change: Change, changes: Partial<Asking>): Update {
  if (!fitsClipboard(text))
    return change({ ...changes, notice: `Not copied: it is longer than the ${sizeWords(clipboardLimit)} that a terminal takes.` });
  const size = sizeWords(Buffer.byteLength(text));
  return {
    ...change({ ...changes, notice: `copied: ${size}, if this terminal takes it (OSC 52)` }),
    effects: [{ kind: 'copy', text }],
  };
}

function escalated(state: State, { plan, run }: Scene, asking: Asking, change: Change): Update {
  const question = asking.asked.kind === 'question' ? asking.asked.question : undefined;
  if (question === undefined || !('choices' in question)) return change({});
  return copying(escalationOf(plan, run, question, state.last).summary, change, { pane: 'escalation', scroll: 0 });
}

function editing(state: State, { plan, run }: Scene, { asked }: Asking): Update {
  if (asked.kind !== 'question' || !('block' in asked.question)) return { state, effects: [] };
  return { state, effects: [{ kind: 'edit', place: blockShown(plan, run, asked.question).block.place }] };
}

/** No: for a step back to the list, for an undo back to the choices, for a dry run back to the step. It never goes on. */
function refused(state: State, asking: Asking, change: Change): Update {
  const { asked } = asking;
  const companion = asked.kind === 'question' && asked.question.kind === 'confirm' && asked.question.purpose !== 'run';
  return companion ? answered(state, { kind: 'skip', reason: 'not wanted after all' }) : change({ pane: 'overview', back: 'overview', scroll: 0 });
}

function chosen(state: State, { plan, run }: Scene, asking: Asking, change: Change): Update {
  if (asking.asked.kind !== 'question') return change({});
  const { question } = asking.asked;
  if (question.kind === 'input') {
    const text = choicesOf(question, asking.filter)[asking.marked];
    return text === undefined ? change({}) : answered(state, { kind: 'value', text, from: 'chosen' });
  }
  if (!('choices' in question)) return change({});
  const option = optionsOf(plan, run, question)[asking.marked];
  if (option === undefined) return change({});
  if (option.needsReason) return change({ writing: { for: 'choice', option: asking.marked }, text: '' });
  return answered(state, { kind: 'chosen', choice: option.choice, by: 'operator' });
}

function submitted(state: State, { plan, run }: Scene, asking: Asking, change: Change): Update {
  if (asking.asked.kind !== 'question') return change({});
  const { question } = asking.asked;
  const text = asking.text.trim();
  if (asking.writing !== undefined) {
    if ([...text].length < leastLength(asking)) return change({ notice: 'That is too short to be a reason.' });
    if (asking.writing.for === 'skip') return answered(state, { kind: 'skip', reason: text });
    if (asking.writing.for === 'attest') return answered(state, { kind: 'attested', done: asking.writing.done, note: text });
    const option = 'choices' in question ? optionsOf(plan, run, question)[asking.writing.option] : undefined;
    return option === undefined ? change({}) : answered(state, { kind: 'chosen', choice: option.choice, reason: text, by: 'operator' });
  }
  if (question.kind === 'confirm' && question.typed !== undefined) {
    if (!asking.seenEnd || asking.raw)
      return change({ notice: asking.raw ? 'The raw command is shown; x shows what will run.' : 'The end of the command was not shown yet: pgdn.' });
    if (asking.text !== question.typed) return change({ text: '', notice: 'That is not what has to be typed.' });
    return answered(state, { kind: 'run', how: 'typed', typed: asking.text });
  }
  if (question.kind !== 'input') return change({});
  const secret = question.input.allowed.kind === 'secret';
  const value = secret ? asking.text : text;
  if (value !== '') return answered(state, { kind: 'value', text: value, from: 'typed' });
  const preset = question.input.default;
  return preset === undefined ? change({ notice: 'A value is needed.' }) : answered(state, { kind: 'value', text: preset, from: 'default' });
}

/** Text goes into the field that is open; a digit marks a choice, and only Enter takes it. */
function unbound(asking: Asking, press: Press, change: Change): Update {
  if (asking.filtering) return change({ filter: edited(asking.filter, press), marked: 0, scroll: 0 });
  const question = asking.asked.kind === 'question' ? asking.asked.question : undefined;
  if (asking.pane !== 'question' || question === undefined) return change({});
  const wanted = question.kind === 'confirm' ? question.typed : undefined;
  if (asking.typing && wanted !== undefined && looksPasted(press.text, wanted)) return change({ notice: pasteIgnored });
  if (asking.writing !== undefined || asking.typing) return change({ text: edited(asking.text, press) });
  if (question.kind === 'input' && question.input.allowed.kind !== 'choices') return change({ text: edited(asking.text, press) });
  const count = 'choices' in question ? question.choices.length : choicesOf(question, asking.filter).length;
  const digit = /^[1-9]$/u.test(press.name) ? Number(press.name) : 0;
  return digit > 0 && digit <= count ? change({ marked: digit - 1 }) : change({});
}
