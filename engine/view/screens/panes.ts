/** Everything that can lie over a question: its values, the help, the stop dialog; and the screen for a terminal that is too small. */

import type { Run } from '../../core/run.ts';
import { originWords } from '../../core/words.ts';
import { shownValue } from '../card.ts';
import { keyHelp, type Mode, type Verb } from '../keys.ts';
import { cut, rule, wrap } from '../layout.ts';
import type { Look } from '../look.ts';
import { inline } from '../place.ts';
import { type Drawn, extent, windowed } from './drawn.ts';

/** Every value of the run and where it came from. */
export function valuesScreen(run: Run, scroll: number, look: Look, height: number): Drawn {
  const lines = Object.entries(run.values).flatMap(([name, value]) =>
    wrap(`{${inline(name)}} = ${shownValue(value)}   (${originWords(value.origin, inline(value.from))})`, look.columns - 2).map((line) => ` ${line}`),
  );
  return list('Values', lines, scroll, look, height);
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
