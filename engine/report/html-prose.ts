/** The author's words on the page. They come as data that cannot hold a tag, so there is nothing to sanitise but addresses. */

import type { ElementContent } from 'hast';
import { h } from 'hastscript';
import type { Prose, ProseBlock, ProseItem, ProseSpan } from '../core/prose.ts';

/** Blocks as elements. */
export function proseElements(prose: Prose): readonly ElementContent[] {
  return prose.map(blockElement);
}

function blockElement(block: ProseBlock): ElementContent {
  switch (block.kind) {
    case 'heading':
      return h('p', h('b', spans(block.spans)));
    case 'paragraph':
      return h('p', spans(block.spans));
    case 'list': {
      const [first] = block.items;
      return first?.number === undefined ? h('ul', block.items.map(item)) : h('ol', { start: first.number }, block.items.map(item));
    }
    case 'quote':
      return h('blockquote', [...proseElements(block.blocks)]);
    case 'alert':
      return h('div', { className: ['alert', block.name] }, [
        h('b', `${block.name[0]?.toUpperCase()}${block.name.slice(1)}`),
        ...proseElements(block.blocks),
      ]);
    case 'code':
      return h('pre', h('code', block.text));
    case 'table':
      return h('table', [
        h(
          'thead',
          h(
            'tr',
            block.head.map((cell, column) => h('th', aligned(block.align[column]), spans(cell))),
          ),
        ),
        h(
          'tbody',
          block.rows.map((row) =>
            h(
              'tr',
              row.map((cell, column) => h('td', aligned(block.align[column]), spans(cell))),
            ),
          ),
        ),
      ]);
    case 'rule':
      return h('hr');
  }
}

function aligned(align: 'left' | 'right' | 'center' | undefined): { readonly className: string[] } {
  return { className: align === 'right' ? ['number'] : align === 'center' ? ['centre'] : [] };
}

function item({ done, blocks }: ProseItem): ElementContent {
  const task = done === undefined ? [] : [done ? '☑ ' : '☐ '];
  const [first, ...rest] = blocks;
  if (first?.kind === 'paragraph') return h('li', [...task, ...spans(first.spans), ...proseElements(rest)]);
  return h('li', [...task, ...proseElements(blocks)]);
}

function spans(list: readonly ProseSpan[]): ElementContent[] {
  return list.flatMap(spanElements);
}

function spanElements(span: ProseSpan): ElementContent[] {
  switch (span.kind) {
    case 'text':
      return [{ type: 'text', value: span.text }];
    case 'code':
      return [h('code', span.text)];
    case 'strong':
      return [h('strong', spans(span.spans))];
    case 'emphasis':
      return [h('em', spans(span.spans))];
    case 'struck':
      return [h('del', spans(span.spans))];
    case 'link':
      // Another address than one of the web leads nowhere from a page that stands by itself; a script it could be, too.
      if (!/^https:\/\/[^\s\p{C}]+$/u.test(span.address))
        return [...spans(span.spans), { type: 'text', value: ' (' }, h('code', span.address), { type: 'text', value: ')' }];
      return [h('a', { href: span.address, rel: ['noreferrer', 'noopener', 'nofollow'] }, spans(span.spans))];
    case 'break':
      return [h('br')];
  }
}
