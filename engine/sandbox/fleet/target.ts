/** The time that somebody wants to go back to. */

/**
 * The last instant that a time stands for. One in whole seconds, as `date` prints it, was noted some time within that second, and what was
 * committed until then has to be there: it stands for the whole second; one with milliseconds for the whole millisecond.
 */
export function endOf(at: Date): Date {
  return at.getUTCMilliseconds() === 0 ? new Date(at.getTime() + 999) : at;
}

/** The same for `recovery_target_time`, to the microsecond in which PostgreSQL notes a commit. */
export function pointIn(at: Date): string {
  return endOf(at).toISOString().replace('T', ' ').replace('Z', '999+00');
}

/** A time as it is told. */
export function utc(at: Date): string {
  return at.toISOString();
}
