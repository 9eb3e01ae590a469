/** Real attempts in a temporary folder, and gates that a block waits at until the test lets it go on. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { formsOf, type Redactor, redactor } from '../../engine/core/redact.ts';
import { type AttemptEnd, type AttemptSpec, type AttemptWatch, followAttempt, startAttempt } from '../../engine/runtime/attempt/attempt.ts';
import { parseStat } from '../../engine/runtime/process-identity.ts';

/** What a test watches an attempt with: everything that came is kept. */
export type Watched = AttemptWatch & {
  readonly seen: () => string;
  readonly steps: (readonly [number | undefined, string])[];
  readonly halt: () => void;
  /** Presses the stop key a second time. */
  readonly killNow: () => void;
};

/** A place for attempts, deleted with the test. */
export type Bench = {
  readonly folder: string;
  /** The specification of the next attempt: plain bash, 30 s, no grace to speak of. */
  readonly spec: (block: string, more?: Partial<AttemptSpec>) => AttemptSpec;
  readonly run: (block: string, more?: Partial<AttemptSpec>, watch?: AttemptWatch) => Promise<AttemptEnd>;
  readonly follow: (spec: AttemptSpec, watch?: AttemptWatch) => Promise<AttemptEnd>;
  readonly gate: (name: string) => Gate;
};

/** `path` for the block (`read -r _ <path`, `echo >path`); `open` and `reached` for the test. */
type Gate = { readonly path: string; readonly open: () => Promise<void>; readonly reached: () => Promise<string> };

export function bench(folder: string = mkdtempSync(join(tmpdir(), 'runbook-attempt-'))): Bench {
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  let count = 0;
  const spec: Bench['spec'] = (block, more = {}) => ({
    folder: join(folder, 'attempts', `${String(++count).padStart(2, '0')}-step.1`),
    command: ['bash', '$RUNBOOK_BLOCK'],
    block,
    env: { PATH: process.env.PATH ?? '', HOME: folder },
    cwd: folder,
    timeoutMs: 30_000,
    graceMs: 300,
    capture: false,
    ...more,
  });
  return {
    folder,
    spec,
    run: (block, more, watch = watched()) => startAttempt(spec(block, more), watch),
    follow: ({ folder }, watch = watched()) => followAttempt(folder, undefined, 300, watch),
    gate: (name) => {
      const path = join(folder, name);
      execFileSync('mkfifo', [path]);
      return { path, open: () => writeFile(path, 'go\n'), reached: () => readFile(path, 'utf8') };
    },
  };
}

/** Somebody who watches an attempt. */
export function watched(secrets: readonly string[] = []): Watched {
  const chunks: Uint8Array[] = [];
  const steps: (readonly [number | undefined, string])[] = [];
  const stop = new AbortController();
  const kill = new AbortController();
  return {
    redact: (): Redactor => redactor(formsOf(secrets)),
    output: (chunk) => void chunks.push(Uint8Array.from(chunk)),
    progress: (percent, message) => void steps.push([percent, message]),
    stop: stop.signal,
    kill: kill.signal,
    seen: () => Buffer.concat(chunks).toString('utf8'),
    steps,
    halt: () => stop.abort(),
    killNow: () => kill.abort(),
  };
}

/** An engine of its own, with an environment of its own where one is given, that starts an attempt. `end` resolves with what it printed, unless it was killed. */
export function engine(
  spec: AttemptSpec,
  env: NodeJS.ProcessEnv = process.env,
): {
  readonly process: ChildProcess;
  readonly exited: Promise<void>;
  readonly end: () => Promise<AttemptEnd>;
} {
  const program = fileURLToPath(new URL('attempt-engine.ts', import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify({ start: spec })], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // The program prints exactly one AttemptEnd.
  return { process: child, exited, end: () => exited.then(() => JSON.parse(Buffer.concat(chunks).toString('utf8')) as AttemptEnd) };
}

/** The private file of an attempt. */
export function privateFile(spec: Pick<AttemptSpec, 'folder'>, name: string): string {
  return join(spec.folder, 'private', name);
}

/** The number of the process that the launcher (`claim`) or the kernel is. */
export function pidOf(spec: Pick<AttemptSpec, 'folder'>, name: 'claim' | 'kernel'): number {
  return Number.parseInt(readFileSync(privateFile(spec, name), 'utf8'), 10);
}

/** True while a process of that number is there and not just waited for. */
export function runs(pid: number): boolean {
  return livesIn(pid) !== undefined;
}

/** True while a process group has such a process. */
export function groupRuns(group: number): boolean {
  return readdirSync('/proc').some((name) => livesIn(Number(name)) === group);
}

function livesIn(pid: number): number | undefined {
  try {
    const { ended, group } = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return ended ? undefined : group;
  } catch {
    return undefined;
  }
}
