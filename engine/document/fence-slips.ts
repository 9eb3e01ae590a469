/** Slips by which a fence would not be what its author means: never closed, swallowed by another, or no fence at all. */

import type { PlacedFence } from './annotation.ts';
import type { Collector, Span } from './collector.ts';
import type { Fence } from './fence.ts';
import { looksAnnotated } from './form.ts';
import { extentOf } from './markdown.ts';
import type { Section } from './section.ts';
import { visit } from './visit.ts';

/** What the slips are looked for in. */
export type FenceSearch = {
  readonly sections: readonly Section[];
  readonly fences: readonly PlacedFence[];
  readonly ids: ReadonlySet<string>;
  readonly lines: readonly string[];
};

/** The fences that are meant for the engine and whole. Every other one that is meant for it is reported. */
export function annotatedFences(search: FenceSearch, report: Collector): readonly PlacedFence[] {
  const { sections, fences, ids } = search;
  for (const section of sections) {
    reportBroken(section, search, report);
    reportIndented(section, search, report);
  }
  return fences.filter(({ fence }) => {
    const annotated = looksAnnotated(fence.info.info, ids);
    return isWhole(fence, swallowed(fence, { annotated, ids }), report) && annotated;
  });
}

function isWhole(fence: Fence, swallowedAt: number | undefined, report: Collector): boolean {
  if (fence.closed && swallowedAt === undefined) return true;
  const message =
    swallowedAt === undefined ? 'The fence is never closed.' : `The fence is still open on line ${swallowedAt}, where another one opens.`;
  report.error('fence-unclosed', fence.at, [message, `Write a line ${fence.marks} below its last line. An open fence never runs.`]);
  return false;
}

/** The line on which a fence opens inside this one: this one was not closed, and the other one's end closed it. */
function swallowed(fence: Fence, { annotated, ids }: { readonly annotated: boolean; readonly ids: ReadonlySet<string> }): number | undefined {
  const mark = fence.marks.charAt(0);
  // As in any opening line, no backtick follows backticks; tildes may have some behind them.
  const opening = new RegExp(`^[\\s>+*\\d.)-]*${mark}{${fence.marks.length},}(${mark === '~' ? '.' : '[^`]'}*)$`);
  const at = fence.body.split('\n').findIndex((line) => {
    const info = opening.exec(line)?.[1]?.trim();
    return info !== undefined && info !== '' && (annotated || looksAnnotated(info, ids));
  });
  return at === -1 ? undefined : fence.bodyLine + at;
}

/** A backtick in the info string turns a fence into prose; and in a block of HTML no fence opens. */
function reportBroken({ tree }: Section, { ids, lines }: FenceSearch, report: Collector): void {
  visit(tree, (node) => {
    if (node.type !== 'paragraph' && node.type !== 'html') return;
    if (node.type === 'html' && node.value.startsWith('<!--')) return;
    const { span, lastLine } = extentOf(node);
    for (const [index, text] of lines.slice(span.line - 1, lastLine).entries()) {
      const [, indentation = '', marks = '', rest = ''] = /^([\s>+*\d.)-]*)(`+|~+)(.*)$/.exec(text) ?? [];
      // Closed on the same line it is inline code that speaks of a fence.
      if (marks === '' || rest.includes(marks) || !looksAnnotated(rest.replaceAll('`', ' '), ids)) continue;
      const hint =
        node.type === 'html'
          ? 'Leave an empty line between the HTML and the fence.'
          : 'A fence opens with three backticks, and none may follow on that line.';
      report.error('fence-broken', spanOf(span.line + index, indentation, text), [
        'This looks like a fence for the engine, but it is not a fence.',
        hint,
      ]);
    }
  });
}

function reportIndented({ tree }: Section, { ids }: FenceSearch, report: Collector): void {
  visit(tree, 'code', (node) => {
    if (node.data?.fences !== undefined) return;
    for (const [index, text] of node.value.split('\n').entries()) {
      const [, info = ''] = /^\s*(?:`{3,}|~{3,})(.*)$/.exec(text) ?? [];
      if (!looksAnnotated(info, ids)) continue;
      const at = { ...extentOf(node).span, length: text.length };
      report.warning(
        'fence-indented',
        { ...at, line: at.line + index },
        'This is indented by four columns or more: it is shown as code and never runs.',
      );
    }
  });
}

function spanOf(line: number, indentation: string, text: string): Span {
  return { line, column: indentation.length + 1, length: text.length - indentation.length };
}
