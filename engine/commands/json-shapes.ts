/** What the commands print with `--json`, for programs. Keys may be added; none of these goes or changes its meaning within a version. */

import { z } from 'zod';
import { eventSchema } from '../runtime/event-schema.ts';

const version = z.literal(1);
const place = z.strictObject({ path: z.string(), line: z.int(), column: z.int() });
const target = z.strictObject({ document: z.string(), anchor: z.string() });
const texts = z.record(z.string(), z.string());
const language = { language: z.string(), flags: z.array(z.enum(['aws', 'transaction'])) };

const errorMatch = z.union([
  z.strictObject({ kind: z.literal('exit'), code: z.int() }),
  z.strictObject({ kind: z.literal('code'), code: z.string() }),
  z.strictObject({ kind: z.enum(['timeout', 'expect', 'check']) }),
  z.strictObject({ kind: z.literal('pattern'), pattern: z.string() }),
]);
const then = z.enum(['retry', 'done', 'stop', 'ask']);
const symptom = z.strictObject({
  steps: z.union([z.array(z.string()), z.literal('any')]),
  errors: z.array(errorMatch),
  entry: z.string(),
  then,
  place,
});
const allowed = z.union([
  z.strictObject({ kind: z.literal('pattern'), pattern: z.string() }),
  z.strictObject({ kind: z.literal('choices'), choices: z.array(z.string()) }),
  z.strictObject({ kind: z.enum(['number', 'time', 'text', 'secret']) }),
]);
const input = { name: z.string(), meaning: z.string(), allowed, default: z.string().optional() };

/** What a step has in a plan and in a document. */
const step = {
  id: z.string(),
  title: z.string(),
  risk: z.enum(['low', 'medium', 'high']),
  timeoutMs: z.int(),
  manual: z.boolean(),
  tty: z.boolean(),
  retries: z.int(),
  everyMs: z.int().optional(),
  capture: z.string().optional(),
  stages: z.array(z.string()).optional(),
  cwd: z.string().optional(),
  host: z.string().optional(),
  files: z.string().optional(),
  retype: z.string().optional(),
  expect: z.array(z.strictObject({ text: z.string(), kind: z.enum(['line', 'pattern']), value: z.string(), absent: z.boolean() })),
  place,
};

const companionOfPlan = z.strictObject({ ...language, text: z.string(), timeoutMs: z.int() }).optional();
const stepOfPlan = z.strictObject({
  ...step,
  ...language,
  text: z.string(),
  check: companionOfPlan,
  rollback: companionOfPlan,
  dryRun: companionOfPlan,
  skipped: z.string().optional(),
  onFailure: z.strictObject({
    entries: z.array(z.strictObject({ target, title: z.string(), by: z.enum(['named', 'linked', 'any']), errors: z.array(errorMatch), then })),
    choices: z.array(z.enum(['retry', 'rollback', 'override', 'back', 'stop'])),
  }),
});

const plan = z.strictObject({
  version,
  document: z.string(),
  title: z.string(),
  stage: z.strictObject({
    name: z.string(),
    sandbox: z.boolean(),
    confirm: z.enum(['ask', 'typed']),
    onFailure: z.enum(['ask', 'playbook']),
    variables: texts,
    region: z.string().optional(),
  }),
  selection: z.strictObject({
    from: z.string().optional(),
    to: z.string().optional(),
    only: z.array(z.string()).optional(),
    readOnly: z.boolean(),
  }),
  inputs: z.array(z.strictObject({ ...input, value: z.string().optional() })),
  procedures: z.array(z.strictObject({ anchor: z.string(), title: z.string(), steps: z.array(stepOfPlan) })),
  playbooks: z.array(
    z.strictObject({
      path: z.string(),
      title: z.string(),
      symptoms: z.array(symptom),
      entries: z.array(z.strictObject({ anchor: z.string(), title: z.string(), reachable: z.boolean(), steps: z.array(stepOfPlan) })),
    }),
  ),
});

const block = z.strictObject({ ...language, source: z.string(), place });
const companion = z.strictObject({ block, timeoutMs: z.int() }).optional();
const procedure = z.strictObject({
  anchor: z.string(),
  title: z.string(),
  prose: z.string(),
  steps: z.array(
    z.strictObject({
      ...step,
      block,
      check: companion,
      rollback: companion,
      dryRun: companion,
      failureLink: target.optional(),
      prose: z.string(),
    }),
  ),
  place,
});

