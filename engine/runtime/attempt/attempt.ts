/** One process of a step: started by a launcher that outlives the engine, followed to its end, or found again on resume. */

import { rmSync } from 'node:fs';
import type { Outcome } from '../../core/event.ts';
import { Fault, messageOf } from '../../fault.ts';
import { pause } from '../pause.ts';
import { bootId, isAlive } from '../process-identity.ts';
import { type AttemptEnd, endOf } from './end.ts';
import { type AttemptPaths, claimNeverStarted, createFolder, pathsOf, readProcess, readStart, type StartRecord } from './folder.ts';
import { haltInTime } from './halt.ts';
import { type Launched, type LauncherEnd, type LaunchSpec, launch, refusal, rejoin } from './launch.ts';
import { outcomeOf } from './outcome.ts';
import { type AttemptWatch, Recorder } from './recorder.ts';

export type { AttemptEnd, AttemptWatch };

/** What is run, where, and for how long. */
export type AttemptSpec = LaunchSpec & {
  /** Absolute; created by `startAttempt`. */
  readonly folder: string;
  /** Resolved text, written byte for byte to the file `block`. */
  readonly block: string;
  readonly timeoutMs: number;
  readonly graceMs: number;
};

/** After the end of a step, how long its output is waited for: a daemon that it left behind may hold it open for ever. */
const drainMs = 1000;

/**
 * Runs an attempt from its start to its end.
 * @throws Fault `record` when its files cannot be written; a step that was running is left to its end before.
 */
export async function startAttempt(spec: AttemptSpec, watch: AttemptWatch): Promise<AttemptEnd> {
  const paths = pathsOf(spec.folder);
  const { timeoutMs, capture, session, terminal } = spec;
  const tty = terminal === undefined ? {} : { tty: true as const };
  const start = createFolder(paths, spec.block, { timeoutMs, capture, ...tty, ...(session !== undefined && { session }) });
  // Opened before the step starts: without a record there is no run.
  const recorder = openRecorder(paths, start, watch);
  const known = { start, recorder, drained: true, live: true };
  const neverStarted = (why: string) => endOf({ paths, outcome: { kind: 'not-started', why }, watch, known });
  const why = watch.stop.aborted ? 'It was stopped before it began.' : refusal(spec);
  if (why !== undefined) return neverStarted(why);
  let launched: Launched;
  try {
    launched = await launch(paths, spec);
  } catch (error) {
    return neverStarted(messageOf(error));
  }
  return attend({ paths, start, recorder, deadline: start.at + timeoutMs, graceMs: spec.graceMs, launched, live: true, watch });
}

/**
 * Goes on with an attempt of an engine that is gone: follows a step that still runs, from the first byte of its output, or finds its end, or
 * reports it as lost. The time limit still counts from its start; without one given, its own holds.
 * @throws Fault `record` as `startAttempt` does.
 */
export async function followAttempt(folder: string, timeoutMs: number | undefined, graceMs: number, watch: AttemptWatch): Promise<AttemptEnd> {
  const paths = pathsOf(folder);
  const start = readStart(paths);
  if (start === undefined) return endOf({ paths, outcome: { kind: 'lost', why: 'Its files are not there or not whole.' }, watch });
  const sameBoot = start.boot === bootId();
  // On the same boot nothing that was written is lost, so a step that nobody has claimed was not started, and now never will be.
  if (sameBoot && claimNeverStarted(paths)) {
    return endOf({ paths, outcome: { kind: 'not-started', why: 'The engine ended before it started the step.' }, watch });
  }
  const recorder = openRecorder(paths, start, watch, 'anew');
  const launched = sameBoot ? rejoin(paths, start) : afterReboot;
  return attend({ paths, start, recorder, deadline: start.at + (timeoutMs ?? start.timeoutMs), graceMs, launched, live: false, watch });
}

/** Deletes an attempt's private files. For when its end is on record: until then a resume may need them. */
export function sweepAttempt(folder: string): void {
  // A process that the step left behind may still be writing there.
  rmSync(pathsOf(folder).private, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

const afterReboot: Launched = { gone: Promise.resolve('not ours'), drained: Promise.resolve(), release: () => undefined };

type Attended = {
  readonly paths: AttemptPaths;
  readonly start: StartRecord;
  readonly recorder: Recorder;
  readonly deadline: number;
  readonly graceMs: number;
  readonly launched: Launched;
  /** By the engine that started it. */
  readonly live: boolean;
  readonly watch: AttemptWatch;
};

async function attend({ paths, start, recorder, deadline, graceMs, launched, live, watch }: Attended): Promise<AttemptEnd> {
  const done = new AbortController();
  const recording = recorder.follow(done.signal);
  // Awaited below, after the step: until then its failure must not end the engine.
  recording.catch(() => undefined);
  const over = new AbortController();
  const ending = launched.gone.then(async (end) => {
    const outlived = await waitForKernel(paths, start, end);
    over.abort();
    return { end, outlived };
  });
  // This is over with the step, or when all was done to end it and it would not.
  const { launcher } = launched;
  const cause = await haltInTime({ paths, boot: start.boot, launcher, deadline, graceMs, stop: watch.stop, kill: watch.kill, over: over.signal });
  const { end, outlived } = over.signal.aborted ? await ending : { end: undefined, outlived: false };
  const dry = new AbortController();
  void launched.drained.then(() => dry.abort());
  await pause(drainMs, dry.signal);
  launched.release();
  done.abort();
  await recording;
  const outcome: Outcome =
    cause === undefined ? outcomeOf(paths, { end, outlived, sameBoot: start.boot === bootId(), tty: start.tty === true }) : { kind: cause };
  // A step that was ended is looked at by a person anyway, and that it was ended is known here alone.
  return endOf({ paths, outcome, watch, known: { start, recorder, drained: dry.signal.aborted, launcher, live: live && cause === undefined } });
}

/** A launcher that was killed cannot tell how the step ends, but that it still runs can be seen. True when it had to be waited for. */
async function waitForKernel(paths: AttemptPaths, start: StartRecord, end: LauncherEnd): Promise<boolean> {
  const kernel = end === 'not ours' || end.code === null ? readProcess(paths, 'kernel', start.boot) : undefined;
  if (kernel === undefined || !isAlive(kernel)) return false;
  while (isAlive(kernel)) await pause(50);
  return true;
}

/** `anew`: the log of an engine that died is written once more, from the first byte. */
function openRecorder(paths: AttemptPaths, start: StartRecord, watch: AttemptWatch, anew?: 'anew'): Recorder {
  try {
    if (anew !== undefined) rmSync(paths.log, { recursive: true, force: true });
    return new Recorder(paths, start.capture, watch);
  } catch (error) {
    throw new Fault('record', `The log of the attempt cannot be written: ${paths.log}`, {
      hint: 'See that the disk has room and the run folder may be written, then go on with: runbook resume',
      cause: error,
    });
  }
}
