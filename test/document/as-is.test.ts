import { describe, expect, test } from 'vitest';
import { parseDocument } from '../../engine/document/parse.ts';
import { path, problems } from './problems.ts';

const procedures = (source: string) =>
  parseDocument(path, source, { asIs: true }).document.procedures.map(({ anchor, title, steps }) => ({
    anchor,
    title,
    steps: steps.map((step) => step.id),
  }));

describe('A document as it is', () => {
  test('has its shell fences as steps of medium risk that may take ten minutes', () => {
    const { document, diagnostics } = parseDocument(path, '# Restart\n\n```sh\nsystemctl restart shop\n```\n', { asIs: true });
    expect(diagnostics).toEqual([]);
    expect(document.procedures[0]?.steps[0]).toMatchObject({
      id: 'block-1',
      title: 'Restart',
      risk: 'medium',
      timeoutMs: 600_000,
      block: { language: 'sh' },
    });
  });

  test('has a procedure for each H2, whatever its title, and one for what stands above them', () => {
    const source = '```bash\na\n```\n\n# Title\n\n```shell\nb\n```\n\n## Prerequisites\n\n```zsh\nc\n```\n\n## Before you start\n\n```bash\nd\n```\n';
    expect(procedures(source)).toEqual([
      { anchor: 'title', title: 'Title', steps: ['block-1', 'block-2'] },
      { anchor: 'prerequisites', title: 'Prerequisites', steps: ['block-3'] },
      { anchor: 'before-you-start', title: 'Before you start', steps: ['block-4'] },
    ]);
  });

  test('needs no heading at all', () => {
    expect(procedures('```bash\na\n```\n')).toEqual([{ anchor: 'database-operations', title: 'database-operations', steps: ['block-1'] }]);
    expect(parseDocument(path, '```bash\na\n```\n', { asIs: true }).document.procedures[0]).toMatchObject({
      prose: '',
      steps: [{ title: 'block-1' }],
    });
  });

  test('leaves out other languages, empty blocks and what is never closed', () => {
    expect(procedures('# T\n\n```js\na\n```\n\n```bash\n\n```\n\n```\nc\n```\n\n```Bash title="x"\nb\n```\n\n```sh\nd\n')).toEqual([
      { anchor: 't', title: 'T', steps: ['block-1'] },
    ]);
  });

  test('may have front matter and tables of its own', () => {
    expect(problems('---\nlayout: page\n- x\n---\n\n# T\n\n## Inputs\n\n| a |\n|-|\n| b |\n\n# Another\n', { asIs: true })).toBe('');
  });

  test('may not have annotated steps', () => {
    expect(problems('# T\n\n## A\n\n```bash step=a risk=low\ntrue\n```\n', { asIs: true })).toMatchInlineSnapshot(`
      "[as-is] runbooks/database-operations.md:5:1 This document has steps of its own.
        \`\`\`bash step=a risk=low
        ^^^^^^^^^^^^^^^^^^^^^^^
        Run it without --as-is."
    `);
  });
});
