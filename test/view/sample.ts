import { fold } from '../../engine/core/apply.ts';
import type { Event, Fact } from '../../engine/core/event.ts';
import type { Question } from '../../engine/core/need.ts';
import { next } from '../../engine/core/next.ts';
import type { Block, Document, Plan, Procedure, Step } from '../../engine/core/plan.ts';
import type { Prose } from '../../engine/core/prose.ts';
import type { Run } from '../../engine/core/run.ts';
import { parseMarkdown } from '../../engine/document/markdown.ts';
import { readingOf } from '../../engine/document/reading.ts';

/** A runbook that takes connections off a database, fails, and is led into its playbook: what every screen is drawn from. */

const runbook = 'runbooks/database-operations.md';
const playbook = 'playbooks/replica-lag.md';

function block(language: string, source: string, path: string, line: number): Block {
  return { language, flags: [], source, place: { path, line, column: 1 } };
}

/** Words as the engine reads them. */
export function words(markdown: string): Prose {
  return readingOf(parseMarkdown(markdown).children, { from: 0, to: markdown.length, definitions: new Map() });
}

const belowDrain = `**Expected:** \`in_flight=0\` within 30 seconds.

**Check:** counts them once more.

\`\`\`bash
test "$(in-flight)" = 0
\`\`\`

| Seen | Means |
| --- | --- |
| \`in_flight=0\` | drained |
| \`gave up\` | somebody holds a query open |

**If this fails:** [Queries stay in flight](../playbooks/replica-lag.md#queries-stay-in-flight).`;

function step(id: string, title: string, line: number, source: string, more: Partial<Step> = {}): Step {
  const path = more.block?.place.path ?? runbook;
  return {
    id,
    title,
    risk: 'low',
    block: block('bash', source, path, line + 1),
    timeoutMs: 30_000,
    manual: false,
    tty: false,
    retries: 0,
    expect: [],
    prose: '',
    reading: { above: words(more.prose ?? ''), below: id === 'drain-connections' ? words(belowDrain) : [] },
    place: { path, line, column: 1 },
    ...more,
  };
}

const drainCommand = `pgbouncer-ctl pause {service} --host {host}
wait-idle --max 30s --host {host}
`;

const takeOff: Procedure = {
  anchor: 'take-connections-off',
  title: 'Take connections off',
  prose: '',
  place: { path: runbook, line: 40, column: 1 },
  steps: [
    step('check-replicas', 'Check the replicas', 44, "psql -c 'select * from pg_stat_replication'\n", {
      prose: 'Three replicas, none further behind than 5 seconds.',
    }),
    step('tell-orders', 'Tell the orders team', 52, 'Write to #orders: "writes stop for up to 90 seconds".\n', { manual: true }),
    step('drain-connections', 'Drain the connections', 60, drainCommand, {
      risk: 'high',
      prose: `Stop new connections at the proxy and wait for in-flight queries to end.
Writers see *connection refused* until step 4. Budget: 90 seconds.

> [!WARNING]
> **High risk.** Their batch job retries once, then fails.`,
      rollback: { block: block('bash', 'pgbouncer-ctl resume {service} --host {host}\n', runbook, 78), timeoutMs: 20_000 },
      check: { block: block('bash', 'test "$(in-flight)" = 0\n', runbook, 84), timeoutMs: 20_000 },
      dryRun: { block: block('bash', 'pgbouncer-ctl show {service}\n', runbook, 90), timeoutMs: 20_000 },
      failureLink: { document: playbook, anchor: 'queries-stay-in-flight' },
      expect: [{ text: '/in_flight=0/', kind: 'pattern', value: 'in_flight=0', absent: false }],
    }),
    step('fail-over', 'Fail over', 100, 'fail-over --to {host}\n', { risk: 'high', timeoutMs: 60_000 }),
    step('verify-writes', 'Verify the writes', 110, 'verify-writes\n', {}),
  ],
};

const inFlight: Procedure = {
  anchor: 'queries-stay-in-flight',
  title: 'Queries stay in flight',
  prose: '',
  place: { path: playbook, line: 30, column: 1 },
  steps: [
    step('find-blockers', 'Find the blockers', 34, 'list-sessions --idle\n', { block: block('bash', 'list-sessions --idle\n', playbook, 35) }),
    step('end-blockers', 'End the blockers', 44, 'end-sessions --idle\n', {
      risk: 'high',
      block: block('bash', 'end-sessions --idle\n', playbook, 45),
    }),
  ],
};

const documents: Readonly<Record<string, Document>> = {
  [runbook]: {
    path: runbook,
    title: 'Database operations',
    summary: 'Routine work on the database of orders.',
    frontMatter: { kind: 'runbook', requires: [], files: [], owner: 'data-oncall', playbook },
    inputs: [],
    symptoms: [],
    procedures: [takeOff],
  },
  [playbook]: {
    path: playbook,
    title: 'Replica lag',
    summary: '',
    frontMatter: { kind: 'playbook', requires: [], files: [] },
    inputs: [],
    symptoms: [
      {
        steps: ['drain-connections'],
        errors: [
          { kind: 'exit', code: 4 },
          { kind: 'pattern', pattern: 'in flight' },
        ],
        entry: 'queries-stay-in-flight',
        then: 'retry',
        place: { path: playbook, line: 20, column: 1 },
      },
    ],
    procedures: [inFlight],
  },
};

