/** The screen of a step that runs: its output as it comes, how long it has been running and how long it has been silent. */

import type { Plan } from '../../core/plan.ts';
import type { Run } from '../../core/run.ts';
import { countOf, durationWords, purposeWord, sizeWords } from '../../core/words.ts';
import { allot, cut, ends, type Part, rule, stack } from '../layout.ts';
import type { Look } from '../look.ts';
import { inline, placed } from '../place.ts';
import type { Live } from '../state.ts';
import type { Drawn } from './drawn.ts';

/** After this time without output the silence is shown. */
const silentAfterMs = 2000;

/** The last lines of the output, pre-cut, and what is known about the attempt. */
export function liveScreen(plan: Plan, run: Run, live: Live, now: number, look: Look, height: number): Drawn {
  const at = placed(plan, run, live.frame, live.step);
  const attempt = at.record.attempts.at(-1);
  const purpose = attempt?.purpose ?? 'run';
  const companion = { run: at.step, check: at.step.check, rollback: at.step.rollback, 'dry-run': at.step.dryRun }[purpose];
  const elapsed = `${durationWords(seconds(now - live.startedAt))} of ${durationWords(companion?.timeoutMs ?? at.step.timeoutMs)}`;
  const name = `${purpose === 'run' ? '' : `${purposeWord(purpose)} of `}${at.label} ${inline(at.step.id)}`;
  const bottom = live.held ?? live.total;
  const end = Math.max(0, live.lines.length - (live.total - bottom));
  const parts: readonly Part[] = [
    { lines: [rule(`${name}   running ${elapsed}`, look)], rank: 0 },
    { lines: live.progress === undefined ? [] : [progressLine(live.progress, look)], rank: 0 },
    { lines: live.lines, rank: 1, least: 3 },
    { lines: [''], rank: 2 },
    { lines: [cut(stopWords(at.label, live) ?? statusLine(live, now, look), look)], rank: 0 },
  ];
  const visible = allot(parts, height)[2] ?? 0;
  // Held near the top, the view is filled from the oldest lines that are kept.
  const last = Math.max(end, Math.min(visible, live.lines.length));
  const shown = live.lines.slice(Math.max(0, last - visible), last).map((line) => cut(` ${line}`, look));
  const fitted = parts.map((part, index) => (index === 2 ? { lines: shown, rank: 0 } : part));
  return { lines: stack(fitted, height, look), scroll: { total: live.lines.length, visible } };
}

function seconds(ms: number): number {
  return Math.floor(Math.max(0, ms) / 1000) * 1000;
}

function statusLine(live: Live, now: number, look: Look): string {
  const silent = now - live.lastOutputAt;
  const count = `${countOf(live.total, 'line')}, ${sizeWords(live.bytes)}`;
  const left = ` running   ${count}${silent >= silentAfterMs ? `   silent for ${durationWords(seconds(silent))}` : ''}`;
  const right = live.held === undefined ? 'following' : look.paint('warn', `held, ${countOf(live.total - live.held, 'newer line')}`);
  return ends(left, right, look);
}

function stopWords(label: string, live: Live): string | undefined {
  if (live.stops === 0) return undefined;
  return live.stops === 1 ? ` Stopping step ${label}: TERM sent. Ctrl+C again: kill it now.` : ` Killing step ${label}: KILL sent.`;
}

function progressLine({ percent, message }: NonNullable<Live['progress']>, look: Look): string {
  const text = inline(message);
  if (percent === undefined) return cut(` ${text}`, look);
  const share = Math.max(0, Math.min(100, percent));
  const width = Math.max(10, Math.floor(look.columns / 2) - 8);
  const full = Math.round((share / 100) * width);
  const bar = look.paint('good', look.glyphs.bar.repeat(full)) + look.paint('quiet', (look.unicode ? look.glyphs.rule : '.').repeat(width - full));
  return cut(` ${bar} ${String(Math.floor(share)).padStart(3)} %  ${text}`, look);
}
