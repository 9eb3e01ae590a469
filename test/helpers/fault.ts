/** The fault that something must end with. */

import { Fault } from '../../engine/fault.ts';

/** The fault that `work` throws. Anything else that it throws is thrown on, and if it throws nothing, that is the error. */
export function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('expected a Fault');
}

/** The fault with which `work` is rejected, in the same way. */
export async function rejection(work: Promise<unknown>): Promise<Fault> {
  const [settled] = await Promise.allSettled([work]);
  return faultOf(() => {
    if (settled?.status === 'rejected') throw settled.reason;
  });
}
