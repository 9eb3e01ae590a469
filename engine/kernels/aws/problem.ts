/** Places inside a block, and problems at them. */

import type { AwsProblem } from './call.ts';

/** A stretch of a block's text: offsets of its first character and of the one after its last. */
export type Span = { readonly pos: number; readonly end: number };

/** What can be said of a place. */
export type Remark = { readonly rule: string; readonly message: string; readonly hint?: string };

/** The problem that a remark is at a span; a span of several lines is marked on its first. */
export function problemAt(source: string, { pos, end }: Span, remark: Remark): AwsProblem {
  const before = source.slice(0, pos);
  const marked = source.slice(pos, end).split('\n', 1)[0] ?? '';
  return { ...remark, line: before.split('\n').length, column: pos - before.lastIndexOf('\n'), length: Math.max(1, marked.length) };
}
