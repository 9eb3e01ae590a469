/** The author's words in the executed runbook: quoted, so that nobody takes them for the record, and without any power over the page. */

import type { Prose, ProseBlock, ProseItem, ProseSpan } from '../core/prose.ts';
import { code, fence, words } from './quote.ts';

/** The words as a quote; nothing where there are none. */
export function quotedProse(prose: Prose): readonly string[] {
  const lines = blocks(prose);
  return lines.length === 0 ? [] : [...prefixed(lines, '>'), ''];
}

/** Blocks with an empty line between them, and none at the end. */
function blocks(prose: Prose): readonly string[] {
  return prose.flatMap((block, index) => [...(index === 0 ? [] : ['']), ...blockLines(block)]);
}

function blockLines(block: ProseBlock): readonly string[] {
  switch (block.kind) {
    case 'heading':
      return [marked(block.spans, 'strong', false)];
    case 'paragraph':
      return [spans(block.spans)];
    case 'list':
      return block.items.flatMap(itemLines);
    case 'quote':
      return prefixed(blocks(block.blocks), '>');
    // GitHub draws alerts only where they stand by themselves.
    case 'alert':
      return [`**${block.name.toUpperCase()}**`, '', ...blocks(block.blocks)];
    case 'code':
      return fence(block.text, block.language).slice(0, -1);
    case 'table': {
      const row = (cells: readonly (readonly ProseSpan[])[]) => `| ${block.head.map((_, column) => spans(cells[column] ?? [], true)).join(' | ')} |`;
      return [row(block.head), `|${' --- |'.repeat(block.head.length)}`, ...block.rows.map(row)];
    }
    case 'rule':
      return ['---'];
  }
}

function itemLines({ number, done, blocks: inside }: ProseItem): readonly string[] {
  const mark = number === undefined ? '-' : `${number}.`;
  const task = done === undefined ? '' : done ? '[x] ' : '[ ] ';
  const [first = '', ...rest] = blocks(inside);
  return [`${mark} ${task}${first}`, ...rest.map((line) => (line === '' ? '' : `${' '.repeat(mark.length + 1)}${line}`))];
}

function prefixed(lines: readonly string[], mark: string): readonly string[] {
  return lines.map((line) => (line === '' ? mark : `${mark} ${line}`));
}

/** One line. An address is shown, as a relative one leads nowhere in a ticket. */
function spans(list: readonly ProseSpan[], inTable = false): string {
  return list.map((span) => spanText(span, inTable)).join('');
}

function spanText(span: ProseSpan, inTable: boolean): string {
  switch (span.kind) {
    case 'text':
      return edged(span.text, words);
    case 'code':
      return code(span.text, inTable);
    case 'strong':
      return marked(span.spans, 'strong', inTable);
    case 'emphasis':
      return marked(span.spans, 'em', inTable);
    case 'struck':
      return marked(span.spans, 'del', inTable);
    case 'link':
      return `${spans(span.spans, inTable)} (${code(span.address, inTable)})`;
    case 'break':
      return '<br>';
  }
}

/** As tags: whether asterisks mean anything depends on what stands beside them, and renderers do not agree on it. */
function marked(list: readonly ProseSpan[], tag: 'strong' | 'em' | 'del', inTable: boolean): string {
  return `<${tag}>${spans(list, inTable)}</${tag}>`;
}

/** The blanks at the edges part words from what stands beside them. */
function edged(text: string, inner: (text: string) => string): string {
  const trimmed = text.trim();
  if (trimmed === '') return text === '' ? '' : ' ';
  return `${/^\s/.test(text) ? ' ' : ''}${inner(trimmed)}${/\s$/.test(text) ? ' ' : ''}`;
}
