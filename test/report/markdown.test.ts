import { HtmlRenderer, Parser } from 'commonmark';
import { describe, expect, test } from 'vitest';
import { fold } from '../../engine/core/apply.ts';
import type { Event, Fact, Person } from '../../engine/core/event.ts';
import type { Run } from '../../engine/core/run.ts';
import { type Evidence, markdownReport } from '../../engine/report/markdown.ts';
import { planOf, playbook, playbookPath, procedure, runbook, runbookPath, step } from '../core/plan-builder.ts';

const plan = planOf({
  documents: [runbook([procedure('apply', step('apply-migrations'))]), playbook([procedure('no-lock', step('end-blockers', 'high'))])],
});
const log = { bytes: 3, sha256: 'ab'.repeat(32) };

function at(fact: Fact): Event {
  return { ...fact, at: '2026-01-31T18:06:00.000Z' };
}

/** The first event of a run. */
function startedAs(caller: Partial<Person> = {}): Extract<Fact, { type: 'run-started' }> {
  return {
    type: 'run-started',
    run: '20260131-180500-7f3k',
    document: runbookPath,
    asIs: false,
    procedures: ['apply'],
    stage: plan.stage.name,
    selection: { readOnly: false },
    variables: {},
    ticket: 'CHG-7',
    files: {},
    operator: 'first',
    host: 'bastion',
    engine: '0.1.0',
    ...caller,
  };
}

/** Events a second apart. */
function runOf(...facts: readonly Fact[]): Run {
  const events = [startedAs(), ...facts].map((fact, index): Event => ({ ...fact, at: new Date(Date.UTC(2026, 0, 31, 18, 5, index)).toISOString() }));
  return fold(plan, events);
}

function attempt(number: number, frame: number, id: string, code: number): readonly Fact[] {
  const at = { frame, step: id, purpose: 'run', attempt: number } as const;
  return [
    { type: 'step-confirmed', frame, step: id, purpose: 'run', how: 'key', sha256: 'cd' },
    { type: 'attempt-started', ...at, folder: `attempts/${number}`, sha256: 'cd' },
    {
      type: 'attempt-ended',
      ...at,
      outcome: { kind: 'exited', code },
      unmet: [],
      patterns: [],
      values: {},
      ...(code === 0 && { requests: [{ operation: 'rds:ModifyDBCluster', id: '7d0c-11' }] }),
      remarks: [],
      log,
      ...(code === 0 ? {} : { error: { code: '55P03', message: 'lock timeout' } }),
    },
  ];
}

const recovered: readonly Fact[] = [
  ...attempt(1, 0, 'apply-migrations', 1),
  {
    type: 'playbook-entered',
    frame: 0,
    step: 'apply-migrations',
    opened: 1,
    target: { document: playbookPath, anchor: 'no-lock' },
    then: 'retry',
    why: ['55P03'],
    by: 'operator',
  },
  ...attempt(2, 1, 'end-blockers', 0),
  { type: 'playbook-left', frame: 1, as: 'retry' },
  ...attempt(3, 0, 'apply-migrations', 0),
  { type: 'run-ended', result: 'finished' },
];

function evidence(output: string, more: Partial<Evidence> = {}): Evidence {
  return { head: 'ef'.repeat(32), block: (number) => `echo block ${number}\n`, log: () => ({ text: output, cut: 0 }), ...more };
}

/** The report as another parser than the engine's reads it: the kinds of its blocks, with their texts where they are headings. */
function structure(markdown: string): readonly string[] {
  const walker = new Parser().parse(markdown).walker();
  const found: string[] = [];
  for (let at = walker.next(); at !== null; at = walker.next()) if (at.entering && at.node.type !== 'text') found.push(at.node.type);
  return found;
}

test('the report tells the whole chain in its order: failure, playbook, retry', () => {
  const report = markdownReport(plan, runOf(...recovered), evidence('output\n'));
  const places = ['Attempt 1 (step)', 'Playbook: no lock', 'Attempt 2 (step)', 'Attempt 3 (step)'].map((words) => report.indexOf(words));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(report).toContain('| Result | **finished**, after 1 of its steps had failed and recovered |');
  expect(report).toContain('recovered by its playbook');
  expect(report).toContain('`55P03`: lock timeout');
  expect(report).toContain(`| Journal head | \`${'ef'.repeat(32)}\` |`);
  expect(report).toContain('| Ticket | CHG-7 |');
  expect(report).toContain('- request ` rds:ModifyDBCluster ` ` 7d0c-11 `');
});

test('the report says in which account the steps acted and as whom, and who went on as somebody else', () => {
  const caller = { account: '222222222222', arn: 'arn:aws:sts::222222222222:assumed-role/operator/runbook-1' };
  const resumed = { type: 'run-resumed', operator: 'second', host: 'bastion', engine: '0.1.0' } as const;
  const later = { ...resumed, account: caller.account, arn: `${caller.arn}a` };
  const report = markdownReport(plan, fold(plan, [{ ...startedAs(caller), at: '2026-01-31T18:05:00.000Z' }, at(resumed), at(later)]), evidence(''));
  expect(report).toContain(`| Account | 222222222222 as \` ${caller.arn} \` |`);
  expect(report).toContain(`| Resumed by | second on bastion, second on bastion as ${caller.arn}a |`);
});

describe('output cannot break out of its fence', () => {
  const ordinary = structure(markdownReport(plan, runOf(...recovered), evidence('output\n')));
  test.for([
    ['a fence', '```\n# Approved\n```\n'],
    ['a longer fence', '``````\n</details>\n## Heading\n``````\n'],
    ['a tilde fence', '~~~\n# Approved\n~~~\n'],
    ['HTML', '</details><script>alert(1)</script>\n'],
    ['a link and a mention', '[click](javascript:alert(1)) @everyone #12\n'],
    ['control characters', '\u001b]52;c;aGk=\u0007\u202e\u0000 \r\n'],
    ['nothing but line ends', '\n\n\n\n'],
  ] as const)('%s', ([, output]) => {
    const report = markdownReport(plan, runOf(...recovered), evidence(output));
    expect(structure(report)).toEqual(ordinary);
    expect(new HtmlRenderer({ safe: false }).render(new Parser().parse(report))).not.toContain('<script>');
    expect(report).not.toMatch(/[\0\u001b\u202e]/);
  });
});

test('words that a person or a server wrote stay words: no heading, link, mention, table cell or markup', () => {
  const hostile = '| **bold** [x](https://example.org) @team <b>b</b> `c`';
  const run = runOf(
    { type: 'step-skipped', frame: 0, step: 'apply-migrations', by: 'operator', reason: hostile },
    { type: 'note-added', operator: 'first', text: hostile },
  );
  const report = markdownReport(plan, run, evidence(''));
  const html = new HtmlRenderer().render(new Parser().parse(report));
  expect(html).not.toContain('<a ');
  expect(html).not.toContain('<b>');
  expect(html).not.toContain('<strong>bold');
  expect(report).not.toContain('@team');
});

test('the report stays under 60,000 characters whatever was printed, and the summary is whole', () => {
  const noisy = Array.from({ length: 40 }, (_, index) => attempt(index + 1, 0, 'apply-migrations', 1));
  const again: Fact = { type: 'retry-chosen', frame: 0, step: 'apply-migrations' };
  const run = runOf(...noisy.flatMap((facts) => [...facts, again]));
  const report = markdownReport(plan, run, evidence('x'.repeat(30_000), { block: () => 'y'.repeat(400) }));
  expect(report.length).toBeLessThan(60_000);
  expect(report).toContain('| Journal head |');
  expect(report).toContain('are in the log');
});
