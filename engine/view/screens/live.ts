/** The screen of a step that runs: its output as it comes, how long it has been running and how long it has been silent. */

import type { Plan } from '../../core/plan.ts';
import type { Run } from '../../core/run.ts';
import { countOf, durationWords, purposeWord, sizeWords } from '../../core/words.ts';
import { foundAt, uncoloured } from '../find.ts';
import { allot, cut, ends, type Part, rule, stack } from '../layout.ts';
import type { Look } from '../look.ts';
import { inline, placed } from '../place.ts';
import { remainingWords } from '../remaining.ts';
import type { Held, Live, Search } from '../state.ts';
import { matchingLines } from '../update-live.ts';
import type { Drawn } from './drawn.ts';

/** After this time without output the silence is shown. */
const silentAfterMs = 2000;

/** Which part of the screen the output is. */
const outputPart = 3;

/** The last lines of the output, pre-cut, and what is known about the attempt. */
export function liveScreen(plan: Plan, run: Run, live: Live, now: number, look: Look, height: number): Drawn {
  const at = placed(plan, run, live.frame, live.step);
  const attempt = at.record.attempts.at(-1);
  const purpose = attempt?.purpose ?? 'run';
  const companion = { run: at.step, check: at.step.check, rollback: at.step.rollback, 'dry-run': at.step.dryRun }[purpose];
  const elapsed = `${durationWords(seconds(now - live.startedAt))} of ${durationWords(companion?.timeoutMs ?? at.step.timeoutMs)}`;
  const name = `${purpose === 'run' ? '' : `${purposeWord(purpose)} of `}${at.label} ${inline(at.step.id)}`;
  const { lines, total, bottom } = live.held ?? { lines: live.lines, total: live.total, bottom: live.total };
  const dropped = total - lines.length;
  const end = Math.max(0, bottom - dropped);
  const partsWith = (note: readonly string[]): readonly Part[] => [
    { lines: [rule(`${name}   running ${elapsed}`, look)], rank: 0 },
    { lines: live.progress === undefined ? [] : [progressLine(live.progress, now - live.startedAt, look)], rank: 0 },
    { lines: note, rank: 0 },
    { lines, rank: 1, least: 3 },
    { lines: [''], rank: 2 },
    { lines: live.search === undefined ? [] : [searchLine(live.search, { lines, total, bottom }, look)], rank: 0 },
    { lines: [cut(stopWords(at.label, live) ?? statusLine(live, now, look), look)], rank: 0 },
  ];
  const room = allot(partsWith([]), height)[outputPart] ?? 0;
  const parts = partsWith(live.held !== undefined && end <= room && dropped > 0 ? [keptLine(dropped, look)] : []);
  const visible = allot(parts, height)[outputPart] ?? 0;
  // Held near the top, the view is filled from the oldest lines that are kept.
  const last = Math.max(end, Math.min(visible, lines.length));
  const first = Math.max(0, last - visible);
  const shown = lines.slice(first, last).map((line, index) => outputLine(line, dropped + first + index, live.search, look));
  const fitted = parts.map((part, index) => (index === outputPart ? { lines: shown, rank: 0 } : part));
  return { lines: stack(fitted, height, look), scroll: { total: lines.length, visible } };
}

/** Why there is nothing further up. */
function keptLine(dropped: number, look: Look): string {
  return look.paint('quiet', cut(` ${countOf(dropped, 'earlier line')}: only in the log, which l opens`, look));
}

/** A line of the output, marked where it has what is looked for; of a longer line the part is shown that has it. */
function outputLine(line: string, number: number, search: Search | undefined, look: Look): string {
  const at = search === undefined || search.text === '' ? -1 : foundAt(line, search.text);
  if (search === undefined || at === -1) return cut(` ${line}`, look);
  const text = uncoloured(line).replaceAll('\t', ' ');
  const end = at + search.text.length;
  const from = end + 2 < look.columns ? 0 : Math.max(0, at - Math.floor(look.columns / 3));
  const found = look.paint('warn', text.slice(at, end));
  const mark = search.at === number ? look.glyphs.cursor : '*';
  return cut(`${mark}${from > 0 ? look.glyphs.cut : ''}${text.slice(from, at)}${found}${text.slice(end)}`, look);
}

/** What is looked for, and how much has it. */
function searchLine(search: Search, held: Held, look: Look): string {
  const matches = matchingLines(held, search.text);
  const count = search.text === '' ? '' : matches.length === 0 ? 'no line has it' : `${countOf(matches.length, 'line')}`;
  const place = search.typing || search.at === undefined ? count : `${matches.indexOf(search.at) + 1} of ${count}`;
  const kept = held.total > held.lines.length ? `only the last ${held.lines.length} lines are in memory${search.typing ? '' : '; l: all'}` : '';
  const text = `/ ${inline(search.text)}${search.typing ? '_' : ''}`;
  return cut(` ${[look.paint('strong', text), look.paint('warn', place), look.paint('quiet', kept)].filter(Boolean).join('   ')}`, look);
}

function seconds(ms: number): number {
  return Math.floor(Math.max(0, ms) / 1000) * 1000;
}

function statusLine(live: Live, now: number, look: Look): string {
  const silent = now - live.lastOutputAt;
  const count = `${countOf(live.total, 'line')}, ${sizeWords(live.bytes)}`;
  const left = ` running   ${count}${silent >= silentAfterMs ? `   silent for ${durationWords(seconds(silent))}` : ''}`;
  const right = live.held === undefined ? 'following' : look.paint('warn', heldWords(live.total - live.held.bottom));
  return ends(left, right, look);
}

function heldWords(further: number): string {
  return further === 0 ? 'held' : `held, ${countOf(further, 'line')} below`;
}

function stopWords(label: string, live: Live): string | undefined {
  if (live.stops === 0) return undefined;
  return live.stops === 1 ? ` Stopping step ${label}: TERM sent. Ctrl+C again: kill it now.` : ` Killing step ${label}: KILL sent.`;
}

function progressLine({ percent, message }: NonNullable<Live['progress']>, elapsedMs: number, look: Look): string {
  const text = inline(message);
  if (percent === undefined) return cut(` ${text}`, look);
  const share = Math.max(0, Math.min(100, percent));
  const width = Math.max(10, Math.floor(look.columns / 4));
  const full = Math.round((share / 100) * width);
  const bar = look.paint('good', look.glyphs.bar.repeat(full)) + look.paint('quiet', (look.unicode ? look.glyphs.rule : '.').repeat(width - full));
  const words = [remainingWords(percent, elapsedMs), text].filter(Boolean).join('  ');
  return cut(` ${bar} ${String(Math.floor(share)).padStart(3)} %  ${words}`, look);
}
