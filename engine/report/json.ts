/** The report for programs: versioned, with a schema that is published as docs/report.schema.json. */

import { z } from 'zod';
import { escapeValue } from '../core/escape.ts';
import { type AttemptFacts, type Facts, factsOf, type Item, type ProcedureFacts, type StepFacts, type Told } from './facts.ts';
import { type Evidence, tailOf } from './output.ts';

/** How much of the end of each log stands in the report. */
const outputCharacters = 16_000;

const time = z.string().describe('ISO 8601, UTC');
const sha256 = z.string().describe('SHA-256, hex');
const ms = z.number().describe('milliseconds');

const decision = z.strictObject({ kind: z.literal('decision'), at: time, by: z.string(), words: z.string() });

const attempt = z.strictObject({
  kind: z.literal('attempt'),
  number: z.number().int().describe('counts over the whole run, from 1'),
  purpose: z.enum(['run', 'check', 'rollback', 'dry-run']),
  confirmed: z.strictObject({ at: time, by: z.string(), how: z.enum(['key', 'typed', 'flag', 'onward']) }).optional(),
  startedAt: time,
  endedAt: time.optional(),
  tookMs: ms.optional(),
  outcome: z
    .strictObject({
      kind: z.enum(['exited', 'signalled', 'timed-out', 'stopped', 'not-started', 'lost']),
      code: z.number().int().optional(),
      signal: z.string().optional(),
      why: z.string().optional(),
    })
    .optional()
    .describe('absent where the end is not on record'),
  words: z.string().describe('how it ended, for people'),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  failedAt: z.string().optional().describe('path:line'),
  unmet: z.array(z.string()).describe('expectations that were not met'),
  remarks: z.array(z.string()),
  requests: z.array(z.strictObject({ operation: z.string(), id: z.string() })),
  values: z.record(z.string(), z.string()).describe('captured'),
  block: z.strictObject({ language: z.string(), sha256, text: z.string() }),
  output: z
    .strictObject({
      file: z.string().describe('in the run folder'),
      bytes: z.number().int().optional(),
      sha256: sha256.optional(),
      end: z.string().describe('the last lines, without colours'),
      cut: z.number().int().describe('about how many bytes stand before `end`'),
    })
    .describe('as it was recorded'),
});

const procedure = z.strictObject({
  title: z.string(),
  get steps() {
    return z.array(step);
  },
});

const playbook = z.strictObject({
  kind: z.literal('playbook'),
  document: z.string(),
  title: z.string(),
  why: z.array(z.string()),
  by: z.string(),
  enteredAt: time,
  left: z.string(),
  leftAt: time.optional(),
  procedures: z.array(procedure),
});

const step = z.strictObject({
  id: z.string(),
  title: z.string(),
  risk: z.enum(['low', 'medium', 'high']).optional(),
  state: z.enum(['ok', 'recovered', 'failed', 'unknown', 'skipped', 'open']),
  words: z.string().describe('what became of it, for people'),
  failure: z.string().optional().describe('the latest failure; stays when the step recovers'),
  place: z.string().optional().describe('path:line'),
  startedAt: time.optional(),
  tookMs: ms.optional(),
  attempts: z.number().int().describe('of the step itself, without checks, undos and dry runs'),
  get items() {
    return z.array(z.discriminatedUnion('kind', [attempt, playbook, decision])).describe('what happened, in order');
  },
});

