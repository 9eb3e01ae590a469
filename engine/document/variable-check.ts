/** Variables of a plan: whether each has a value when its step runs, and whether a value that is known already may be pasted. */

import type { Block, Document, Selection, Stage, Step } from '../core/plan.ts';
import { builtIns, declaredNames, pasteable, placeholders, sections } from '../core/variables.ts';
import { stepsOf } from './choose.ts';
import type { Span } from './collector.ts';
import type { DocumentRead } from './document-read.ts';
import { spanInBody } from './fence.ts';
import { nearest } from './nearest.ts';

/** What a plan is for, as far as variables are concerned. */
export type VariableSource = { readonly stage: Stage; readonly selection: Selection; readonly procedures: readonly string[] };

/** Checks the document that was asked for: its chosen procedures run one after the other, so each has what the ones before left. */
export function checkRunbook(read: DocumentRead, { stage, selection, procedures }: VariableSource): void {
  checkNames(read, stage);
  const steps = stepsOf(read.document, procedures);
  const order = steps.map((step) => step.id);
  const { from, to, only, readOnly } = selection;
  const before = new Set(read.document.before?.steps);
  const selected = steps.filter((step, index) => {
    if (readOnly && step.risk !== 'low') return false;
    if (before.has(step)) return true;
    if (only !== undefined && !only.includes(step.id)) return false;
    return (from === undefined || index >= order.indexOf(from)) && (to === undefined || index <= order.indexOf(to));
  });
  checkSteps(read, selected, { stage, declared: declaredNames(read.document, stage) });
}

/** Checks each procedure of the document by itself, behind the steps that run before every one. */
export function checkEachProcedure(read: DocumentRead, stage: Stage): void {
  const { before, procedures } = read.document;
  checkSeparately(
    read,
    procedures.map(({ steps }) => [...(before?.steps ?? []), ...steps]),
    stage,
  );
}

/** Checks a document that the first one can lead to: each entry runs by itself. */
export function checkPlaybook(read: DocumentRead, stage: Stage): void {
  checkSeparately(
    read,
    read.document.procedures.map(({ steps }) => steps),
    stage,
  );
}

/** What holds for the whole document is gathered once: it may have thousands of procedures. */
function checkSeparately(read: DocumentRead, runs: readonly (readonly Step[])[], stage: Stage): void {
  checkNames(read, stage);
  const names = { stage, declared: declaredNames(read.document, stage) };
  for (const steps of runs) checkSteps(read, steps, names);
}

/** A name must not mean two things. Stage variables are the project's, so this is not seen in a document alone. */
function checkNames({ document, settingAt, report }: DocumentRead, stage: Stage): void {
  const refuse = (name: string, at: Span): void => {
    if (Object.hasOwn(stage.variables, name))
      report.error('name-taken', at, [`The stage ${stage.name} has a variable ${name} already.`, 'Choose another name.']);
  };
  for (const { name, place } of document.inputs) refuse(name, { ...place, length: name.length });
  for (const step of sections(document).flatMap((procedure) => procedure.steps)) {
    if (step.capture !== undefined) refuse(step.capture, settingAt(step, 'capture'));
  }
}

/** Checks steps that run one after the other. */
function checkSteps(read: DocumentRead, steps: readonly Step[], { stage, declared }: Pick<Scope, 'stage' | 'declared'>): void {
  const { document } = read;
  const available = new Set<string>([
    ...builtIns.filter((name) => name !== 'region'),
    ...Object.keys(stage.variables),
    ...document.inputs.map((input) => input.name),
  ]);
  if (stage.region !== undefined) available.add('region');
  const scope = { declared, available, stage };
  for (const step of steps) {
    if (step.stages !== undefined && !step.stages.includes(stage.name)) continue;
    for (const text of textsOf(step, read)) checkText(text, scope, read);
    // A companion runs also when the step failed or its end is unknown, so even its own capture is not there for it.
    if (step.capture !== undefined) available.add(step.capture);
  }
}

/** A text in which values are filled in, and where its parts stand. */
type Text = { readonly text: string; readonly language: string; readonly spanOf: (start: number, length: number) => Span };

function textsOf(step: Step, { lines, settingAt }: DocumentRead): readonly Text[] {
  const ofBlock = (block: Block): Text => ({
    text: block.source,
    language: block.language,
    spanOf: (start, length) => spanInBody(lines, { body: block.source, bodyLine: block.place.line }, { start, length }),
  });
  const companions = [step.check, step.rollback, step.dryRun].filter((companion) => companion !== undefined);
  const settings = (['host', 'retype', 'cwd'] as const).flatMap((key) => {
    const text = step[key];
    return text === undefined ? [] : [{ text, language: step.block.language, spanOf: () => settingAt(step, key) }];
  });
  return [ofBlock(step.block), ...companions.map(({ block }) => ofBlock(block)), ...settings];
}

type Scope = { readonly declared: ReadonlySet<string>; readonly available: ReadonlySet<string>; readonly stage: Stage };

/** Reports each name once in a text: a slip is made once and copied. */
function checkText({ text, language, spanOf }: Text, scope: Scope, { document, report }: DocumentRead): void {
  const seen = new Set<string>();
  for (const { name, start, end } of placeholders(text)) {
    if (seen.has(name)) continue;
    seen.add(name);
    const at = (): Span => spanOf(start, end - start);
    if (!scope.declared.has(name)) {
      const near = nearest(name, scope.declared);
      if (near !== undefined) report.warning('variable-typo', at(), [`{${name}} is no variable and stays as it is.`, `Did you mean {${near}}?`]);
    } else if (!scope.available.has(name)) {
      report.error('variable-undefined', at(), [`{${name}} has no value when this step runs.`, missing(name)]);
    } else {
      const refusal = refusalOf(name, scope.stage, document);
      if (refusal !== undefined)
        report.error('value-not-pasteable', at(), [
          refusal,
          language === 'sql' ? `Write current_setting('runbook.${name}') instead.` : `Write "$${name.toUpperCase()}" instead.`,
        ]);
    }
  }
}

function missing(name: string): string {
  return name === 'region' ? 'The stage has no region in runbook.yaml.' : 'It is captured by a step that does not run before this one.';
}

/** Why a value that is known before the run may not be pasted into a command. */
function refusalOf(name: string, stage: Stage, { inputs }: Document): string | undefined {
  if (inputs.some((input) => input.name === name && input.allowed.kind === 'secret'))
    return `{${name}} is a secret, and a secret is never pasted into a command.`;
  const value = new Map(Object.entries({ ...stage.variables, stage: stage.name, region: stage.region })).get(name);
  if (value === undefined || pasteable(value)) return undefined;
  return `{${name}} is ${JSON.stringify(value)} on the stage ${stage.name}; pasted, a value may hold only letters, digits and . _ : / @ + , = -, and no leading or double hyphen.`;
}
