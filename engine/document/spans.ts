/** Text within a line, from the markdown tree to data. */

import type { PhrasingContent } from 'mdast';
import type { ProseSpan } from '../core/prose.ts';
import type { Definitions } from './failure-link.ts';
import { textOfHtml } from './html.ts';

const lineBreak = { kind: 'break' } as const;

/** The spans of these nodes; empty where a reader sees nothing. */
export function spansOf(nodes: readonly PhrasingContent[], definitions: Definitions): readonly ProseSpan[] {
  return nodes.flatMap((node) => spanOf(node, definitions));
}

/** Lines of plain text as spans, without the empty ones. */
export function linesAsSpans(text: string): readonly ProseSpan[] {
  const lines = text.split('\n').flatMap((line) => blanked(line).trim() || []);
  return lines.flatMap((line, index) => [...(index === 0 ? [] : [lineBreak]), { kind: 'text', text: line } as const]);
}

function spanOf(node: PhrasingContent, definitions: Definitions): ProseSpan | readonly ProseSpan[] {
  const address = (identifier: string) => String(definitions.get(identifier));
  switch (node.type) {
    case 'text':
      return { kind: 'text', text: blanked(node.value) };
    case 'inlineCode':
      return { kind: 'code', text: blanked(node.value) };
    case 'strong':
    case 'emphasis':
      return { kind: node.type, spans: spansOf(node.children, definitions) };
    case 'delete':
      return { kind: 'struck', spans: spansOf(node.children, definitions) };
    case 'break':
      return lineBreak;
    case 'html':
      return tagSpans(textOfHtml(node.value));
    case 'link':
      return { kind: 'link', address: node.url, spans: spansOf(node.children, definitions) };
    case 'linkReference':
      return { kind: 'link', address: address(node.identifier), spans: spansOf(node.children, definitions) };
    case 'image':
      return picture(node.url, node.alt);
    case 'imageReference':
      return picture(address(node.identifier), node.alt);
    case 'footnoteReference':
      return { kind: 'text', text: `[${node.identifier}]` };
  }
}

/** What is left of a tag: a line break, its own text, or nothing. */
function tagSpans(text: string): readonly ProseSpan[] {
  if (text === '\n') return [lineBreak];
  return text === '' ? [] : [{ kind: 'text', text: blanked(text) }];
}

/** A terminal shows what a picture is about and where it is. */
function picture(address: string, alt: string | null | undefined): ProseSpan {
  return { kind: 'link', address, spans: [{ kind: 'text', text: alt ? `picture: ${blanked(alt)}` : 'picture' }] };
}

/** Line ends of the source are blanks, and several blanks are one. */
function blanked(text: string): string {
  return text.replace(/[ \t\r\n]+/g, ' ');
}
