import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeProject } from '../helpers/project.ts';

const shipped: unknown = parse(readFileSync(new URL('../../runbook.yaml', import.meta.url), 'utf8'));

test('the schema of runbook.yaml takes what the engine takes, and refuses what is wrong', async () => {
  using made = makeProject({});
  const { stdout, code } = await made.runbook(['schema']);
  expect(code).toBe(0);
  const valid = new Ajv({ strict: false }).compile(JSON.parse(stdout));
  for (const good of [shipped, {}, { stages: { local: { sandbox: true } }, runbooks: 'docs', playbooks: ['a', 'b'] }]) expect(valid(good)).toBe(true);
  for (const bad of [
    { stage: {} },
    { stages: { Local: {} } },
    { stages: { local: { sandbox: 'yes' } } },
    { stages: { local: { confirm: 'never' } } },
    { stages: { local: { aws: { region: 'us-east-1', account: '12' } } } },
    { runbooks: [] },
  ])
    expect(valid(bad), JSON.stringify(bad)).toBe(false);
});

test('the schema of a report is the one that is published, and there is no other', async () => {
  using made = makeProject({});
  const report = await made.runbook(['schema', 'report']);
  expect(JSON.parse(report.stdout)).toEqual(JSON.parse(readFileSync(new URL('../../docs/report.schema.json', import.meta.url), 'utf8')));
  const none = await made.runbook(['schema', 'reprot']);
  expect([none.code, none.stderr]).toEqual([
    2,
    'There is no schema "reprot". There is: runbook.yaml, report, event, list, runs, show, plan, lint, doctor, verify, sandbox, faults, run.\nDid you mean: runbook schema report?\n',
  ]);
});
