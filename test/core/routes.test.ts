import { expect, test } from 'vitest';
import { chosenProcedures, keyOf, reachedEntries, routesOf, skippedBecause, skippedInEntry } from '../../engine/core/routes.ts';
import { companion, planOf, playbook, playbookPath, procedure, runbook, runbookPath, step, symptom } from './plan-builder.ts';

const target = (anchor: string) => ({ document: playbookPath, anchor });
const apply = step('apply', 'high', { failureLink: target('by-hand'), rollback: companion('undo\n') });
const entries = [
  procedure('wait', step('wait-a-while', 'low')),
  procedure(
    'by-hand',
    step('look', 'low', { failureLink: target('call') }),
    step('repair', 'medium', { stages: ['production'], failureLink: target('never') }),
  ),
  procedure('call', step('phone', 'low')),
  procedure('never', step('nothing', 'low')),
];
const rows = [
  symptom('wait', { then: 'done' }),
  symptom('by-hand', { steps: ['apply'], errors: [{ kind: 'timeout' }] }),
  symptom('call', { steps: ['other'] }),
];
const ground = procedure('before-you-start', step('see', 'low'));
const plan = planOf({
  documents: [runbook([procedure('migrate', step('look-first', 'low'), apply)], { before: ground }), playbook(entries, rows)],
  selection: { from: 'apply' },
});

test('the ways from a step stand in the order in which they are offered', () => {
  expect(routesOf(plan, runbookPath, apply)).toEqual([
    { target: target('by-hand'), title: 'by hand', by: 'named', errors: [{ kind: 'timeout' }], then: 'retry' },
    { target: target('by-hand'), title: 'by hand', by: 'linked', errors: [], then: 'ask' },
    { target: target('wait'), title: 'wait', by: 'any', errors: [{ kind: 'exit', code: 1 }], then: 'done' },
  ]);
});

test('no way leads from an entry back into it', () => {
  const look = entries[0]?.steps[0] ?? apply;
  expect(routesOf(plan, playbookPath, look, target('wait'))).toEqual([]);
  expect(routesOf(plan, playbookPath, look, target('call')).map((route) => keyOf(route.target))).toEqual([`${playbookPath}#wait`]);
});

test('entries are reached from steps that run, and from entries that are reached', () => {
  expect(reachedEntries(plan).map(({ entry }) => entry.anchor)).toEqual(['wait', 'by-hand', 'call']);
});

test('a selection leaves out steps of the document, and a stage those of entries', () => {
  expect(chosenProcedures(plan).flatMap(({ steps }) => steps.map((one) => skippedBecause(plan, one)))).toEqual([
    undefined,
    '--from apply',
    undefined,
  ]);
  expect(entries[1]?.steps.map((one) => skippedInEntry(plan, target('by-hand'), one))).toEqual([undefined, 'only on production']);
});

test('a playbook that is run by itself has no ground to test', () => {
  const alone = planOf({ documents: [playbook(entries, rows, { before: ground })], procedures: ['wait'] });
  expect(chosenProcedures(alone).map(({ anchor }) => anchor)).toEqual(['wait']);
  expect(entries[0]?.steps.map((one) => skippedBecause(alone, one))).toEqual([undefined]);
});
