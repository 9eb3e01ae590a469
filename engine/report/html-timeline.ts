/** A picture of the run: a row a step, a bar an attempt, around the steps of a playbook the time that was spent in it. */

import type { Element, ElementContent } from 'hast';
import { s } from 'hastscript';
import { durationWords, purposeWord } from '../core/words.ts';
import { type AttemptFacts, attemptsOf, type Facts, type PlaybookFacts, type ProcedureFacts, type StepFacts, stepsIn } from './facts.ts';

const width = 1000;
const labels = 270;
const rowHeight = 24;
const top = 26;

/** More rows than this are no picture any more. */
const mostRows = 120;

type Row = { readonly depth: number; readonly step?: StepFacts; readonly playbook?: PlaybookFacts; readonly rows: number };

/** The picture, or nothing where nothing ran. `left` is how many steps ran that it has no room for. */
export function timeline(facts: Facts): { readonly picture: Element; readonly left: number } | undefined {
  const all = rowsOf(facts.procedures, 0);
  const rows = all.slice(0, mostRows);
  const attempts = rows.flatMap(({ step }) => (step === undefined ? [] : attemptsOf(step)));
  if (attempts.length === 0) return undefined;
  const scale = scaleOf(attempts, Date.parse(facts.run.lastAt));
  const height = top + rows.length * rowHeight + 6;
  const ran = stepsIn(facts.procedures).filter(({ step }) => attemptsOf(step).length > 0);
  const picture = s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', ariaLabelledBy: ['timeline-title', 'timeline-text'] }, [
    s('title', { id: 'timeline-title' }, 'Timeline of the run'),
    s('desc', { id: 'timeline-text' }, described(rows)),
    ...scale.gaps.map(({ from, to, words }) => gap(from, to, height, words)),
    ...scale.ticks.flatMap(({ x, words }) => [
      s('line', { className: 'grid', x1: x, x2: x, y1: top - 6, y2: height }),
      s('text', { className: 'tick', x, y: 13, textAnchor: 'middle' }, words),
    ]),
    ...rows.flatMap((row, index) => rowElements(row, top + index * rowHeight, scale.x)),
  ]);
  return { picture, left: ran.length - rows.filter(({ step }) => step !== undefined).length };
}

function described(rows: readonly Row[]): string {
  return rows
    .map(({ step, playbook }) => {
      if (playbook !== undefined) return `Playbook ${playbook.title} from ${playbook.enteredAt}.`;
      return step === undefined ? '' : `${step.title}: ${step.words}, ${attemptsOf(step).length} attempts from ${step.startedAt ?? 'no time'}.`;
    })
    .join(' ');
}

/** Only what ran: the table below has every step. */
function rowsOf(procedures: readonly ProcedureFacts[], depth: number): readonly Row[] {
  return procedures.flatMap(({ steps }) =>
    steps.flatMap((step): readonly Row[] => {
      if (step.items.every((item) => item.kind === 'decision')) return [];
      const playbooks = step.items.flatMap((item): readonly Row[] => {
        if (item.kind !== 'playbook') return [];
        const inside = rowsOf(item.procedures, depth + 1);
        return [{ depth: depth + 1, playbook: item, rows: inside.length }, ...inside];
      });
      return [{ depth, step, rows: 0 }, ...playbooks];
    }),
  );
}

function rowElements({ depth, step, playbook, rows }: Row, y: number, x: (at: number) => number): ElementContent[] {
  const indent = 8 + Math.min(depth, 5) * 16;
  const name = (words: string, more: string) =>
    s('text', { className: more, x: indent, y: y + 16 }, shortened(words, Math.floor((labels - indent) / 6.6)));
  if (playbook !== undefined) {
    const [from, to] = [x(Date.parse(playbook.enteredAt)), x(playbook.leftAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(playbook.leftAt))];
    const box = { x: from, y: y + 2, width: Math.max(4, to - from), height: (rows + 1) * rowHeight - 4, rx: 4 };
    const why = playbook.why.length === 0 ? '' : ` (${playbook.why.join(', ')})`;
    return [s('rect', { className: 'visit', ...box }, [s('title', `Playbook ${playbook.title}${why}`)]), name(`⤷ ${playbook.title}`, 'playbook')];
  }
  if (step === undefined) return [];
  return [name(`${step.mark} ${step.title}`, step.kind), ...attemptsOf(step).map((attempt) => bar(attempt, y, x))];
}

