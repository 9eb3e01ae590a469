/** The passages of templates that a document must not have. Templates are read by their lines: they need no parser. */

import { inOneLine } from './text-places.ts';

/** Shorter passages, such as "**Go back:** retry the failed step.", are what anybody would write. */
const shortest = 40;

/** The texts of templates that are nobody's own words, as a reader sees them. */
export function templateTexts(templates: readonly string[]): ReadonlySet<string> {
  return new Set(templates.flatMap(textsOf));
}

function textsOf(template: string): readonly string[] {
  const fields = frontMatterLines(template);
  const texts: string[] = [];
  let fenced = false;
  for (const line of template.split('\n').slice(fields.length)) {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    else if (!fenced) texts.push(/^#+ (Name of .*)$/.exec(line)?.[1] ?? longEnough(plain(line)));
  }
  return [...texts, ...fields.map(longEnough)].filter((text) => text !== '');
}

function longEnough(text: string): string {
  return text.length < shortest ? '' : text;
}

/** A line without the marks of lists, quotes and emphasis, and with the text of its links. */
function plain(line: string): string {
  const bare = line.replace(/^\s*(?:>\s*)?(?:(?:[-*+]|\d+[.)])\s+)?(?:\[[ x]\]\s+)?/, '');
  return inOneLine(bare.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[*`]/g, ''));
}

/** The lines of the front matter, without the marks around it. */
export function frontMatterLines(text: string): readonly string[] {
  const [, body = ''] = /^---\n([\s\S]*?)\n---(?:\n|$)/.exec(text) ?? [];
  return body === '' ? [] : body.split('\n');
}
