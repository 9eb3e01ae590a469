/** The screen after a failure, an unknown end or a playbook: what happened, what state things are in, what can be done. */

import { endingOf } from '../ending.ts';
import { allot, cut, type Part, rowsOf, rule, stack, wrap } from '../layout.ts';
import type { Look } from '../look.ts';
import { type Choosing, type Option, optionsOf } from '../options.ts';
import type { Asked, Drawn } from './drawn.ts';
import { writingLines } from './writing.ts';

/** How many rows of output are shown without asking, and how many of them one line may take: causes stand at the end of long lines. */
const outputRows = 8;
const rowsOfLine = 4;

/** With less room than this a hint stands below its label. */
const narrowest = 34;

const marks = { bad: '✖', warn: '?', good: '✔' };

/** The end, the last lines of output, and the numbered choices with the suggested one first. */
export function chooseScreen({ state, plan, run, asking }: Asked, question: Choosing, look: Look, height: number): Drawn {
  const ending = endingOf(plan, run, question);
  const options = optionsOf(plan, run, question);
  const indented = (lines: readonly string[]) => lines.flatMap((line) => wrap(line, look.columns - 2)).map((line) => ` ${line}`);
  const last = question.kind === 'return' ? [] : state.last.slice(-outputRows);
  const output = last.flatMap((line) => rowsOf(line, look.columns - 3, rowsOfLine, look).map((row) => `   ${row}`)).slice(-outputRows);
  const marked = Math.min(asking.marked, options.length - 1);
  const menu = options.map((option, index) => optionLines(option, index, index === marked, options, look));
  const parts: readonly Part[] = [
    { lines: [rule(look.paint(ending.tone, `${look.unicode ? `${marks[ending.tone]} ` : ''}${ending.title}`), look)], rank: 0 },
    { lines: indented(ending.what), rank: 3, least: 1 },
    ...(output.length === 0 ? [] : [{ lines: [' last lines:'], rank: 6 }]),
    // The newest line tells most, so the oldest give way.
    { lines: [...output].reverse(), rank: 4, least: Math.min(height < 13 ? 1 : 3, output.length) },
    { lines: [''], rank: 8 },
    { lines: indented(ending.now), rank: 1, least: 1 },
    { lines: [''], rank: 7 },
    ...(asking.writing === undefined
      ? [
          { lines: [rule(ending.question, look)], rank: 0 },
          { lines: menu.flat(), rank: 2, least: 3 },
        ]
      : [{ lines: [...(asking.writing.for === 'choice' ? [` ${options[marked]?.label ?? ''}`] : []), ...writingLines(asking, look)], rank: 0 }]),
  ];
  const sizes = allot(parts, height);
  const fitted = parts.map((part, index) => {
    const size = sizes[index] ?? 0;
    if (part.rank === 4) return { lines: part.lines.slice(0, size).reverse(), rank: 0 };
    return part.rank === 2 ? { lines: aroundMarked(menu, marked, size), rank: 0 } : part;
  });
  return { lines: stack(fitted, height, look) };
}

function optionLines(option: Option, index: number, marked: boolean, options: readonly Option[], look: Look): readonly string[] {
  const width = Math.min(40, Math.max(...options.map(({ label }) => label.length)));
  const start = ` ${marked ? look.glyphs.cursor : ' '} ${index + 1}  ${option.label.padEnd(width)}  `;
  const hint = index === 0 && options.length > 1 ? `suggested; ${option.hint}` : option.hint;
  if (!marked) return [cut(start + hint, look)];
  const room = look.columns - start.length - 1;
  // Beside a long label there is no room for words: then the hint goes below it.
  if (room < narrowest) return [look.paint('strong', cut(start.trimEnd(), look)), ...wrap(hint, look.columns - 9).map((line) => `       ${line}`)];
  const [first = '', ...rest] = wrap(hint, room);
  return [look.paint('strong', cut(start + first, look)), ...rest.map((line) => cut(' '.repeat(start.length) + line, look))];
}

/** As much of the menu as there is room for, with the marked choice in it. */
function aroundMarked(menu: readonly (readonly string[])[], marked: number, size: number): readonly string[] {
  const all = menu.flat();
  if (all.length <= size) return all;
  const start = menu.slice(0, marked).flat().length;
  const end = start + (menu[marked]?.length ?? 0);
  const first = Math.max(0, Math.min(start, end - size));
  return all.slice(first, first + size);
}
