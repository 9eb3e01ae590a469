/** The picker's screen: runbooks, and for the marked one its procedures, stages and unfinished runs. */

import { allot, cut, ends, fill, type Part, rule, stack } from '../layout.ts';
import type { Look } from '../look.ts';
import { filtered, markedEntry, type PickEntry, type PickList, type PickState, pickedRun, procedureChoices, stageChoices } from '../pick-state.ts';
import { inline } from '../place.ts';

/** The whole screen, lower than the terminal. */
export function pickScreen(state: PickState, look: Look): readonly string[] {
  const shown = filtered(state);
  const entry = markedEntry(state);
  const parts: readonly Part[] = [
    { lines: [rule('Choose a runbook', look), filterLine(state, shown.length, look)], rank: 0 },
    { lines: shown.length === 0 ? [state.filter === '' ? ' There are no runbooks here.' : ' No runbook fits this filter.'] : [], rank: 0 },
    { lines: shown.map((candidate, index) => runbookLine(candidate, mark(state, 'runbook', index, look), look)), rank: 1, least: 2 },
    { lines: [''], rank: 8 },
    ...(entry === undefined ? [] : detailParts(state, entry, look)),
    { lines: [rule('', look), look.paint('quiet', cut(keys(state, entry, look), look))], rank: 0 },
  ];
  const height = look.rows - 1;
  const sizes = allot(parts, height);
  const lists: readonly (PickList | undefined)[] = [
    undefined,
    undefined,
    'runbook',
    undefined,
    undefined,
    'procedure',
    undefined,
    undefined,
    'stage',
  ];
  const fitted = parts.map((part, index) => {
    const list = lists[index];
    return list === undefined ? part : { lines: aroundMark(part.lines, state.marked[list], sizes[index] ?? 0), rank: 0 };
  });
  return stack(fitted, height, look).map((line) => cut(line, look));
}

function detailParts(state: PickState, entry: PickEntry, look: Look): readonly Part[] {
  const unfinished = entry.unfinished.map(({ run, stage, text }) =>
    cut(look.paint('warn', ` ! unfinished: ${inline(run)} on ${inline(stage)}, ${inline(text)}`), look),
  );
  const run = pickedRun(state);
  const command =
    run === undefined
      ? ''
      : ` Runs as:  runbook run ${inline(run.name)}${run.procedure === 'all' ? '' : `#${inline(run.procedure)}`} --stage ${inline(run.stage)}${run.procedure === 'all' ? ' --all' : ''}`;
  return [
    { lines: [rule('Procedure', look), ...unfinished.slice(0, 2)], rank: 0 },
    { lines: procedureChoices(state).map(({ title }, index) => `${mark(state, 'procedure', index, look)} ${inline(title)}`), rank: 2, least: 2 },
    { lines: [''], rank: 7 },
    { lines: [rule('Stage', look)], rank: 0 },
    { lines: stageChoices(state).map((stage, index) => stageLine(stage, mark(state, 'stage', index, look), look)), rank: 1, least: 2 },
    { lines: ['', command], rank: 3 },
  ];
}

/** The cursor in the list that has the keyboard; what is marked in the others stays marked. */
function mark(state: PickState, list: PickList, index: number, look: Look): string {
  const marked = state.marked[list] === index;
  const cursor = marked && state.list === list ? look.glyphs.cursor : ' ';
  return ` ${cursor} ${marked ? '(*)' : '( )'}`;
}

function filterLine(state: PickState, count: number, look: Look): string {
  const typed = state.filtering ? `/ ${state.filter}_` : state.filter === '' ? '/ to filter' : `/ ${state.filter}`;
  return ends(` ${typed}`, `${count} of ${state.entries.length}`, look);
}

function runbookLine(entry: PickEntry, start: string, look: Look): string {
  const name = fill(`${start} ${inline(entry.name)}`, 34, look);
  const notes = [
    inline(entry.title),
    entry.unfinished.length === 0 ? '' : '! unfinished',
    entry.owner === undefined ? '' : `owner ${inline(entry.owner)}`,
  ];
  return cut(`${name}  ${notes.filter(Boolean).join('   ')}`, look);
}

function stageLine({ name, sandbox, typed }: PickEntry['stages'][number], start: string, look: Look): string {
  const note = sandbox ? 'sandbox' : typed ? 'you type its name at each step of high risk' : '';
  return cut(`${fill(`${start} ${inline(name)}`, 24, look)} ${note}`.trimEnd(), look);
}

function aroundMark(lines: readonly string[], marked: number, size: number): readonly string[] {
  const first = Math.max(0, Math.min(lines.length - size, marked - size + 1));
  return lines.slice(first, first + size);
}

function keys(state: PickState, entry: PickEntry | undefined, look: Look): string {
  if (state.filtering) return ` type to filter  ${look.unicode ? '⏎' : 'enter'} keep  esc clear`;
  const resume = entry === undefined || entry.unfinished.length === 0 ? '' : '  r resume';
  return ` ${look.unicode ? '↑↓' : 'up/down'} move  ${look.unicode ? '⏎' : 'enter'} ${state.list === 'stage' ? 'start' : 'next'}  tab list  / filter${resume}  q quit`;
}
