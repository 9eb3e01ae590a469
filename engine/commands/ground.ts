/** What a run stands on: who its steps act as, which secrets nobody may see, and which bash runs its blocks. */

import { blocksOf } from '../core/block.ts';
import type { Fact, Person } from '../core/event.ts';
import type { Plan } from '../core/plan.ts';
import { Fault } from '../fault.ts';
import { findBash } from '../kernels/kernel.ts';
import type { StageConfig } from '../runtime/config.ts';
import { type Identity, identityOf } from '../runtime/identity.ts';
import type { Journal } from '../runtime/journal.ts';
import { checkTools } from '../runtime/preflight.ts';
import { stageConfig } from '../runtime/prepare.ts';
import type { Project } from '../runtime/project.ts';
import { Secrets } from '../runtime/secrets.ts';
import type { Signer } from '../runtime/signature.ts';
import type { Io } from './io.ts';

/** The ground of a run. */
export type Ground = { readonly identity: Identity; readonly secrets: Secrets; readonly bash: string };

/** What a ground is wanted for. */
type Wanted = { readonly stage: string; readonly plan: Plan; readonly run: string };

/**
 * Resolves the stage and checks what the documents require.
 * @throws Fault `preflight` when something is not there.
 */
export async function prepareGround(io: Io, project: Project, { stage, plan, run }: Wanted): Promise<Ground> {
  const config = stageConfig(project.config, stage);
  refuseCallsWithoutAccount(plan, config);
  const identity = await identityOf({
    project,
    name: stage,
    stage: config,
    run,
    inherited: io.env,
    onProgress: (message) => void io.stderr.write(`${message}\n`),
  });
  const path = identity.environment.PATH ?? '';
  const bash = await findBash(path);
  await checkTools(plan, path);
  return { identity, secrets: new Secrets(identity.secrets), bash };
}

/** Who the steps act as, for the event that begins or resumes a run. */
export function callerOf({ identity: { caller } }: Ground): Partial<Pick<Person, 'account' | 'arn'>> {
  return caller ?? {};
}

/**
 * Who signs the record, where that is wanted: by `--sign`, or by `sign: ssh` in `runbook.yaml`.
 * @throws Fault `preflight` when the key cannot sign.
 */
export async function signerFor(io: Io, project: Project, { sign }: { readonly sign: boolean }): Promise<Signer | undefined> {
  if (!sign && project.config.sign === undefined) return undefined;
  const { signerOf } = await import('../runtime/signature.ts');
  return signerOf({ project, key: project.config.signing?.key, env: io.env });
}

/** Where a stage names no account nobody could say in which one an AWS block acts. */
function refuseCallsWithoutAccount(plan: Plan, { aws, sandbox }: StageConfig): void {
  if (aws !== undefined || sandbox) return;
  const { name } = plan.stage;
  const blocks = Object.values(plan.documents).flatMap(blocksOf);
  const calls = blocks.find(({ step, block }) => block.flags.includes('aws') && (step.stages?.includes(name) ?? true));
  if (calls === undefined) return;
  const { path, line } = calls.block.place;
  throw new Fault('preflight', `${path}:${line}: step ${calls.step.id} calls AWS, and stage ${name} names no account.`, {
    hint: `Name it in runbook.yaml: stages.${name}.aws: { profile: …, region: us-east-1, account: "123456789012" }`,
  });
}

/** Records the fact that begins or resumes a run. What was typed on the command line may hold a secret as well. */
export function recordFirst<F extends Fact>(journal: Journal, secrets: Secrets, fact: F): F & { readonly at: string } {
  // Cleaning keeps the shape of what it cleans.
  const clean = secrets.cleanFact(fact) as F;
  const [event] = journal.append([clean], { durable: true });
  if (event === undefined) throw new Error('The journal took no event.');
  return { ...clean, at: event.at };
}
