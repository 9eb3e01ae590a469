/** What the picker knows and what its keys do. */

import { edited } from './field.ts';
import { fits } from './find.ts';
import type { Press } from './keys.ts';

/** A runbook that can be picked. */
export type PickEntry = {
  readonly name: string;
  readonly title: string;
  readonly owner?: string;
  readonly procedures: readonly { readonly anchor: string; readonly title: string }[];
  readonly stages: readonly { readonly name: string; readonly sandbox: boolean; readonly typed: boolean }[];
  readonly unfinished: readonly { readonly run: string; readonly stage: string; readonly text: string }[];
};

/** What was picked; undefined for nothing. */
export type Picked =
  | { readonly kind: 'run'; readonly name: string; readonly procedure: string | 'all'; readonly stage: string }
  | { readonly kind: 'resume'; readonly run: string };

/** The lists, in the order in which one goes through them. */
export type PickList = 'runbook' | 'procedure' | 'stage';

/** The picker: which list has the keyboard, and what is marked in each. */
export type PickState = {
  readonly entries: readonly PickEntry[];
  readonly filter: string;
  readonly filtering: boolean;
  readonly list: PickList;
  readonly marked: Readonly<Record<PickList, number>>;
};

/** The next state; `leave` when the picker is done, with what was picked. */
export type PickUpdate = { readonly state: PickState; readonly leave?: { readonly picked: Picked | undefined } };

const lists: readonly PickList[] = ['runbook', 'procedure', 'stage'];

/** The picker before a key was pressed. */
export function pickInitial(entries: readonly PickEntry[]): PickState {
  return { entries, filter: '', filtering: false, list: 'runbook', marked: { runbook: 0, procedure: 0, stage: 0 } };
}

/** The runbooks that the filter leaves: every word of it is in the name, title or owner. */
export function filtered({ entries, filter }: PickState): readonly PickEntry[] {
  return entries.filter(({ name, title, owner = '' }) => fits(`${name} ${title} ${owner}`, filter));
}

/** The runbook that is marked. */
export function markedEntry(state: PickState): PickEntry | undefined {
  return filtered(state)[state.marked.runbook];
}

/** The procedures of the marked runbook; all of them in one go only where the stage is a sandbox. */
export function procedureChoices(state: PickState): readonly { readonly anchor: string | 'all'; readonly title: string }[] {
  const entry = markedEntry(state);
  if (entry === undefined) return [];
  const all = { anchor: 'all', title: 'All of them, as a rehearsal (sandbox only)' };
  return entry.procedures.length > 1 && entry.stages.some((stage) => stage.sandbox) ? [...entry.procedures, all] : entry.procedures;
}

/** The stages on which the marked procedure may run. */
export function stageChoices(state: PickState): PickEntry['stages'] {
  const stages = markedEntry(state)?.stages ?? [];
  return procedureChoices(state)[state.marked.procedure]?.anchor === 'all' ? stages.filter((stage) => stage.sandbox) : stages;
}

/** The next state after a key. */
export function pickUpdate(state: PickState, press: Press): PickUpdate {
  if (press.name === 'ctrl+c') return { state, leave: { picked: undefined } };
  if (state.filtering) return { state: filterKey(state, press) };
  switch (press.name) {
    case 'q':
      return { state, leave: { picked: undefined } };
    case 'up':
    case 'k':
      return { state: moved(state, -1) };
    case 'down':
    case 'j':
      return { state: moved(state, 1) };
    case '/':
      return { state: { ...state, list: 'runbook', filtering: true } };
    case 'tab':
      return { state: focused(state, lists[(lists.indexOf(state.list) + 1) % lists.length] ?? 'runbook') };
    case 'esc':
      return {
        state:
          state.list === 'runbook'
            ? marking({ ...state, filter: '' }, 'runbook', 0)
            : focused(state, lists[lists.indexOf(state.list) - 1] ?? 'runbook'),
      };
    case 'r': {
      const run = markedEntry(state)?.unfinished[0]?.run;
      return run === undefined ? { state } : { state, leave: { picked: { kind: 'resume', run } } };
    }
    case 'enter':
      return entered(state);
    default:
      return { state };
  }
}

function filterKey(state: PickState, press: Press): PickState {
  if (press.name === 'enter') return { ...state, filtering: false };
  if (press.name === 'esc') return marking({ ...state, filter: '', filtering: false }, 'runbook', 0);
  return marking({ ...state, filter: edited(state.filter, press) }, 'runbook', 0);
}

function focused(state: PickState, list: PickList): PickState {
  return { ...state, list };
}

/** Marks a line; the lists behind it start from their top, since they may hold something else now. */
function marking(state: PickState, list: PickList, index: number): PickState {
  const marked = { ...state.marked, [list]: index };
  for (const later of lists.slice(lists.indexOf(list) + 1)) marked[later] = 0;
  return { ...state, marked };
}

function moved(state: PickState, by: number): PickState {
  const count = { runbook: filtered(state), procedure: procedureChoices(state), stage: stageChoices(state) }[state.list].length;
  return marking(state, state.list, Math.max(0, Math.min(count - 1, state.marked[state.list] + by)));
}

/** Enter goes to the next list, and from the last one it picks. Nothing runs yet: the run asks before each step. */
function entered(state: PickState): PickUpdate {
  const entry = markedEntry(state);
  if (entry === undefined) return { state };
  if (state.list !== 'stage') return { state: focused(state, state.list === 'runbook' && entry.procedures.length > 1 ? 'procedure' : 'stage') };
  const picked = pickedRun(state);
  return picked === undefined ? { state } : { state, leave: { picked } };
}

/** The run that the marks stand for. */
export function pickedRun(state: PickState): Extract<Picked, { kind: 'run' }> | undefined {
  const entry = markedEntry(state);
  const procedure = procedureChoices(state)[state.marked.procedure]?.anchor;
  const stage = stageChoices(state)[state.marked.stage]?.name;
  return entry === undefined || procedure === undefined || stage === undefined ? undefined : { kind: 'run', name: entry.name, procedure, stage };
}
