/** The world as a command sees it: passed in, so that a test can pass another. */

import type { ReadStream, WriteStream } from 'node:tty';

/** Where a command runs, and where its words go. */
export type Io = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: ReadStream | NodeJS.ReadStream;
  readonly stdout: WriteStream | NodeJS.WriteStream;
  readonly stderr: WriteStream | NodeJS.WriteStream;
  readonly version: string;
};

/** How a run is shown: frames, lines of text, or lines of JSON. */
export type Mode = 'terminal' | 'plain' | 'json';

/** How the command line wants a run to be shown. */
export type Showing = {
  readonly json?: boolean;
  readonly plain?: boolean;
  readonly screenReader?: boolean;
  readonly fullscreen?: boolean;
  readonly notify?: boolean;
};

/** Frames only where both ends are a terminal that can draw them, and a person who can see them. */
export function modeOf(io: Io, options: Showing): Mode {
  if (options.json === true) return 'json';
  const { env, stdin, stdout } = io;
  const drawable = stdin.isTTY && stdout.isTTY && env.TERM !== 'dumb' && (env.CI ?? '') === '';
  const listening = options.screenReader === true || env.INK_SCREEN_READER === 'true' || !['', '0'].includes(env.ACCESSIBLE ?? '');
  return options.plain === true || listening || !drawable ? 'plain' : 'terminal';
}

/** Whether a stream gets colour: NO_COLOR, then FORCE_COLOR, then TERM=dumb, then whether it is a terminal. */
export function hasColour(io: Io, stream: { readonly isTTY?: boolean }): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = io.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return TERM !== 'dumb' && stream.isTTY === true;
}

/** Whether the locale can show more than ASCII. */
export function hasUnicode(io: Io): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = io.env;
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
