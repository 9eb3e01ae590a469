/** Starts the launcher of an attempt, or finds the one that an engine before this one started. */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { ownScript } from '../../place.ts';
import { pause } from '../pause.ts';
import { identify, isAlive, type ProcessIdentity } from '../process-identity.ts';
import { findProgram } from '../programs.ts';
import { type AttemptPaths, readProcess, readText, type StartRecord } from './folder.ts';
import { launchInPty, type StepTerminal } from './pty.ts';
import { sessionEnvironment } from './session.ts';

/** How the launcher ended. Its code is the kernel's own; only its parent learns it. */
export type LauncherEnd = { readonly code: number | null; readonly signal: string | null } | 'not ours';

/**
 * A launcher at work. `drained`: the pumps have seen the end of the output. `release` stops waiting for them. `launcher`: the process itself,
 * where the engine started it or found it: what it wrote down of itself the step can delete.
 */
export type Launched = {
  readonly gone: Promise<LauncherEnd>;
  readonly drained: Promise<void>;
  readonly release: () => void;
  readonly launcher?: ProcessIdentity | undefined;
};

/** What is started, and in which surroundings. A word `$RUNBOOK_BLOCK` of the command stands for the block's path. */
export type LaunchSpec = {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly capture: boolean;
  readonly session?: string;
  /** The step runs in a pty that is connected with this terminal, and lives no longer than the engine. */
  readonly terminal?: StepTerminal;
};

const launcher = ownScript('kernels/launcher.sh');

/** Why the command cannot be started, in words; found out beforehand, as the launcher could only say 127. */
export function refusal({ command, cwd, env }: LaunchSpec): string | undefined {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return `The working folder is not there: ${cwd}`;
  const [program = ''] = command;
  if (findProgram(program, env.PATH, cwd) === undefined) return `The program ${program} was not found on PATH.`;
  return undefined;
}

/** Starts the launcher. Rejects when that is not possible, with nothing of the step started. */
export async function launch(paths: AttemptPaths, spec: LaunchSpec): Promise<Launched> {
  const path = process.env.PATH;
  const [bash, dd] = ['bash', 'dd'].map((name) => findProgram(name, path, '/') ?? findProgram(name, '/usr/bin:/bin', '/'));
  if (bash === undefined || dd === undefined) throw new Error('bash and dd are needed to start a step and were not found on PATH.');
  const command = spec.command.map((word) => (word === '$RUNBOOK_BLOCK' ? paths.block : word));
  const env = { ...spec.env, ...privateEnvironment(paths), ...sessionEnvironment(paths, spec.session) };
  if (spec.terminal !== undefined) {
    const args = ['-p', launcher, paths.private, dd, 'tty', ...command];
    return launchInPty(paths, { program: bash, args, cwd: spec.cwd, env }, spec.terminal);
  }
  const errors = openSync(paths.file('launcher'), 'a');
  try {
    // Not through execa: a step costs half as much without it, and nothing of what it adds is needed here. -p: bash obeys nothing that is
    // hidden in the environment (BASH_ENV, functions, SHELLOPTS). Detached: a session of its own.
    const child = spawn(bash, ['-p', launcher, paths.private, dd, spec.capture ? '1' : '0', ...command], {
      cwd: spec.cwd,
      env,
      detached: true,
      stdio: ['ignore', 'ignore', errors, 'pipe'],
    });
    return await watchChild(child);
  } finally {
    closeSync(errors);
  }
}

/** The launcher of an attempt that was started by an engine which is gone. */
export function rejoin(paths: AttemptPaths, { boot, capture, tty }: StartRecord): Launched {
  const launcher = readProcess(paths, 'claim', boot);
  const gone = (async () => {
    while (launcher !== undefined && isAlive(launcher)) await pause(50);
    return 'not ours' as const;
  })();
  const released = new AbortController();
  const drained = (async () => {
    // What a terminal's output went to was the engine that is gone.
    const notes = tty ? [] : capture ? (['spool.pump', 'spool.out.pump'] as const) : (['spool.pump'] as const);
    // dd writes its sum when it ends, whatever the reason.
    while (!released.signal.aborted && notes.some((name) => readText(paths.file(name)).trim() === '')) await pause(20, released.signal);
  })();
  return { gone, drained, release: () => released.abort(), launcher };
}

/** The files that a kernel and its block write to. */
function privateEnvironment(paths: AttemptPaths): Readonly<Record<string, string>> {
  return {
    RUNBOOK_BLOCK: paths.block,
    RUNBOOK_PROGRESS: paths.file('progress'),
    RUNBOOK_OUTPUT: paths.file('output'),
    RUNBOOK_ERROR: paths.file('error'),
    RUNBOOK_FAILED: paths.file('failed'),
    RUNBOOK_REQUESTS: paths.file('requests'),
    RUNBOOK_REMARKS: paths.file('remarks'),
  };
}

async function watchChild(child: ChildProcess): Promise<Launched> {
  const gone = new Promise<LauncherEnd>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  // `close` comes when the line on descriptor 3 is at its end, which launcher and pumps hold.
  const drained = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const line = child.stdio[3];
  if (line instanceof Readable) line.resume();
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  // Until it is waited for its number belongs to nobody else. Where `ps` has to be asked, what it writes down of itself is taken instead.
  const launcher = process.platform === 'linux' && child.pid !== undefined ? identify(child.pid) : undefined;
  return { gone, drained, release: () => line?.destroy(), launcher };
}
