import { Parser } from 'commonmark';
import { tests } from 'commonmark-spec';
import { visit } from 'unist-util-visit';
import { describe, expect, test } from 'vitest';
import { fencesOf } from '../../engine/document/annotation.ts';
import { parseMarkdown } from '../../engine/document/markdown.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { sectionsOf } from '../../engine/document/section.ts';

// The specification shows tabs as arrows.
const examples = tests.map(({ markdown, number, section }) => ({ source: markdown.replaceAll('→', '\t'), name: `${number} (${section})` }));

/** The code blocks of the reference parser; indented ones have no info. */
function oracle(source: string): readonly { readonly info: string | null; readonly body: string | null }[] {
  const blocks: { info: string | null; body: string | null }[] = [];
  const walker = new Parser().parse(source).walker();
  for (let event = walker.next(); event; event = walker.next()) {
    if (event.entering && event.node.type === 'code_block') blocks.push({ info: event.node.info, body: event.node.literal });
  }
  return blocks;
}

/** What escapes and entities of an info string stand for: the same as in a paragraph. */
function decoded(info: string): string {
  if (!/[\\&]/.test(info)) return info;
  const texts: (string | null)[] = [];
  const walker = new Parser().parse(info).walker();
  for (let event = walker.next(); event; event = walker.next()) if (event.node.type === 'text') texts.push(event.node.literal);
  return texts.join('');
}

describe('The examples of the CommonMark specification', () => {
  test('are 652', () => {
    expect(examples).toHaveLength(652);
  });

  test.each(examples)('$name: fences have the info string and the body of the reference parser', ({ source }) => {
    const fences = fencesOf(sectionsOf(parseMarkdown(source), source), source);
    const expected = oracle(source).filter((block) => block.info !== null);
    expect(fences.map(({ fence }) => ({ info: decoded(fence.info.info), body: fence.body }))).toEqual(expected);
  });

  test.each(examples)('$name: there are as many code blocks, indented ones included', ({ source }) => {
    let count = 0;
    visit(parseMarkdown(source), 'code', () => {
      count += 1;
    });
    expect(count).toBe(oracle(source).length);
  });

  test('parse as documents that are refused only for fences that are never closed, or for what looks like front matter', () => {
    const rules = examples.flatMap(({ source }) => parseDocument('example.md', source).diagnostics.map((diagnostic) => diagnostic.rule));
    expect([...new Set(rules)].sort()).toEqual(['fence-unclosed', 'front-matter-syntax', 'title']);
  });
});
