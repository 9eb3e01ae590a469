/** Links to files and headings of the project. Those to other sites are not looked at: that takes a network. */

import { didYouMean, type Words } from '../collector.ts';
import type { DocumentRead } from '../document-read.ts';
import { resolveLink } from '../link.ts';
import { extentOf } from '../markdown.ts';
import { nearest } from '../nearest.ts';
import { anchorsOf } from '../section.ts';
import { visit } from '../visit.ts';
import type { Finding, Rule, World } from './rule.ts';

/** A relative link leads to no file, or to no heading of its file. */
export const linkBroken: Rule = {
  id: 'link-broken',
  severity: 'error',
  scope: 'text',
  check: (read, world) => {
    const findings: Finding[] = [];
    // A link is written once and copied many times, and a document may have thousands.
    const known = new Map<string, Words | undefined>();
    const anchors = new Map<DocumentRead, ReadonlySet<string>>();
    const anchorsOnce = (other: DocumentRead): ReadonlySet<string> => {
      const found = anchors.get(other) ?? anchorsIn(other);
      anchors.set(other, found);
      return found;
    };
    visit(read.root, (node) => {
      if (node.type !== 'link' && node.type !== 'image' && node.type !== 'definition') return;
      const { url } = node;
      if (!known.has(url)) known.set(url, problemOf(url, read, { ...world, anchorsOnce }));
      const words = known.get(url);
      if (words !== undefined) findings.push({ at: extentOf(node).span, words });
    });
    return findings;
  },
};

type Surroundings = World & { readonly anchorsOnce: (read: DocumentRead) => ReadonlySet<string> };

function problemOf(url: string, read: DocumentRead, { find, exists, anchorsOnce }: Surroundings): Words | undefined {
  if (url === '') return ['This link leads nowhere.', 'Write the address in its parentheses.'];
  // GitHub takes what follows a question mark for itself, as in ?plain=1.
  const target = resolveLink(read.document.path, url.replace(/\?[^#]*/, ''));
  // To another site, from the root of a repository that may be larger than the project, or out of it: nobody here can tell.
  if ('problem' in target) return undefined;
  const { document: path, anchor } = target;
  if (path !== read.document.path && !exists(path)) return `There is no file ${path}.`;
  if (anchor === '' || anchor === 'top' || !/\.(?:md|markdown)$/i.test(path)) return undefined;
  const other = path === read.document.path ? read : find(path);
  // Lines are linked as #L10 or #L10-L20.
  if (other === undefined || /^L\d+(?:-L\d+)?$/.test(anchor)) return undefined;
  const anchors = anchorsOnce(other);
  const plain = anchor.replace(/^user-content-/, '');
  if (anchors.has(plain)) return undefined;
  // Comparing takes time, and a document with that many headings has more than a slip in it.
  const near = anchors.size > 1000 ? undefined : nearest(plain, anchors);
  return [`${path} has no heading with the anchor #${anchor}.`, didYouMean(near)];
}

/** The anchors of headings, of footnotes, and those that authors set by hand. */
function anchorsIn(read: DocumentRead): ReadonlySet<string> {
  const anchors = new Set(anchorsOf(read.root).values());
  visit(read.root, (node) => {
    if (node.type === 'footnoteDefinition') anchors.add(`fn-${node.identifier}`);
    if (node.type !== 'html') return;
    for (const [, , name] of node.value.matchAll(/\s(?:id|name)=(["'])(.*?)\1/g)) anchors.add(String(name));
  });
  return anchors;
}
