/** What an operator must know of an attempt beside its outcome: output that was not kept, processes that still run, state that was lost. */

import { lstatSync } from 'node:fs';
import type { Outcome } from '../../core/event.ts';
import { bootId, isReused, type ProcessIdentity } from '../process-identity.ts';
import { type AttemptPaths, readProcess, readText, type StartRecord } from './folder.ts';
import type { Recorded } from './recorder.ts';
import { keepState } from './session.ts';
import { type Survivor, signalGroup, survivors } from './survivors.ts';

/** What the remarks are made of. `drained`: the pumps have seen the end of the output. */
export type Remarkable = {
  readonly paths: AttemptPaths;
  readonly start: StartRecord;
  readonly outcome: Outcome;
  readonly recorded: Recorded;
  readonly drained: boolean;
  readonly launcher?: ProcessIdentity | undefined;
};

const mostLines = 20;

/** All remarks, not yet redacted. Takes the state of the shell over, and tells pumps that still run to keep no more. */
export function remarksOf({ paths, start, outcome, recorded, drained, launcher }: Remarkable): readonly string[] {
  return [
    ...(start.session === undefined ? [] : [keepState(paths, start.session, outcome)]),
    ...readText(paths.file('remarks')).split('\n').filter(Boolean).slice(0, mostLines),
    ...spoolsOf(start).map((name) => keptOf(paths, name, drained)),
    ...(recorded.cut ? ['The spool was shortened by somebody else while the step ran: its output is not whole.'] : []),
    ...(recorded.replaced ? ['The log was deleted or replaced by somebody else while the step ran; it was written once more.'] : []),
    ...stillRunning(paths, start, drained, launcher),
  ].filter((remark) => remark !== undefined);
}

/** Which output could not be written down, and why; undefined when all of it was. */
export function lossOf(paths: AttemptPaths, start: StartRecord): string | undefined {
  return spoolsOf(start)
    .map((name) => lossIn(paths, name))
    .find((loss) => loss !== undefined);
}

function spoolsOf({ capture }: StartRecord): readonly ('spool' | 'spool.out')[] {
  return capture ? ['spool', 'spool.out'] : ['spool'];
}

/** The same of one spool. */
export function lossIn(paths: AttemptPaths, name: 'spool' | 'spool.out'): string | undefined {
  const size = sizeOf(paths, name);
  const failure = /^\S*dd: (.*)$/m.exec(wordOfPump(paths, name))?.[1];
  return size === undefined || failure === undefined ? undefined : `Output from byte ${size} on was not kept: ${failure}.`;
}

/** The size of a spool; undefined where it is gone, or something else is in its place. */
function sizeOf(paths: AttemptPaths, name: 'spool' | 'spool.out'): number | undefined {
  const spool = lstatSync(paths.file(name), { throwIfNoEntry: false });
  return spool?.isFile() ? spool.size : undefined;
}

/** What the pump says of a spool: dd ends with the number of bytes that it wrote, after a message where it failed. */
function keptOf(paths: AttemptPaths, name: 'spool' | 'spool.out', drained: boolean): string | undefined {
  const size = sizeOf(paths, name);
  const note = wordOfPump(paths, name);
  const written = /^(\d+) bytes? /m.exec(note)?.[1];
  if (size === undefined) return 'The spool is gone: somebody deleted or replaced it while the step ran. Its output may not be whole.';
  const loss = lossIn(paths, name);
  if (loss !== undefined) return loss;
  if (written === undefined && drained && note !== '') return `Output from byte ${size} on was not kept: the process that keeps it was killed.`;
  if (written !== undefined && Number(written) !== size) {
    return `The spool was changed by somebody else: ${written} bytes of output were written to it, and it holds ${size}.`;
  }
  return undefined;
}

/** What dd wrote, up to its last line: what stands behind that was there before, from somebody else. */
function wordOfPump(paths: AttemptPaths, name: 'spool' | 'spool.out'): string {
  const note = readText(paths.file(`${name}.pump`));
  return /^[\s\S]*?^\d+ bytes? .*$/m.exec(note)?.[0] ?? note;
}

function stillRunning(paths: AttemptPaths, start: StartRecord, drained: boolean, known: ProcessIdentity | undefined): readonly string[] {
  // Process numbers of another boot say nothing.
  if (start.boot !== bootId()) return [];
  const launcher = known ?? readProcess(paths, 'claim', start.boot);
  const kernel = readProcess(paths, 'kernel', start.boot);
  const found = survivors(paths, launcher, kernel).map(({ pid, command }: Survivor) => `${pid} ${command.slice(0, 200)}`);
  const remarks = found.length === 0 ? [] : [`Still running: ${found.slice(0, mostLines).join(', ')}`];
  if (drained) return remarks;
  // The pumps are in the launcher's group. From now on they read without keeping: what they wrote would fill the disk unseen.
  if (launcher !== undefined && !isReused(launcher)) signalGroup(launcher.pid, 'SIGTERM');
  const who = found.length === 0 ? 'A process that could not be found' : 'Such a process';
  return [...remarks, `${who} holds the output of the step open; what it still writes is not kept.`];
}
