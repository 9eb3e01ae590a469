/** A text field of one line. */

import stringWidth from 'string-width';
import type { Press } from './keys.ts';
import type { Look } from './look.ts';

/** The text after a key; a key that means nothing to a field leaves it alone. */
export function edited(text: string, press: Press): string {
  switch (press.name) {
    case 'backspace':
    case 'ctrl+h':
      return [...text].slice(0, -1).join('');
    case 'ctrl+u':
      return '';
    case 'ctrl+w':
      return text.replace(/\S*\s*$/u, '');
    default:
      return text + press.text;
  }
}

/** The text after a paste: one line, nothing invisible. */
export function pasted(text: string, paste: string): string {
  return text + paste.replace(/\s+/gu, ' ').replace(/\p{Control}/gu, '');
}

/** Said where something has to be typed. */
export const pasteIgnored = 'Paste is ignored here: type it.';

/**
 * True for text that came in one go and is no typing: all that was wanted at once, or more than a fast typist on a slow line gets into one
 * packet. Terminals that do not mark a paste send it like keys.
 */
export function looksPasted(text: string, wanted: string): boolean {
  const length = [...text].length;
  return length > 3 || (length > 1 && text === wanted);
}

/** The field as a line: the end of the text with a cursor behind it. */
export function fieldLine(text: string, look: Look, hidden = false): string {
  let shown = hidden ? '*'.repeat([...text].length) : text;
  while (stringWidth(shown) > look.columns - 6) shown = [...shown].slice(1).join('');
  return `   ${look.glyphs.cursor} ${shown}_`;
}
