/** Lines typed at a terminal that draws no frames. */

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Reads lines; undefined when there will be no more. */
export type TypedLines = {
  read(): Promise<string | undefined>;
  /** A line that the terminal does not show. */
  readHidden(): Promise<string | undefined>;
  close(): void;
};

/** Opens the terminal for reading; what is typed is echoed to `echo`. */
export function openLines(input: NodeJS.ReadableStream, echo: NodeJS.WritableStream): TypedLines {
  let hidden = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!hidden) echo.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input, output, terminal: true });
  // The terminal is in raw mode, so Ctrl+C comes as a key: it means what it means everywhere.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const read = (): Promise<string | undefined> =>
    new Promise((resolve) => {
      const closed = (): void => resolve(undefined);
      lines.once('close', closed);
      lines.once('line', (line) => {
        lines.off('close', closed);
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
    close: () => lines.close(),
  };
}
