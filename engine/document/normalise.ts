/** A document's text as all of its readers see it. */

/** Without byte order mark and with line feeds only, so that every reader counts the same lines and no block gets carriage returns. */
export function normalise(source: string): string {
  return source.replace(/^\u{feff}/u, '').replace(/\r\n?/g, '\n');
}
