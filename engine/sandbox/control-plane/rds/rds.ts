/** What the control plane has of RDS. */

import type { Action } from '../action.ts';
import type { Transition } from '../transitions.ts';

/** The operations. */
export const rdsActions: readonly Action[] = [];

/** The changes of status. */
export const rdsTransitions: Readonly<Record<string, Transition>> = {};
