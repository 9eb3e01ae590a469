/** Alerts: quotes whose first line is a marker such as `[!WARNING]`. */

import type { Blockquote } from 'mdast';
import { toString as textOf } from 'mdast-util-to-string';
import type { Span } from './collector.ts';
import { extentOf } from './markdown.ts';

/** The marker with which a quote wants to be an alert: its name in capitals, and whether nothing else stands on its line. */
export function alertOf(quote: Blockquote): { readonly name: string; readonly alone: boolean; readonly at: Span } | undefined {
  const [first] = quote.children;
  if (first?.type !== 'paragraph') return undefined;
  const [, name, rest] = /^\[!([A-Za-z]+)\][ \t]*(\n|$)?/.exec(textOf(first)) ?? [];
  if (name === undefined) return undefined;
  const at = extentOf(first).span;
  return { name: name.toUpperCase(), alone: rest !== undefined, at: { ...at, length: name.length + 3 } };
}
