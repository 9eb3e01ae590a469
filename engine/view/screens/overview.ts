/** The list of steps with how far each has come, and what is next. */

import { frameOf, settled } from '../../core/frame.ts';
import type { Plan } from '../../core/plan.ts';
import type { Run } from '../../core/run.ts';
import { durationWords, stateDetail } from '../../core/words.ts';
import { endWords } from '../ending.ts';
import { fits } from '../find.ts';
import { allot, cut, ends, fill, type Part, rule, stack } from '../layout.ts';
import { type Look, markOf, narrowed } from '../look.ts';
import { entryOf, inline, type Placed, placedSteps } from '../place.ts';
import { drawProse, foldedProse } from '../prose.ts';
import type { Scene, State } from '../state.ts';
import { type Drawn, extent, windowed } from './drawn.ts';

/** A line of the list, whether it is the step that is next or running, and what a filter looks at. */
type Row = { readonly line: string; readonly current: boolean; readonly text: string };

/** Where the operator is: the step asked about, the one that runs, else the first that is not settled. */
export function currentStep(plan: Plan, run: Run, state: State): Placed | undefined {
  const asked = state.asking?.asked.kind === 'question' ? state.asking.asked.question : undefined;
  const at = asked !== undefined && 'step' in asked ? asked : state.live;
  const top = run.stack.at(-1);
  const frame = at?.frame ?? top;
  if (frame === undefined) return undefined;
  const steps = placedSteps(plan, run, frameOf(run, frame));
  return steps.find(({ step, record }) => (at === undefined ? !settled(record) : step.id === at.step));
}

/** The whole screen: steps, a bar, and what is next. */
export function overviewScreen({ plan, run, lock }: Scene, state: State, look: Look, height: number): Drawn {
  const all = stepRows(plan, run, state, look, true);
  const { filter, filtering } = state.asking ?? { filter: '', filtering: false };
  const rows = filter === '' ? all : all.filter((row) => fits(row.text, filter));
  const current = currentStep(plan, run, state);
  const inner = narrowed(look, look.columns - 2);
  const next = current === undefined ? { lines: ['All steps are settled.'], alerts: new Map() } : drawProse(current.step.reading.above, inner, false);
  const title = current === undefined ? 'Next' : `Next: ${current.label} ${inline(current.step.id)}   ${inline(current.step.title)}`;
  const parts: readonly Part[] = [
    { lines: [''], rank: 0 },
    { lines: filtering || filter !== '' ? [filterLine(filter, filtering, rows.length, all.length, look)] : [], rank: 0 },
    { lines: rows.map((row) => row.line), rank: 1, least: Math.min(3, rows.length) },
    { lines: [''], rank: 8 },
    { lines: [doneBar(plan, run, look)], rank: 5 },
    { lines: [''], rank: 7 },
    { lines: [rule(title, look)], rank: 0 },
    { lines: next.lines, rank: 3, least: 1 },
    { lines: lock === undefined ? [] : ['', cut(` lock: ${lock}`, look)], rank: 6 },
  ];
  const sizes = allot(parts, height);
  const visible = sizes[2] ?? 0;
  const scroll =
    state.asking?.pane === 'overview' && state.asking.scroll > 0
      ? state.asking.scroll
      : Math.max(0, rows.findIndex((row) => row.current) - Math.floor(visible / 2));
  const fitted = parts.map((part, index) => {
    if (index === 0) return { lines: [rule('Steps', look, extent(rows.length, scroll, visible))], rank: 0 };
    if (index === 7) return { lines: foldedProse(next, sizes[7] ?? 0, '', inner).map((line) => ` ${line}`), rank: 0 };
    return index === 2
      ? {
          lines: windowed(
            rows.map((row) => row.line),
            scroll,
            visible,
          ),
          rank: 0,
        }
      : part;
  });
  return { lines: stack(fitted, height, look), scroll: { total: rows.length, visible } };
}

/** The filter and how much it leaves. */
function filterLine(filter: string, typing: boolean, count: number, all: number, look: Look): string {
  const words = count === 0 ? `none of ${all} steps has it` : `${count} of ${all}`;
  return ends(` ${look.paint('strong', `/ ${inline(filter)}${typing ? '_' : ''}`)}`, words, look);
}

/** The list for the left pane of a wide screen. */
export function stepList(plan: Plan, run: Run, state: State, look: Look, height: number): readonly string[] {
  const rows = stepRows(plan, run, state, look, false);
  const first = Math.max(0, rows.findIndex((row) => row.current) - Math.floor(height / 2));
  return windowed(
    rows.map((row) => row.line),
    first,
    height,
  );
}

function stepRows(plan: Plan, run: Run, state: State, look: Look, wide: boolean): readonly Row[] {
  const current = currentStep(plan, run, state);
  const rows = (frameId: number, indent: string): readonly Row[] => {
    const frame = frameOf(run, frameId);
    return placedSteps(plan, run, frame).flatMap((at) => {
      const here = current?.frame.id === frameId && current.step.id === at.step.id;
      const open = run.stack.map((id) => frameOf(run, id)).find((other) => other.opener?.frame === frameId && other.opener.step === at.step.id);
      const own = { line: stepLine(at, here, indent, look, wide), current: here, text: `${at.step.id} ${at.step.title}` };
      if (open === undefined) return [own];
      const title = entryOf(plan, open)?.title ?? '';
      const entry = { line: cut(`   ${indent}  ${look.glyphs.arrow} ${inline(title)}`, look), current: false, text: title };
      return [own, entry, ...rows(open.id, `${indent}  `)];
    });
  };
  return rows(0, '');
}

function stepLine(at: Placed, here: boolean, indent: string, look: Look, wide: boolean): string {
  const start = ` ${here ? look.glyphs.cursor : ' '} ${indent}${markOf(at.record.state, look)} ${at.label} ${inline(at.step.id)}`;
  if (!wide) return `${fill(start, look.columns - 7, look)} ${at.step.risk.padEnd(6)}`;
  const line = cut(`${fill(start, Math.min(40, Math.floor(look.columns / 2)), look)} ${at.step.risk.padEnd(7)} ${detailOf(at)}`.trimEnd(), look);
  return here ? look.paint('strong', line) : line;
}

function detailOf({ step, record }: Placed): string {
  const last = record.attempts.filter((attempt) => attempt.purpose === 'run').at(-1);
  const took = last?.endedAt === undefined ? '' : durationWords(Date.parse(last.endedAt) - Date.parse(last.startedAt));
  const detail = inline(stateDetail(record.state));
  switch (record.state.kind) {
    case 'ok':
      if (record.state.settled !== undefined) return detail;
      return step.manual ? 'done by hand' : took;
    case 'pending':
      return step.manual ? 'by hand' : '';
    case 'failed':
      return `${detail}   ${endWords(last)}`.trimEnd();
    case 'recovered':
      return `${took}   ${detail}`;
    default:
      return detail;
  }
}

function doneBar(plan: Plan, run: Run, look: Look): string {
  const steps = placedSteps(plan, run, frameOf(run, 0));
  const done = steps.filter(({ record }) => settled(record)).length;
  const words = `${done} of ${steps.length}`;
  const width = Math.max(1, look.columns - words.length - 3);
  const full = steps.length === 0 ? 0 : Math.round((done / steps.length) * width);
  return ` ${look.paint('good', look.glyphs.bar.repeat(full))}${look.paint('quiet', (look.unicode ? look.glyphs.rule : '.').repeat(width - full))} ${words}`;
}
