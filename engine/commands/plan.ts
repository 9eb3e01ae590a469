/** `runbook plan`: everything that would run, with the values that are known filled in. Changes nothing. */

import { resolve } from 'node:path';
import { escapeText, safeJson } from '../core/escape.ts';
import type { Plan, Procedure, Step } from '../core/plan.ts';
import type { Value } from '../core/run.ts';
import { declaredNames, fillIn, sections } from '../core/variables.ts';
import { durationWords } from '../core/words.ts';
import { hashes, snapshot } from '../runtime/approved.ts';
import { whoAmI } from '../runtime/preflight.ts';
import { prepareFromDisk, stageConfig } from '../runtime/prepare.ts';
import { findDocument, openProject } from '../runtime/project.ts';
import type { Io } from './io.ts';
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
  const known = knownValues(io, prepared.plan, options.var);
  for (const warning of prepared.warnings) io.stderr.write(`${warning}\n`);
  if (options.output !== undefined) {
    const files = hashes(snapshot(project, prepared.plan, prepared.texts, resolve(project.root, stage.cwd)));
    savePlan(io, options.output, { plan: prepared.plan, given: options.var, files }, planObject(prepared.plan, known));
    io.stdout.write(`Plan written to ${options.output}.\nNext: runbook run ${name} --stage ${options.stage} --plan ${options.output}\n`);
    return;
  }
  if (options.json) io.stdout.write(`${safeJson(planObject(prepared.plan, known))}\n`);
  else io.stdout.write(planText(prepared.plan, known));
}

type Known = ReadonlyMap<string, Pick<Extract<Value, { text: string }>, 'text'>>;

function knownValues(io: Io, { stage }: Plan, given: readonly string[]): Known {
  const values = new Map(Object.entries(stage.variables));
  values.set('stage', stage.name);
  values.set('operator', whoAmI(io.env).operator);
  if (stage.region !== undefined) values.set('region', stage.region);
  for (const text of given) values.set(text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1));
  return new Map([...values].map(([name, text]) => [name, { text }]));
}

/** The chosen procedures, `Before you start` first. */
function chosen({ document: path, documents, procedures }: Plan): readonly Procedure[] {
  const document = documents[path];
  if (document === undefined) return [];
  const before = document.before === undefined ? [] : [document.before];
  return [...before, ...procedures.flatMap((anchor) => document.procedures.filter((procedure) => procedure.anchor === anchor))];
}

/** The text with known values filled in; the others stay as `{name}`. */
function filled(plan: Plan, path: string, source: string, known: Known): string {
  const document = plan.documents[path];
  const declared = document === undefined ? new Set<string>() : declaredNames(document, plan.stage);
  return fillIn(source, (name) => (declared.has(name) ? known.get(name)?.text : undefined));
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

/** The plan as an object of stable shape, for programs. */
function planObject(plan: Plan, known: Known): unknown {
  const steps = (procedure: Procedure): unknown =>
    procedure.steps.map(({ block, prose, reading, place, ...step }) => ({
      ...step,
      language: block.language,
      flags: block.flags,
      text: filled(plan, place.path, block.source, known),
      place,
    }));
  const documents = Object.values(plan.documents).filter((document) => document.path !== plan.document);
  return {
    version: 1,
    document: plan.document,
    stage: plan.stage,
    selection: plan.selection,
    procedures: chosen(plan).map((procedure) => ({ anchor: procedure.anchor, title: procedure.title, steps: steps(procedure) })),
    playbooks: documents.map((document) => ({
      path: document.path,
      symptoms: document.symptoms,
      entries: sections(document).map((entry) => ({ anchor: entry.anchor, title: entry.title, steps: steps(entry) })),
    })),
  };
}
