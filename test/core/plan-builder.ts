/** Plans as data: documents of steps without the markdown around them. */

import type { Block, Companion, Document, Plan, Procedure, Risk, Selection, Stage, Step, Symptom } from '../../engine/core/plan.ts';

const place = { path: 'runbooks/database-operations.md', line: 1, column: 1 };

/** A fence. */
export function block(source: string, language = 'bash'): Block {
  return { language, flags: [], source, place };
}

/** A fence that belongs to a step. */
export function companion(source: string, timeoutMs = 5000): Companion {
  return { block: block(source), timeoutMs };
}

/** A step that echoes its id. */
export function step(id: string, risk: Risk = 'medium', more: Partial<Step> = {}): Step {
  return {
    id,
    title: id,
    risk,
    block: block(`echo ${id}\n`),
    timeoutMs: 60_000,
    manual: false,
    tty: false,
    retries: 0,
    expect: [],
    prose: '',
    reading: { above: [], below: [] },
    place,
    ...more,
  };
}

/** A procedure, or an entry of a playbook. */
export function procedure(anchor: string, ...steps: readonly Step[]): Procedure {
  return { anchor, title: anchor.replaceAll('-', ' '), prose: '', steps, place };
}

/** A row of a Symptoms table. */
export function symptom(entry: string, more: Partial<Symptom> = {}): Symptom {
  return { steps: 'any', errors: [{ kind: 'exit', code: 1 }], entry, then: 'retry', place, ...more };
}

/** The path of the runbook in every plan, and of its playbook. */
export const runbookPath = 'runbooks/database-operations.md';
export const playbookPath = 'playbooks/database-operations-failure.md';

/** A runbook that knows its playbook where the plan has one. */
export function runbook(procedures: readonly Procedure[], more: Partial<Document> = {}): Document {
  return {
    path: runbookPath,
    title: 'Database operations',
    summary: '',
    frontMatter: { kind: 'runbook', requires: [], files: [], playbook: playbookPath },
    inputs: [],
    symptoms: [],
    procedures,
    ...more,
  };
}

/** A playbook. */
export function playbook(entries: readonly Procedure[], symptoms: readonly Symptom[] = [], more: Partial<Document> = {}): Document {
  return {
    path: playbookPath,
    title: 'Database operations fail',
    summary: '',
    frontMatter: { kind: 'playbook', requires: [], files: [] },
    inputs: [],
    symptoms,
    procedures: entries,
    ...more,
  };
}

/** What a plan is made of; the first document is the one that was asked for. */
export type PlanParts = {
  readonly documents: readonly [Document, ...Document[]];
  readonly procedures?: readonly string[];
  readonly stage?: Partial<Stage>;
  readonly selection?: Partial<Selection>;
};

/** A plan of documents; all procedures of the first one are chosen unless said otherwise. */
export function planOf({ documents, procedures, stage, selection }: PlanParts): Plan {
  const [first] = documents;
  const empty = playbook([]);
  return {
    document: first.path,
    procedures: procedures ?? first.procedures.map(({ anchor }) => anchor),
    documents: Object.fromEntries([empty, ...documents].map((document) => [document.path, document])),
    stage: { name: 'staging', sandbox: false, confirm: 'ask', onFailure: 'ask', variables: {}, ...stage },
    selection: { readOnly: false, ...selection },
  };
}

/** The plan of a runbook with one procedure. */
export function planWith(...steps: readonly Step[]): Plan {
  return planOf({ documents: [runbook([procedure('run-migrations', ...steps)])] });
}
