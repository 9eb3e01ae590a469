/** The screen that shows files which are no longer what was accepted. */

import { escapeText } from '../../core/escape.ts';
import type { FileChange } from '../../core/need.ts';
import { countOf } from '../../core/words.ts';
import { allot, breakLine, type Part, rule, stack } from '../layout.ts';
import type { Look } from '../look.ts';
import { inline } from '../place.ts';
import { type Asked, type Drawn, extent, windowed } from './drawn.ts';

/** The differences, to be scrolled to their end, and the question. */
export function changesScreen({ asking }: Asked, changes: readonly FileChange[], look: Look, height: number): Drawn {
  const diff = changes.flatMap((change) => changeLines(change, look));
  const parts: readonly Part[] = [
    { lines: [''], rank: 0 },
    { lines: diff, rank: 1, least: 3 },
    { lines: [''], rank: 5 },
    {
      lines: [
        rule('Go on with the files as they are now?', look),
        asking.seenEnd ? '   y  go on with these files; it is recorded' : look.paint('warn', '   y  is off until the end was shown; space goes on'),
        '   n  stop; the run can be resumed',
      ],
      rank: 0,
    },
  ];
  const visible = allot(parts, height)[1] ?? 0;
  const title = rule(
    look.paint('warn', `${countOf(changes.length, 'file')} changed since this run accepted them`),
    look,
    extent(diff.length, asking.scroll, visible),
  );
  const fitted = parts.map((part, index) =>
    index === 0 ? { lines: [title], rank: 0 } : index === 1 ? { lines: windowed(diff, asking.scroll, visible), rank: 0 } : part,
  );
  return { lines: stack(fitted, height, look), scroll: { total: diff.length, visible } };
}

/** A change as plain lines: what became of the file, and the difference where it is known. */
export function changeWords(change: FileChange): readonly string[] {
  const diff = escapeText(change.diff.replace(/\n$/u, ''), { colour: false, newlines: true });
  return [`${change.kind}  ${inline(change.path)}`, ...(diff === '' ? ['(no text to compare)'] : diff.split('\n'))];
}

function changeLines(change: FileChange, look: Look): readonly string[] {
  const [head = '', ...diff] = changeWords(change);
  const lines = diff.flatMap((line) => breakLine(line, look.columns - 2).map((part) => look.paint(toneOf(line), `  ${part}`)));
  return [look.paint('strong', ` ${head}`), ...lines];
}

/** How a line of a difference looks. */
export function toneOf(line: string): 'good' | 'bad' | 'quiet' {
  return line.startsWith('+') ? 'good' : line.startsWith('-') ? 'bad' : 'quiet';
}
