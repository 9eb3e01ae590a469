/** Keys while a step runs, or while nothing is asked. */

import { edited } from './field.ts';
import { foundAt } from './find.ts';
import type { Press, Verb } from './keys.ts';
import type { Held, Live, State, Update } from './state.ts';

/** How many lines a page moves. */
const page = 8;

/** How many lines are shown below one that was found. */
const below = 3;

/** More lines than the help has. */
const helpEnd = 40;

/** The next state after a key while a step runs. Ctrl+C stops the step, a second one kills it. */
export function updateLive(state: State, verb: Verb | undefined, press: Press): Update {
  const { live } = state;
  if (live === undefined) return verb === 'stop' ? { state, effects: [{ kind: 'stop-attempt' }] } : { state, effects: [] };
  const next = (changed: Live): Update => ({ state: { ...state, live: changed }, effects: [] });
  switch (verb) {
    case 'stop':
      return { ...next({ ...live, stops: live.stops + 1 }), effects: [{ kind: live.stops === 0 ? 'stop-attempt' : 'kill-attempt' }] };
    case 'hold':
      return next(live.held === undefined ? { ...live, held: frozen(live) } : following(live));
    case 'up':
    case 'down':
    case 'page-up':
    case 'page-down':
    case 'top':
    case 'bottom': {
      const by = { up: -1, down: 1, 'page-up': -page, 'page-down': page, top: -live.total, bottom: live.total }[verb];
      return next(live.help === undefined ? moved(live, by) : { ...live, help: Math.max(0, Math.min(helpEnd, live.help + by)) });
    }
    case 'find': {
      const before = live.search === undefined ? live.held : live.search.before;
      return next({ ...live, held: live.held ?? frozen(live), search: { text: '', typing: true, ...(before !== undefined && { before }) } });
    }
    case 'submit':
      return next(live.search?.text === '' ? unfound(live) : sought(live, (lines, from) => lines.findLast((line) => line < from) ?? lines[0]));
    case 'next-match':
      return next(onwards(live));
    case 'previous-match':
      return next(sought(live, (lines, from) => lines.findLast((line) => line < from) ?? lines.at(-1)));
    case 'unfind':
      return next(unfound(live));
    case 'pager':
      return { state, effects: [{ kind: 'pager', attempt: live.attempt }] };
    case 'help':
      return next({ ...live, help: 0 });
    case 'leave':
      return next(unhelped(live));
    default:
      if (live.search?.typing !== true) return { state, effects: [] };
      return next({ ...live, search: { ...live.search, text: edited(live.search.text, press) } });
  }
}

function unhelped({ help: _, ...live }: Live): Live {
  return live;
}

/** What is in memory now, standing still at its end. */
function frozen({ lines, total }: Live): Held {
  return { lines, total, bottom: total };
}

function following({ held: _, search: __, ...live }: Live): Live {
  return live;
}

/** Where the view was before the search. */
function unfound({ search, ...live }: Live): Live {
  return search?.before === undefined ? following(live) : { ...live, held: search.before };
}

/** The view some lines further down or up. Behind the end of what was held comes what is in memory now, and behind that it follows. */
function moved(live: Live, by: number): Live {
  const held = live.held ?? frozen(live);
  const bottom = held.bottom + by;
  if (bottom >= live.total) return following(live);
  const kept = bottom > held.total ? frozen(live) : held;
  const oldest = kept.total - kept.lines.length;
  return { ...live, held: { ...kept, bottom: Math.max(bottom, oldest + Math.min(1, kept.lines.length)) } };
}

type Pick = (lines: readonly number[], from: number) => number | undefined;

/** The view at the line that is picked from those that have the text; the field stays open when none has it. */
function sought(live: Live, pick: Pick): Live {
  const { search, held = frozen(live) } = live;
  if (search === undefined) return live;
  const at = pick(matchingLines(held, search.text), search.at ?? held.bottom);
  if (at === undefined) return { ...live, search: { ...search, typing: true } };
  return { ...live, held: { ...held, bottom: Math.min(held.total, at + 1 + below) }, search: { ...search, typing: false, at } };
}

/** The next line that has the text: of those that are held, else of those that came meanwhile, else the first one. */
function onwards(live: Live): Live {
  const { search, held } = live;
  if (search === undefined || held === undefined) return live;
  const last = matchingLines(held, search.text).at(-1) ?? 0;
  const kept = last <= (search.at ?? 0) ? frozen(live) : held;
  return sought({ ...live, held: kept }, (lines, from) => lines.find((line) => line > from) ?? lines[0]);
}

/** The lines that have the text, counted from 0 over the whole output. */
export function matchingLines({ lines, total }: Held, text: string): readonly number[] {
  if (text === '') return [];
  return lines.flatMap((line, index) => (foundAt(line, text) === -1 ? [] : [total - lines.length + index]));
}
