/** What happens to the view when something happens: the one reducer of the terminal. */

import { within } from '../core/onward.ts';
import type { Run } from '../core/run.ts';
import { edited, pasted, pasteIgnored } from './field.ts';
import { verbOf } from './keys.ts';
import { permanentLines } from './permanent.ts';
import { inline } from './place.ts';
import { applier, drawFrame } from './screens/frame.ts';
import { type Action, type Asking, type Held, type Live, modeOf, opened, type Scene, type State, tooSmall, type Update } from './state.ts';
import { type Pressed, updateAsking } from './update-asking.ts';
import { updateLive } from './update-live.ts';

/** The next state after an action, and what is to be done outside. */
export function update(state: State, action: Action): Update {
  const { state: next, effects } = react(state, action);
  return { state: scrolled(next), effects };
}

function react(state: State, action: Action): Update {
  switch (action.kind) {
    case 'event':
      return still(recorded(state, action.scene, action.event, action.at));
    case 'ask':
      return askedNow(state, action);
    case 'armed':
      return still(state.asking === undefined ? state : { ...state, asking: { ...state.asking, armed: true } });
    case 'disarmed':
      // Always a new state, so that what happened meanwhile is drawn.
      return still({ ...state, ...(state.asking !== undefined && { asking: { ...state.asking, armed: false } }) });
    case 'output': {
      if (state.live?.attempt !== action.attempt) return still(state);
      const { lines, total, bytes, at } = action;
      return still({ ...state, now: at, live: { ...state.live, lines, total, bytes, lastOutputAt: at } });
    }
    case 'progress': {
      if (state.live?.attempt !== action.attempt) return still(state);
      return still({ ...state, live: { ...state.live, progress: { percent: action.percent, message: action.message } } });
    }
    case 'key':
      return pressed(state, action.press);
    case 'paste':
      return still(pastedInto(withoutStretch(state), action.text));
    case 'edited':
      return editedNow(state, action.problem);
    case 'tick':
      return still({ ...state, now: action.at });
    case 'resize':
      return still({ ...state, look: action.look });
    case 'close':
      return still({ ...state, closed: true, permanent: [...state.permanent, ...action.lines] });
    default:
      return action satisfies never;
  }
}

function still(state: State): Update {
  return { state, effects: [] };
}

function recorded(state: State, scene: Scene, event: Extract<Action, { kind: 'event' }>['event'], at: number): State {
  const lines = state.live?.lines ?? state.last;
  const permanent = permanentLines(scene, event, lines, state.look);
  const live = liveOf(state, scene.run, at);
  const base = {
    ...withoutLive(state),
    now: at,
    scene,
    last: event.type === 'attempt-started' ? [] : lines,
    permanent: [...state.permanent, ...permanent],
  };
  return live === undefined ? base : { ...base, live };
}

/** Where the operator runs on, a question that is like those before it is answered at once; every other one ends that. */
function askedNow(state: State, { scene, asked, at }: Extract<Action, { kind: 'ask' }>): Update {
  const { stretch, look } = state;
  const next = { ...withoutLive(state), now: at, scene };
  const refused = asked.kind === 'question' ? asked.context.refused : undefined;
  const onward = stretch !== undefined && asked.kind === 'question' && refused === undefined && !tooSmall(look);
  if (onward && within(stretch, scene.plan, scene.run, asked.question))
    return { state: next, effects: [{ kind: 'answer', answer: { kind: 'run', how: 'onward' } }] };
  return still({ ...withoutStretch(next), asking: opened(asked, refused ?? '') });
}

/** The question is asked again, so that a file that was changed is found at once. */
function editedNow({ asking, ...state }: State, problem: string | undefined): Update {
  if (asking === undefined) return still(state);
  if (problem !== undefined) return still({ ...state, asking: { ...asking, notice: inline(problem) } });
  return { state, effects: [{ kind: 'answer', answer: { kind: 'again' } }] };
}

function withoutStretch({ stretch: _, ...state }: State): State {
  return state;
}

function withoutLive({ live: _, ...state }: State): State {
  return state;
}

