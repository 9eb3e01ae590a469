/** Markdown to its tree. The only place that knows the parser. */

import type { Node, Root } from 'mdast';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { type Processor, unified } from 'unified';
import { parseApart } from './apart.ts';
import type { Span } from './collector.ts';
import { boundedTexts } from './crowded.ts';
import { editInPlace } from './events.ts';

declare module 'mdast' {
  interface CodeData {
    /** 1 for a fence that is never closed, 2 for a closed one; indented code has none. */
    fences?: number;
  }
}

editInPlace();
const processor = unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter, ['yaml']).use(boundAndCountFences).freeze();

/**
 * The tree of a document whose line ends are line feeds. Any text is markdown, so nothing is wrong with it.
 * @throws Crowded when one of its paragraphs has more marks than can be parsed in reasonable time.
 */
export function parseMarkdown(source: string): Root {
  return parseApart(source, parseWhole);
}

/** The same tree from one go of the parser, which takes more time for long documents. */
export function parseWhole(source: string): Root {
  return processor.parse(source);
}

/** Bounds what is parsed, and marks open fences. Markdown closes one at the end of what it stands in, and the tree does not say so; only the tokens do. */
function boundAndCountFences(this: Processor): void {
  const data = this.data();
  const extension: NonNullable<typeof data.fromMarkdownExtensions>[number] = {
    enter: {
      codeFencedFence() {
        for (const node of this.stack) if (node.type === 'code') node.data = { fences: (node.data?.fences ?? 0) + 1 };
      },
    },
  };
  data.micromarkExtensions = [data.micromarkExtensions, boundedTexts()].flat().filter((one) => one !== undefined);
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
