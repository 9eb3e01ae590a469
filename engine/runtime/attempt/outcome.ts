/** What the launcher saw, the files say and the kernel claims, weighed into one outcome. Where nobody saw the end, that is what it says. */

import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Outcome, TypedError } from '../../core/event.ts';
import { type AttemptPaths, readEnd, readProcess, readText } from './folder.ts';
import type { LauncherEnd } from './launch.ts';

/**
 * What is known of an attempt's end. `end` is missing when the step could not be ended. `outlived`: the step ran on without its launcher. `tty`:
 * it had a terminal of its own.
 */
export type Evidence = { readonly end: LauncherEnd | undefined; readonly outlived: boolean; readonly sameBoot: boolean; readonly tty: boolean };

/** The outcome of a step that the engine did not end itself. */
export function outcomeOf(paths: AttemptPaths, { end, outlived, sameBoot, tty }: Evidence): Outcome {
  if (end !== undefined && end !== 'not ours') {
    // The launcher's own exit code cannot be forged by the block; the file only adds whether it was a signal.
    if (end.code !== null) return seenByParent(paths, end.code);
    if (readProcess(paths, 'kernel', '') === undefined) {
      return { kind: 'lost', why: `The launcher of the step was killed (${end.signal}), and nobody knows whether it had started the step.` };
    }
    const what = outlived ? 'the step ran on and ended' : 'the step ended';
    return { kind: 'lost', why: `The launcher of the step was killed (${end.signal}); ${what}, but nobody saw how.` };
  }
  const recorded = readEnd(paths);
  if (recorded !== undefined && !outlived) {
    return recorded.kind === 'exited' ? { kind: 'exited', code: recorded.number } : { kind: 'signalled', signal: signalName(recorded.number) };
  }
  // A claim that is gone, or says something else, was changed by the step: whoever waits for its end is not known any more.
  if (sameBoot && readProcess(paths, 'claim', '') === undefined) {
    return { kind: 'lost', why: 'The files that tell how the step ended were deleted or changed while it ran.' };
  }
  if (!sameBoot) return { kind: 'lost', why: 'The machine was restarted while the step ran, or this is another machine.' };
  if (readProcess(paths, 'kernel', '') === undefined) return { kind: 'lost', why: 'The launcher was killed when it was about to start the step.' };
  if (tty) return { kind: 'lost', why: 'Its terminal was gone when the engine was; the step has ended, but nobody saw how.' };
  return { kind: 'lost', why: 'The launcher of the step was killed; the step has ended, but nobody saw how.' };
}

/**
 * A kernel knows more of its work than its exit code says: `lost` when it cannot tell how that ended, `not-started` when it refused the block.
 * `began`: the kernel wrote down that the block itself took over, which speaks through the same file.
 */
export function heard(outcome: Outcome, error: TypedError | undefined, began: boolean): Outcome {
  const failed = (outcome.kind === 'exited' && outcome.code !== 0) || outcome.kind === 'signalled';
  if (!failed || (error?.code !== 'lost' && error?.code !== 'not-started')) return outcome;
  // A block that runs cannot say that it does not.
  if (error.code === 'not-started' && began) return outcome;
  return { kind: error.code, why: error.message };
}

function seenByParent(paths: AttemptPaths, code: number): Outcome {
  const recorded = readEnd(paths);
  if (recorded?.kind === 'signalled' && recorded.number + 128 === code) return { kind: 'signalled', signal: signalName(recorded.number) };
  // A shell gives the number of a signal as a code of its own, and only its word in the file tells them apart.
  if (code > 128 && recorded?.number !== code) {
    return { kind: 'lost', why: `It ended with ${code}, by its own will or by a signal: the file that tells was deleted or changed while it ran.` };
  }
  // A launcher that cannot write its claim leaves without starting anything; then the room for the kernel's name is still blank.
  const untouched = existsSync(paths.file('kernel')) && readText(paths.file('kernel')).trim() === '';
  if (code === 1 && untouched && readProcess(paths, 'claim', '') === undefined) {
    const why = readText(paths.file('launcher')).trim();
    return { kind: 'not-started', why: why === '' ? 'The launcher could not claim the step.' : why };
  }
  return { kind: 'exited', code };
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}
