/** What a terminal shows: the characters of its grid, and how they are drawn. */

import { PassThrough, Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { render } from 'ink';
import type { ReactNode } from 'react';

/** A size in characters. */
type Size = { readonly columns: number; readonly rows: number };

/** The lines of a grid without the blanks at their ends and below. `roles` has the styled stretches of each line: `2: 1-22 bold inverse red`. */
export type Grid = { readonly text: string; readonly roles: string; readonly wrapped: number };

/** Draws with ink, as on a terminal of this size, and reads the terminal's grid. */
export async function drawnGrid(node: ReactNode, { columns, rows }: Size): Promise<Grid> {
  const emulator = new xterm.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
  const output = new Writable({ write: (chunk: Buffer, _encoding, done) => emulator.write(chunk.toString().replaceAll('\n', '\r\n'), done) });
  const stdout = Object.assign(output, { columns, rows, isTTY: true });
  const input = new PassThrough();
  const stdin = Object.assign(input, { isTTY: true, setRawMode: () => stdin, ref: () => stdin, unref: () => stdin });
  // Ink wants the streams of a process and uses no more of them than is here.
  const streams = { stdin: stdin as unknown as NodeJS.ReadStream, stdout: stdout as unknown as NodeJS.WriteStream };
  const app = render(node, { ...streams, exitOnCtrlC: false, patchConsole: false, interactive: true, incrementalRendering: true });
  await app.waitUntilRenderFlush();
  await new Promise<void>((resolve) => emulator.write('', resolve));
  const grid = gridOf(emulator, emulator.buffer.active.baseY);
  app.unmount();
  await app.waitUntilExit();
  emulator.dispose();
  return grid;
}

/** The grid from a line on. */
export function gridOf(emulator: xterm.Terminal, from: number): Grid {
  const { active } = emulator.buffer;
  const lines = Array.from({ length: active.length - from }, (_, index) => active.getLine(from + index));
  const text = lines.map((line) => line?.translateToString(true).trimEnd() ?? '');
  const end = text.findLastIndex((line) => line !== '') + 1;
  return {
    text: text.slice(0, end).join('\n'),
    roles: lines
      .slice(0, end)
      .flatMap((line, index) =>
        line === undefined
          ? []
          : stretches(line)
              .filter(({ role }) => role !== '')
              .map(({ from, to, role }) => `${index + 1}: ${from + 1}-${to} ${role}`),
      )
      .join('\n'),
    wrapped: lines.filter((line) => line?.isWrapped === true).length,
  };
}

type Line = NonNullable<ReturnType<xterm.Terminal['buffer']['active']['getLine']>>;

/** Characters of a line that are drawn in one way: from a column, counted from 0, to before another. */
export type Stretch = { readonly from: number; readonly to: number; readonly role: string; readonly text: string };

/** The lines of the screen, each whole, in stretches. */
export function stretchesOf(emulator: xterm.Terminal): readonly (readonly Stretch[])[] {
  const { active } = emulator.buffer;
  return Array.from({ length: emulator.rows }, (_, index) => {
    const line = active.getLine(active.baseY + index);
    return line === undefined ? [] : stretches(line);
  });
}

function stretches(line: Line): readonly Stretch[] {
  const found: { from: number; to: number; role: string }[] = [];
  for (let column = 0; column < line.length; column += 1) {
    const role = roleOf(line.getCell(column));
    const last = found.at(-1);
    if (last !== undefined && last.role === role && last.to === column) last.to = column + 1;
    else found.push({ from: column, to: column + 1, role });
  }
  return found.map((stretch) => ({ ...stretch, text: line.translateToString(false, stretch.from, stretch.to) }));
}

const colours = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

function roleOf(cell: ReturnType<Line['getCell']>): string {
  if (cell === undefined) return '';
  const colour = cell.isFgDefault()
    ? ''
    : cell.isFgPalette()
      ? (colours[cell.getFgColor()] ?? `colour ${cell.getFgColor()}`)
      : `#${cell.getFgColor().toString(16)}`;
  const background = cell.isBgDefault() ? '' : `on ${cell.getBgColor()}`;
  return [
    cell.isBold() && 'bold',
    cell.isDim() && 'dim',
    cell.isItalic() && 'italic',
    cell.isUnderline() && 'underline',
    cell.isInverse() && 'inverse',
    colour,
    background,
  ]
    .filter(Boolean)
    .join(' ');
}
