/** The markdown tree to the author's words as data: what the views draw. */

import type { Blockquote, Code, List, ListItem, RootContent, Table } from 'mdast';
import type { AlertName, Prose, ProseBlock, ProseItem, ProseSpan } from '../core/prose.ts';
import { alertOf } from './alert.ts';
import type { Definitions } from './failure-link.ts';
import { textOfHtml } from './html.ts';
import { extentOf } from './markdown.ts';
import { linesAsSpans, spansOf } from './spans.ts';

/**
 * The part of a tree that lies between two offsets of the source, and where links by name lead. `noteOf` gives what a reader has to know of a
 * piece of code.
 */
type Stretch = {
  readonly from: number;
  readonly to: number;
  readonly definitions: Definitions;
  readonly noteOf?: (code: Code) => string | undefined;
};

/** The words of neighbouring nodes that stand in a stretch. Of a list or quote around its edge only what is inside. */
export function readingOf(nodes: readonly RootContent[], stretch: Stretch): Prose {
  return blocksOf(nodes, stretch, true);
}

/** `top`: the nodes stand by themselves, and only there GitHub draws alerts. */
function blocksOf(nodes: readonly RootContent[], stretch: Stretch, top = false): Prose {
  const { first, past } = within(nodes, stretch);
  return nodes.slice(first, past).flatMap((node) => blockOf(node, stretch, top) ?? []);
}

/** The nodes that reach into a stretch. Searched by halves: a list of thousands of items may hold a step in each, and every one asks for its own stretch. */
export function within(nodes: readonly RootContent[], { from, to }: Stretch): { readonly first: number; readonly past: number } {
  return { first: lowest(nodes, (node) => extentOf(node).end > from), past: lowest(nodes, (node) => extentOf(node).start >= to) };
}

/** The index of the first node for which it is true, as it then is for all behind it. */
function lowest(nodes: readonly RootContent[], test: (node: RootContent) => boolean): number {
  let [low, high] = [0, nodes.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    // Below `high`, so there is a node.
    if (test(nodes[middle] as RootContent)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function blockOf(node: RootContent, stretch: Stretch, top: boolean): ProseBlock | undefined {
  const { definitions } = stretch;
  switch (node.type) {
    case 'heading':
      return { kind: 'heading', depth: node.depth, spans: spansOf(node.children, definitions) };
    case 'paragraph':
      return paragraph(spansOf(node.children, definitions));
    case 'html':
      return paragraph(linesAsSpans(textOfHtml(node.value)));
    case 'thematicBreak':
      return { kind: 'rule' };
    case 'code':
      return codeOf(node, stretch.noteOf?.(node));
    case 'blockquote':
      return quoteOf(node, stretch, top);
    case 'list':
      return listOf(node, stretch);
    case 'table':
      return tableOf(node, definitions);
    case 'footnoteDefinition':
      return { kind: 'quote', blocks: [...linesOf(`[${node.identifier}]`), ...blocksOf(node.children, stretch)] };
    default:
      // Definitions of links, and front matter.
      return undefined;
  }
}

function codeOf({ lang, value }: Code, note: string | undefined): ProseBlock {
  return { kind: 'code', language: lang ?? '', text: value, ...(note !== undefined && { note }) };
}

function paragraph(spans: readonly ProseSpan[]): ProseBlock | undefined {
  return spans.length === 0 ? undefined : { kind: 'paragraph', spans };
}

function linesOf(text: string): Prose {
  return [{ kind: 'paragraph', spans: linesAsSpans(text) }];
}

function quoteOf(quote: Blockquote, stretch: Stretch, top: boolean): ProseBlock | undefined {
  const blocks = blocksOf(quote.children, stretch);
  if (blocks.length === 0) return undefined;
  return (top ? alertIn(quote, blocks) : undefined) ?? { kind: 'quote', blocks };
}

/** The alert that a quote is, without its marker. */
function alertIn(quote: Blockquote, [first, ...rest]: Prose): ProseBlock | undefined {
  const marker = alertOf(quote);
  const name = marker?.alone === true ? alertNames.get(marker.name) : undefined;
  if (name === undefined || first?.kind !== 'paragraph') return undefined;
  const [start, ...spans] = first.spans;
  const mark = `[!${name}]`;
  // A marker in bold is none; and of a quote with a step inside, the part below the step begins without it.
  if (start?.kind !== 'text' || !start.text.toLowerCase().startsWith(mark)) return undefined;
  const text = start.text.slice(mark.length).trimStart();
  const body = paragraph([...(text === '' ? [] : [{ ...start, text }]), ...spans]);
  return { kind: 'alert', name, blocks: [...(body === undefined ? [] : [body]), ...rest] };
}

const alertNames: ReadonlyMap<string, AlertName> = new Map(
  (['note', 'tip', 'important', 'warning', 'caution'] as const).map((name) => [name.toUpperCase(), name]),
);

function listOf(list: List, stretch: Stretch): ProseBlock | undefined {
  const { first, past } = within(list.children, stretch);
  const items = list.children.slice(first, past).flatMap((item, index) => {
    const read = itemOf(item, stretch);
    if (read.blocks.length === 0) return [];
    return list.ordered === true ? { ...read, number: Number(list.start) + first + index } : read;
  });
  return items.length === 0 ? undefined : { kind: 'list', items };
}

function itemOf({ checked, children }: ListItem, stretch: Stretch): ProseItem {
  return { ...(typeof checked === 'boolean' && { done: checked }), blocks: blocksOf(children, stretch) };
}

function tableOf({ align, children }: Table, definitions: Definitions): ProseBlock {
  const rows = children.map((row) => row.children.map((cell) => spansOf(cell.children, definitions)));
  return { kind: 'table', align: [align].flat().map((way) => way ?? undefined), head: rows.slice(0, 1).flat(), rows: rows.slice(1) };
}
