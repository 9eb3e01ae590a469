/** A document's title and front matter without its markdown tree: a list of many documents must not wait for the parser. */

import type { FrontMatter } from '../core/plan.ts';
import { collector } from './collector.ts';
import type { Diagnostic } from './diagnostic.ts';
import { readFrontMatter } from './front-matter.ts';
import { normalise } from './normalise.ts';

/** What a list of documents shows of one. */
export type Outline = { readonly title: string; readonly frontMatter: FrontMatter; readonly diagnostics: readonly Diagnostic[] };

/** Reads the title (the file's name where there is no H1) and the front matter. */
export function readOutline(path: string, source: string): Outline {
  const report = collector(path);
  const text = normalise(source);
  const { frontMatter, lines } = readFrontMatter(text, report);
  const title = firstTitle(text.split('\n').slice(lines));
  return { title: title ?? fileName(path), frontMatter, diagnostics: report.diagnostics() };
}

/** The first H1 outside fences and comments, in both of its forms. */
function firstTitle(lines: readonly string[]): string | undefined {
  let fence: string | undefined;
  let above = '';
  for (const line of lines) {
    const run = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (run?.startsWith(fence)) fence = undefined;
      continue;
    }
    if (run !== undefined) fence = run;
    if (/^ {0,3}#([ \t]|$)/.test(line)) return plain(withoutClosing(line.trim().slice(1).trim()));
    if (/^ {0,3}=+[ \t]*$/.test(line) && above !== '') return plain(above);
    above = line.trim();
  }
  return undefined;
}

/** A heading may be closed by hash marks behind a space. Counted by hand: a pattern that looks for them takes quadratic time. */
function withoutClosing(title: string): string {
  let end = title.length;
  while (title.charAt(end - 1) === '#') end -= 1;
  return /^$|[ \t]$/.test(title.slice(Math.max(0, end - 1), end)) ? title.slice(0, end).trim() : title;
}

/** Inline markup of a title as text: code, emphasis, links. */
function plain(title: string): string {
  return title
    .slice(0, 10_000)
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]/g, '')
    .trim();
}

/** The name of a file without folders and `.md`. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.md$/, '');
}
