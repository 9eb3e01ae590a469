/** The run as lines of JSON: the version first, then every event of the journal, and output and progress between them. */

import { escapeValue, type LineStream, lineStream } from '../core/escape.ts';
import type { View } from '../core/need.ts';

/** Readers ignore fields they do not know and refuse a higher major version. */
const schema = 'runbook.events/1.0';

/** A view that writes one JSON object a line; `version` is the engine's. */
export function jsonView(write: (text: string) => void | Promise<void>, version: string): View {
  const record = (value: Readonly<Record<string, unknown>>) => write(`${JSON.stringify(escapeValue(value))}\n`);
  let output: { readonly attempt: number; readonly lines: LineStream } | undefined;
  const print = (attempt: number, text: string) => (text === '' ? undefined : record({ type: 'output', attempt, text }));
  const close = () => {
    if (output !== undefined) void print(output.attempt, output.lines.end().join('\n'));
    output = undefined;
  };
  void record({ type: 'version', schema, runbook: version });
  return {
    event(_plan, run, event) {
      if (event.type === 'attempt-ended') close();
      void record({ ...event, run: run.id });
    },
    output(attempt, chunk) {
      if (output?.attempt !== attempt) {
        close();
        output = { attempt, lines: lineStream({ colour: 'drop' }) };
      }
      return print(attempt, output.lines.pushText(chunk, ''));
    },
    progress(attempt, percent, message) {
      void record({ type: 'progress', attempt, ...(percent !== undefined && { percent }), message });
    },
  };
}
