/** The state that bash hands from one block to the next: written by a block into its private files, taken over when it is whole. */

import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../../core/event.ts';
import { type AttemptPaths, readText } from './folder.ts';

/** The file in a run's session folder that holds the state. */
function stateOf(session: string): string {
  return join(session, 'state');
}

/**
 * Makes the state that a block reached the state of the next one, at once and whole: a failed block leaves what it had reached, as in a
 * terminal; one that was killed leaves the state before it. Gives the remark for a state that was lost.
 */
export function keepState(paths: AttemptPaths, session: string, outcome: Outcome): string | undefined {
  const written = readText(paths.file('state'));
  if (written.startsWith(headOf(paths)) && written.endsWith(endOfState)) {
    mkdirSync(session, { recursive: true, mode: 0o700 });
    renameSync(paths.file('state'), stateOf(session));
    return undefined;
  }
  // The end of this attempt is looked at for the second time: an engine took the state over and died.
  if (readText(stateOf(session)).startsWith(headOf(paths))) return undefined;
  switch (outcome.kind) {
    case 'exited':
      return 'The state of the shell was lost: the block ended by exec, or by an EXIT trap of its own. The next block starts from the state before this one.';
    case 'not-started':
      return undefined;
    case 'signalled':
    case 'timed-out':
    case 'stopped':
    case 'lost':
      return 'The state of the shell was lost with the process. The next block starts from the state before this one.';
    default:
      return outcome satisfies never;
  }
}

/** Both lines are written by bash-wrapper.sh: the first names the attempt, the last shows that none is missing. */
function headOf(paths: AttemptPaths): string {
  return `# state after ${paths.block}\n`;
}

const endOfState = '\n# end\n';

/** The variables that tell the bash kernel where its state is and goes. */
export function sessionEnvironment(paths: AttemptPaths, session: string | undefined): Readonly<Record<string, string>> {
  return session === undefined ? {} : { RUNBOOK_STATE: stateOf(session), RUNBOOK_NEXT_STATE: paths.file('state') };
}
