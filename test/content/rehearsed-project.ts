/** The example project on a sandbox of its own whose playbook is rehearsed: how it is broken, run, and what its record says of that. */

import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModifyDBClusterCommand, RDSClient } from '@aws-sdk/client-rds';
import { expect } from 'vitest';
import { switchFault } from '../../engine/commands/faults.ts';
import { fold } from '../../engine/core/apply.ts';
import type { Event } from '../../engine/core/event.ts';
import { next } from '../../engine/core/next.ts';
import type { Plan } from '../../engine/core/plan.ts';
import type { StepRun } from '../../engine/core/run.ts';
import { recordedRun } from '../../engine/runtime/prepare.ts';
import { openProject } from '../../engine/runtime/project.ts';
import { readRun, runFolder, runIds } from '../../engine/runtime/run-store.ts';
import type { FaultName } from '../../engine/sandbox/control-plane/faults/faults.ts';
import { startSandbox } from '../../engine/sandbox/sandbox.ts';
import { type LegoProject, makeLegoProject } from '../helpers/lego-project.ts';
import { cli } from '../helpers/project.ts';
import { openTerminal, type TestTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/wait.ts';
import { addMigration, removeMigration } from './migration-files.ts';

/** Waits of the documents that a rehearsal need not sit out. Each must be there. */
const shorter: readonly (readonly [path: string, before: RegExp, after: string])[] = [
  ['runbook.yaml', /sandbox: true\n/g, 'sandbox: true\n    delays: 0\n'],
  ['runbooks/database-operations.md', /\bevery=(?:5|10)s\b/g, 'every=1s'],
  ['runbooks/database-operations.md', /\block_timeout=5s\b/g, 'lock_timeout=1s'],
  ['playbooks/database-operations-failure.md', /\bevery=(?:5|10|15)s\b/g, 'every=1s'],
  ['playbooks/database-operations-failure.md', /\block_timeout=5s\b/g, 'lock_timeout=1s'],
  ['playbooks/database-operations-failure.md', /interval '5 seconds'/g, "interval '1 second'"],
];

/** What a run asks for. */
type Asked = { readonly procedure: string; readonly only: readonly string[]; readonly faults: readonly FaultName[] };

/** How a run ended. */
export type Ran = { readonly code: number | undefined; readonly said: string };

/** The project of the rehearsals. */
export type RehearsedProject = Omit<LegoProject, 'runbook'> & {
  /** Runs steps of the runbook by itself, playbook entries by their rule. */
  run(asked: Asked): Promise<Ran>;
  /** Runs them in a terminal, where a person answers. */
  runWith(person: (terminal: TestTerminal) => Promise<void>, asked: Asked, onFailure: 'ask' | 'playbook'): Promise<Ran>;
  /** Resolves when a step has been started. */
  begun(step: string): Promise<void>;
  fault(name: FaultName): Promise<void>;
  sql(text: string): Promise<void>;
  /** Adds a migration, or replaces its SQL. */
  migration(tag: string, sql: string, down?: string): void;
  /** Takes a migration out of the code. */
  withoutMigration(tag: string): void;
  capacity(min: number, max: number): Promise<void>;
};

/** Makes the project. The sandbox starts with the first run or connection. */
export function makeRehearsedProject(): RehearsedProject {
  const project = makeLegoProject();
  const { root } = project;
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const write = (path: string, text: string): void => writeFileSync(join(root, path), text);
  for (const [path, before, after] of shorter) {
    expect(read(path), path).toMatch(before);
    write(path, read(path).replace(before, after));
  }
  const argumentsOf = ({ procedure, only, faults }: Asked): readonly string[] => [
    ...['run', `database-operations#${procedure}`, '--stage', 'local', '--yes'],
    ...only.flatMap((step) => ['--only', step]),
    ...faults.flatMap((name) => ['--fault', name]),
  ];
  const begun = (step: string): Promise<void> => {
    const before = new Set(attempts(root, step));
    return until(`step ${step} to begin`, () => attempts(root, step).some((each) => !before.has(each)), 90_000);
  };
  return {
    ...project,
    async run(asked) {
      const { code, stdout, stderr } = await project.runbook([...argumentsOf(asked), '--on-failure', 'playbook']);
      return { code, said: stdout + stderr };
    },
    async runWith(person, asked, onFailure) {
      const command = ['node', cli, ...argumentsOf(asked), '--on-failure', onFailure];
      const ready = begun('note-writer');
      using terminal = openTerminal(command, { cwd: root, columns: 120, rows: 40 });
      // The last of the steps before a procedure: nobody is asked anything until then.
      await ready;
      await person(terminal);
      const code = await terminal.ended;
      return { code, said: terminal.history() };
    },
    begun,
    fault: async (name) => {
      await switchFault(openProject(root), { name, on: true });
    },
    sql: async (text) => {
      const client = await project.connect();
      await client.query(text).finally(() => client.end());
    },
    migration: (tag, sql, down) => addMigration(root, { tag, sql, down }),
    withoutMigration: (tag) => removeMigration(root, tag),
    async capacity(min, max) {
      const { aws } = await startSandbox(root, {});
      const rds = new RDSClient({
        endpoint: aws.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: 'sandbox' },
      });
      const ServerlessV2ScalingConfiguration = { MinCapacity: min, MaxCapacity: max };
      await rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: 'lego-api-local', ServerlessV2ScalingConfiguration, ApplyImmediately: true }));
      rds.destroy();
    },
  };
}

