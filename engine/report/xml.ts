/** Text that may stand in XML. */

import { escapeText } from '../core/escape.ts';

/** Attributes of an element, each with a space before it. Colours are left out, and what could mislead a reader is shown. */
export function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(escapeText(String(value), { colour: 'drop' }))}"`)
    .join('');
}

/** Text between tags; line feeds stay. */
export function content(text: string): string {
  return escaped(escapeText(text, { colour: 'drop', newlines: true }));
}

/** `>` too: the end of a CDATA section may not stand in text. Two characters that the one escape lets through cannot stand in XML at all. */
function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\t': '&#9;' };
  return text
    .replace(/[&<>"\t]/g, (match) => names[match] ?? '')
    .replace(/[\ufffe\uffff]/g, (match) => `&lt;U+${match === '\ufffe' ? 'FFFE' : 'FFFF'}&gt;`);
}
