/** `runbook plan`: everything that would run, with the values that are known filled in. Changes nothing. */

import { resolve } from 'node:path';
import { safeJson } from '../core/escape.ts';
import type { Plan } from '../core/plan.ts';
import { Fault } from '../fault.ts';
import { hashes, snapshot } from '../runtime/approved.ts';
import { whoAmI } from '../runtime/preflight.ts';
import { prepareFromDisk, stageConfig } from '../runtime/prepare.ts';
import { findDocument, openProject } from '../runtime/project.ts';
import { givenValues } from './given.ts';
import type { Io } from './io.ts';
import { type Known, knownValues, planObject } from './plan-object.ts';
import { type RunOptions, requestFor } from './run-options.ts';
import { savePlan } from './saved-plan.ts';

/** The options of `plan`: what `run` would be given. */
export type PlanOptions = Pick<RunOptions, 'stage' | 'procedure' | 'all' | 'asIs' | 'from' | 'to' | 'only' | 'readOnly' | 'var' | 'json'> & {
  readonly format?: 'text' | 'json' | 'mermaid';
  readonly output?: string;
};

/** Prints the plan of a run. */
export async function plan(io: Io, name: string, options: PlanOptions): Promise<void> {
  const format = formatOf(name, options);
  const project = openProject(io.cwd);
  const stage = stageConfig(project.config, options.stage);
  const prepared = await prepareFromDisk(project, requestFor(findDocument(project, io.cwd, name), options, stage));
  givenValues({ cwd: io.cwd, env: {} }, prepared.plan, { var: options.var, secretFile: [] });
  const known = knownValues(prepared.plan, options.var, whoAmI(io.env).operator);
  for (const warning of prepared.warnings) io.stderr.write(`${warning}\n`);
  if (options.output !== undefined) {
    const files = hashes(snapshot(project, prepared.plan, prepared.texts, resolve(project.root, stage.cwd)));
    savePlan(io, options.output, { plan: prepared.plan, given: options.var, files });
    io.stdout.write(`Plan written to ${options.output}.\nNext: runbook run ${name}${flagsFor(options)} --plan ${shellQuoted(options.output)}\n`);
    return;
  }
  io.stdout.write(await formatted(prepared.plan, known, format));
}

/** @throws Fault `usage` where two formats were asked for. */
function formatOf(name: string, { format, json, output, stage }: PlanOptions): 'text' | 'json' | 'mermaid' {
  const asked = format ?? (json ? 'json' : 'text');
  if (json && asked !== 'json')
    throw new Fault('usage', `--json and --format ${asked} were both given.`, { hint: `runbook plan ${name} --stage ${stage} --format ${asked}` });
  if (output !== undefined && format !== undefined)
    throw new Fault('usage', '-o writes the plan for run --plan, which has a form of its own; --format was given as well.', {
      hint: `Without -o: runbook plan ${name} --stage ${stage} --format ${format} > FILE`,
    });
  return asked;
}

async function formatted(plan: Plan, known: Known, format: 'text' | 'json' | 'mermaid'): Promise<string> {
  switch (format) {
    case 'json':
      return `${safeJson(planObject(plan, known))}\n`;
    case 'mermaid':
      return (await import('../report/plan-diagram.ts')).planDiagram(plan);
    case 'text':
      return (await import('./plan-text.ts')).planText(plan, known);
  }
}

/** What `run` has to be given to be what was planned. */
function flagsFor({ stage, procedure, all, asIs, from, to, only, readOnly, var: values }: PlanOptions): string {
  const named = (flag: string, texts: readonly (string | undefined)[]): readonly string[] =>
    texts.flatMap((text) => (text === undefined ? [] : [`--${flag} ${shellQuoted(text)}`]));
  const set = (flag: string, on: boolean): readonly string[] => (on ? [`--${flag}`] : []);
  const flags = [
    ...named('stage', [stage]),
    ...named('procedure', procedure),
    ...set('all', all),
    ...set('as-is', asIs),
    ...named('from', [from]),
    ...named('to', [to]),
    ...named('only', only),
    ...set('read-only', readOnly),
    ...named('var', values),
  ];
  return flags.map((flag) => ` ${flag}`).join('');
}

/** Text as one word of a shell. */
function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
