/** Durations as documents write them: `90s`, `20m`, `2h`. */

const unitsMs = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** A week. Beyond 24 days the timers of the platform fire at once. */
const longestMs = 168 * 3_600_000;

/** The duration in milliseconds, or undefined when it is not one, is zero, or is longer than 168 hours. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^([1-9][0-9]{0,6})([smh])$/.exec(text) ?? [];
  const ms = Number(digits) * Number(unitsMs.get(String(unit)));
  return ms <= longestMs ? ms : undefined;
}
