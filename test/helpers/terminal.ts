/** A program in a real terminal: a pty, its bytes drawn by a terminal emulator, keys sent as a person would. */

import { setTimeout as pause } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { type Grid, gridOf, type Stretch, stretchesOf } from './grid.ts';
import { cleanEnvironment } from './project.ts';
import { until } from './wait.ts';

/** A terminal with a program in it. */
export type TestTerminal = {
  /** What is on the screen, without the blanks at the ends of lines and below. */
  screen(): string;
  /** What is on the screen, and how it is drawn. */
  grid(): Grid;
  /** The lines of the screen as they are drawn. */
  rows(): readonly (readonly Stretch[])[];
  /** The screen and everything that scrolled off its top. */
  history(): string;
  /** Sends keys as they come from a keyboard. */
  press(keys: string): void;
  /** Answers a question when it is on the screen and takes keys: for its first 300 ms it takes none. */
  answer(question: string | RegExp, keys: string): Promise<void>;
  /** Resolves when the text is on the screen. */
  shows(text: string | RegExp): Promise<void>;
  /** What the program put into the clipboard (OSC 52), in order. */
  clipboard(): readonly string[];
  /** Waits until that is in the clipboard, among other text: what is drawn and what is copied do not come at one moment. */
  copied(text: string): Promise<void>;
  resize(columns: number, rows: number): void;
  /** What the program has sent so far: bytes, and how often it drew its frame anew. */
  sent(): { readonly bytes: number; readonly redraws: number };
  readonly pid: number;
  /** True when something in colour is on the screen. */
  coloured(): boolean;
  /** The notifications that the terminal got, and `bell` for each time it rang. */
  calls(): readonly string[];
  /** What programs made of the terminal and did not undo, such as `alternate screen`. */
  modes(): readonly string[];
  /** Closes the terminal, as a window is closed: nothing more is drawn, and the kernel hangs up on whoever leads the session. */
  close(): void;
  /** The program's exit code, when it has ended. */
  ended: Promise<number>;
  [Symbol.dispose](): void;
};

/** The end of a field in which this was typed, with its cursor; empty where only keys were pressed. The same text may stand elsewhere on the screen. */
function typed(keys: string): string {
  const text = keys.replace(/[^ -~]/g, '');
  return text === '' ? '' : `${text.slice(-20)}_`;
}

/** The terminal's own end of the pty. */
function master(pty: IPty): ReadStream {
  if ('_socket' in pty && pty._socket instanceof ReadStream) return pty._socket;
  throw new Error('The library keeps the end of the pty elsewhere now.');
}

/** Each frame is sent between a begin and an end of synchronized output. */
const synchronized = '\u{1b}[?2026h';

/** Opens a terminal of 80x24 unless a size is given. */
export function openTerminal(
  command: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly columns?: number; readonly rows?: number },
): TestTerminal {
  const { cwd, columns = 80, rows = 24 } = options;
  const emulator = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  const [program = 'sh', ...args] = command;
  const env = cleanEnvironment({ TERM: 'xterm-256color', ...options.env });
  const pty = spawn(program, args, { cols: columns, rows, cwd, env });
  let bytes = 0;
  let redraws = 0;
  pty.onData((data) => {
    bytes += Buffer.byteLength(data);
    redraws += data.split(synchronized).length - 1;
    emulator.write(data);
  });
  const copied: string[] = [];
  emulator.parser.registerOscHandler(52, (data) => copied.push(Buffer.from(data.replace(/^c;/, ''), 'base64').toString()) > 0);
  // What the emulator answers to questions about itself, such as where the cursor is.
  emulator.onData((data) => pty.write(data));
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => emulator.write('', () => resolve(exitCode)));
  });
  const calls: string[] = [];
  emulator.onBell(() => calls.push('bell'));
  emulator.parser.registerOscHandler(9, (text) => {
    calls.push(text);
    return true;
  });
  let hidden = false;
  for (const final of ['h', 'l'])
    emulator.parser.registerCsiHandler({ prefix: '?', final }, (params) => {
      if (params.includes(25)) hidden = final === 'l';
      return false;
    });
  const lines = (from: number): string => {
    const buffer = emulator.buffer.active;
    return Array.from({ length: buffer.length - from }, (_, index) => buffer.getLine(from + index)?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd();
  };
  const screen = (): string => lines(emulator.buffer.active.baseY);
  const shows = async (text: string | RegExp): Promise<void> => {
    const found = (): boolean => (typeof text === 'string' ? screen().includes(text) : text.test(screen()));
    await until(`${String(text)} on the screen`, found).catch((error: Error) => {
      throw new Error(`${error.message}\n${screen()}`);
    });
  };
  return {
    screen,
    rows: () => stretchesOf(emulator),
    grid: () => gridOf(emulator, emulator.buffer.active.baseY),
    history: () => lines(0),
    clipboard: () => copied,
    copied: (text) => until(`${text} in the clipboard`, () => copied.at(-1)?.includes(text) ?? false),
    press: (keys) => pty.write(keys),
    shows,
    async answer(question, keys) {
      await shows(question);
      await pause(400);
      // One key at a time, as a person types: several at once, as a busy machine may read them, are a paste.
      for (const [index, key] of [...keys].entries()) {
        if (keys.endsWith('\r')) await shows(typed(keys.slice(0, index)));
        pty.write(key);
      }
    },
    resize(toColumns, toRows) {
      emulator.resize(toColumns, toRows);
      pty.resize(toColumns, toRows);
    },
    sent: () => ({ bytes, redraws }),
    pid: pty.pid,
    coloured() {
      const { active } = emulator.buffer;
      const cells = Array.from({ length: active.length * emulator.cols }, (_, index) =>
        active.getLine(Math.floor(index / emulator.cols))?.getCell(index % emulator.cols),
      );
      return cells.some((cell) => cell !== undefined && (!cell.isFgDefault() || !cell.isBgDefault()));
    },
    calls: () => calls,
    modes() {
      const { bracketedPasteMode, mouseTrackingMode, sendFocusMode, applicationCursorKeysMode } = emulator.modes;
      return Object.entries({
        'alternate screen': emulator.buffer.active.type === 'alternate',
        'hidden cursor': hidden,
        'bracketed paste': bracketedPasteMode,
        'mouse reports': mouseTrackingMode !== 'none',
        'focus reports': sendFocusMode,
        'application cursor keys': applicationCursorKeysMode,
      }).flatMap(([mode, on]) => (on ? [mode] : []));
    },
    close() {
      // Its own `destroy` would send SIGHUP to the program as well, which is the kernel's to do.
      master(pty).destroy();
    },
    ended,
    [Symbol.dispose]() {
      pty.kill('SIGKILL');
      emulator.dispose();
    },
  };
}
