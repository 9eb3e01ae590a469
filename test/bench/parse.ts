/** What long and hostile documents cost: the parser, what reads its tree, and the built command line, each beside itself; prints figures. */

import { spawnSync } from 'node:child_process';
import type { Stage } from '../../engine/core/plan.ts';
import { lint } from '../../engine/document/lint/lint.ts';
import { parseMarkdown, parseWhole } from '../../engine/document/markdown.ts';
import { buildPlan } from '../../engine/document/plan.ts';
import { cleanEnvironment, cli, makeProject } from '../helpers/project.ts';

const stage: Stage = { name: 'local', sandbox: true, confirm: 'ask', onFailure: 'ask', variables: {} };
const kilobyte = 1000;

/** One part of a runbook: everything that its parser knows. */
function part(index: number): string {
  const fence = (info: string, body: string) => `\`\`\`${info}\n${body}\n\`\`\`\n`;
  return [
    `## Part ${index}\n`,
    `Some *text* with a [link](#part-${index}), another [one][docs] and \`code\`, on a line\nthat goes on.\n`,
    '> [!WARNING]\n> **High risk.** Nobody can write for a minute.\n',
    '- an item\n  - one in it\n\n1. first\n2. second\n\n| A | B |\n| --- | --- |\n| one | `two` |\n',
    fence(`bash step=s${index} risk=low timeout=1m`, `# A comment\n\necho {stage} ${index}`),
    '**Check:** it is there.\n',
    fence(`bash check=s${index}`, 'true'),
  ].join('\n');
}

function runbook(size: number): string {
  const parts = ['---\nkind: runbook\n---\n\n# All of it\n\nDoes everything.\n'];
  for (let length = 0, index = 0; length < size - 100; index += 1) {
    parts.push(part(index));
    length += parts.at(-1)?.length ?? 0;
  }
  return `${parts.join('\n')}\n[docs]: https://example.com\n`;
}

/** Nobody's steps, for `--as-is`. */
function foreign(size: number): string {
  return runbook(size)
    .replace(/^---[\s\S]*?\n---\n/, '')
    .replace(/ (?:step|check)=.*$/gm, '');
}

const request = { document: 'runbooks/a.md', stage, knownStages: ['local'], procedures: ['part-0'], selection: { readOnly: false } };

const works: Readonly<Record<string, (size: number) => () => unknown>> = {
  'the tree, in one go': (size) => atMost(size, 500 * kilobyte, () => parseWhole(runbook(size))),
  'the tree': (size) => () => parseMarkdown(runbook(size)),
  'a plan': (size) => () => buildPlan(request, () => runbook(size)),
  'a plan --as-is': (size) => () => buildPlan({ ...request, asIs: true }, () => foreign(size)),
  'a lint': (size) => () =>
    lint({
      ...{ paths: ['runbooks/a.md'], project: ['runbooks/a.md'], stages: [stage], today: '2026-01-31', templates: [] },
      ...{ exists: () => true, read: () => runbook(size) },
    }),
};

/** Larger ones are left out: they take minutes. */
function atMost(size: number, most: number, work: () => unknown): () => unknown {
  return size <= most ? work : () => undefined;
}

