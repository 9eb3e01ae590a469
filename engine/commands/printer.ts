/** Prints much text. */

import type { Writable } from 'node:stream';

/** How much may wait in memory for whoever reads: a log collector, a pager that stands still. */
const waitingBytes = 1024 * 1024;

/** Gives a function that prints to `stream`. Where that reads slowly, the promise that it gives is kept when there is room again, or nobody reads any more. */
export function printer(stream: Writable): (text: string) => void | Promise<void> {
  // A text of this size costs much to hand over, and bytes nothing. They are written over, so only a stream that takes all at once gets them.
  let bytes: Buffer | undefined = Buffer.allocUnsafeSlow(256 * 1024);
  return (text) => {
    const space = text.length >= 4096 && 3 * text.length <= (bytes?.length ?? 0) ? bytes : undefined;
    stream.write(space?.subarray(0, space.write(text)) ?? text);
    if (stream.writableLength === 0) return undefined;
    bytes = undefined;
    return stream.writableLength < waitingBytes || stream.destroyed ? undefined : room(stream);
  };
}

function room(stream: Writable): Promise<void> {
  const ends = ['drain', 'error', 'close'];
  return new Promise((resolve) => {
    const done = (): void => {
      for (const end of ends) stream.off(end, done);
      resolve();
    };
    for (const end of ends) stream.on(end, done);
  });
}
