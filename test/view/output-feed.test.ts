import { expect, test } from 'vitest';
import { withoutLongNames } from '../../engine/view/output-feed.ts';

const folder = '/home/admin/lego api/.runbook/runs/20261122-140233-7f3k';

test.each([
  [`${folder}/attempts/01-count.1/block: line 2: bricks: command not found`, 'block: line 2: bricks: command not found'],
  [`  File "${folder}/attempts/02-sort.3-check/block", line 1`, '  File "block", line 1'],
  [`${folder}/attempts/01-count.1/block and ${folder}/attempts/01-count.1/block`, 'block and block'],
  [`${folder}/attempts/01-count.1/log`, `${folder}/attempts/01-count.1/log`],
  [`${folder}/attempts/01-count.1/blocks`, `${folder}/attempts/01-count.1/blocks`],
  [`/elsewhere/attempts/01-count.1/block`, `/elsewhere/attempts/01-count.1/block`],
  ['', ''],
])('%s', (line, shown) => {
  expect(withoutLongNames([line, 'more'], folder)).toEqual([shown, 'more']);
});
