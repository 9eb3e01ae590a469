/** Every key of the terminal view: one table that decides what a key does, and prints the key bar and the help. */

import type { Key } from 'ink';

/** What the screen is waiting for; decides what a key means. */
export type Mode =
  | 'waiting'
  | 'live'
  | 'find'
  | 'filter'
  | 'overview'
  | 'confirm'
  | 'confirm-undo'
  | 'confirm-dry-run'
  | 'confirm-typed'
  | 'typing'
  | 'choose'
  | 'attest'
  | 'text'
  | 'pick-value'
  | 'changes'
  | 'renewal'
  | 'values'
  | 'difference'
  | 'escalation'
  | 'prose'
  | 'stop'
  | 'help';

/** What a key does. */
export type Verb =
  | 'run'
  | 'onward'
  | 'no'
  | 'type'
  | 'skip'
  | 'dry-run'
  | 'raw'
  | 'values'
  | 'difference'
  | 'copy'
  | 'edit'
  | 'note'
  | 'escalate'
  | 'prose'
  | 'done'
  | 'failed'
  | 'accept'
  | 'refuse'
  | 'open'
  | 'choose'
  | 'submit'
  | 'leave'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'top'
  | 'bottom'
  | 'hold'
  | 'find'
  | 'next-match'
  | 'previous-match'
  | 'unfind'
  | 'pager'
  | 'help'
  | 'suspend'
  | 'stop';

/** A key press: a name such as `enter`, `pgdn`, `ctrl+c` or one character, and the text that it would put into a field. */
export type Press = { readonly name: string; readonly text: string };

type Binding = {
  readonly keys: readonly string[];
  readonly verb: Verb;
  readonly modes: readonly Mode[];
  /** For the key bar; without it the key stands in the help only. */
  readonly label?: string;
  readonly help: string;
};

const confirms: readonly Mode[] = ['confirm', 'confirm-undo', 'confirm-dry-run', 'confirm-typed'];
const steps: readonly Mode[] = ['confirm', 'confirm-typed', 'attest'];
const lists: readonly Mode[] = ['choose', 'pick-value'];
const scrolls: readonly Mode[] = [...confirms, 'changes', 'values', 'prose', 'difference', 'escalation', 'help', 'live', 'attest', 'overview'];

const everywhere: readonly Mode[] = [...[...lists, ...scrolls], ...(['waiting', 'typing', 'text', 'renewal', 'stop'] as const)];

