/** Plain output: one line an event, and the output of each attempt with the number of its step before it. */

import { type LineStream, lineStream } from '../core/escape.ts';
import type { Event, Outcome } from '../core/event.ts';
import type { View } from '../core/need.ts';
import type { Plan } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { purposeWord, stateWord } from '../core/words.ts';
import { eventWords } from './event-words.ts';
import { painter } from './look.ts';
import { inline, type Placed, placed } from './place.ts';
import { resumedLines } from './resumed-lines.ts';

/** A view that writes lines, for pipes, CI and terminals that cannot draw. `lock`: for whom the stage is held against other runs. */
export function plainView(write: (text: string) => void | Promise<void>, options: { readonly colour: boolean; readonly lock?: string }): View {
  const paint = painter(options.colour);
  let scene: { readonly plan: Plan; readonly run: Run } | undefined;
  let output: { readonly attempt: number; readonly prefix: string; readonly lines: LineStream } | undefined;
  const print = (prefix: string, lines: readonly string[]) => {
    if (lines.length > 0) void write(lines.map((line) => `${prefix}${line}\n`).join(''));
  };
  const close = () => {
    if (output !== undefined) print(output.prefix, output.lines.end());
    output = undefined;
  };
  return {
    event(plan, run, event) {
      scene = { plan, run };
      if (event.type === 'attempt-ended') close();
      const bad = event.type === 'attempt-ended' && ['failed', 'unknown'].includes(placed(plan, run, event.frame, event.step).record.state.kind);
      for (const line of eventLines(plan, run, event)) void write(`${bad ? paint('bad', line) : line}\n`);
      const begins = event.type === 'run-started' || event.type === 'run-resumed';
      if (begins && options.lock !== undefined) void write(`${lineStart(plan, event)}lock: ${options.lock}\n`);
    },
    output(attempt, chunk) {
      if (output?.attempt !== attempt) {
        close();
        output = {
          attempt,
          prefix: `${scene === undefined ? '' : labelOf(scene.plan, scene.run, attempt)}| `,
          lines: lineStream({ colour: options.colour ? true : 'drop' }),
        };
      }
      const text = output.lines.pushText(chunk, output.prefix);
      return text === '' ? undefined : write(text);
    },
    progress() {
      // Lines that replace each other are for screens; a log that grows by each percent helps nobody.
    },
  };
}

function labelOf(plan: Plan, run: Run, attempt: number): string {
  for (const frame of run.frames)
    for (const [step, record] of Object.entries(frame.steps))
      if (record.attempts.some((candidate) => candidate.attempt === attempt)) return placed(plan, run, frame.id, step).label;
  return '';
}

/** `19:05:33Z prod step 3/7 drain-connections FAILED exit=124 30.0s`, and for what went wrong a second line that says why. */
function eventLines(plan: Plan, run: Run, event: Event): readonly string[] {
  const start = lineStart(plan, event);
  const { at, words } = eventWords(plan, run, event);
  if (at === undefined) return [words, ...(event.type === 'run-resumed' ? resumedLines(plan, run, event) : [])].map((line) => start + line);
  const step = `${start}step ${at.ofAll} ${inline(at.step.id)} `;
  if (event.type !== 'attempt-ended') return [step + words];
  const { state, failure } = at.record;
  const why = state.kind === 'failed' ? failure?.message : state.kind === 'unknown' ? state.why : undefined;
  const where = failure?.failedAt === undefined ? '' : ` (${inline(at.step.place.path)}:${failure.failedAt.line})`;
  return [
    step + endedFields(event, at),
    ...(why === undefined ? [] : [`${step}${inline(why)}${where}`]),
    ...event.remarks.map((remark) => `${step}${inline(remark)}`),
  ];
}

function lineStart(plan: Plan, { at }: Event): string {
  return `${at.slice(11, 19)}Z ${inline(plan.stage.name)} `;
}

function endedFields(event: Extract<Event, { type: 'attempt-ended' }>, { record }: Placed): string {
  const own = record.attempts.find(({ attempt }) => attempt === event.attempt);
  const fields = [
    ...(event.purpose === 'run' ? [] : [purposeWord(event.purpose)]),
    stateWord(record.state),
    outcomeField(event.outcome),
    ...(event.error === undefined ? [] : [`error=${inline(event.error.code)}`]),
    ...(own === undefined ? [] : [`${((Date.parse(own.endedAt ?? event.at) - Date.parse(own.startedAt)) / 1000).toFixed(1)}s`]),
  ];
  return fields.join(' ');
}

function outcomeField(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `exit=${outcome.code}`;
    case 'signalled':
      return `signal=${outcome.signal}`;
    default:
      return outcome.kind;
  }
}
