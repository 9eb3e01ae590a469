/** What the linter can mend by itself: only words, and only where all that runs stays as it is, which is compared. */

import { toString as textOf } from 'mdast-util-to-string';
import type { DocumentRead } from '../document-read.ts';
import { fenceOf } from '../fence.ts';
import { nearest } from '../nearest.ts';
import { readDocument } from '../parse.ts';
import { visit } from '../visit.ts';
import { alertBroken, alertNames, brokenAlerts } from './alerts.ts';
import { hiddenCharacter, hiddenIn, withoutHidden } from './hidden.ts';

/** One line that was mended: the rule that it broke, and its number before. */
export type Fix = { readonly rule: string; readonly line: number; readonly did: string };

/** The text of a document with all mended that can be, and what was done. The ends of its lines stay as they are. */
export function fix(path: string, source: string): { readonly text: string; readonly fixes: readonly Fix[] } {
  const before = readDocument(path, source, {});
  const shape = shapeOf(before);
  let text = source;
  const fixes: Fix[] = [];
  // From below, so that a line that becomes two moves none that is still to come.
  for (const { rule, line, did, mended } of candidates(before).toSorted((a, b) => b.line - a.line)) {
    const next = withLine(text, line, mended);
    if (next === text || shapeOf(readDocument(path, next, {})) !== shape) continue;
    text = next;
    fixes.unshift({ rule, line, did });
  }
  return { text, fixes };
}

type Candidate = Fix & { readonly mended: (line: string) => readonly string[] };

function candidates(read: DocumentRead): readonly Candidate[] {
  const hidden = hiddenIn(read).map(({ at: { line } }) => ({
    rule: hiddenCharacter.id,
    line,
    did: 'deleted what cannot be seen',
    mended: (text: string) => [withoutHidden(text)],
  }));
  const alerts = brokenAlerts(read).map(({ at: { line } }) => ({
    rule: alertBroken.id,
    line,
    did: 'wrote the alert as GitHub knows it',
    mended: mendedAlert,
  }));
  return [...hidden, ...alerts];
}

/** Of an alert that stands by itself: its name as GitHub knows it, and its text on the next line. */
function mendedAlert(line: string): readonly string[] {
  const [, quote = '', name = '', rest = ''] = /^(> ?)\[!([A-Za-z]+)\][ \t]*(.*)$/.exec(line) ?? [];
  const known = nearest(name, alertNames);
  if (quote === '' || known === undefined) return [line];
  return [`${quote}[!${known}]`, ...(rest === '' ? [] : [`${quote}${rest}`])];
}

/** A text with one line, counted from 1, made anew. */
function withLine(text: string, number: number, mended: (line: string) => readonly string[]): string {
  // Lines and their ends in turn.
  const parts = text.split(/(\r\n?|\n)/);
  const at = 2 * (number - 1);
  const line = String(parts[at]);
  const mark = number === 1 && line.startsWith('\u{feff}') ? '\u{feff}' : '';
  const end = parts[at + 1] ?? '\n';
  return [...parts.slice(0, at), mark + mended(line.slice(mark.length)).join(end), ...parts.slice(at + 1)].join('');
}

/** All of a document but what is only read: what runs, what leads where, headings (anchors are made of them) and every fence. Equal before and after. */
function shapeOf({ document, root, text, report }: DocumentRead): string {
  const kept: unknown[] = [];
  visit(root, (node) => {
    if (node.type === 'code') kept.push(fenceOf(node, text)?.info.info, node.value);
    if (node.type === 'heading') kept.push(textOf(node));
    if ('url' in node) kept.push(node.url);
  });
  const errors = report.diagnostics().filter(({ severity }) => severity === 'error');
  return JSON.stringify([document, kept, errors.length], (key, value: unknown) => (onlyRead.has(key) ? undefined : value));
}

const onlyRead: ReadonlySet<string> = new Set(['prose', 'reading', 'summary', 'escalation', 'place']);
