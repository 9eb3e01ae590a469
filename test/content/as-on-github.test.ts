/** The documents as a reader on GitHub sees them: rendered by a parser that has nothing in common with the engine's. */

import { readdirSync } from 'node:fs';
import { marked } from 'marked';
import { describe, expect, test } from 'vitest';
import { source } from './database-documents.ts';

const folders = ['runbooks', 'playbooks', 'templates', 'templates/first/runbooks', 'templates/first/playbooks', 'docs'];
const documents = ['README.md', ...folders.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`))].filter((path) =>
  path.endsWith('.md'),
);
/** Those that are run: what they show is for people, what the engine obeys stands in their info strings. */
const run = documents.filter((path) => /^(runbooks|playbooks|templates)\//.test(path));

/** Without the front matter, which GitHub draws as a table of its own. */
function rendered(path: string): string {
  return marked.parse((source(path) ?? '').replace(/^---\n[\s\S]*?\n---\n/, ''), { gfm: true, async: false });
}

/** What is read: neither tags nor what stands in them. */
function visible(html: string): string {
  return html.replace(/<!--[\s\S]*?-->|<[^>]*>/g, '');
}

describe.each(run)('%s', (path) => {
  const html = rendered(path);

  test('shows no annotation', () => {
    expect(visible(html)).not.toMatch(/\b(step|risk|check|rollback|dry-run|expect|capture|retype|every)=\S/);
    expect(html).toMatch(/<pre><code class="language-bash">/);
  });

  test('begins each alert with its word, and none stands where GitHub draws none', () => {
    const alerts = html.match(/\[!\w+\]/g) ?? [];
    expect(html.match(/^<blockquote>\n<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]$/gm) ?? []).toHaveLength(alerts.length);
    // Within a list or another quote GitHub shows the word as it is written.
    for (const nested of html.match(/<(li|blockquote)>(?:(?!<\/\1>)[\s\S])*/g) ?? [])
      expect(nested.slice('<blockquote>'.length)).not.toMatch(/<blockquote>\s*<p>\[!/);
  });

  test('warns before the block that the warning is about', () => {
    for (const section of html.split(/(?=<h[23])/).filter((part) => /\[!(WARNING|CAUTION)\]/.test(part)))
      expect(section.search(/\[!(WARNING|CAUTION)\]/), section.slice(0, 80)).toBeLessThan(section.indexOf('<pre>'));
  });
});

test.each(documents)('%s: every table is whole', (path) => {
  const html = rendered(path);
  const fences = /^(`{3,})[^\n]*\n[\s\S]*?^\1`*$/gm;
  const delimiters = (source(path) ?? '').replace(fences, '').match(/^\|(\s*:?-+:?\s*\|)+$/gm) ?? [];
  const tables = html.match(/<table>[\s\S]*?<\/table>/g) ?? [];
  expect(tables).toHaveLength(delimiters.length);
  for (const table of tables) {
    const widths = new Set((table.match(/<tr>[\s\S]*?<\/tr>/g) ?? []).map((row) => row.match(/<t[hd][ >]/g)?.length));
    expect(widths.size, table.slice(0, 200)).toBe(1);
    // A row that is not part of its table is shown as a paragraph with bars.
    expect(html).not.toMatch(/<p>\|/);
  }
});
