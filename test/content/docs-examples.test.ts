import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import GithubSlugger from 'github-slugger';
import { toString as plainText } from 'mdast-util-to-string';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { visit } from 'unist-util-visit';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { idleGrammar, wrongLine } from '../helpers/grammar.ts';

const pages = ['README.md', ...globSync('docs/*.md').sort()];

type Page = {
  readonly fences: readonly { readonly lang: string; readonly text: string; readonly line: number }[];
  readonly links: readonly string[];
};

type Known = Page & { readonly anchors: ReadonlySet<string> };

const known = new Map<string, Known>();

function read(path: string): Known {
  const found = known.get(path) ?? readPage(path);
  known.set(path, found);
  return found;
}

function readPage(path: string): Known {
  const tree = unified().use(remarkParse).use(remarkGfm).parse(readFileSync(path, 'utf8'));
  const slugger = new GithubSlugger();
  const fences: { lang: string; text: string; line: number }[] = [];
  const links: string[] = [];
  const anchors = new Set<string>();
  visit(tree, (node) => {
    if (node.type === 'code') fences.push({ lang: node.lang ?? '', text: node.value, line: node.position?.start.line ?? 0 });
    if (node.type === 'link' || node.type === 'image') links.push(node.url);
    if (node.type === 'heading') anchors.add(slugger.slug(plainText(node)));
    if (node.type === 'html') for (const [, id = ''] of node.value.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  });
  return { fences, links, anchors };
}

/** What is wrong with the examples of a page, each with its place. */
function mistakes(fences: Page['fences']): readonly string[] {
  return fences.flatMap(({ lang, text, line }) => {
    const found = wrongFence(lang, text);
    return found === undefined ? [] : [`line ${line}: ${found}`];
  });
}

function wrongFence(lang: string, text: string): string | undefined {
  try {
    if (lang === 'json') JSON.parse(text);
    if (lang === 'yaml') parse(text);
  } catch (error) {
    return String(error);
  }
  if (!['sh', 'bash'].includes(lang)) return undefined;
  const lines = text.replace(/\\\n\s*/g, ' ').split('\n');
  const calls = lines.filter((line) => /^(?:\$ )?(?:npx )?runbook(?:\s|$)/.test(line));
  return calls
    .map((line) => [line, wrongLine(line)] as const)
    .find(([, wrong]) => wrong !== undefined)
    ?.join(': ');
}

for (const path of pages)
  test(`the examples of ${path} can be typed and read`, () => {
    expect(mistakes(read(path).fences)).toEqual([]);
  });

test('a planted mistake is found', () => {
  const fence = (lang: string, text: string): Page['fences'][number] => ({ lang, text, line: 1 });
  expect(mistakes([fence('sh', 'npx runbook run tidy \\\n  --stag dev')])).toHaveLength(1);
  expect(mistakes([fence('json', '{'), fence('yaml', 'a: ['), fence('sh', 'runbook lint --fix-all')])).toHaveLength(3);
});

test('links between the pages lead somewhere', () => {
  const broken = pages.flatMap((path) =>
    read(path)
      .links.filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : posix.join(dirname(path), file);
        if (!existsSync(join('.', target))) return true;
        return anchor !== undefined && target.endsWith('.md') && !read(target).anchors.has(anchor);
      })
      .map((link) => `${path}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('docs/cli.md names every command and option of the grammar, and no other', () => {
  const text = readFileSync('docs/cli.md', 'utf8');
  const sections = new Map(text.split(/^## /m).map((section) => [section.split('\n')[0]?.replaceAll('`', ''), section]));
  const program = idleGrammar();
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help');
  const named = [...sections.keys()].filter((name) => name?.startsWith('runbook '));
  expect(named).toEqual(commands.map((command) => `runbook ${command.name()}`));
  for (const command of commands) {
    const rows = (sections.get(`runbook ${command.name()}`) ?? '').matchAll(/^\| `([^`]+)` \|/gm);
    expect([...rows].map(([, flags]) => flags)).toEqual(command.options.map((option) => option.flags));
  }
});
