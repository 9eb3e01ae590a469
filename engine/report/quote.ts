/** Text that is not ours, in markdown: it stays text, whatever is in it, also for what GitHub makes of a page afterwards. */

import { escapeText } from '../core/escape.ts';

/** How much of a name or reason stands in one place. */
const longest = 400;

/**
 * One line of words without any markup of its own. Mentions, issue references, bare links and emoji names are broken by an empty
 * comment: GitHub finds them in the text after the markdown is gone, so a backslash does not keep them out.
 */
export function words(text: string): string {
  return cut(escapeText(text, { colour: 'drop' }).replace(/\t/g, ' ').trim())
    .replace(/[\\`*_{}[\]<>~!&^]|^[-+=#]|^\d{1,9}(?=[.)](?:\s|$))/g, (match) => (/\d/.test(match) ? `${match}\\` : `\\${match}`))
    .replaceAll('|', '&#124;')
    .replaceAll('$', '<span>$</span>')
    .replace(/[@#](?=\w|$)|:(?=\/\/)|(?<=\bwww)\.|(?<=\bGH)-(?=\d)|:(?=[a-z+-][\w+-]*:)/gi, '$&<!-- -->');
}

/** Text as inline code, where it keeps every character. `inTable`: a bar would end the cell. */
export function code(text: string, inTable = false): string {
  const safe = cut(escapeText(text, { colour: 'drop' }).replace(/\t/g, ' '));
  if (safe.trim() === '') return '(empty)';
  // Renderers do not agree on what a backslash before a bar means within code.
  if (inTable && safe.includes('|')) return `<code>${words(safe)}</code>`;
  const ticks = '`'.repeat(runOf('`', safe) + 1);
  return /^[ `]|[ `]$/.test(safe) ? `${ticks} ${safe} ${ticks}` : `${ticks}${safe}${ticks}`;
}

/** GitHub does not show these as text: it draws them, or offers them as a change to a file. */
const drawn = new Set(['mermaid', 'math', 'geojson', 'topojson', 'stl', 'suggestion']);

/** A fence that nothing inside it can close. `language` is a word of the document; anything else is left out. */
export function fence(text: string, language: string): readonly string[] {
  const safe = escapeText(text, { colour: 'drop', newlines: true }).replace(/\n+$/, '');
  const ticks = '`'.repeat(Math.max(3, runOf('`', safe) + 1));
  const name = /^[\w+-]{1,20}$/.test(language) && !drawn.has(language.toLowerCase()) ? language : '';
  return [`${ticks}${name}`, ...safe.split('\n'), ticks, ''];
}

/** The length of the longest run of a character. */
function runOf(character: string, text: string): number {
  let longestRun = 0;
  for (let at = 0, run = 0; at < text.length; at += 1) {
    run = text[at] === character ? run + 1 : 0;
    longestRun = Math.max(longestRun, run);
  }
  return longestRun;
}

/** A cut never leaves half a character. */
function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…`;
}
