/** The output of an attempt as a report shows it: lines as a terminal shows them, escaped, never more in memory than is shown. */

import { type EscapeOptions, lineStream } from '../core/escape.ts';

/** The log of an attempt, wherever it is kept. `read` gives the bytes between two offsets in chunks. */
export type Log = { readonly bytes: number; readonly read: (from: number, to: number) => Iterable<Uint8Array> };

/** What a report needs beside the facts: the bytes that an attempt ran and printed. */
export type Evidence = { readonly block: (attempt: number) => string; readonly log: (attempt: number) => Log };

/** How much of one line is shown: nobody reads on, and 10 MB without a line end must not fill a page. */
const columns = 2000;

/** The lines between two offsets. Where the first offset stands within a line, what is left of that line is dropped. */
export function* linesOf(log: Log, range: { readonly from: number; readonly to: number }, colour: EscapeOptions['colour']): Iterable<string> {
  const stream = lineStream({ colour, columns });
  let begun = range.from === 0;
  for (const chunk of log.read(range.from, range.to)) {
    let part = chunk;
    if (!begun) {
      const end = part.indexOf(0x0a);
      if (end === -1) continue;
      part = part.subarray(end + 1);
      begun = true;
    }
    yield* stream.push(part);
  }
  yield* stream.end();
}

/** The end of a log, and how many bytes of it stand before. */
export type Tail = { readonly text: string; readonly cut: number };

/** At most so many characters of the end of a log, without colour. */
export function tailOf(log: Log, characters: number): Tail {
  if (characters === 0 || log.bytes === 0) return { text: '', cut: log.bytes };
  const from = Math.max(0, log.bytes - characters);
  const lines = [...linesOf(log, { from, to: log.bytes }, 'drop')];
  // A line that is longer than all that is shown: the end of it says more than nothing.
  const text =
    lines.length === 0 && from > 0
      ? [...linesOf({ bytes: characters, read: () => log.read(from, log.bytes) }, { from: 0, to: characters }, 'drop')].join('\n')
      : lines.join('\n');
  return { text: text.slice(-characters), cut: from };
}
