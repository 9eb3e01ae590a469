/** Links from one document to another, as paths relative to the project root. */

import type { Target } from '../core/plan.ts';

/** The file that a relative link names and the anchor in it (empty where it has none), or what is wrong with the link. */
export function resolveLink(from: string, url: string): Target | { readonly problem: string } {
  if (/^[a-z][a-z0-9+.-]*:|^\//i.test(url)) return { problem: 'it does not lead to a file by a relative path' };
  const [path = '', ...anchor] = url.split('#');
  const decoded = { path: decode(path), anchor: decode(anchor.join('#')) };
  if (decoded.path === '') return { document: from, anchor: decoded.anchor };
  const parts = from.split('/').slice(0, -1);
  for (const part of decoded.path.split('/')) {
    if (part === '..' && parts.length === 0) return { problem: 'it leads out of the project' };
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return { document: parts.join('/'), anchor: decoded.anchor };
}

/** Spaces and umlauts in file names are often written as `%20` and the like; what is not valid is taken as it stands. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
