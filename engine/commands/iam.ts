/** `runbook show --iam`: the least IAM policy with which a document, or one of its procedures, can be run. */

import { safeJson } from '../core/escape.ts';
import type { Document } from '../core/plan.ts';
import { declaredNames } from '../core/variables.ts';
import { callsOf } from '../runtime/aws-blocks.ts';
import { stageOf } from '../runtime/config.ts';
import { stageConfig } from '../runtime/prepare.ts';
import type { Project } from '../runtime/project.ts';
import { withStage } from '../runtime/stage-database.ts';
import { refuseInvalid } from './invalid.ts';
import type { Io } from './io.ts';

/** Whose policy: a document, or one procedure of it; on a stage whose values are filled in, or on any. */
export type PolicyRequest = { readonly document: Document; readonly source: string; readonly procedure?: string; readonly stage?: string };

/**
 * Prints the policy as JSON. What depends on a value that only a run has becomes `*`.
 * @throws Fault `invalid` when a block is not valid.
 */
export async function showPolicy(io: Io, project: Project, { document, source, procedure, stage: name }: PolicyRequest): Promise<void> {
  const config = name === undefined ? undefined : stageConfig(project.config, name);
  const stage = name === undefined || config === undefined ? undefined : stageOf(name, config);
  const chosen = procedure === undefined ? document : only(document, procedure);
  const any = { name: '', sandbox: false, confirm: 'ask', onFailure: 'ask', variables: everyVariable(project) } as const;
  const known = stage && { ...stage.variables, stage: stage.name, ...(stage.region !== undefined && { region: stage.region }) };
  const { calls, diagnostics } = await callsOf(chosen, declaredNames(document, stage ?? any), known);
  refuseInvalid(document.path, diagnostics, source);
  const { policyFor } = await import('../kernels/aws/iam.ts');
  const { region = '*', account = '*' } = config?.aws ?? {};
  const secret = config?.database?.secret;
  const policy = policyFor(secret === undefined ? calls : [...calls, readingOf(withStage(secret, name ?? ''))], { region, account });
  io.stdout.write(`${safeJson(policy)}\n`);
}

/** The document with one procedure, and what runs before it. */
function only(document: Document, procedure: string): Document {
  return { ...document, procedures: document.procedures.filter(({ anchor }) => anchor === procedure) };
}

/** Variables of all stages: without a stage, each of them has a value that is not known. */
function everyVariable({ config }: Project): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.values(config.stages).flatMap(({ variables }) => Object.keys(variables).map((name) => [name, ''])));
}

/** The engine itself reads the stage's database credentials. */
function readingOf(secret: string): Awaited<ReturnType<typeof callsOf>>['calls'][number] {
  const call = { service: 'secretsmanager', command: 'get-secret-value', operation: 'GetSecretValue', changes: false, line: 0, text: '' } as const;
  return { ...call, input: { SecretId: secret }, output: 'json', paging: { paginate: true } };
}
