import { expect, test } from 'vitest';
import type { Prose } from '../../engine/core/prose.ts';
import { readWhole } from '../../engine/document/whole.ts';

const fence = (info: string) => `\`\`\`${info}\necho\n\`\`\`\n\n`;
const source = `---\nkind: runbook\n---\n\n# Bricks\n\nAbout bricks.\n\n## Tidy up\n\n### First\n\n${fence('bash')}${fence('bash step=look risk=low every=5s timeout=1m capture=total stages=dev')}${fence('text expect=look')}### Second\n\n${fence('bash step=again risk=low retries=2')}${fence('bash step=sort risk=high timeout=2m')}${fence('bash check=sort')}${fence('bash rollback=sort')}${fence('bash dry-run=sort')}${fence('text step=ask risk=low manual')}## Afterwards\n\nRest.\n`;

const brief = (prose: Prose = []) =>
  prose.map((block) => (block.kind === 'code' ? `code: ${block.note ?? 'no note'}` : block.kind === 'heading' ? `${block.depth}` : block.kind));

test('a whole document is read with a word at each block that runs', () => {
  const { prose, anchors, diagnostics } = readWhole('runbooks/bricks.md', source);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(anchors).toEqual(['bricks', 'tidy-up', 'first', 'second', 'afterwards']);
  expect(brief(prose)).toMatchInlineSnapshot(`
    [
      "1",
      "paragraph",
      "2",
      "3",
      "code: no note",
      "code: step look, risk low, 1m, again every 5 s, captures {total}, only on dev",
      "code: expected of look",
      "3",
      "code: step again, risk low, 10m, tried again 2 times",
      "code: step sort, risk HIGH, 2m",
      "code: check of sort",
      "code: undo of sort",
      "code: dry run of sort",
      "code: step ask, risk low, by hand, 10m",
      "2",
      "paragraph",
    ]
  `);
});

test('a part of a document is read from its heading to the next one that is not below it', () => {
  const part = (anchor: string) => brief(readWhole('runbooks/bricks.md', source, anchor).prose);
  expect(part('first')).toEqual([
    '3',
    'code: no note',
    'code: step look, risk low, 1m, again every 5 s, captures {total}, only on dev',
    'code: expected of look',
  ]);
  expect(part('tidy-up').filter((one) => /^\d/.test(one))).toEqual(['2', '3', '3']);
  expect(part('afterwards')).toEqual(['2', 'paragraph']);
  expect(part('bricks').filter((one) => /^\d/.test(one))).toHaveLength(5);
});

test('where no heading has the anchor there is nothing to read', () => {
  expect(readWhole('runbooks/bricks.md', source, 'nowhere').prose).toBeUndefined();
  expect(brief(readWhole('notes.md', 'Words.\n').prose)).toEqual(['paragraph']);
});
