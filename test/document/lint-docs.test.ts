import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rules } from '../../engine/document/lint/rules.ts';
import { findBash } from '../../engine/kernels/kernel.ts';
import { blockProblems } from '../../engine/runtime/block-problems.ts';
import { parseConfig } from '../../engine/runtime/config.ts';
import { linted } from './lint-project.ts';

const docs = readFileSync(new URL('../../docs/lint.md', import.meta.url), 'utf8');
const template = '# Name of the runbook\n\nWho notices, for how long, and what cannot be undone.\n';

/** A fence of four backticks with its info word, and the rule below whose heading it stands. */
type Example = { readonly rule: string; readonly word: string; readonly text: string };

const examples: readonly Example[] = examplesIn(docs);

function examplesIn(page: string): readonly Example[] {
  let rule = '';
  // A fence is taken whole, so that headings inside it are none of the page.
  return Array.from(page.matchAll(/^### (\S+)$|^````markdown (\w+)\n([\s\S]*?)^````$/gm)).flatMap(([, heading, word = '', text = '']) => {
    if (heading === undefined) return [{ rule, word, text }];
    rule = heading;
    return [];
  });
}

const playbook = examples.find(({ word }) => word === 'playbook')?.text ?? '';

/** The rules that an example breaks. */
async function broken(text: string): Promise<readonly string[]> {
  // What cannot be seen in the page either.
  const shown = text.replace(/<U\+([0-9A-F]+)>/g, (_all, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
  const path = /^kind: playbook$/m.test(text) ? 'playbooks/example.md' : 'runbooks/example.md';
  const { diagnostics, documents } = linted({ [path]: shown, 'playbooks/bricks-failure.md': playbook }, { paths: [path], templates: [template] });
  const blocks = await blockProblems(documents, { config: parseConfig('runbook.yaml', '').config, bash: await findBash(process.env.PATH) });
  return [...diagnostics, ...blocks].map(({ rule }) => rule);
}

describe('docs/lint.md', () => {
  const listed = Array.from(docs.matchAll(/^\| \[`([a-z-]+)`\]\(#\1\) \| (error|warning)(, every file)? \|/gm), ([, id, severity, every]) => ({
    id,
    severity,
    scope: every === undefined ? 'frame' : 'text',
  }));
  const ofBlocks = ['shell-syntax', 'kernel-unknown'].map((id) => ({ id, severity: 'error', scope: 'frame' }));

  test('lists every rule with its severity, and no other', () => {
    expect(listed).toEqual([...rules.map(({ id, severity, scope }) => ({ id, severity, scope })), ...ofBlocks]);
  });

  test('has a failing and a passing example for each', () => {
    for (const { id } of listed) {
      const words = examples.filter(({ rule }) => rule === id).map(({ word }) => word);
      expect(words, String(id)).toEqual(['fails', 'passes']);
    }
  });

  test.each(examples.filter(({ word }) => word === 'fails'))('shows what breaks $rule', async ({ rule, text }) => {
    expect(await broken(text)).toContain(rule);
  });

  test.each(examples.filter(({ word }) => word === 'passes'))('shows what $rule is content with', async ({ rule, text }) => {
    expect(await broken(text)).not.toContain(rule);
  });
});
