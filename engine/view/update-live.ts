/** Keys while a step runs, or while nothing is asked. */

import type { Verb } from './keys.ts';
import type { Live, State, Update } from './state.ts';

/** How many lines a page moves. */
const page = 8;

/** The next state after a key while a step runs. Ctrl+C stops the step, a second one kills it. */
export function updateLive(state: State, verb: Verb | undefined): Update {
  const { live } = state;
  if (live === undefined) return verb === 'stop' ? { state, effects: [{ kind: 'stop-attempt' }] } : { state, effects: [] };
  const next = (changes: Partial<Live>): Update => ({ state: { ...state, live: { ...live, ...changes } }, effects: [] });
  switch (verb) {
    case 'stop':
      return { ...next({ stops: live.stops + 1 }), effects: [{ kind: live.stops === 0 ? 'stop-attempt' : 'kill-attempt' }] };
    case 'hold':
      return live.held === undefined ? next({ held: live.total }) : following(state, live);
    case 'up':
      return next({ held: heldAt(live, -1) });
    case 'page-up':
      return next({ held: heldAt(live, -page) });
    case 'top':
      return next({ held: heldAt(live, -live.total) });
    case 'down':
    case 'page-down': {
      const held = heldAt(live, verb === 'down' ? 1 : page);
      return held >= live.total ? following(state, live) : next({ held });
    }
    case 'bottom':
      return following(state, live);
    case 'pager':
      return { state, effects: [{ kind: 'pager', attempt: live.attempt }] };
    case 'help':
      return next({ help: true });
    case 'leave':
      return next({ help: false });
    default:
      return { state, effects: [] };
  }
}

/** Where the view stands after moving, within the lines that are kept. */
function heldAt(live: Live, by: number): number {
  const oldest = live.total - live.lines.length;
  return Math.max(oldest + Math.min(1, live.lines.length), Math.min(live.total, (live.held ?? live.total) + by));
}

function following(state: State, { held: _, ...live }: Live): Update {
  return { state: { ...state, live }, effects: [] };
}