function milliseconds(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Times by size, and what each costs more than the one before: 2.0 is linear where the size doubles. */
function growth(): void {
  const sizes = [250, 500, 1000, 2500, 5000];
  print(`\nOne document, ms              ${sizes.map((size) => `${size} KB`.padStart(10)).join('')}   ms per KB`);
  for (const [name, work] of Object.entries(works)) {
    const times = sizes.map((size) => milliseconds(work(size * kilobyte)));
    print(
      `${name.padEnd(30)}${times.map((ms) => ms.toFixed(0).padStart(10)).join('')}   ${times.map((ms, at) => (ms / Number(sizes[at])).toFixed(2)).join(' ')}`,
    );
  }
}

/** The goal's ratio, from rounds of both beside each other. */
function doubled(): void {
  const [small, large] = [runbook(500 * kilobyte), runbook(1000 * kilobyte)];
  const ratios = Array.from({ length: 5 }, () => {
    const before = milliseconds(() => parseMarkdown(small));
    return milliseconds(() => parseMarkdown(large)) / before;
  });
  const ratio = median(ratios);
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  print(`\n1 MB parsed, against 0.5 MB: ${ratio.toFixed(2)}x (${spread}), goal 2.2x: ${ratio <= 2.2 ? 'met' : 'MISSED'}`);
}

function filled(unit: (index: number) => string, size = 16 * kilobyte): string {
  let text = '';
  for (let index = 0; text.length < size; index += 1) text += unit(index);
  return text;
}

const hostile: Readonly<Record<string, string>> = {
  'nested list markers in one line': filled(() => '- '),
  'nested list markers, 20 a line': filled(() => `${'- '.repeat(20)}a\n`),
  'a list in a list, item by item': filled(() => '- a\n  - b\n'),
  'nested quotes, 20 a line': filled(() => `${'>'.repeat(20)}a\n\n`),
  'quotes, line by line': filled(() => '> a\n\n'),
  'quotes in items': filled(() => '- > a\n'),
  'empty items': filled(() => '-\n'),
  'lines that a quote goes on with': `> a\n${filled(() => 'b\n')}`,
  'rising backtick runs': filled((index) => `a ${'`'.repeat(index + 1)} `),
  'backtick runs of 64 lengths': filled((index) => `a ${'`'.repeat(1 + (index % 64))} `),
  'unclosed brackets in one line': filled(() => '['),
  'unclosed brackets, 900 a line': filled(() => `${'['.repeat(900)}\n`),
  'unclosed links': filled(() => `${'[a]('.repeat(200)}\n\n`),
  'emphasis that nothing closes': filled(() => '*a_b'),
  'headings by underlines': filled(() => 'a\n=\n'),
  'a wide table': `${'|a'.repeat(3000)}|\n${'|-'.repeat(3000)}|\nb\n`,
  'definitions and their links': `${filled((index) => `[a${index}]: b\n`, 8000)}\n${filled((index) => `[a${index}] `, 8000)}`,
};

function attack(): void {
  using project = makeProject({
    'runbook.yaml': 'stages:\n  local: { sandbox: true }\n',
    'runbooks/quiet.md': foreign(2 * kilobyte),
    ...Object.fromEntries(
      Object.values(hostile).map((source, index) => [`runbooks/h${index}.md`, `# T\n\n## A\n\n\`\`\`sh\ntrue\n\`\`\`\n\n${source}`]),
    ),
  });
  const plan = (name: string) => () =>
    spawnSync('node', [cli, 'plan', name, '--as-is', '--procedure', 'a', '--stage', 'local'], {
      cwd: project.root,
      env: cleanEnvironment(),
      encoding: 'utf8',
    });
  const quiet = median(Array.from({ length: 5 }, () => milliseconds(plan('quiet'))));
  print(`\nHostile, 16 KB: plan --as-is, in process (goal 200 ms), and the whole command (with a quiet document ${quiet.toFixed(0)} ms)`);
  for (const [index, [name, source]] of Object.entries(hostile).entries()) {
    const inProcess = median(Array.from({ length: 5 }, () => milliseconds(() => buildPlan({ ...request, asIs: true }, () => source))));
    const command = median(Array.from({ length: 3 }, () => milliseconds(plan(`h${index}`))));
    const { status, stderr } = plan(`h${index}`)();
    const place = /:(\d+:\d+) The document has/.exec(stderr)?.[1];
    const end = place === undefined ? `exit ${status}` : `refused at ${place}`;
    print(
      `${name.padEnd(34)}${inProcess.toFixed(0).padStart(6)} ms ${inProcess <= 200 ? 'met   ' : 'MISSED'}${command.toFixed(0).padStart(8)} ms  ${end}`,
    );
  }
}

// Warm, so that the first size is not measured with cold code.
for (let round = 0; round < 5; round += 1) parseMarkdown(runbook(20 * kilobyte));
attack();
doubled();
growth();
