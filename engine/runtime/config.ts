/** `runbook.yaml`: folders, stages and kernels. One schema gives the types and the checks. */

import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Stage } from '../core/plan.ts';
import { builtIns, reservedName } from '../core/variables.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import { configProblems, type Found, foundAt, misread } from './config-problems.ts';
import { sandboxRegion } from './sandbox-account.ts';

const text = z.string('expected a text').min(1, 'expected a text that is not empty');
const flag = z.boolean('expected true or false');

const variableName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'expected a name of lower-case letters, digits and _, a letter first')
  .refine((name) => !reservedName(name), 'this name means something to programs, so a step could not tell whose it is; expected another one')
  .refine((name) => !builtIns.some((known) => known === name), 'this name has a value in every document already; expected another one');

const folder = text.refine(
  (path) => !path.startsWith('/') && !path.split('/').includes('..'),
  'expected a folder inside the project, relative to runbook.yaml',
);
const folders = z.union(
  [folder.transform((one) => [one]), z.array(folder).min(1, 'expected a folder inside the project, or a list of them')],
  'expected a folder inside the project, or a list of them',
);

const database = z
  .strictObject(
    {
      /** Name of the secret in AWS Secrets Manager; may hold {stage}. */
      secret: text.optional(),
      /** Name of the environment variable that holds a connection URL. */
      env: z
        .string('expected the name of a variable')
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable, without $')
        .optional(),
      /** Sandbox: the name of the database. */
      name: z
        .string('expected a name')
        .regex(/^[a-z][a-z0-9_]*$/, 'expected a name of lower-case letters, digits and _')
        .optional(),
      /** Sandbox: the identifier of its cluster; may hold {stage}. */
      cluster: z
        .string('expected a name')
        .regex(
          /^(?!.*--)[a-z](?:[a-z0-9-]|\{stage\})*(?<!-)$/,
          'expected the identifier of a cluster: lower-case letters, digits and single -, a letter first',
        )
        .optional(),
      tls: z.enum(['disable', 'require', 'verify-ca', 'verify-full'], 'expected disable, require, verify-ca or verify-full').optional(),
      ca: text.optional(),
    },
    'expected a mapping',
  )
  .refine((value) => value.secret === undefined || value.env === undefined, 'expected secret or env, found both');

const aws = z.strictObject(
  {
    profile: text.optional(),
    region: text,
    account: z.string('expected the 12 digits of an AWS account, in quotes').regex(/^\d{12}$/, 'expected the 12 digits of an AWS account, in quotes'),
  },
  'expected a mapping',
);

const language = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9+#._-]*$/, 'expected a language as it stands behind the backticks')
  .refine((name) => !['bash', 'sh', 'sql'].includes(name), 'the engine runs bash, sh and sql itself; expected another language');

const git = z.strictObject({ clean: flag.default(false), branch: text.optional() }, 'expected a mapping');

const stage = z
  .strictObject(
    {
      sandbox: flag.default(false),
      delays: z
        .number('expected a number from 0 to 10')
        .min(0, 'expected a number from 0 to 10')
        .max(10, 'expected a number from 0 to 10')
        .optional(),
      cwd: text.default('.'),
      aws: aws.optional(),
      database: database.optional(),
      variables: z
        .record(variableName, z.union([z.string(), z.number(), z.boolean()], 'expected a text, a number, or true or false'), 'expected a mapping')
        .default({}),
      confirm: z.enum(['ask', 'typed'], 'expected ask or typed').default('ask'),
      'on-failure': z.enum(['ask', 'playbook'], 'expected ask or playbook').default('ask'),
      ticket: z.enum(['optional', 'required'], 'expected optional or required').default('optional'),
      reason: z.enum(['optional', 'required'], 'expected optional or required').default('optional'),
      git: git.optional(),
    },
    'expected a mapping',
  )
  .superRefine(({ sandbox, delays, aws: account, database: given }, context) => {
    if (delays !== undefined && !sandbox) context.addIssue({ code: 'custom', path: ['delays'], message: 'delays are for a sandbox' });
    if (given === undefined) return;
    const { name, cluster, secret, env, tls, ca } = given;
    const refuse = (message: string): void => context.addIssue({ code: 'custom', path: ['database'], message });
    if (sandbox && [env, tls, ca].some((value) => value !== undefined))
      return refuse('a sandbox has a database of its own; expected name, cluster and secret, or nothing');
    if (sandbox) return;
    if (name !== undefined) return refuse('name is for a sandbox; expected secret or env');
    if (cluster !== undefined) return refuse('cluster is for a sandbox; expected secret or env');
    if (secret === undefined && env === undefined) return refuse('expected secret or env');
    if (secret !== undefined && env === undefined && account === undefined)
      refuse('a secret is read in the account of the stage; expected aws beside database');
  });

