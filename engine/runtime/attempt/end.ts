/** Gathers what an attempt left behind into its end, and writes `result.json`. */

import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import type { LogSeal, Outcome, ServiceRequest, TypedError } from '../../core/event.ts';
import { Fault, messageOf } from '../../fault.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { lineFromMessage, lineOfCommand, lineOfExit, readCapture, readFailedCommand, readOutputs, readRequests, readTypedError } from './answers.ts';
import { type AttemptPaths, readEnd, readText, type StartRecord } from './folder.ts';
import { heard } from './outcome.ts';
import { readPlain, writeAnew } from './plain-file.ts';
import { type AttemptWatch, type Recorded, type Recorder, redacted } from './recorder.ts';
import { lossIn, lossOf, remarksOf } from './remarks.ts';

/** How an attempt ended, and everything that is known of it. */
export type AttemptEnd = {
  readonly outcome: Outcome;
  readonly error?: TypedError;
  /** A line of the block, from 1. */
  readonly failedLine?: { readonly line: number; readonly command: string };
  /** Standard output, neither trimmed nor redacted. */
  readonly captured?: string;
  /** Not redacted. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Why the captured output or `$RUNBOOK_OUTPUT` cannot be used. */
  readonly badOutput?: string;
  readonly requests: readonly ServiceRequest[];
  readonly remarks: readonly string[];
  /** The last 1 MB of redacted output. */
  readonly tail: string;
  readonly log: LogSeal;
  /** When the step ended (ISO 8601, UTC), where an engine found that later. */
  readonly endedAt?: string;
};

/** What the end is made of. Without a start record and a recorder nothing but the outcome is known. `live`: by the engine that started it. */
export type Ended = {
  readonly paths: AttemptPaths;
  readonly outcome: Outcome;
  readonly watch: AttemptWatch;
  readonly known?: {
    readonly start: StartRecord;
    readonly recorder: Recorder;
    readonly drained: boolean;
    readonly launcher?: ProcessIdentity | undefined;
    readonly live: boolean;
  };
};

/**
 * The end of an attempt.
 * @throws Fault `record` when log or result could not be written, or, for the engine that started it, when output could not be kept. Spool and
 * end stay, so a resume can write them anew, and goes on with what there is.
 */
export function endOf(ended: Ended): AttemptEnd {
  const { paths, outcome, known } = ended;
  let recorded: Recorded | undefined;
  try {
    recorded = known?.recorder.finish() ?? logAsItIs(paths);
    const end = gather(ended, recorded);
    if (recorded.failure !== undefined) throw recorded.failure;
    writeAnew(paths.result, `${JSON.stringify(resultOf(end, known?.start), undefined, 2)}\n`);
    const lost = known?.live === true ? lossOf(paths, known.start) : undefined;
    if (lost !== undefined) throw new Error(lost);
    return end;
  } catch (error) {
    const how = outcome.kind === 'exited' ? `exited with ${outcome.code}` : outcome.kind;
    const log = recorded?.failure === undefined ? '' : ` Its log ends after ${recorded.seal.bytes} bytes of output.`;
    throw new Fault('record', `The step has ended (${how}), but that could not be recorded in ${paths.folder}: ${messageOf(error)}${log}`, {
      hint: 'Make room or give the folder back its permissions, then go on with: runbook resume',
      cause: error,
    });
  }
}

function gather({ paths, outcome: seen, watch, known }: Ended, recorded: Recorded): AttemptEnd {
  if (known === undefined) return { outcome: seen, outputs: {}, requests: [], remarks: [], tail: '', log: recorded.seal };
  const clean = (text: string) => redacted(text, watch);
  const typed = readTypedError(paths.file('error'));
  const outcome = heard(seen, typed, readText(paths.file('began')) !== '');
  const error = outcome === seen && !(seen.kind === 'exited' && seen.code === 0) ? typed : undefined;
  const failedLine = seen.kind === 'exited' && seen.code !== 0 ? lineOf(paths, seen.code, recorded.tail) : undefined;
  const capture: { readonly text?: string; readonly bad?: string } = known.start.capture ? wholeCapture(paths) : {};
  const outputs = readOutputs(paths.file('output'));
  const bad = capture.bad ?? outputs.bad;
  return {
    outcome: 'why' in outcome ? { ...outcome, why: clean(outcome.why) } : outcome,
    ...(error !== undefined && { error: { code: error.code, message: clean(error.message) } }),
    ...(failedLine !== undefined && { failedLine: { line: failedLine.line, command: clean(failedLine.command) } }),
    ...(capture.text !== undefined && { captured: capture.text }),
    outputs: outputs.values,
    ...(bad !== undefined && { badOutput: bad }),
    requests: readRequests(paths.file('requests')),
    remarks: remarksOf({ paths, outcome, recorded, ...known }).map(clean),
    tail: recorded.tail,
    log: recorded.seal,
    ...(!known.live && endTime(paths, known.start)),
  };
}

/** When the launcher wrote down how the step ended. */
function endTime(paths: AttemptPaths, start: StartRecord): Pick<AttemptEnd, 'endedAt'> {
  if (readEnd(paths) === undefined) return {};
  const { mtimeMs } = statSync(paths.file('end'));
  return mtimeMs < start.at || mtimeMs > Date.now() ? {} : { endedAt: new Date(mtimeMs).toISOString() };
}

/** The beginning of a value is another value. */
function wholeCapture(paths: AttemptPaths): ReturnType<typeof readCapture> {
  const loss = lossIn(paths, 'spool.out');
  return loss === undefined ? readCapture(paths.file('spool.out')) : { bad: `The captured output is not whole. ${loss}` };
}

/** The line that failed with the code with which the block ended; an earlier failure was survived and is not the reason. */
function lineOf(paths: AttemptPaths, code: number, tail: string): AttemptEnd['failedLine'] {
  const failed = readFailedCommand(paths.file('failed'));
  if (failed === undefined || (failed.status !== undefined && failed.status !== code)) return undefined;
  if (failed.line > 0) return { line: lineOfCommand(paths, failed.line, failed.command), command: failed.command };
  return failed.command === 'exit' ? lineOfExit(paths, code) : lineFromMessage(tail, paths);
}

/** Values are left out: they are in the journal, unless they hold a secret. */
function resultOf(end: AttemptEnd, start: StartRecord | undefined): object {
  const { tail: _, captured: __, outputs, ...rest } = end;
  const times = start === undefined ? {} : { startedAt: new Date(start.at).toISOString(), recordedAt: new Date().toISOString() };
  return { ...times, ...rest, outputs: Object.keys(outputs) };
}

/** The engine may have died before it made the folder or the log; what the journal speaks of has to be there. */
function logAsItIs(paths: AttemptPaths): Recorded {
  mkdirSync(paths.folder, { recursive: true });
  const log = readPlain(paths.log) ?? Buffer.alloc(0);
  writeAnew(paths.log, log);
  return { seal: { bytes: log.length, sha256: createHash('sha256').update(log).digest('hex') }, tail: '', cut: false, replaced: false };
}
