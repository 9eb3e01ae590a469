/** The words after `runbook sandbox`. */

/** Actions that take no name of a fault. */
export const plainActions = ['status', 'start', 'stop', 'reset', 'faults'] as const;

/** All actions. */
export const sandboxActions = [...plainActions, 'fault'] as const;
