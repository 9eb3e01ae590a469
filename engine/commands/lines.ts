/** Lines typed at a terminal that draws no frames. */

import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { createLender } from '../view/lender.ts';
import { suspendSelf } from './suspend.ts';

/** Reads lines; undefined when there will be no more. */
export type TypedLines = {
  read(): Promise<string | undefined>;
  /** A line that the terminal does not show. */
  readHidden(): Promise<string | undefined>;
  /** Writes; what stands behind the last line feed is the prompt, and comes back after Ctrl+Z. */
  write(text: string): void;
  /** Gives the terminal to some work; `over` is aborted when it has to give it back. */
  lend<T>(work: (over: AbortSignal) => Promise<T>): Promise<T>;
  /** Gives the terminal back as it was. */
  close(): Promise<void>;
};

/** Opens the terminal for reading; what is typed is echoed to `echo`. */
export function openLines(input: NodeJS.ReadStream, echo: NodeJS.WritableStream): TypedLines {
  let hidden = false;
  let closed = false;
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
    return opened;
  };
  const stopped = async (from: Interface): Promise<void> => {
    input.setRawMode(false);
    await suspendSelf();
    if (closed || from !== lines) return;
    input.setRawMode(true);
    // What was typed before belongs to no question that is read now.
    from.write(null, { ctrl: true, name: 'e' });
    from.write(null, { ctrl: true, name: 'u' });
    echo.write(`\n${prompt}`);
  };
  let lines = open();
  const read = (): Promise<string | undefined> =>
    new Promise((resolve) => {
      const over = (): void => resolve(undefined);
      lines.once('close', over);
      lines.once('line', (line) => {
        lines.off('close', over);
        resolve(line);
      });
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
      echo.write(text);
    },
    lend: (work) =>
      lender.lend(async (over) => {
        lines.close();
        try {
          return await work(over);
        } finally {
          if (!over.aborted) lines = open();
        }
      }),
    async close() {
      closed = true;
      await lender.end();
      lines.close();
    },
  };
}