/** The attempt that runs according to the run itself, so that one which another engine started is found too. */
function liveOf(state: State, run: Run, at: number): Live | undefined {
  for (const frame of run.frames) {
    for (const [step, { state: stepState, attempts }] of Object.entries(frame.steps)) {
      if (stepState.kind !== 'running') continue;
      if (state.live?.attempt === stepState.attempt) return state.live;
      const startedAt = Date.parse(attempts.at(-1)?.startedAt ?? '') || at;
      return { attempt: stepState.attempt, frame: frame.id, step, startedAt, lines: [], total: 0, bytes: 0, lastOutputAt: at, stops: 0 };
    }
  }
  return undefined;
}

function pressed(state: State, press: Extract<Action, { kind: 'key' }>['press']): Update {
  const verb = verbOf(modeOf(state), press.name, applier(state));
  const { asking, scene } = state;
  if (verb === 'suspend') return { state, effects: [{ kind: 'suspend' }] };
  if (scene === undefined) return still(state);
  if (state.noting !== undefined) return noting(state, state.noting, { verb, press });
  // Whoever runs on and presses a key wants to be asked again; what else the key means does not count.
  if (asking === undefined && state.stretch !== undefined) return updateLive(withoutStretch(state), verb === 'stop' ? verb : undefined, press);
  if (asking === undefined && verb === 'note') return still({ ...state, noting: '' });
  if (asking === undefined) return updateLive(state, verb, press);
  // Only leaving is possible before a question is armed, and where it cannot be seen.
  if ((!asking.armed || tooSmall(state.look)) && verb !== 'stop' && asking.pane !== 'stop') return still(state);
  if (verb === 'note' && asking.armed) return still({ ...state, noting: '' });
  if (verb === 'stop' && asking.pane !== 'stop') return still(withAsking(state, { ...asking, pane: 'stop', armed: true }));
  return updateAsking(state, scene, asking, { verb, press });
}

/** Keys while a note is written: Ctrl+C leaves it and means what it means without it. */
function noting(state: State, text: string, { verb, press }: Pressed): Update {
  const { noting: _, ...without } = state;
  switch (verb) {
    case 'stop':
      return pressed(without, press);
    case 'leave':
      return still(without);
    case 'submit':
      return text.trim() === '' ? still(without) : { state: without, effects: [{ kind: 'note', text: text.trim() }] };
    default:
      return still(tooSmall(state.look) ? state : { ...state, noting: edited(text, press) });
  }
}

function withAsking(state: State, asking: Asking): State {
  return { ...state, asking };
}

function pastedInto(state: State, text: string): State {
  const { asking, live } = state;
  if (state.noting !== undefined) return { ...state, noting: pasted(state.noting, text) };
  if (asking === undefined && live?.search?.typing === true)
    return { ...state, live: { ...live, search: { ...live.search, text: pasted(live.search.text, text) } } };
  if (asking === undefined || !asking.armed) return state;
  const mode = modeOf(state);
  if (mode === 'typing') return withAsking(state, { ...asking, notice: pasteIgnored });
  if (mode === 'filter') return withAsking(state, { ...asking, filter: pasted(asking.filter, text), marked: 0, scroll: 0 });
  return mode === 'text' ? withAsking(state, { ...asking, text: pasted(asking.text, text) }) : state;
}

/** Keeps the scroll position inside what there is, and notes when the end of what will run was on the screen. */
function scrolled(state: State): State {
  const { asking, live } = state;
  if (state.closed || tooSmall(state.look)) return state;
  if (asking === undefined)
    return live?.held === undefined || live.help !== undefined ? state : { ...state, live: { ...live, held: filling(live.held, state) } };
  const scroll = drawFrame(state).scroll ?? { total: 0, visible: 0 };
  const top = Math.max(0, Math.min(asking.scroll, scroll.total - scroll.visible));
  const shown = asking.pane === 'question' && !asking.raw && top + scroll.visible >= scroll.total;
  const seenEnd = asking.seenEnd || shown;
  return top === asking.scroll && seenEnd === asking.seenEnd ? state : withAsking(state, { ...asking, scroll: top, seenEnd });
}

/** Held output never ends above the first line that fills the view: else one would go down and see nothing move. */
function filling(held: Held, state: State): Held {
  const visible = drawFrame(state).scroll?.visible ?? 0;
  const least = held.total - held.lines.length + Math.min(visible, held.lines.length);
  return held.bottom < least ? { ...held, bottom: least } : held;
}