const document = z.strictObject({
  path: z.string(),
  title: z.string(),
  summary: z.string(),
  frontMatter: z.strictObject({
    kind: z.enum(['runbook', 'playbook']),
    owner: z.string().optional(),
    severity: z.string().optional(),
    reviewed: z.string().optional(),
    reviewEvery: z.number().optional(),
    stages: z.array(z.string()).optional(),
    playbook: z.string().optional(),
    requires: z.array(z.strictObject({ tool: z.string(), minimum: z.string().optional() })),
    files: z.array(z.string()),
    rehearsal: z.array(z.string()).optional(),
    escalation: z.string().optional(),
  }),
  inputs: z.array(z.strictObject({ ...input, place })),
  symptoms: z.array(symptom),
  before: procedure.optional(),
  procedures: z.array(procedure),
});

const run = z.strictObject({
  run: z.string(),
  document: z.string(),
  stage: z.string(),
  operator: z.string(),
  startedAt: z.string(),
  lastAt: z.string(),
  result: z.string(),
  finished: z.boolean(),
});

/** A line of `run --json` and `resume --json`. */
const line = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('version'), schema: z.literal('runbook.events/1.0'), runbook: z.string() }),
  ...eventSchema.options.map((event) => event.extend({ run: z.string() })),
  z.strictObject({ type: z.literal('output'), attempt: z.int(), text: z.string() }),
  z.strictObject({ type: z.literal('progress'), attempt: z.int(), percent: z.number().optional(), message: z.string() }),
]);

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** By the name that `runbook schema` has for it. */
export const shapes = {
  list: z.strictObject({
    version,
    documents: z.array(
      z.strictObject({
        name: z.string(),
        kind: z.enum(['runbook', 'playbook']),
        path: z.string(),
        title: z.string(),
        owner: z.string().optional(),
        reviewed: z.string().optional(),
        stages: z.array(z.string()).optional(),
      }),
    ),
  }),
  runs: z.strictObject({ version, runs: z.array(run), more: z.boolean() }),
  show: z.strictObject({ version, document }),
  plan,
  lint: z.strictObject({
    version,
    documents: z.array(z.string()),
    errors: z.int(),
    warnings: z.int(),
    diagnostics: z.array(
      z.strictObject({
        severity: z.enum(['error', 'warning']),
        rule: z.string(),
        message: z.string(),
        hint: z.string().optional(),
        length: z.int(),
        ...place.shape,
      }),
    ),
  }),
  doctor: z.strictObject({
    version,
    findings: z.array(z.strictObject({ about: z.string(), state: z.enum(['ok', 'worse', 'wrong']), found: z.string(), todo: z.string().optional() })),
  }),
  verify: z.strictObject({
    version,
    run: z.string().optional(),
    intact: z.boolean(),
    events: z.int(),
    head: sha256,
    proved: z.array(z.strictObject({ part: z.string(), what: z.string() })),
    wrong: z.array(z.strictObject({ where: z.string(), what: z.string() })),
    notProved: z.array(z.string()),
    repairs: z.array(
      z.strictObject({
        event: z.int(),
        events: z.array(z.int()),
        logs: z.array(z.int()),
        files: z.array(z.string()),
        left: z.array(z.string()),
        head: sha256.optional(),
      }),
    ),
    requests: z.array(z.strictObject({ attempt: z.int(), operation: z.string(), id: z.string() })),
  }),
  sandbox: z.strictObject({
    version,
    sandbox: z.strictObject({
      running: z.boolean(),
      database: z.strictObject({ host: z.string(), port: z.int(), database: z.string(), user: z.string() }).optional(),
      pid: z.int().optional(),
      startedAt: z.string().optional(),
      version: z.string().optional(),
      controlPlane: z
        .strictObject({ running: z.boolean(), endpoint: z.string().optional(), pid: z.int().optional(), startedAt: z.string().optional() })
        .optional(),
      clusters: z
        .array(
          z.strictObject({
            name: z.string(),
            identifier: z.string().optional(),
            running: z.boolean(),
            host: z.string().optional(),
            port: z.int().optional(),
            pid: z.int().optional(),
            problem: z.string().optional(),
          }),
        )
        .optional(),
      folder: z.string().optional(),
      passwords: z.string().optional(),
      log: z.string().optional(),
      bytes: z.int().optional(),
    }),
  }),
  faults: z.strictObject({
    version,
    faults: z.array(z.strictObject({ name: z.string(), does: z.string(), ends: z.string(), on: z.boolean() })),
  }),
  run: line,
} as const;
