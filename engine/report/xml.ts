/** Text and attributes of XML (https://www.w3.org/TR/xml/), whatever is in them. */

import { escapeText } from '../core/escape.ts';

/** Attributes, each with a blank before it. */
export function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(escapeText(String(value), { colour: 'drop' }))}"`)
    .join('');
}

/** What stands between two tags; its lines stay lines. */
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
