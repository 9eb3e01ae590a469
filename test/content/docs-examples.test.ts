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
import { examples } from '../../engine/commands/examples.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { configJsonSchema, parseConfig } from '../../engine/runtime/config.ts';
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
    // The examples of the rules, with a word behind `markdown`, have tests of their own.
    if (node.type === 'code')
      fences.push({ lang: [node.lang ?? '', node.meta ?? ''].join(' ').trim(), text: node.value, line: node.position?.start.line ?? 0 });
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
    if (lang === 'yaml') return wrongYaml(text);
  } catch (error) {
    return String(error);
  }
  if (lang === 'markdown') return wrongDocument(text);
  if (!['sh', 'bash'].includes(lang)) return undefined;
  const lines = text.replace(/\\\n\s*/g, ' ').split('\n');
  const calls = lines.filter((line) => /^(?:\$ )?(?:npx )?runbook(?:\s|$)/.test(line));
  return calls
    .map((line) => [line, wrongLine(line)] as const)
    .find(([, wrong]) => wrong !== undefined)
    ?.join(': ');
}

/** What the engine has to say against YAML that is a `runbook.yaml`, or a part of one; other YAML has only to be YAML. */
function wrongYaml(text: string): string | undefined {
  const value: unknown = parse(text);
  const ours = typeof value === 'object' && value !== null && Object.keys(value).every((key) => configKeys.has(key));
  return ours ? parseConfig('runbook.yaml', text).diagnostics[0]?.message : undefined;
}

const configKeys = new Set(Object.keys(Object(configJsonSchema()).properties));

/** What the engine has to say against a document, or a part of one. */
function wrongDocument(text: string): string | undefined {
  const playbook = text.includes('## Symptoms') || text.includes('**Symptom.**');
  const heading = text.startsWith('## ') ? '' : '## Part\n\n';
  const whole = text.startsWith('---\n') ? text : `---\nkind: ${playbook ? 'playbook' : 'runbook'}\n---\n\n# Sample\n\n${heading}${text}\n`;
  const { diagnostics } = parseDocument(playbook ? 'playbooks/sample.md' : 'runbooks/sample.md', whole);
  // The entries that a part speaks of may stand elsewhere.
  return diagnostics.find(({ severity, message }) => severity === 'error' && !message.startsWith('This file has no entry'))?.message;
}

for (const path of pages)
  test(`the examples of ${path} can be typed and read`, () => {
    expect(mistakes(read(path).fences)).toEqual([]);
  });

test('a planted mistake is found', () => {
  const fence = (lang: string, text: string): Page['fences'][number] => ({ lang, text, line: 1 });
  expect(mistakes([fence('sh', 'npx runbook run tidy \\\n  --stag dev')])).toHaveLength(1);
  expect(mistakes([fence('markdown', '```bash step=tidy risk=\necho\n```'), fence('yaml', 'stages:\n  local: { sandbox: 1 }')])).toHaveLength(2);
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

/** docs/cli.md, as the grammar has it. */
function pageOfGrammar(): string {
  const program = idleGrammar();
  const help = program.createHelp();
  const sections = help.visibleCommands(program).flatMap((command) => {
    const lines = examples[command.name()];
    if (lines === undefined) return [];
    const about = command.description();
    const rows = command.options.map((option) => `| \`${option.flags}\` | ${help.optionDescription(option).replaceAll('|', '\\|')} |`);
    const table = rows.length === 0 ? [] : [`| Option | Does |\n| --- | --- |\n${rows.join('\n')}`];
    return [
      `## \`${help.subcommandTerm(command)}\``,
      `${about.charAt(0).toUpperCase()}${about.slice(1)}.`,
      `\`\`\`sh\n${lines.join('\n')}\n\`\`\``,
      ...table,
    ];
  });
  return `${[cliPage, ...sections].join('\n\n')}\n`;
}

const cliPage = `# The command line

Every command and option. \`runbook <command> --help\` says the same in the terminal. Before any command, \`-C <dir>\` works in another folder.
What the exit codes mean is in [exit-codes.md](exit-codes.md). A mistyped name is told with the one that was probably meant.

A document is given by its name (the file without \`.md\`) or its path, a procedure by \`name#procedure\`, a run by its id or the end of it.`;

test('docs/cli.md is the grammar', async () => {
  await expect(pageOfGrammar()).toMatchFileSnapshot('../../docs/cli.md');
});
