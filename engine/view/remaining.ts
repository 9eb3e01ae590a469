/** How long something will still take, as far as its progress tells. */

/** Before this nothing can be told. */
const leastPercent = 5;
const leastMs = 5000;

/** `about 3 min left`, from how long it took to come this far; empty at the beginning, at the end, and where nothing is known. */
export function remainingWords(percent: number | undefined, elapsedMs: number): string {
  if (percent === undefined || percent < leastPercent || percent >= 100 || elapsedMs < leastMs) return '';
  const seconds = (elapsedMs * (100 - percent)) / percent / 1000;
  if (seconds <= 10) return 'less than 10 s left';
  if (seconds <= 55) return `about ${Math.ceil(seconds / 10) * 10} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min left`;
  const tens = Math.round(minutes / 10) * 10;
  return `about ${Math.floor(tens / 60)} h${tens % 60 === 0 ? '' : ` ${tens % 60} min`} left`;
}
