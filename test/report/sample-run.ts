/** A run with a failure, a playbook and a recovery, told to reports. */

import { fold } from '../../engine/core/apply.ts';
import type { Event, Fact, Person } from '../../engine/core/event.ts';
import type { Plan } from '../../engine/core/plan.ts';
import type { Told } from '../../engine/report/facts.ts';
import type { Evidence } from '../../engine/report/output.ts';
import { planOf, playbook, playbookPath, procedure, runbook, runbookPath, step } from '../core/plan-builder.ts';

const plan: Plan = planOf({
  documents: [runbook([procedure('apply', step('apply-migrations'))]), playbook([procedure('no-lock', step('end-blockers', 'high'))])],
});

/** The hash of the journal's last line. */
export const head = 'ef'.repeat(32);

/** The first event of a run. */
export function startedAs(caller: Partial<Person> = {}): Extract<Fact, { type: 'run-started' }> {
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
    files: { [runbookPath]: 'ab'.repeat(32) },
    operator: 'first',
    host: 'bastion',
    engine: '0.1.0',
    ...caller,
  };
}

/** The run of these facts, a second apart, behind its first event. */
export function toldOf(facts: readonly Fact[], started: Fact = startedAs(), documents: Plan = plan): Told {
  const events = [started, ...facts].map((fact, index): Event => ({ ...fact, at: new Date(Date.UTC(2026, 0, 31, 18, 5, index)).toISOString() }));
  return { plan: documents, run: fold(documents, events), events, head };
}

/** An attempt from its confirmation to its end. */
export function attempt(number: number, frame: number, id: string, code: number, message = 'lock timeout'): readonly Fact[] {
  const at = { frame, step: id, purpose: 'run', attempt: number } as const;
  return [
    { type: 'step-confirmed', frame, step: id, purpose: 'run', how: 'key', sha256: 'cd'.repeat(32) },
    { type: 'attempt-started', ...at, folder: `attempts/0${number}-${id}.1`, sha256: 'cd'.repeat(32) },
    {
      type: 'attempt-ended',
      ...at,
      outcome: { kind: 'exited', code },
      unmet: [],
      patterns: [],
      values: {},
      ...(code === 0 && { requests: [{ operation: 'rds:ModifyDBCluster', id: '7d0c-11' }] }),
      remarks: [],
      log: { bytes: 3, sha256: 'ab'.repeat(32) },
      ...(code === 0 ? {} : { error: { code: '55P03', message } }),
    },
  ];
}

/** It failed, its playbook was run, and it was run again. */
export const recovered: readonly Fact[] = [
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

/** Every attempt printed this. */
export function evidenceOf(output: string | Buffer, block: (attempt: number) => string = (number) => `echo block ${number}\n`): Evidence {
  const bytes = Buffer.from(output);
  return {
    block,
    log: () => ({
      bytes: bytes.length,
      *read(from, to) {
        for (let at = from; at < to; at += 4096) yield bytes.subarray(at, Math.min(to, at + 4096));
      },
    }),
  };
}

/** A run in which all that people, servers and documents say is this. */
export function toldIn(words: string): Told {
  const reading = { above: [{ kind: 'paragraph', spans: [{ kind: 'text', text: words }] }], below: [] } as const;
  const span = [{ kind: 'text', text: words }] as const;
  const prose = [
    ...reading.above,
    { kind: 'heading', depth: 2, spans: span },
    {
      kind: 'list',
      items: [
        { done: true, blocks: reading.above },
        { number: 2, blocks: reading.above },
      ],
    },
    { kind: 'alert', name: 'warning', blocks: reading.above },
    { kind: 'quote', blocks: reading.above },
    { kind: 'code', language: words, text: words },
    { kind: 'table', align: ['left'], head: [span], rows: [[[{ kind: 'code', text: words }]], [span]] },
    {
      kind: 'paragraph',
      spans: [
        { kind: 'strong', spans: span },
        { kind: 'link', address: words, spans: span },
        { kind: 'code', text: words },
      ],
    },
  ] as const;
  const worded = step('apply-migrations', 'medium', { title: words, reading: { above: prose, below: prose }, manual: false });
  const documents = planOf({
    documents: [
      runbook([procedure('apply', worded, step('by-hand', 'medium', { manual: true, title: words, block: { ...worded.block, source: words } }))], {
        title: words,
      }),
      playbook([{ ...procedure('no-lock', step('end-blockers', 'high', { title: words })), title: words }]),
    ],
  });
  const [first, entered, ...rest] = [attempt(1, 0, 'apply-migrations', 1, words), recovered[3], ...recovered.slice(4, 8)].flat();
  const end = attempt(3, 0, 'apply-migrations', 0).map((fact) =>
    fact.type === 'attempt-ended'
      ? { ...fact, values: { [words]: words }, remarks: [words], unmet: [words], requests: [{ operation: words, id: words }] }
      : fact,
  );
  const said: readonly Fact[] = [first, entered, ...rest].flatMap((fact) =>
    fact === undefined ? [] : fact.type === 'playbook-entered' ? { ...fact, why: [words] } : fact,
  );
  const started = {
    ...startedAs({ operator: words, host: words, arn: words, account: words }),
    ticket: words,
    reason: words,
    faults: [words],
    git: { commit: words, dirty: true },
  };
  return toldOf(
    [
      { type: 'value-given', name: words, from: words, value: words },
      ...said,
      ...end,
      { type: 'step-skipped', frame: 0, step: 'by-hand', by: 'operator', reason: words },
      { type: 'note-added', operator: words, text: words },
      { type: 'changes-accepted', files: [{ path: words }] },
      { type: 'run-stopped', because: 'operator', reason: words },
    ],
    started,
    documents,
  );
}
