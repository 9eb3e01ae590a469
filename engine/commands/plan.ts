/** `runbook plan`: everything that would run, with the values that are known filled in. Changes nothing. */

import { resolve } from 'node:path';
import { escapeText, safeJson } from '../core/escape.ts';
import type { Plan, Step } from '../core/plan.ts';
import { durationWords } from '../core/words.ts';
import { hashes, snapshot } from '../runtime/approved.ts';
import { whoAmI } from '../runtime/preflight.ts';
import { prepareFromDisk, stageConfig } from '../runtime/prepare.ts';
import { findDocument, openProject } from '../runtime/project.ts';
import type { Io } from './io.ts';
import { chosen, filled, type Known, knownValues, planObject } from './plan-object.ts';
import { type RunOptions, requestFor } from './run.ts';
import { savePlan } from './saved-plan.ts';

/** The options of `plan`: what `run` would be given. */
export type PlanOptions = Pick<RunOptions, 'stage' | 'procedure' | 'all' | 'asIs' | 'from' | 'to' | 'only' | 'readOnly' | 'var' | 'json'> & {
  readonly output?: string;
};

/** Prints the plan of a run. */
export async function plan(io: Io, name: string, options: PlanOptions): Promise<void> {
  const project = openProject(io.cwd);
  const stage = stageConfig(project.config, options.stage);
  const prepared = await prepareFromDisk(project, requestFor(findDocument(project, io.cwd, name), options, stage));
  const known = knownValues(prepared.plan, options.var, whoAmI(io.env).operator);
  for (const warning of prepared.warnings) io.stderr.write(`${warning}\n`);
  if (options.output !== undefined) {
    const files = hashes(snapshot(project, prepared.plan, prepared.texts, resolve(project.root, stage.cwd)));
    savePlan(io, options.output, { plan: prepared.plan, given: options.var, files });
    io.stdout.write(`Plan written to ${options.output}.\nNext: runbook run ${name}${flagsFor(options)} --plan ${shellQuoted(options.output)}\n`);
    return;
  }
  if (options.json) io.stdout.write(`${safeJson(planObject(prepared.plan, known))}\n`);
  else io.stdout.write(planText(prepared.plan, known));
}

function planText(plan: Plan, known: Known): string {
  const document = plan.documents[plan.document];
  const lines = [`${plan.document} on ${plan.stage.name}${plan.stage.sandbox ? ' (sandbox)' : ''}: ${document?.title ?? ''}`, ''];
  let number = 0;
  for (const procedure of chosen(plan)) {
    lines.push(`## ${procedure.title}`, '');
    for (const step of procedure.steps) lines.push(...stepText(plan, step, ++number, known));
  }
  const playbooks = Object.values(plan.documents).filter((other) => other.path !== plan.document);
  for (const playbook of playbooks) {
    lines.push(`If a step fails: ${playbook.path}`);
    for (const symptom of playbook.symptoms) {
      const errors = symptom.errors.map((error) =>
        'code' in error ? `${error.kind} ${error.code}` : 'pattern' in error ? `/${error.pattern}/` : error.kind,
      );
      lines.push(
        `  ${symptom.steps === 'any' ? 'any step' : symptom.steps.join(', ')}: ${errors.join(', ')} -> ${symptom.entry}, then ${symptom.then}`,
      );
    }
    lines.push('');
  }
  return `${escapeText(lines.join('\n').trimEnd(), { colour: false, newlines: true })}\n`;
}

function stepText(plan: Plan, step: Step, number: number, known: Known): readonly string[] {
  const skipped = step.stages !== undefined && !step.stages.includes(plan.stage.name) ? `  skipped: only on ${step.stages.join(', ')}` : '';
  const readOnly = plan.selection.readOnly && step.risk !== 'low' ? '  skipped: --read-only' : '';
  const kind = step.manual ? 'manual' : [step.block.language, ...step.block.flags].join(' ');
  const more = [
    ...(step.capture === undefined ? [] : [`captures {${step.capture}}`]),
    ...(step.check === undefined ? [] : ['has a check']),
    ...(step.rollback === undefined ? [] : ['can be undone']),
    ...(step.failureLink === undefined ? [] : [`fails to ${step.failureLink.document}#${step.failureLink.anchor}`]),
  ];
  return [
    `${number}. ${step.title} (${step.id}, risk ${step.risk}, ${kind}, ${durationWords(step.timeoutMs)})${skipped}${readOnly}`,
    ...(more.length === 0 ? [] : [`   ${more.join('; ')}`]),
    ...filled(plan, step.place.path, step.block.source, known)
      .trimEnd()
      .split('\n')
      .map((line) => `     ${line}`),
    '',
  ];
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
