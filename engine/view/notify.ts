/** Calls the operator to the terminal, by its bell and by a notification of the desktop, when they were not needed for a while. */

import type { Operator } from '../core/need.ts';
import type { Plan } from '../core/plan.ts';
import { resultOf } from '../core/result.ts';
import type { Run } from '../core/run.ts';
import { documentName, inline } from './place.ts';

/** After so long nobody is expected to look at the screen any more. */
const awayAfterMs = 20_000;

/** Where calls go. `desktop`: the terminal knows what OSC 9 is, or at least does not print it. */
export type Bell = { readonly write: (text: string) => void; readonly desktop: boolean; readonly now: () => number };

/** Somebody to be called. */
export type Notified = {
  /** The same operator, called when a question comes after a long wait. */
  readonly operator: Operator;
  /** Calls when a run that took long is over. */
  readonly ended: (plan: Plan, run: Run) => void;
};

/** Calls an operator who was last needed more than 20 seconds ago. The words are ours, with the names of stage and runbook; never output. */
export function notified(operator: Operator, bell: Bell): Notified {
  let neededAt = bell.now();
  const call = (plan: Plan, words: string): void => {
    if (bell.now() - neededAt < awayAfterMs) return;
    const text = `runbook ${inline(plan.stage.name).toUpperCase()} ${documentName(plan.document)}: ${words}`;
    bell.write(bell.desktop ? `\x07\x1b]9;${text}\x07` : '\x07');
  };
  const asking = async <T>(plan: Plan, answer: Promise<T>): Promise<T> => {
    call(plan, 'you are needed');
    try {
      return await answer;
    } finally {
      neededAt = bell.now();
    }
  };
  return {
    operator: {
      answer: (plan, run, question, context) => asking(plan, operator.answer(plan, run, question, context)),
      accept: (plan, run, changes) => asking(plan, operator.accept(plan, run, changes)),
      renew: (plan, run, renewal) => asking(plan, operator.renew(plan, run, renewal)),
    },
    ended: (plan, run) => call(plan, resultOf(run) === 'open' ? 'left, can be resumed' : resultOf(run)),
  };
}
