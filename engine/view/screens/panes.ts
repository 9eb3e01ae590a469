/** Everything that can lie over a question: its values, the help, the stop dialog; and the screen for a terminal that is too small. */

import type { Context, Question } from '../../core/need.ts';
import type { Plan } from '../../core/plan.ts';
import type { Run } from '../../core/run.ts';
import { countOf, originWords } from '../../core/words.ts';
import { type Card, shownValue } from '../card.ts';
import type { Escalation } from '../escalation.ts';
import { keyHelp, type Mode, type Verb } from '../keys.ts';
import { breakLine, cut, rule, wrap } from '../layout.ts';
import { type Look, narrowed } from '../look.ts';
import { inline, placed } from '../place.ts';
import { drawProse } from '../prose.ts';
import { toneOf } from './changes.ts';
import { type Drawn, extent, windowed } from './drawn.ts';

/** A question about one step before it runs. */
export type AboutStep = Extract<Question, { kind: 'confirm' | 'attest' }>;

/** Every value of the run and where it came from. */
export function valuesScreen(run: Run, { files = [] }: Context, scroll: number, look: Look, height: number): Drawn {
  const values = Object.entries(run.values).flatMap(([name, value]) =>
    wrap(`{${inline(name)}} = ${shownValue(value)}   (${originWords(value.origin, inline(value.from))})`, look.columns - 2).map((line) => ` ${line}`),
  );
  const declared = files.length === 0 ? [] : ['', ` ${countOf(files.length, 'declared file')}:`];
  const names = files.flatMap((file) => breakLine(inline(file), look.columns - 3)).map((line) => `   ${line}`);
  return list('Values', [...values, ...declared, ...names], scroll, look, height);
}

/** What changed in a step since it last ended well on this stage. */
export function differenceScreen(since: NonNullable<Card['since']>, scroll: number, look: Look, height: number): Drawn {
  const lines = since.diff.flatMap((line) => breakLine(line, look.columns - 2).map((part) => look.paint(toneOf(line), ` ${part}`)));
  return list(since.words, lines, scroll, look, height);
}

/** Whom to call. */
export function escalationScreen({ said }: Escalation, notice: string, scroll: number, look: Look, height: number): Drawn {
  const text = said.flatMap(({ title, words }) => [
    ...wrap(title, look.columns - 2).map((line) => ` ${line}`),
    ...drawProse(words, narrowed(look, look.columns - 4), false).lines.map((line) => `   ${line}`),
    '',
  ]);
  const told = notice === '' ? [] : wrap(notice, look.columns - 4).map((line, index) => look.paint('warn', ` ${index === 0 ? '!' : ' '} ${line}`));
  return list('Escalation', [...told, '', ...text], scroll, look, height);
}

/** All that the document says about a step: the words above its block and those below it. */
export function proseScreen(plan: Plan, run: Run, question: AboutStep, scroll: number, look: Look, height: number): Drawn {
  const { step, label } = placed(plan, run, question.frame, question.step);
  const inner = narrowed(look, look.columns - 2);
  const { above, below } = step.reading;
  const words = [above, below].map((prose) => drawProse(prose, inner, true).lines.map((line) => ` ${line}`));
  const parted = words.flatMap((lines, index) => (index === 1 && lines.length > 0 ? ['', rule('Below the block', look), ...lines] : lines));
  return list(`${label} ${inline(step.id)}   ${inline(step.title)}`, parted, scroll, look, height);
}

/** What each key does now. */
export function helpScreen(mode: Mode, applies: (verb: Verb) => boolean, scroll: number, look: Look, height: number): Drawn {
  return list(
    'Keys',
    keyHelp(mode, applies).map(([keys, help]) => cut(`   ${keys.padEnd(12)} ${help}`, look)),
    scroll,
    look,
    height,
  );
}

function list(title: string, lines: readonly string[], scroll: number, look: Look, height: number): Drawn {
  const visible = Math.min(lines.length, height - 1);
  return {
    lines: [rule(title, look, extent(lines.length, scroll, visible)), ...windowed(lines, scroll, visible)],
    scroll: { total: lines.length, visible },
  };
}

/** The question before leaving. */
export function stopScreen(run: Run, look: Look): Drawn {
  return {
    lines: [
      rule('Stop here and keep the run for resume?', look),
      '   y  stop; nothing more runs',
      '   n  go on',
      '',
      cut(`   Later:  runbook resume ${inline(run.id)}`, look),
    ],
  };
}

/** What can still be said where the question does not fit. The stage and the question are not left out. */
export function tooSmallScreen(question: string, look: Look): Drawn {
  return { lines: [cut(` ${question}`, look), cut(` This terminal is ${look.columns}x${look.rows}; 60x15 is needed. Make it larger.`, look)] };
}
