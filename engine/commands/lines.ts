/** Lines typed at a terminal that draws no frames. */

import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { pause } from '../runtime/pause.ts';
import { createLender } from '../view/lender.ts';
import { suspendSelf } from './suspend.ts';

/** Reads lines; undefined when there will be no more. */
export type TypedLines = {
  read(): Promise<string | undefined>;
  /** A line that the terminal does not show. */
  readHidden(): Promise<string | undefined>;
  /** Writes; what stands behind the last line feed is the prompt, and comes back after Ctrl+Z. */
  write(text: string): void;
  /** Prints something while a line may be typed: above the prompt, which comes back with what was typed behind it. */
  above<T>(print: () => T): T;
  /** Gives the terminal to some work; `over` is aborted when it has to give it back. */
  lend<T>(work: (over: AbortSignal) => Promise<T>): Promise<T>;
  /** Gives the terminal back as it was. */
  close(): Promise<void>;
};

/** For how long nothing is taken as an answer after somebody else had the terminal. */
const quietMs = 300;

/** Opens the terminal for reading; what is typed is echoed to `echo`. `idle` gets each line that is typed while none is read. */
export function openLines(input: NodeJS.ReadStream, echo: NodeJS.WritableStream, idle: (line: string) => void): TypedLines {
  let hidden = false;
  let closed = false;
  let reading = false;
  let deaf = false;
  let prompt = '';
  const lender = createLender();
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!hidden) echo.write(chunk);
      done();
    },
  });
  const open = (): Interface => {
    const opened = createInterface({ input, output, terminal: true });
    // The terminal is in raw mode, so Ctrl+C and Ctrl+Z come as keys: they mean what they mean everywhere.
    opened.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    opened.on('SIGTSTP', () => void stopped(opened));
    // A terminal that was closed cannot be set back any more.
    opened.on('error', () => {});
    opened.on('line', (line) => {
      if (!reading && !deaf) idle(line);
    });
    return opened;
  };
  const clear = (from: Interface): void => {
    from.write(null, { ctrl: true, name: 'e' });
    from.write(null, { ctrl: true, name: 'u' });
  };
  // What was typed while somebody else had the terminal is no answer.
  const deafen = async (from: Interface): Promise<void> => {
    deaf = true;
    await pause(quietMs);
    deaf = false;
    if (!closed && from === lines && from.line !== '') clear(from);
  };
  const stopped = async (from: Interface): Promise<void> => {
    if (from.line !== '') clear(from);
    // Before: on waking, what was typed is read first.
    deaf = true;
    input.setRawMode(false);
    echo.write('\n');
    await suspendSelf();
    if (closed || from !== lines) return;
    input.setRawMode(true);
    echo.write(prompt);
    await deafen(from);
  };
  let lines = open();
  const read = (): Promise<string | undefined> =>
    new Promise((resolve) => {
      const from = lines;
      // Where the terminal itself was closed nobody said anything: the engine leaves by SIGHUP.
      const over = (): void => {
        reading = false;
        if (!input.readableEnded) resolve(undefined);
      };
      const typed = (line: string): void => {
        if (deaf) return void echo.write(prompt);
        from.off('close', over);
        from.off('line', typed);
        reading = false;
        resolve(line);
      };
      reading = true;
      from.once('close', over);
      from.on('line', typed);
    });
  return {
    read,
    async readHidden() {
      hidden = true;
      const line = await read();
      hidden = false;
      echo.write('\n');
      return line;
    },
    write(text) {
      prompt = text.slice(text.lastIndexOf('\n') + 1);
      // Readline writes it, too, when what is typed is edited.
      lines.setPrompt(prompt);
      echo.write(text);
    },
    above(print) {
      if (!reading || closed) return print();
      echo.write('\n');
      const printed = print();
      echo.write(prompt + (hidden ? '' : lines.line));
      return printed;
    },
    lend: (work) =>
      lender.lend(async (over) => {
        lines.close();
        try {
          return await work(over);
        } finally {
          if (!over.aborted) {
            lines = open();
            void deafen(lines);
          }
        }
      }),
    async close() {
      closed = true;
      await lender.end();
      lines.close();
    },
  };
}
