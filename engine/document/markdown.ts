/** Markdown to its tree. The only place that knows the parser. */

import type { Node, Root } from 'mdast';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { type Processor, unified } from 'unified';
import type { Span } from './collector.ts';

declare module 'mdast' {
  interface CodeData {
    /** 1 for a fence that is never closed, 2 for a closed one; indented code has none. */
    fences?: number;
  }
}

const processor = unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter, ['yaml']).use(countFences).freeze();

/** The tree of a document whose line ends are line feeds. Any text is markdown, so this cannot fail. */
export function parseMarkdown(source: string): Root {
  return processor.parse(source);
}

/** Markdown closes an open fence at the end of what it stands in, and the tree does not say so; only the tokens do. */
function countFences(this: Processor): void {
  const data = this.data();
  const extension: NonNullable<typeof data.fromMarkdownExtensions>[number] = {
    enter: {
      codeFencedFence() {
        for (const node of this.stack) if (node.type === 'code') node.data = { fences: (node.data?.fences ?? 0) + 1 };
      },
    },
  };
  data.fromMarkdownExtensions = [data.fromMarkdownExtensions, extension].flat(2).filter((one) => one !== undefined);
}

/** Where a node stands: offsets into the source, and the span of its first line. */
export type Extent = { readonly start: number; readonly end: number; readonly lastLine: number; readonly span: Span };

/** The extent of a node that the parser made. */
export function extentOf(node: Node): Extent {
  // The type knows of trees without positions; the parser sets them on every node.
  const { start, end } = node.position as NonNullable<Node['position']>;
  const [from, to] = [Number(start.offset), Number(end.offset)];
  return { start: from, end: to, lastLine: end.line, span: { line: start.line, column: start.column, length: to - from } };
}
