/** Headings and what stands below each. */

import GithubSlugger from 'github-slugger';
import type { Heading as HeadingNode, Root, RootContent } from 'mdast';
import { toString as textOf } from 'mdast-util-to-string';
import type { Span } from './collector.ts';
import { type Extent, extentOf } from './markdown.ts';
import { visit } from './visit.ts';

/** A heading of the document itself, not one inside a quote or list. */
export type Heading = {
  readonly depth: number;
  readonly title: string;
  /** The anchor that GitHub gives it. */
  readonly anchor: string;
  readonly at: Span;
};

/** What stands between two neighbouring headings. */
export type Section = {
  /** The heading above; undefined at the beginning of a document. */
  readonly heading: Heading | undefined;
  /** The H2 that it belongs to. */
  readonly chapter: Heading | undefined;
  /** Its content, as a tree of its own. */
  readonly tree: Root;
  /** What stands in bold, as text. */
  readonly bold: readonly { readonly text: string; readonly start: number }[];
  /** Comments: for authors, not for operators. */
  readonly comments: readonly Extent[];
  /** Offsets into the source, without the heading. */
  readonly start: number;
  readonly end: number;
};

/** Cuts a document at its headings. The source gives the end of the last section. */
export function sectionsOf(root: Root, source: string): readonly Section[] {
  const anchors = anchorsOf(root);
  const sections: Section[] = [];
  let chapter: Heading | undefined;
  let open: { readonly heading: Heading | undefined; readonly start: number; readonly children: RootContent[] } = {
    heading: undefined,
    start: 0,
    children: [],
  };
  const close = (end: number): void => {
    const tree: Root = { type: 'root', children: open.children };
    sections.push({ heading: open.heading, chapter, tree, ...inlineOf(tree), start: open.start, end });
  };
  for (const node of root.children) {
    if (node.type !== 'heading') {
      open.children.push(node);
      continue;
    }
    const { start, end, span } = extentOf(node);
    close(start);
    const heading = { depth: node.depth, title: titleOf(node), anchor: String(anchors.get(node)), at: span };
    if (node.depth <= 2) chapter = node.depth === 2 ? heading : undefined;
    open = { heading, start: end, children: [] };
  }
  close(source.length);
  return sections;
}

/** Gathered once for a section: a look at the whole section for each of its steps takes quadratic time. */
function inlineOf(tree: Root): Pick<Section, 'bold' | 'comments'> {
  const bold: { text: string; start: number }[] = [];
  const comments: Extent[] = [];
  visit(tree, (node) => {
    if (node.type === 'strong') bold.push({ text: textOf(node).trim(), start: extentOf(node).start });
    if (node.type === 'html' && node.value.startsWith('<!--')) comments.push(extentOf(node));
  });
  return { bold, comments };
}

/** The anchors of all headings. GitHub numbers equal ones over all headings, those in quotes and lists included. */
export function anchorsOf(root: Root): ReadonlyMap<HeadingNode, string> {
  const slugger = new GithubSlugger();
  const anchors = new Map<HeadingNode, string>();
  visit(root, 'heading', (node) => {
    anchors.set(node, slugger.slug(rawTitle(node)));
  });
  return anchors;
}

function titleOf(node: HeadingNode): string {
  return rawTitle(node).replace(/\s+/g, ' ').trim();
}

/** With every blank: where an image or emoji stood before one, GitHub makes a hyphen of it. */
function rawTitle(node: HeadingNode): string {
  return textOf(node, { includeImageAlt: false, includeHtml: false });
}
