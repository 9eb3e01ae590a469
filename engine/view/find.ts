/** Finding a text in lines: the same for output, steps and choices. */

/** The line as it reads, without its colours. */
export function uncoloured(line: string): string {
  return line.replace(/\u{1b}\[[\d;:]*m/gu, '');
}

/** Where the text stands in the line, -1 when it does not. Capitals count only where the text has some. */
export function foundAt(line: string, text: string): number {
  const shown = uncoloured(line);
  return text === text.toLowerCase() ? shown.toLowerCase().indexOf(text) : shown.indexOf(text);
}

/** True when every word of the filter is in the text. */
export function fits(text: string, filter: string): boolean {
  const lower = text.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => lower.includes(word));
}
