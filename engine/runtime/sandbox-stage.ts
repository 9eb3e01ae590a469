/** How a project's sandbox is made: what `runbook.yaml` says of the stage that it is. */

import type { SandboxOptions } from '../sandbox/sandbox.ts';
import type { Config, StageConfig } from './config.ts';
import { withStage } from './stage-database.ts';

/** The sandbox that a stage asks for. */
export function sandboxOptions(name: string, { database, delays }: StageConfig): Required<Omit<SandboxOptions, 'onProgress'>> {
  const cluster = withStage(database?.cluster ?? name, name);
  const secret = withStage(database?.secret ?? `${cluster}-db-credentials`, name);
  return { database: database?.name ?? 'app', cluster, secret, delays: delays ?? 1 };
}

/** The sandbox of a project's first sandbox stage; without one, whatever it was last. */
export function projectSandbox({ stages }: Config): SandboxOptions {
  const [found] = Object.entries(stages).filter(([, stage]) => stage.sandbox);
  return found === undefined ? {} : sandboxOptions(...found);
}
