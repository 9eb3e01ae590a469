/** The lines that stay in the terminal for good: what happened, one line each, so that the scrollback tells the run. */

import type { Event } from '../core/event.ts';
import { countWords, resultWords } from '../core/words.ts';
import { eventWords } from './event-words.ts';
import { wayOut } from './keys.ts';
import { cut, rowsOf, rule } from './layout.ts';
import { type Look, markOf, stageBanner } from './look.ts';
import { inline, placed } from './place.ts';
import { resumedLines } from './resumed-lines.ts';
import type { Scene } from './state.ts';

/** How many lines of output stay below a step that failed, and how many rows each may take. */
const kept = 5;
const rowsOfLine = 3;

/** The lines for an event; none for what only matters for a moment. `output` is what the attempt wrote last. */
export function permanentLines({ plan, run }: Scene, event: Event, output: readonly string[], look: Look): readonly string[] {
  if (passing(event)) return [];
  const { at, words } = eventWords(plan, run, event);
  if (at === undefined) {
    const banner = event.type === 'run-started' || event.type === 'run-resumed' ? `${stageBanner(plan.stage, inline(plan.stage.name), look)} ` : '';
    const more = event.type === 'run-resumed' ? resumedLines(plan, run, event) : [];
    return [
      cut(` ${banner}${words}`, look),
      ...more.map((line) => cut(line.startsWith('different') ? look.paint('warn', `   ${line}`) : `   ${line}`, look)),
    ];
  }
  const { state } = at.record;
  // A poll that will be repeated, and a step whose check has the last word, are told when that is over.
  if (event.type === 'attempt-ended' && (state.kind === 'waiting' || state.kind === 'verifying')) return [];
  const mark = event.type === 'playbook-entered' ? look.glyphs.arrow : markOf(state, look);
  const line = cut(` ${mark} ${at.ofAll} ${inline(at.step.id)}   ${words}`, look);
  if (event.type !== 'attempt-ended') return [line];
  const remarks = event.remarks.map((remark) => cut(look.paint('warn', `     ! ${inline(remark)}`), look));
  if (state.kind !== 'failed' && state.kind !== 'unknown') return [line, ...remarks];
  const why = state.kind === 'failed' ? at.record.failure?.message : state.why;
  return [
    line,
    ...(why === undefined ? [] : [cut(`     ${inline(why)}`, look)]),
    ...remarks,
    ...output.slice(-kept).flatMap((text) => rowsOf(text, look.columns - 7, rowsOfLine, look).map((row) => `     ${look.glyphs.column} ${row}`)),
  ];
}

/** The line above what a step draws that has the terminal to itself. */
export function lentLine({ plan, run }: Scene, look: Look): string {
  const running = run.frames.flatMap((frame) => Object.keys(frame.steps).map((step) => placed(plan, run, frame.id, step)));
  const at = running.find(({ record }) => record.state.kind === 'running');
  const who = at === undefined ? 'The step' : `${at.ofAll} ${inline(at.step.id)}`;
  return cut(` ${stageBanner(plan.stage, inline(plan.stage.name), look)} ${who} has the terminal. ${wayOut} ends it.`, look);
}

function passing(event: Event): boolean {
  return ['step-confirmed', 'attempt-started', 'retry-chosen', 'companion-chosen', 'run-stopped', 'run-ended'].includes(event.type);
}

/** The summary at the end: the result, the counts, where the record is, and last the next command to type. */
export function finishLines(
  { plan, run, folder }: Scene,
  exit: { readonly code: number; readonly report: string; readonly head: string },
  look: Look,
): readonly string[] {
  const ended = run.status.kind === 'ended';
  const tone = !ended ? 'warn' : run.status.kind === 'ended' && run.status.result === 'finished' ? 'good' : 'warn';
  const next = ended ? `runbook report ${inline(run.id)}` : `runbook resume ${inline(run.id)}`;
  return [
    rule(`${look.paint(tone, resultWords(run))}   run ${inline(run.id)}   exit ${exit.code}`, look),
    cut(` ${stageBanner(plan.stage, inline(plan.stage.name), look)}   ${countWords(run)}`, look),
    cut(` report   ${inline(exit.report)}`, look),
    cut(` record   ${inline(folder)}`, look),
    cut(` head     ${inline(exit.head)}`, look),
    '',
    ` Next:  ${next}`,
  ];
}