function bar(attempt: AttemptFacts, y: number, x: (at: number) => number): Element {
  const from = x(Date.parse(attempt.startedAt));
  const to = x(attempt.endedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(attempt.endedAt));
  const took = attempt.tookMs === undefined ? '' : `, ${durationWords(attempt.tookMs)}`;
  const words = `Attempt ${attempt.number} (${purposeWord(attempt.purpose)}): ${attempt.words}${took}`;
  return s('rect', { className: ['bar', barClass(attempt)], x: from, y: y + 6, width: Math.max(4, to - from), height: rowHeight - 12, rx: 2 }, [
    s('title', words),
  ]);
}

function barClass({ outcome, purpose, error }: AttemptFacts): string {
  if (outcome === undefined || outcome.kind === 'lost') return 'unknown';
  if (outcome.kind !== 'exited' || outcome.code !== 0 || error !== undefined) return 'bad';
  return purpose === 'run' ? 'good' : 'side';
}

function gap(from: number, to: number, height: number, words: string): Element {
  return s('g', [
    s('rect', { className: 'gap', x: from, y: top - 6, width: to - from, height: height - top + 6 }, [s('title', words)]),
    s('text', { className: 'tick', x: (from + to) / 2, y: height - 8, textAnchor: 'middle' }, '⋯'),
  ]);
}

function shortened(words: string, most: number): string {
  return words.length <= most ? words : `${words.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

type Scale = {
  /** Where a moment (milliseconds) stands. */
  readonly x: (at: number) => number;
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly words: string }[];
  readonly ticks: readonly { readonly x: number; readonly words: string }[];
};

type Span = { readonly from: number; readonly to: number };

/** Time from left to right; a night in which nobody answered takes little room. */
function scaleOf(attempts: readonly AttemptFacts[], lastAt: number): Scale {
  const spans = attempts
    .map(({ startedAt, endedAt }): Span => ({ from: Date.parse(startedAt), to: endedAt === undefined ? lastAt : Date.parse(endedAt) }))
    .sort((a, b) => a.from - b.from);
  const begin = spans[0]?.from ?? lastAt;
  // A step that polls may have more attempts than a function takes arguments.
  const end = spans.reduce((latest, { to }) => Math.max(latest, to), begin + 1);
  const idle = idleIn(spans);
  const busy = end - begin - idle.reduce((sum, { from, to }) => sum + to - from, 0);
  const long = idle.filter(({ from, to }) => to - from > Math.max(60_000, busy / 3));
  const kept = end - begin - long.reduce((sum, { from, to }) => sum + to - from, 0);
  const short = kept / 20;
  const perMs = (width - labels - 24) / (kept + short * long.length);
  const x = (at: number): number => {
    const moment = Math.min(end, Math.max(begin, at));
    const saved = long.reduce((sum, { from, to }) => {
      if (moment >= to) return sum + (to - from) - short;
      return moment <= from ? sum : sum + (moment - from) * (1 - short / (to - from));
    }, 0);
    return Math.round((labels + (moment - begin - saved) * perMs) * 10) / 10;
  };
  const gaps = long.map(({ from, to }) => ({ from: x(from), to: x(to), words: `Nothing ran for ${durationWords(to - from)}` }));
  return { x, gaps, ticks: ticksOf({ begin, end, kept, long, x }) };
}

/** The stretches in which nothing ran. */
function idleIn(spans: readonly Span[]): readonly Span[] {
  const idle: Span[] = [];
  let until = spans[0]?.from ?? 0;
  for (const { from, to } of spans) {
    if (from > until) idle.push({ from: until, to: from });
    until = Math.max(until, to);
  }
  return idle;
}

const intervals = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400].map((seconds) => seconds * 1000);

type Axis = {
  readonly begin: number;
  readonly end: number;
  readonly kept: number;
  readonly long: readonly Span[];
  readonly x: (at: number) => number;
};

function ticksOf({ begin, end, kept, long, x }: Axis): Scale['ticks'] {
  const interval = intervals.find((one) => kept / one <= 7) ?? kept / 7;
  const ticks: Scale['ticks'][number][] = [];
  // What lies in a gap is left out; so many ticks that this matters to the machine lie nowhere else.
  for (let at = Math.ceil(begin / interval) * interval; at <= end && ticks.length < 40; at += interval) {
    const gapped = long.find(({ from, to }) => at > from && at < to);
    if (gapped !== undefined) {
      at = Math.floor(gapped.to / interval) * interval;
      continue;
    }
    const place = x(at);
    const clock = new Date(at).toISOString();
    const words = interval >= 86_400_000 ? clock.slice(5, 10) : clock.slice(11, interval < 60_000 ? 19 : 16);
    if (place - (ticks.at(-1)?.x ?? Number.NEGATIVE_INFINITY) > 56) ticks.push({ x: place, words });
  }
  return ticks;
}
