/** `runbook.yaml`: folders, stages and kernels. One schema gives the types and the checks. */

import { isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Stage } from '../core/plan.ts';
import { reservedName } from '../core/variables.ts';
import type { Diagnostic } from '../document/diagnostic.ts';

const variableName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'expected a name of lower-case letters, digits and _')
  .refine((name) => !reservedName(name), 'this name means something to programs; choose another');

const folder = z.string().min(1);
const folders = z.union([folder.transform((one) => [one]), z.array(folder).min(1)]);

const database = z
  .strictObject({
    /** Name of the secret in AWS Secrets Manager. */
    secret: z.string().min(1).optional(),
    /** Name of the environment variable that holds a connection URL. */
    env: z.string().min(1).optional(),
    /** Sandbox: the name of the database. */
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/)
      .optional(),
    tls: z.enum(['disable', 'require', 'verify-ca', 'verify-full']).optional(),
    ca: z.string().min(1).optional(),
  })
  .refine((value) => value.secret === undefined || value.env === undefined, 'expected secret or env, found both');

const stage = z.strictObject({
  sandbox: z.boolean().default(false),
  cwd: z.string().min(1).default('.'),
  aws: z
    .strictObject({
      profile: z.string().min(1).optional(),
      region: z.string().min(1),
      account: z.string().regex(/^\d{12}$/, 'expected the 12 digits of an AWS account, in quotes'),
    })
    .optional(),
  database: database.optional(),
  variables: z.record(variableName, z.union([z.string(), z.number(), z.boolean()])).default({}),
  confirm: z.enum(['ask', 'typed']).default('ask'),
  'on-failure': z.enum(['ask', 'playbook']).default('ask'),
  ticket: z.enum(['optional', 'required']).default('optional'),
  reason: z.enum(['optional', 'required']).default('optional'),
  git: z.strictObject({ clean: z.boolean().default(false), branch: z.string().min(1).optional() }).optional(),
});

const schema = z.strictObject({
  runbooks: folders.optional(),
  playbooks: folders.optional(),
  stages: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected a name of lower-case letters, digits and -'), stage).default({}),
  kernels: z.record(z.string(), z.array(z.string()).min(1)).default({}),
});

/** What `runbook.yaml` says, with every default filled in. */
export type Config = z.infer<typeof schema>;

/** One stage of `runbook.yaml`. */
export type StageConfig = Config['stages'][string];

/** Reads the text of `runbook.yaml`. With errors among the diagnostics the config is the default one. */
export function parseConfig(path: string, source: string): { readonly config: Config; readonly diagnostics: readonly Diagnostic[] } {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Diagnostic['place'] => {
    const { line, col } = lines.linePos(offset);
    return { path, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const broken = document.errors.map(
    (error): Diagnostic => ({ severity: 'error', rule: 'yaml', message: error.message, place: at(error.pos[0]), length: 1 }),
  );
  if (broken.length > 0) return { config: schema.parse({}), diagnostics: broken };
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success) return { config: parsed.data, diagnostics: [] };
  const diagnostics = parsed.error.issues.map((issue): Diagnostic => {
    const keys = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
    const place = at(offsetOf(document, keys));
    return {
      severity: 'error',
      rule: 'config',
      message: `${keys.map(String).join('.') || 'runbook.yaml'}: ${lowerFirst(issue.message)}`,
      place,
      length: String(keys.at(-1) ?? '').length || 1,
    };
  });
  return { config: schema.parse({}), diagnostics };
}

/** Where the key of a path stands: its own place if it is there, else that of the nearest parent. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const items: unknown = isNode(parent) && 'items' in parent ? parent.items : undefined;
    if (!Array.isArray(items)) continue;
    for (const item of items) {
      const key: unknown = item?.key;
      if (isNode(key) && 'value' in key && key.value === path[length - 1]) return key.range?.[0] ?? 0;
    }
  }
  return 0;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What the core needs to know of a stage. */
export function stageOf(name: string, config: StageConfig): Stage {
  const variables = Object.fromEntries(Object.entries(config.variables).map(([key, value]) => [key, String(value)]));
  const region = config.aws?.region;
  const onFailure = config['on-failure'];
  return { name, sandbox: config.sandbox, confirm: config.confirm, onFailure, variables, ...(region !== undefined && { region }) };
}
