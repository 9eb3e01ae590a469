/** A step in a terminal of its own: a pty whose bytes go to the operator's terminal as they are, and into the spool for the record. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { hasCode, messageOf } from '../../fault.ts';
import type { AttemptPaths } from './folder.ts';
import type { Launched, LauncherEnd } from './launch.ts';

/** The operator's terminal, while a step has it. */
export type StepTerminal = {
  /** What kind of terminal it is, as in `$TERM`. */
  readonly name: string;
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Takes what the step writes, as it is: the operator's own program draws there. */
  readonly show: (output: Uint8Array) => void;
  /** Connects keyboard and size with the step. */
  readonly connect: (step: { readonly typed: (keys: string) => void; readonly resized: () => void }) => void;
};

/** What is started in a pty. */
export type PtySpec = {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Why a step cannot have a terminal of its own here, in words; undefined when it can. */
export async function ptyMissing(): Promise<string | undefined> {
  try {
    await loadPty();
    return undefined;
  } catch (error) {
    const why = hasCode(error, 'ERR_MODULE_NOT_FOUND') ? 'is not installed' : `cannot be loaded (${messageOf(error).split('\n', 1)[0]})`;
    const how = 'Beside runbook: npm install @lydell/node-pty. Or do the step in another terminal, and go on with a reason.';
    return `It needs a terminal of its own, and the optional package that makes one ${why}. ${how}`;
  }
}

// Late: a native module that few runs need.
const loadPty = () => import('@lydell/node-pty');

/**
 * Starts a program in a pty. The engine holds the other end, so when the engine dies the kernel hangs up (HUP to the program and its group).
 * Rejects when it cannot be started.
 */
export async function launchInPty(paths: AttemptPaths, spec: PtySpec, terminal: StepTerminal): Promise<Launched> {
  const { spawn } = await loadPty();
  const keeper = openKeeper(paths);
  const { columns, rows } = terminal.size();
  const { program, args, cwd, env } = spec;
  const pty = spawn(program, [...args], { name: terminal.name, cols: columns, rows, cwd, env, encoding: null });
  // Bytes, as no encoding is asked for; the types know only of text.
  pty.onData((data: string | Uint8Array) => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    keeper.keep(bytes);
    terminal.show(bytes);
  });
  const ended = new Promise<{ readonly exitCode: number; readonly signal?: number }>((resolve) => pty.onExit(resolve));
  const over = new AbortController();
  terminal.connect({
    typed: (keys) => (over.signal.aborted ? undefined : pty.write(keys)),
    resized: () => {
      const size = terminal.size();
      try {
        if (!over.signal.aborted) pty.resize(size.columns, size.rows);
      } catch {
        // It ended in this moment.
      }
    },
  });
  const gone = ended.then(({ exitCode, signal = 0 }): LauncherEnd => {
    over.abort();
    keeper.close();
    overwrite(paths.file('end'), signal === 0 ? `exited ${exitCode}` : `signalled ${signal}`);
    return { code: signal === 0 ? exitCode : 128 + signal, signal: null };
  });
  // The end comes after the last byte.
  return { gone, drained: gone.then(() => undefined), release: () => undefined };
}

/** Does what the pump does for other steps (launcher.sh), and notes what it kept in the words of dd, which remarks.ts reads. */
function openKeeper(paths: AttemptPaths): { readonly keep: (bytes: Uint8Array) => void; readonly close: () => void } {
  const spool = openSync(paths.file('spool'), 'a');
  let kept = 0;
  let failure: string | undefined;
  return {
    keep(bytes) {
      if (failure !== undefined) return;
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(spool, bytes, done);
        kept += bytes.length;
      } catch (error) {
        failure = messageOf(error);
      }
    },
    close() {
      closeSync(spool);
      overwrite(paths.file('spool.pump'), failure === undefined ? `${kept} bytes kept` : `dd: ${failure}`);
    },
  };
}

/** Writes over the beginning of a file that has its room already, so that a full disk cannot lose it. */
function overwrite(path: string, line: string): void {
  try {
    const file = openSync(path, 'r+');
    writeSync(file, `${line}\n`, 0);
    closeSync(file);
  } catch {
    // The step deleted its own record: the end is known all the same, and what is missing is remarked on.
  }
}
