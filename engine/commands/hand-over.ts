/** The operator's terminal in the hands of a step: its keys go there, what the step draws is shown, and afterwards it is as it was before. */

import { modeWatch } from '../core/terminal-modes.ts';
import type { StepTerminal } from '../runtime/attempt/pty.ts';
import { wayOut } from '../view/keys.ts';
import type { Io } from './io.ts';

/** How the terminal comes back. `over`: the engine wants it now. `stop`: the operator pressed the keys that end the step. */
export type Return = { readonly over: AbortSignal; readonly stop: () => void };

const wayOutKey = '\x1d';
/** A single one belongs to the step (vim follows a tag with it), but it may be the first of two. */
const secondWithinMs = 500;

/** Does some work with the terminal. Rejects when the engine wants the terminal back before the work is done; the work itself goes on. */
export async function handOver<T>({ stdin, stdout, env }: Io, back: Return, work: (terminal: StepTerminal) => Promise<T>): Promise<T> {
  const modes = modeWatch();
  let step: Parameters<StepTerminal['connect']>[0] | undefined;
  let stops = 0;
  const stop = (): void => {
    stops += 1;
    back.stop();
    stdout.write(stops === 1 ? `\r\nStopping it: TERM sent. ${wayOut} again: kill it now.\r\n` : '\r\nKILL sent.\r\n');
  };
  const typed = withWayOut((keys) => step?.typed(keys), stop);
  const resized = (): void => step?.resized();
  let ours = false;
  const restore = (): void => {
    if (ours) return;
    ours = true;
    process.off('exit', restore);
    // Not paused: ink, which reads by another way, would never hear of a key again. What comes before it listens is dropped.
    stdin.off('data', typed);
    stdout.off('resize', resized);
    stdin.setRawMode(false);
    stdout.write(modes.undo());
  };
  // However the engine ends, the terminal must not stay in what the step made of it.
  process.once('exit', restore);
  stdout.on('resize', resized);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.ref();
  stdin.on('data', typed);
  stdin.resume();
  const terminal: StepTerminal = {
    name: env.TERM || 'xterm',
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    show(output) {
      if (ours) return;
      modes.push(output);
      stdout.write(output);
    },
    connect(given) {
      step = given;
    },
  };
  try {
    return await Promise.race([work(terminal), aborted(back.over)]);
  } finally {
    restore();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Passes keys on, but for the way out. */
function withWayOut(pass: (keys: string) => void, leave: () => void): (keys: string) => void {
  let timer: NodeJS.Timeout | undefined;
  const release = (): void => {
    timer = undefined;
    pass(wayOutKey);
  };
  return (keys) => {
    const held = timer === undefined ? '' : wayOutKey;
    clearTimeout(timer);
    timer = undefined;
    const all = held + keys;
    if (all === wayOutKey + wayOutKey) leave();
    else if (all === wayOutKey) timer = setTimeout(release, secondWithinMs);
    else pass(all);
  };
}