export const staging = {
  name: 'staging',
  sandbox: false,
  confirm: 'ask',
  onFailure: 'ask',
  variables: { host: 'db-stg-01', service: 'orders' },
} as const;
export const production = { ...staging, name: 'production', confirm: 'typed', variables: { host: 'db-prod-01', service: 'orders' } } as const;

/** The plan on a stage. */
export function planOn(stage: Plan['stage']): Plan {
  return { document: runbook, procedures: [takeOff.anchor], documents, stage, selection: { readOnly: false } };
}

/** Facts and the seconds after the start at which they happened. */
export type Moment = readonly [seconds: number, fact: Fact];

export const startedAt = Date.parse('2026-11-22T19:02:08.000Z');

/** The run after these facts. */
export function played(plan: Plan, moments: readonly Moment[]): { readonly run: Run; readonly events: readonly Event[] } {
  const events = moments.map(([seconds, fact]) => ({ ...fact, at: new Date(startedAt + seconds * 1000).toISOString() }));
  return { run: fold(plan, events), events };
}

/** The question that a run is at. */
export function questionOf(plan: Plan, run: Run): Question {
  const need = next(plan, run);
  if (need.kind !== 'question') throw new Error(`The run needs ${need.kind}.`);
  return need.question;
}

export function started(plan: Plan): Moment {
  return [
    0,
    {
      type: 'run-started',
      run: '9c2m1',
      document: runbook,
      asIs: false,
      procedures: [...plan.procedures],
      stage: plan.stage.name,
      selection: { readOnly: false },
      variables: plan.stage.variables,
      operator: 'admin',
      host: 'bastion-2',
      engine: '0.1.0',
      ticket: 'CHG-4412',
      git: { commit: 'a1b9f3c0000000000000000000000000000000000', dirty: false },
      files: {},
    },
  ];
}

type Ended = Extract<Fact, { type: 'attempt-ended' }>;

/** A confirmed attempt of a step from its start to its end. */
export function attempted(at: number, step: string, attempt: number, seconds: number, end: Partial<Ended> = {}): readonly Moment[] {
  const { frame = 0, purpose = 'run' } = end;
  return [...running(at, step, attempt, frame, purpose), [at + seconds, ended(step, attempt, end)]];
}

/** A confirmed attempt that has not ended. */
export function running(at: number, step: string, attempt: number, frame = 0, purpose: Ended['purpose'] = 'run'): readonly Moment[] {
  return [
    ...(purpose === 'check' ? [] : [[at, { type: 'step-confirmed', frame, step, purpose, how: 'key', sha256: 'ab' }] as const]),
    [at, { type: 'attempt-started', frame, step, purpose, attempt, folder: `attempts/0${attempt}-${step}.1`, sha256: 'ab' }],
  ];
}

export function ended(step: string, attempt: number, end: Partial<Ended> = {}): Ended {
  return {
    type: 'attempt-ended',
    frame: 0,
    step,
    purpose: 'run',
    attempt,
    outcome: { kind: 'exited', code: 0 },
    unmet: [],
    patterns: [],
    values: {},
    remarks: [],
    log: { bytes: 0, sha256: 'ab' },
    ...end,
  };
}

/** Up to the question before the step that drains the connections. */
export function untilDrain(plan: Plan): readonly Moment[] {
  return [
    started(plan),
    ...attempted(20, 'check-replicas', 1, 3.1),
    [60, { type: 'step-attested', frame: 0, step: 'tell-orders', done: true, note: 'they know' }],
  ];
}

/** That step, failed. */
export const drainFailed = attempted(70, 'drain-connections', 2, 30, {
  outcome: { kind: 'exited', code: 4 },
  error: { code: 'InFlight', message: 'gave up after 30 s with 8 queries in flight' },
  failedAt: { line: 62, command: 'wait-idle --max 30s --host db-stg-01' },
  patterns: ['in flight'],
});

/** The output it left behind. */
export const drainOutput = [
  '$ wait-idle --max 30s --host db-stg-01',
  'in_flight=41',
  'in_flight=9',
  'warn: client 10.2.8.14 idle in transaction 43 s',
  'wait-idle: gave up after 30s with 8 queries in flight',
];

/** Through the playbook to its end. */
export const throughPlaybook: readonly Moment[] = [
  [
    120,
    {
      type: 'playbook-entered',
      frame: 0,
      step: 'drain-connections',
      opened: 1,
      target: { document: playbook, anchor: inFlight.anchor },
      then: 'retry',
      why: ['step drain-connections', 'exit 4'],
      by: 'operator',
    },
  ],
  ...attempted(130, 'find-blockers', 3, 1.2, { frame: 1 }),
];
export const playbookEnded: readonly Moment[] = [...throughPlaybook, ...attempted(150, 'end-blockers', 4, 0.8, { frame: 1 })];