function attempts(root: string, step: string): readonly string[] {
  return globSync(`.runbook/runs/*/attempts/*-${step}.1`, { cwd: root });
}

/** What the record of the newest run says of its first failure. */
export type Recovery = {
  readonly step: string;
  /** The typed error of the attempt, or how the step failed where it had none. */
  readonly error: string;
  /** What was offered first when it had failed. */
  readonly suggested: string;
  /** The entries that were entered for it, in their order. */
  readonly entered: readonly string[];
  readonly state: StepRun['state'];
  /** How every step of the entry ended. */
  readonly steps: Readonly<Record<string, string>>;
};

/** Reads it by the fold that every view of a run uses. */
export function recoveryIn(root: string): Recovery {
  const project = openProject(root);
  const folder = runFolder(project, runIds(project).toSorted().at(-1) ?? '');
  expect(existsSync(folder.journal), folder.journal).toBe(true);
  const text = readRun(folder);
  const { plan, run } = recordedRun(project, folder, text);
  const { events } = text;
  const at = events.findIndex((event) => event.type === 'playbook-entered');
  const entered = events.filter((event) => event.type === 'playbook-entered');
  const [first] = entered;
  if (first === undefined) return { ...failureIn(plan, events), suggested: 'nothing', entered: [], state: { kind: 'pending' }, steps: {} };
  const question = next(plan, fold(plan, events.slice(0, at)));
  const [choice] = question.kind === 'question' && question.question.kind === 'failure' ? question.question.choices : [];
  const record = run.frames[first.frame]?.steps[first.step];
  const frame = run.frames[first.opened];
  return {
    step: first.step,
    error: record?.failure?.error?.code ?? record?.failure?.kind ?? 'none',
    suggested: choice?.kind === 'playbook' ? choice.suggestion.target.anchor : (choice?.kind ?? 'nothing'),
    entered: entered.map(({ target }) => target.anchor),
    state: record?.state ?? { kind: 'pending' },
    steps: Object.fromEntries(Object.entries(frame?.steps ?? {}).map(([id, each]) => [id, each.state.kind])),
  };
}

function failureIn(plan: Plan, events: readonly Event[]): Pick<Recovery, 'step' | 'error'> {
  const failed = Object.entries(fold(plan, events).frames[0]?.steps ?? {}).find(([, { failure }]) => failure !== undefined);
  return { step: failed?.[0] ?? 'none', error: failed?.[1].failure?.error?.code ?? failed?.[1].failure?.kind ?? 'none' };
}

/** Says that a manual step is done, and accepts the files that were changed for it. */
export async function attest(terminal: TestTerminal, words: string): Promise<void> {
  await terminal.answer(words, 'd');
  await terminal.answer('Anything to note?', '\r');
  await terminal.answer(/changed since/i, 'y');
}