const signing = z.strictObject(
  {
    /** A key file, or one whose private half an agent has; may begin with ~/. */
    key: text.optional(),
    /** The allowed-signers file against which `verify` checks. */
    signers: text.optional(),
  },
  'expected a mapping',
);

const ui = z.strictObject({ fullscreen: flag.default(false) }, 'expected a mapping');

const schema = z.strictObject(
  {
    runbooks: folders.optional(),
    playbooks: folders.optional(),
    stages: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected a name of lower-case letters, digits and -, a letter first'),
        stage,
        'expected a mapping of stages by name',
      )
      .default({}),
    kernels: z
      .record(language, z.array(text, 'expected a list: the program and its arguments').min(1, 'expected a list: the program and its arguments'))
      .default({}),
    ui: ui.default({ fullscreen: false }),
    sign: z.literal('ssh', 'expected ssh').optional(),
    signing: signing.optional(),
  },
  'expected a mapping',
);

/** The schema of `runbook.yaml` as JSON Schema, draft 7, which editors read. What no schema can say, such as names that are taken, the engine checks. */
export function configJsonSchema(): object {
  return { ...z.toJSONSchema(schema, { target: 'draft-07', io: 'input', unrepresentable: 'any' }), title: 'runbook.yaml' };
}

/** The keys that may stand at a path. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const [first, , third] = path;
  if (path.length === 0) return Object.keys(schema.shape);
  if (first === 'ui' || first === 'signing') return path.length === 1 ? Object.keys({ ui, signing }[first].shape) : [];
  if (first !== 'stages') return [];
  if (path.length === 2) return Object.keys(stage.shape);
  return path.length === 3 ? Object.keys({ aws, database, git }[String(third)]?.shape ?? {}) : [];
}

/** What `runbook.yaml` says, with every default filled in. */
export type Config = z.infer<typeof schema>;

/** One stage of `runbook.yaml`. */
export type StageConfig = Config['stages'][string];

/** Reads the text of `runbook.yaml`. With errors among the diagnostics the config is the default one. */
export function parseConfig(path: string, source: string): { readonly config: Config; readonly diagnostics: readonly Diagnostic[] } {
  const lines = new LineCounter();
  // Editors show a byte order mark as nothing, so it does not count.
  const document = parseDocument(source.replace(/^\ufeff/, ''), { lineCounter: lines, prettyErrors: false });
  const problem = (found: Found): Diagnostic => {
    const { line, col } = lines.linePos(found.offset);
    const { message, hint, length } = found;
    return {
      severity: 'error',
      rule: 'config',
      message,
      place: { path, line: Math.max(1, line), column: Math.max(1, col) },
      length,
      ...(hint !== undefined && { hint }),
    };
  };
  const none = schema.parse({});
  const broken = misread(document);
  if (broken.length > 0) return { config: none, diagnostics: broken.map(problem) };
  const value: unknown = document.toJS();
  const parsed = schema.safeParse(value ?? {});
  const problems = parsed.success ? rounded(document, parsed.data) : configProblems(document, value, parsed.error.issues, keysAt);
  return parsed.success && problems.length === 0 ? { config: parsed.data, diagnostics: [] } : { config: none, diagnostics: problems.map(problem) };
}

/** Variables are texts: a number or a word that YAML would write in another way is not what its author sees. */
function rounded(document: ReturnType<typeof parseDocument>, { stages }: Config): readonly Found[] {
  return Object.entries(stages).flatMap(([name, { variables }]) =>
    Object.entries(variables).flatMap(([key, value]) => {
      const { source, ...place } = foundAt(document, ['stages', name, 'variables', key]);
      if (typeof value === 'string' || source === undefined || source === String(value)) return [];
      const message = `stages.${name}.variables.${key}: ${source} would become ${value}.`;
      return [{ ...place, message, hint: `Put it in quotes: "${source}"` }];
    }),
  );
}

/** What the core needs to know of a stage. */
export function stageOf(name: string, config: StageConfig): Stage {
  const variables = Object.fromEntries(Object.entries(config.variables).map(([key, value]) => [key, String(value)]));
  const region = config.aws?.region ?? (config.sandbox ? sandboxRegion : undefined);
  const onFailure = config['on-failure'];
  return { name, sandbox: config.sandbox, confirm: config.confirm, onFailure, variables, ...(region !== undefined && { region }) };
}
