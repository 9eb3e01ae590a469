/** `runbook to-sh`: the same steps as a plain shell script, or as a checklist, for the day the engine is not there. */

import { readFileSync } from 'node:fs';
import { ownScript } from '../place.ts';
import type { Surroundings } from '../report/script.ts';
import type { StageConfig } from '../runtime/config.ts';
import { prepareFromDisk, stageConfig } from '../runtime/prepare.ts';
import { findDocument, openProject } from '../runtime/project.ts';
import { withStage } from '../runtime/stage-database.ts';
import { givenValues } from './given.ts';
import type { Io } from './io.ts';
import { writeOutput } from './output-file.ts';
import { filled, knownValues, neededInputs } from './plan-object.ts';
import { type RunOptions, requestFor } from './run-options.ts';

/** The options of `to-sh`: what `run` would be given. */
export type ToShOptions = Pick<RunOptions, 'stage' | 'procedure' | 'all' | 'asIs' | 'from' | 'to' | 'only' | 'readOnly' | 'var'> & {
  readonly checklist: boolean;
  readonly output?: string;
};

/** Prints the script or the checklist. */
export async function toSh(io: Io, name: string, options: ToShOptions): Promise<void> {
  const project = openProject(io.cwd);
  const stage = stageConfig(project.config, options.stage);
  const { plan, warnings } = await prepareFromDisk(project, requestFor(findDocument(project, io.cwd, name), options, stage));
  for (const warning of warnings) io.stderr.write(`${warning}\n`);
  givenValues({ cwd: io.cwd, env: {} }, plan, { var: options.var, secretFile: [] });
  const values = knownValues(plan, options.var);
  if (options.checklist) {
    const { checklistOf } = await import('../report/checklist.ts');
    return writeOutput(io, options.output, [checklistOf(plan, (source) => filled(plan, plan.document, source, values))]);
  }
  const { scriptOf } = await import('../report/script.ts');
  const prelude = readFileSync(ownScript('kernels/by-hand.sh'), 'utf8');
  const script = scriptOf({
    prelude,
    plan,
    values,
    inputs: neededInputs(plan),
    where: surroundings(options.stage, stage, project.config.kernels),
    version: io.version,
  });
  await writeOutput(io, options.output, [script]);
}

/** What a script has to know of a stage. */
export function surroundings(
  name: string,
  { cwd, aws, database, sandbox }: StageConfig,
  kernels: Readonly<Record<string, readonly string[]>>,
): Surroundings {
  return {
    cwd,
    ...(aws !== undefined && { aws }),
    ...(database !== undefined && {
      database: {
        env: database.env,
        secret: database.secret === undefined ? undefined : withStage(database.secret, name),
        tls: sandbox ? 'disable' : (database.tls ?? 'verify-full'),
        ca: database.ca,
      },
    }),
    command: (language) => {
      const own: Readonly<Record<string, readonly string[]>> = { js: ['node'], python: ['python3'] };
      const command = Object.hasOwn(kernels, language) ? kernels[language] : own[language];
      return command === undefined || command.includes('$RUNBOOK_BLOCK') ? command : [...command, '$RUNBOOK_BLOCK'];
    },
  };
}