const bindings: readonly Binding[] = [
  { keys: ['y'], verb: 'run', modes: ['confirm'], label: 'y run', help: 'run exactly what is shown' },
  { keys: ['y'], verb: 'run', modes: ['confirm-undo'], label: 'y undo', help: 'undo by exactly what is shown' },
  {
    keys: ['y'],
    verb: 'run',
    modes: ['confirm-dry-run'],
    label: 'y dry run',
    help: 'run exactly this dry run; the step itself is asked about again',
  },
  { keys: ['a'], verb: 'onward', modes: ['confirm'], label: 'a run on', help: 'run it, and on through steps that only read; any key ends that' },
  { keys: ['enter'], verb: 'submit', modes: ['typing'], label: '⏎ run, once typed', help: 'run, when the text is typed in full' },
  { keys: ['esc'], verb: 'leave', modes: ['typing'], label: 'esc stop typing', help: 'leave the field without running' },
  { keys: ['enter', 't'], verb: 'type', modes: ['confirm-typed'], label: '⏎ type it', help: 'type what has to be typed' },
  { keys: ['n', 'esc'], verb: 'no', modes: ['confirm', 'confirm-typed'], label: 'n no', help: 'do not run it; back to the list of steps' },
  { keys: ['n', 'esc'], verb: 'no', modes: ['confirm-undo'], label: 'n no', help: 'do not undo; back to the choices' },
  { keys: ['n', 'esc'], verb: 'no', modes: ['confirm-dry-run'], label: 'n no', help: 'do not; back to the question of the step' },
  { keys: ['d'], verb: 'done', modes: ['attest'], label: 'd done', help: 'you did it; you may add a note' },
  { keys: ['f'], verb: 'failed', modes: ['attest'], label: 'f failed', help: 'it failed; you say how' },
  { keys: ['s'], verb: 'skip', modes: ['confirm', 'confirm-typed', 'attest'], label: 's skip…', help: 'skip it, with a reason that is recorded' },
  { keys: ['d'], verb: 'dry-run', modes: ['confirm', 'confirm-typed'], label: 'd dry run', help: 'show its dry run, to be confirmed by itself' },
  { keys: ['x'], verb: 'raw', modes: confirms, label: 'x raw', help: 'the command before values were filled in, and back' },
  { keys: ['v'], verb: 'values', modes: confirms, label: 'v values', help: 'every value and where it came from' },
  { keys: ['v', 'esc', 'enter'], verb: 'leave', modes: ['values'], label: 'v back', help: 'back to the question' },
  { keys: ['D'], verb: 'difference', modes: steps, label: 'D difference', help: 'what changed since it last ended well on this stage' },
  { keys: ['D', 'esc', 'enter'], verb: 'leave', modes: ['difference'], label: 'D back', help: 'back to the question' },
  { keys: ['E', 'esc', 'enter'], verb: 'leave', modes: ['escalation'], label: 'E back', help: 'back to the choices' },
  { keys: ['p', 'esc', 'enter'], verb: 'leave', modes: ['prose'], label: 'p back', help: 'back to the question' },
  { keys: ['y'], verb: 'accept', modes: ['changes'], label: 'y go on with these files', help: 'go on with the files as they are now; recorded' },
  { keys: ['n', 'esc'], verb: 'refuse', modes: ['changes'], label: 'n stop', help: 'stop; the run can be resumed' },
  { keys: ['y'], verb: 'accept', modes: ['renewal'], label: 'y try again', help: 'the credentials are renewed: try again' },
  { keys: ['n', 'esc'], verb: 'refuse', modes: ['renewal'], label: 'n stop', help: 'stop; the run can be resumed' },
  { keys: ['enter'], verb: 'open', modes: ['overview'], label: '⏎ open step', help: 'back to the question' },
  { keys: ['enter'], verb: 'choose', modes: lists, label: '⏎ go', help: 'take the marked line' },
  { keys: ['enter'], verb: 'submit', modes: ['text'], label: '⏎ done', help: 'take the text' },
  { keys: ['esc'], verb: 'leave', modes: ['text'], label: 'esc back', help: 'leave the field' },
  { keys: ['y', 'ctrl+c'], verb: 'stop', modes: ['stop'], label: 'y stop', help: 'stop here; the run can be resumed' },
  { keys: ['n', 'esc'], verb: 'leave', modes: ['stop'], label: 'n go on', help: 'back to the question' },
  { keys: ['?', 'esc', 'enter'], verb: 'leave', modes: ['help'], label: '? back', help: 'back' },
  { keys: ['space'], verb: 'hold', modes: ['live'], label: 'space hold', help: 'hold the view, and follow again; the step goes on' },
  { keys: ['/'], verb: 'find', modes: ['live'], label: '/ find', help: 'find a text in the lines in memory' },
  { keys: ['n'], verb: 'next-match', modes: ['live'], label: 'n/N next', help: 'the next line that has it' },
  { keys: ['N'], verb: 'previous-match', modes: ['live'], help: 'the line before that has it' },
  { keys: ['/'], verb: 'find', modes: ['overview', 'pick-value'], label: '/ filter', help: 'only the lines that hold a text' },
  { keys: ['enter'], verb: 'submit', modes: ['find'], label: '⏎ go there', help: 'go to the newest line that has it' },
  { keys: ['enter'], verb: 'submit', modes: ['filter'], label: '⏎ keep', help: 'keep the filter' },
  { keys: ['esc'], verb: 'unfind', modes: ['find', 'filter', 'live', 'overview', 'pick-value'], label: 'esc leave', help: 'leave the search' },
  { keys: ['up', 'k'], verb: 'up', modes: [...lists, ...scrolls], label: '↑↓ move', help: 'up' },
  { keys: ['down', 'j'], verb: 'down', modes: [...lists, ...scrolls], help: 'down' },
  { keys: ['up'], verb: 'up', modes: ['typing'], help: 'up' },
  { keys: ['down'], verb: 'down', modes: ['typing'], help: 'down' },
  { keys: ['pgup'], verb: 'page-up', modes: [...scrolls, 'typing'], help: 'one page up' },
  { keys: ['pgdn'], verb: 'page-down', modes: [...scrolls, 'typing'], help: 'one page down' },
  {
    keys: ['space'],
    verb: 'page-down',
    modes: [...confirms, 'changes', 'values', 'prose', 'difference', 'escalation', 'attest'],
    label: 'space more',
    help: 'one page down',
  },
  { keys: ['g', 'home'], verb: 'top', modes: scrolls, help: 'to the top' },
  { keys: ['G', 'end'], verb: 'bottom', modes: scrolls, help: 'to the end' },
  { keys: ['E'], verb: 'escalate', modes: ['choose'], label: 'E escalate', help: 'whom to call; copies a summary for them' },
  {
    keys: ['l'],
    verb: 'pager',
    modes: ['live', 'overview', 'choose', ...confirms, 'attest'],
    label: 'l log',
    help: 'the whole log of the latest attempt in the pager',
  },
  { keys: ['ctrl+z'], verb: 'suspend', modes: everywhere, help: 'to the shell; a step goes on; fg comes back' },
  {
    keys: ['?'],
    verb: 'help',
    modes: ['live', 'overview', 'choose', 'pick-value', ...confirms, 'attest', 'changes', 'renewal', 'waiting'],
    label: '? help',
    help: 'these keys',
  },
  { keys: ['p'], verb: 'prose', modes: [...confirms, 'attest'], label: 'p prose', help: 'all that the document says about this step' },
  { keys: ['c'], verb: 'copy', modes: [...confirms, 'attest'], label: 'c copy', help: 'copy what is shown, with its values, to the clipboard' },
  { keys: ['e'], verb: 'edit', modes: [...confirms, 'attest'], label: 'e edit', help: 'open the file at this line in $VISUAL or $EDITOR' },
  {
    keys: ['N', 'ctrl+n'],
    verb: 'note',
    modes: ['choose', 'overview', 'live', 'waiting', ...confirms, 'attest', 'pick-value', 'changes', 'renewal'],
    label: 'N note',
    help: 'write a note into the record; what runs goes on',
  },
  {
    keys: ['ctrl+n'],
    verb: 'note',
    modes: ['text', 'typing', 'find', 'filter', 'values', 'prose', 'difference', 'escalation', 'help', 'stop'],
    help: 'write a note into the record',
  },
  {
    keys: ['ctrl+c'],
    verb: 'stop',
    modes: ['live', 'find', 'waiting'],
    label: 'ctrl+c stop this step',
    help: 'stop this step; a second time: kill it now',
  },
  {
    keys: ['ctrl+c'],
    verb: 'stop',
    modes: [
      'overview',
      'choose',
      'pick-value',
      'filter',
      'text',
      'typing',
      ...confirms,
      'attest',
      'changes',
      'renewal',
      'values',
      'prose',
      'difference',
      'escalation',
      'help',
    ],
    label: 'ctrl+c stop',
    help: 'stop here and keep the run, after a question',
  },
];