/** What a report holds. */
export const reportSchema = z
  .strictObject({
    version: z.literal(1).describe('readers ignore fields they do not know and refuse a higher version'),
    run: z.string(),
    document: z.string(),
    title: z.string(),
    stage: z.string(),
    result: z.enum(['finished', 'finished with exceptions', 'failed', 'stopped', 'unknown', 'open']),
    stopped: z.strictObject({ because: z.string(), reason: z.string().optional() }).optional(),
    people: z.array(
      z.strictObject({
        operator: z.string(),
        host: z.string(),
        engine: z.string(),
        account: z.string().optional(),
        arn: z.string().optional(),
      }),
    ),
    ticket: z.string().optional(),
    reason: z.string().optional(),
    git: z.strictObject({ commit: z.string(), dirty: z.boolean() }).optional(),
    faults: z.array(z.string()).optional().describe('that the sandbox was given'),
    startedAt: time,
    lastAt: time,
    counts: z.strictObject({
      ok: z.number().int(),
      recovered: z.number().int(),
      skipped: z.number().int(),
      failed: z.number().int(),
      unknown: z.number().int(),
    }),
    head: sha256.describe('SHA-256 of the last line of the journal'),
    files: z.record(z.string(), z.string()).describe('accepted SHA-256 by path'),
    inputs: z.array(z.strictObject({ name: z.string(), value: z.string().optional(), from: z.string() })).describe('a secret has no value'),
    decisions: z.array(z.strictObject({ at: time, by: z.string(), words: z.string() })),
    notes: z.array(z.strictObject({ at: time, operator: z.string(), text: z.string() })),
    procedures: z.array(procedure),
  })
  .meta({ title: 'runbook report', description: 'What `runbook report <run> --format json` writes.' });

type Report = z.infer<typeof reportSchema>;

/** The report as one JSON object, in pieces: of a run with many steps they are never all in memory as text. */
export function* jsonReport(told: Told, evidence: Evidence): Iterable<string> {
  const { procedures, ...rest } = reportOf(factsOf(told), evidence);
  yield `${JSON.stringify(escapeValue(rest), null, 2).slice(0, -2)},\n  "procedures": [`;
  let first = true;
  for (const procedure of procedures) {
    yield `${first ? '' : ','}\n    ${JSON.stringify(escapeValue(procedure), null, 2).replaceAll('\n', '\n    ')}`;
    first = false;
  }
  yield `${first ? '' : '\n  '}]\n}\n`;
}

function reportOf(facts: Facts, evidence: Evidence): Omit<Report, 'procedures'> & { readonly procedures: Iterable<Report['procedures'][number]> } {
  const { run, title, result, counts, head, inputs, decisions, notes } = facts;
  const { status } = run;
  return {
    version: 1,
    run: run.id,
    document: run.document,
    title,
    stage: run.stage,
    result,
    ...(status.kind === 'stopped' && { stopped: { because: status.because, reason: status.reason } }),
    people: [...run.people],
    ticket: run.ticket,
    reason: run.reason,
    git: run.git,
    faults: run.faults === undefined ? undefined : [...run.faults],
    startedAt: run.startedAt,
    lastAt: run.lastAt,
    counts,
    head,
    files: run.files,
    inputs: [...inputs],
    decisions: [...decisions],
    notes: [...notes],
    procedures: facts.procedures.values().map((one) => procedureOf(one, evidence)),
  };
}

function procedureOf({ title, steps }: ProcedureFacts, evidence: Evidence): Report['procedures'][number] {
  return { title, steps: steps.map((one) => stepOf(one, evidence)) };
}

type StepReport = z.infer<typeof step>;

function stepOf({ id, title, risk, kind, words, failure, place, startedAt, tookMs, attempts, items }: StepFacts, evidence: Evidence): StepReport {
  const inOrder = items.map((item) => itemOf(item, evidence));
  return { id, title, risk, state: kind, words, failure, place, startedAt, tookMs, attempts, items: inOrder };
}

function itemOf(item: Item, evidence: Evidence): StepReport['items'][number] {
  switch (item.kind) {
    case 'decision':
      return { ...item };
    case 'attempt':
      return attemptOf(item, evidence);
    case 'playbook': {
      const { frame: _frame, why, procedures, ...rest } = item;
      return { ...rest, why: [...why], procedures: procedures.map((one) => procedureOf(one, evidence)) };
    }
    default:
      return item satisfies never;
  }
}

function attemptOf(facts: AttemptFacts, evidence: Evidence): z.infer<typeof attempt> {
  const { language, sha256: hash, folder, log, unmet, remarks, requests, ...rest } = facts;
  const { text, cut } = tailOf(evidence.log(facts.number), outputCharacters);
  return {
    ...rest,
    unmet: [...unmet],
    remarks: [...remarks],
    requests: [...requests],
    block: { language, sha256: hash, text: evidence.block(facts.number) },
    output: { file: `${folder}/log`, ...log, end: text, cut },
  };
}
