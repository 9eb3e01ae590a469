/** What the terminal view knows: the run, the question that is open, the attempt that runs, and what the keys have done so far. */

import type { Event } from '../core/event.ts';
import type { Answer, Context, FileChange, Question, Renewal } from '../core/need.ts';
import type { Stretch } from '../core/onward.ts';
import type { Place, Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import type { Mode, Press } from './keys.ts';
import type { Look } from './look.ts';

/** What the operator is asked. */
export type Asked =
  | { readonly kind: 'question'; readonly question: Question; readonly context: Context }
  | { readonly kind: 'changes'; readonly changes: readonly FileChange[] }
  | { readonly kind: 'renewal'; readonly renewal: Renewal };

/** The field that is open over a question, and what its text is for. */
type Writing = { readonly for: 'skip' } | { readonly for: 'attest'; readonly done: boolean } | { readonly for: 'choice'; readonly option: number };

/** An open question and how far the operator has come with it. */
export type Asking = {
  readonly asked: Asked;
  /** False until the keyboard was quiet for a moment: what was typed before the question cannot answer it. */
  readonly armed: boolean;
  readonly pane: 'question' | 'overview' | 'values' | 'prose' | 'difference' | 'escalation' | 'stop' | 'help';
  /** Where all that lies over a question comes back to. */
  readonly back: 'question' | 'overview';
  readonly writing?: Writing;
  readonly text: string;
  /** Typed questions: the field has the keyboard. */
  readonly typing: boolean;
  readonly raw: boolean;
  readonly marked: number;
  readonly scroll: number;
  /** The end of what will run was on the screen. */
  readonly seenEnd: boolean;
  readonly notice: string;
  /** What the lines of the list must hold; empty: all are shown. */
  readonly filter: string;
  readonly filtering: boolean;
};

/** The attempt that runs. */
export type Live = {
  readonly attempt: number;
  readonly frame: number;
  readonly step: string;
  readonly startedAt: number;
  readonly lines: readonly string[];
  readonly total: number;
  readonly bytes: number;
  readonly lastOutputAt: number;
  readonly progress?: { readonly percent: number | undefined; readonly message: string };
  readonly held?: Held;
  readonly search?: Search;
  /** How often the operator asked for its end. */
  readonly stops: number;
  /** The help lies over it, moved up by so many lines. */
  readonly help?: number;
};

/** Output that stands still: the lines that were in memory, how many there had been, and how many of those end with the last one shown. */
export type Held = { readonly lines: readonly string[]; readonly total: number; readonly bottom: number };

/** What is looked for in output that is held; `at` is the line found, counted from 0 over the whole output. `before` is where the view was. */
export type Search = { readonly text: string; readonly typing: boolean; readonly at?: number; readonly before?: Held };

/** The run that is drawn; `folder` is where its record is kept, `lock` for whom its stage is held. */
export type Scene = { readonly plan: Plan; readonly run: Run; readonly folder: string; readonly lock?: string };

/** Everything that is drawn. */
export type State = {
  readonly look: Look;
  readonly now: number;
  readonly scene?: Scene;
  readonly asking?: Asking;
  readonly live?: Live;
  /** Where the operator runs on: steps in it that only read are answered without being shown. */
  readonly stretch?: Stretch;
  /** A note that is being written, over whatever is on the screen, which goes on. */
  readonly noting?: string;
  /** The last lines of the latest attempt that ended. */
  readonly last: readonly string[];
  /** Lines that stay in the terminal for good. */
  readonly permanent: readonly string[];
  readonly closed: boolean;
};

/** What can happen to the view. Times are in milliseconds since the epoch. */
export type Action =
  | { readonly kind: 'event'; readonly scene: Scene; readonly event: Event; readonly at: number }
  | { readonly kind: 'ask'; readonly scene: Scene; readonly asked: Asked; readonly at: number }
  | { readonly kind: 'armed' }
  /** Somebody else gets the terminal, or had it: what is typed there is no answer. */
  | { readonly kind: 'disarmed' }
  | {
      readonly kind: 'output';
      readonly attempt: number;
      readonly lines: readonly string[];
      readonly total: number;
      readonly bytes: number;
      readonly at: number;
    }
  | { readonly kind: 'progress'; readonly attempt: number; readonly percent: number | undefined; readonly message: string }
  | { readonly kind: 'key'; readonly press: Press }
  | { readonly kind: 'paste'; readonly text: string }
  /** The editor was closed. `problem` is what to know when it could not be used. */
  | { readonly kind: 'edited'; readonly problem?: string }
  | { readonly kind: 'tick'; readonly at: number }
  | { readonly kind: 'resize'; readonly look: Look }
  | { readonly kind: 'close'; readonly lines: readonly string[] };

/** What the view wants done outside itself. */
export type Effect =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'accept'; readonly accepted: boolean }
  /** Writes something into the record; a question that is open stays open. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'stop-attempt' }
  | { readonly kind: 'kill-attempt' }
  | { readonly kind: 'pager'; readonly attempt: number }
  /** Text for the clipboard of the terminal. */
  | { readonly kind: 'copy'; readonly text: string }
  /** Opens a file of the project in the operator's editor. */
  | { readonly kind: 'edit'; readonly place: Place }
  | { readonly kind: 'suspend' };

/** The next state and what is to be done. */
export type Update = { readonly state: State; readonly effects: readonly Effect[] };

/** The view before anything has happened. */
export function initial(look: Look, now: number): State {
  return { look, now, last: [], permanent: [], closed: false };
}

/** A question that was just asked. */
export function opened(asked: Asked, notice: string): Asking {
  const question = asked.kind === 'question' ? asked.question : undefined;
  const typing = question?.kind === 'confirm' && question.typed !== undefined;
  const preset =
    question?.kind === 'input' && question.input.allowed.kind === 'choices'
      ? question.input.allowed.choices.indexOf(question.input.default ?? '')
      : 0;
  const marked = Math.max(0, preset);
  return {
    asked,
    armed: false,
    pane: 'question',
    back: 'question',
    text: '',
    typing,
    raw: false,
    marked,
    scroll: 0,
    seenEnd: false,
    notice,
    filter: '',
    filtering: false,
  };
}

/** What a key means now. */
export function modeOf(state: State): Mode {
  const { asking, live } = state;
  if (state.noting !== undefined) return 'text';
  if (asking === undefined) {
    if (live === undefined) return 'waiting';
    return live.help !== undefined ? 'help' : live.search?.typing === true ? 'find' : 'live';
  }
  if (asking.filtering) return 'filter';
  if (asking.pane !== 'question') return asking.pane;
  if (asking.writing !== undefined) return 'text';
  if (asking.asked.kind !== 'question') return asking.asked.kind;
  const { question } = asking.asked;
  switch (question.kind) {
    case 'input':
      return question.input.allowed.kind === 'choices' ? 'pick-value' : 'text';
    case 'confirm':
      if (question.typed !== undefined) return asking.typing ? 'typing' : 'confirm-typed';
      return ({ rollback: 'confirm-undo', 'dry-run': 'confirm-dry-run', run: 'confirm', check: 'confirm' } as const)[question.purpose];
    case 'attest':
      return 'attest';
    default:
      return 'choose';
  }
}

/** True below the size in which stage, command and question fit. */
export function tooSmall(look: Look): boolean {
  return look.columns < 60 || look.rows < 15;
}