/** What the operator presses to end a step that has the terminal; every other key belongs to the step. */
export const wayOut = 'Ctrl+] twice';

/** What a key does in a mode; nothing for a key that is not bound there, or whose verb does not apply. */
export function verbOf(mode: Mode, name: string, applies: (verb: Verb) => boolean): Verb | undefined {
  return bindings.find(({ modes, keys, verb }) => modes.includes(mode) && keys.includes(name) && applies(verb))?.verb;
}

/** The key bar: the labels of the keys that do something now. */
export function keyBar(mode: Mode, applies: (verb: Verb) => boolean): readonly string[] {
  return bindings.flatMap(({ modes, label, verb }) => (label !== undefined && modes.includes(mode) && applies(verb) ? [label] : []));
}

/** The help: every key of a mode and what it does. */
export function keyHelp(mode: Mode, applies: (verb: Verb) => boolean): readonly (readonly [string, string])[] {
  return bindings.flatMap(({ modes, keys, verb, help }) => (modes.includes(mode) && applies(verb) ? [[keys.join(' '), help] as const] : []));
}

/**
 * The key that ink reports. Several characters in one go are a fast typist on a slow line, or a paste in a terminal that does not mark
 * pastes: text for a field, but never a command, and never an Enter. A name that has to be typed is not taken from it.
 */
export function pressOf(input: string, key: Key): Press {
  const named = special.find(([flag]) => key[flag] === true)?.[1];
  if (named !== undefined) return { name: named, text: '' };
  if (key.ctrl) return { name: `ctrl+${input}`, text: '' };
  if (key.meta) return { name: '', text: '' };
  const text = input.replace(/\p{Control}/gu, '');
  return { name: input === ' ' ? 'space' : [...input].length === 1 ? input : '', text };
}

const special: readonly (readonly [keyof Key, string])[] = [
  ['return', 'enter'],
  ['escape', 'esc'],
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['pageUp', 'pgup'],
  ['pageDown', 'pgdn'],
  ['home', 'home'],
  ['end', 'end'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
];
