/** What a run stands on: who its steps act as, which secrets nobody may see, and which bash runs its blocks. */

import type { Fact } from '../core/event.ts';
import type { Plan } from '../core/plan.ts';
import { findBash } from '../kernels/kernel.ts';
import { type Identity, identityOf } from '../runtime/identity.ts';
import type { Journal } from '../runtime/journal.ts';
import { checkTools } from '../runtime/preflight.ts';
import { stageConfig } from '../runtime/prepare.ts';
import type { Project } from '../runtime/project.ts';
import { Secrets } from '../runtime/secrets.ts';
import type { Io } from './io.ts';

/** The ground of a run. */
export type Ground = { readonly identity: Identity; readonly secrets: Secrets; readonly bash: string };

/**
 * Resolves the stage and checks what the documents require.
 * @throws Fault `preflight` when something is not there.
 */
export async function prepareGround(io: Io, project: Project, stage: string, plan: Plan): Promise<Ground> {
  const identity = await identityOf(project, stage, stageConfig(project.config, stage), io.env, (message) => void io.stderr.write(`${message}\n`));
  const path = identity.environment.PATH ?? '';
  const bash = await findBash(path);
  await checkTools(plan, path);
  return { identity, secrets: new Secrets(identity.secrets), bash };
}

/** Records the fact that begins or resumes a run. What was typed on the command line may hold a secret as well. */
export function recordFirst<F extends Fact>(journal: Journal, secrets: Secrets, fact: F): F & { readonly at: string } {
  // Cleaning keeps the shape of what it cleans.
  const clean = secrets.cleanFact(fact) as F;
  const [event] = journal.append([clean], { durable: true });
  if (event === undefined) throw new Error('The journal took no event.');
  return { ...clean, at: event.at };
}
