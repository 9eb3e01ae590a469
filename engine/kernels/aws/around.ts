/** What a call needs of the program around it, so that the engine learns what is known at any moment. */

import type { Credentials } from '../../runtime/credentials.ts';
import type { Session } from './session.ts';

/** The program around a call. */
export type Around = {
  readonly session: Session;
  /** The engine wants the step to end. A change that is under way still gets its answer. */
  readonly stop: AbortSignal;
  /** Says what nobody could know if the program died now; nothing when all is known. */
  readonly underWay: (what: string | undefined) => void;
  /** Notes the id of a request that was answered. */
  readonly answered: (operation: string, requestId: string | undefined) => void;
  /** Prints on standard output. */
  readonly print: (text: string) => void;
  /** Says a line beside the output. */
  readonly say: (line: string) => void;
  readonly progress: (percent: number | undefined, message: string) => void;
  /** Credentials that run out during a wait. Without a profile they cannot be resolved again. */
  readonly renewal: { readonly profile: string; readonly resolve: () => Promise<Credentials> } | undefined;
};

/** The step was stopped before it was done. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}
