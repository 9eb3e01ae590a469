import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Stage } from '../../engine/core/plan.ts';
import { lint } from '../../engine/document/lint/lint.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { buildPlan } from '../../engine/document/plan.ts';
import { makeProject } from '../helpers/project.ts';

type Counted = { readonly path: string; readonly fences: Readonly<Record<string, number>>; readonly shown?: readonly string[] };
type Collection = { readonly name: string; readonly documents: readonly Counted[] };

const { collections }: { readonly collections: readonly Collection[] } = JSON.parse(readFileSync('test/fixtures/public-collections.json', 'utf8'));
const documents = collections.flatMap(({ name, documents: some }) => some.map((counted) => ({ name, counted })));
const infos = [...new Set(documents.flatMap(({ counted: { fences, shown = [] } }) => [...Object.keys(fences), ...shown]))];

const stage: Stage = { name: 'local', sandbox: true, confirm: 'ask', onFailure: 'ask', variables: {} };
const shells = new Set(['bash', 'sh', 'shell', 'zsh']);
const path = 'runbooks/public.md';

/** What stands around a fence: nothing, a list or a quote, as in the documents. */
const places = [(fence: string) => fence, (fence: string) => `1. Do this:\n\n${indented(fence, '   ')}`, (fence: string) => indented(fence, '> ')];

/** A document with as many fences of each info string; bodies and prose are our own. */
function documentOf({ fences, shown = [] }: Counted): string {
  const blocks = Object.entries(fences).flatMap(([info, count]) =>
    Array.from({ length: count }, (_, index) => places[index % places.length]?.(`\`\`\`${info}\nstep=${index} # as text\n\`\`\`\n`)),
  );
  const examples = shown.map((info) => indented(`\`\`\`${info}\ntrue\n\`\`\`\n`, '    '));
  return [
    '# Something happened',
    'What is known of it.',
    ...[...blocks, ...examples].map((block, index) => `## Part ${index}\n\nWords.\n\n${block}`),
  ].join('\n\n');
}

function indented(text: string, by: string): string {
  return text.replaceAll(/^/gm, by);
}

function shellFences({ fences }: Counted): number {
  const counts = Object.entries(fences).map(([info, count]) => (shells.has(info.replace(/[\s{].*$/, '')) ? count : 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

function planAsIs(source: string) {
  return buildPlan(
    { document: path, procedures: undefined, stage, knownStages: ['local'], selection: { readOnly: false }, asIs: true },
    () => source,
  );
}

test('The five collections have documents with fences', () => {
  expect(collections).toHaveLength(5);
  expect(infos.length).toBeGreaterThan(25);
});

describe.each(documents)('$name: $counted.path', ({ counted }) => {
  const source = documentOf(counted);

  test('is a document without steps, and without a word of ours in it', () => {
    const { document, diagnostics } = parseDocument(path, source);
    expect(document.procedures).toEqual([]);
    expect(diagnostics).toEqual([]);
  });

  test('goes through lint', () => {
    const world = { paths: [path], project: [path], stages: [stage], today: '2026-01-31', templates: [], exists: () => true };
    expect(lint({ ...world, read: () => source }).diagnostics).toEqual([]);
  });

  test('has a step for each shell fence as it is, and for nothing else', () => {
    const { plan, diagnostics } = planAsIs(source);
    const rules = diagnostics.map(({ rule }) => rule);
    const steps = parseDocument(path, source, { asIs: true }).document.procedures.flatMap((procedure) => procedure.steps);
    expect(steps.map(({ id, risk }) => `${id} ${risk}`)).toEqual(
      Array.from({ length: shellFences(counted) }, (_, index) => `block-${index + 1} medium`),
    );
    // Without a step there is nothing to plan; with steps in several parts one of them has to be named.
    if (plan === undefined) expect(rules).toEqual([steps.length === 0 ? 'document-empty' : 'procedure-missing']);
  });
});

test.each(infos)('With words of ours behind it, the info string of another tool is a step or is refused at its place: %j', (info) => {
  const source = `---\nkind: runbook\n---\n\n# T\n\n## A\n\n\`\`\`${info} step=look risk=low\ntrue\n\`\`\`\n`;
  const { document, diagnostics } = parseDocument(path, source);
  const steps = document.procedures.flatMap((procedure) => procedure.steps);
  const refused = diagnostics.filter(({ severity, place }) => severity === 'error' && place.line === 9);
  expect(steps.length > 0 || refused.length > 0).toBe(true);
  // A step of somebody else's words and ours is never taken for one without an error.
  if (/[{=]/.test(info) || info === '') expect(refused.length).toBeGreaterThan(0);
});

test('A fence that opens in a list item and goes on in the first column is no block of that item, and nothing of it is lost without a word', () => {
  const source = '# T\n\n* Export:\n\n  ```sh\nrm -r everything\n  ```\n\nAfterwards.\n';
  expect(parseDocument(path, source, { asIs: true }).document.procedures).toEqual([]);
  expect(parseDocument(path, source).diagnostics.map(({ rule, place }) => [rule, place.line])).toEqual([
    ['fence-unclosed', 5],
    ['fence-unclosed', 7],
  ]);
});

test('The command line lints and plans them', async () => {
  const files = documents.map(({ counted }, index) => [`docs/d${index}.md`, documentOf(counted)]);
  using project = makeProject({ ...Object.fromEntries(files), 'runbook.yaml': 'stages:\n  local: { sandbox: true }\n' });
  expect(await project.runbook(['lint', 'docs'])).toMatchObject({ code: 0, stderr: '' });
  const largest = documents.findIndex(({ counted }) => counted.path === 'docs/guide/argocd-cli.md');
  const planned = await project.runbook(['plan', `docs/d${largest}.md`, '--as-is', '--all', '--stage', 'local']);
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  expect(planned.stdout.match(/\(block-\d+, risk medium, (?:ba)?sh, 10m\)/g)).toHaveLength(43);
});
