import { renderToString, Text } from 'ink';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { lookOf } from '../../engine/view/look.ts';
import { type PickEntry, type Picked, type PickState, pickInitial, pickUpdate } from '../../engine/view/pick-state.ts';
import { pickScreen } from '../../engine/view/screens/pick.ts';
import { drawnGrid } from '../helpers/grid.ts';
import { entries } from './sample-entries.ts';

/** The picker after these keys, and what was picked if it was left. */
function pressing(text: string, from: readonly PickEntry[] = entries): { readonly state: PickState; readonly left?: Picked | 'nothing' } {
  let state = pickInitial(from);
  for (const [, name, character = ''] of text.matchAll(/<([^>]+)>|([^<])/gu)) {
    const press = name === undefined ? { name: character === ' ' ? 'space' : character, text: character } : { name, text: '' };
    const next = pickUpdate(state, press);
    state = next.state;
    if (next.leave !== undefined) return { state, left: next.leave.picked ?? 'nothing' };
  }
  return { state };
}

const run = (name: string, procedure: string, stage: string): Picked => ({ kind: 'run', name, procedure, stage });

describe('the picker', () => {
  test.each([
    ['goes from runbook to procedure to stage by Enter', '<enter><enter><enter>', run('database-operations', 'run-migrations', 'local')],
    ['takes what is marked in each list', '<enter><down><enter><down><enter>', run('database-operations', 'roll-back-a-migration', 'staging')],
    ['skips the list of procedures where there is only one', 'j<enter>j<enter>', run('database-restore', 'restore', 'production')],
    ['filters by every word of the filter', '/search rebuild<enter><enter><enter>', run('search-reindex', 'rebuild', 'local')],
    ['offers all procedures on a sandbox only', '<enter><down><down><down><enter><down><down><enter>', run('database-operations', 'all', 'local')],
    ['resumes the unfinished run of the marked runbook', 'r', { kind: 'resume', run: '9c2m1' }],
    ['is left by q', 'q', 'nothing'],
    ['is left by Ctrl+C, in the filter too', '/x<ctrl+c>', 'nothing'],
    ['goes back by Esc', '<enter><esc>j<enter><enter>', run('database-restore', 'restore', 'staging')],
  ])('%s', (_title, text, picked) => {
    expect(pressing(text).left).toEqual(picked);
  });

  test.each([
    ['no resume where nothing is unfinished', 'jr'],
    ['a filter that fits nothing', '/zzz<enter><enter><enter><enter>'],
    ['q in the filter is a letter', '/q'],
  ])('stays open: %s', (_title, text) => {
    expect(pressing(text).left).toBeUndefined();
  });

  test('says so when there is no runbook at all', () => {
    expect(pressing('<enter><down>r', []).left).toBeUndefined();
  });
});

describe.each([
  [60, 15],
  [80, 24],
  [100, 30],
  [120, 40],
])('at %d x %d', (columns, rows) => {
  test.each([
    ['pick', ''],
    ['pick-filtered', '/data<enter>'],
    ['pick-stage', '<enter><down><enter><down>'],
    ['pick-nothing', '/zzz'],
  ])('%s fits and looks as stored', async (name, text) => {
    const lines = pickScreen(pressing(text).state, lookOf({ columns, rows }, { colour: false, unicode: true }));
    expect(lines.length).toBeLessThan(rows);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
    const drawn = renderToString(<Text>{lines.join('\n')}</Text>, { columns });
    expect(drawn.split('\n')).toHaveLength(lines.length);
    await expect(`${drawn}\n`).toMatchFileSnapshot(`__screens__/${name}-${columns}x${rows}.txt`);
    for (const colour of [false, true]) {
      const coloured = pickScreen(pressing(text).state, lookOf({ columns, rows }, { colour, unicode: true }));
      const grid = await drawnGrid(<Text>{coloured.join('\n')}</Text>, { columns, rows });
      expect(grid).toMatchObject({ text: drawn.replace(/ +$/gmu, '').trimEnd(), wrapped: 0 });
      if (colour) await expect(`${grid.roles}\n`).toMatchFileSnapshot(`__screens__/colours/${name}-${columns}x${rows}.txt`);
    }
  });
});

test('the names in a list cannot steer the terminal', () => {
  const hostile: PickEntry = {
    name: 'a\u{1b}[2J',
    title: 'b\u{202e}c\n',
    owner: 'd\r',
    procedures: [{ anchor: 'x', title: '\u{7}' }],
    stages: [{ name: '\u{9b}1m', sandbox: true, typed: false }],
    unfinished: [{ run: '\u{1b}c', stage: '', text: '\0' }],
  };
  const drawn = pickScreen(pickInitial([hostile]), lookOf({ columns: 120, rows: 40 }, { colour: false, unicode: true })).join('');
  expect(drawn).not.toMatch(/[\0-\x1f\x7f-\x9f\u{202e}]/u);
});
