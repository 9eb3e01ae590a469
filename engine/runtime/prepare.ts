/** From what was asked for to a plan: from the documents as they are, or as they were when a run accepted them. */

import { fold } from '../core/apply.ts';
import { blocksOf } from '../core/block.ts';
import type { Event } from '../core/event.ts';
import type { Plan, Selection } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { type Diagnostic, formatDiagnostics } from '../document/diagnostic.ts';
import { nearest } from '../document/nearest.ts';
import { buildPlan } from '../document/plan.ts';
import { Fault } from '../fault.ts';
import { kernelFor } from '../kernels/kernel.ts';
import { keptCopy } from './approved.ts';
import { wrongCalls } from './aws-blocks.ts';
import { type Config, parseConfig, type StageConfig, stageOf } from './config.ts';
import { type Project, readText } from './project.ts';
import { type RunFolder, type RunStarted, startOf } from './run-store.ts';

/** What was asked for. */
export type Request = {
  readonly document: string;
  readonly procedures: readonly string[] | 'all' | undefined;
  readonly stage: string;
  readonly selection: Selection;
  readonly asIs: boolean;
};

/** A plan, the texts of its documents by path, and what the linter would warn of. */
export type Prepared = { readonly plan: Plan; readonly texts: ReadonlyMap<string, string>; readonly warnings: readonly string[] };

const correct = 'Correct the document and try again; nothing was run.';

/** Mistakes of whoever typed the command, not of the document. */
const usageRules = new Set(['procedure-missing', 'procedure-unknown', 'stage-not-listed', 'step-unknown', 'selection-empty']);

/**
 * The plan for a request. `read` gives the text of a document.
 * @throws Fault `usage` for a wrong request, `invalid` with all diagnostics for documents that are not valid.
 */
function prepare(config: Config, request: Request, read: (path: string) => string | undefined): Prepared {
  const stage = stageOf(request.stage, stageConfig(config, request.stage));
  const texts = new Map<string, string>();
  const once = (path: string): string | undefined => {
    const text = texts.get(path) ?? read(path);
    if (text !== undefined) texts.set(path, text);
    return text;
  };
  const { document, procedures, selection, asIs } = request;
  const { plan, diagnostics } = buildPlan({ document, procedures, stage, knownStages: Object.keys(config.stages), selection, asIs }, once);
  const all = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  // A document that was not read at all has nothing in it; that is not what is wrong with it.
  const unread = all.filter(({ rule }) => rule === 'too-large' || rule === 'too-nested');
  const errors = unread.length > 0 ? unread : all;
  const wording = (list: readonly Diagnostic[]): readonly string[] => formatDiagnostics(list, (path) => texts.get(path));
  const misuse = errors.find((diagnostic) => usageRules.has(diagnostic.rule));
  if (misuse?.rule === 'procedure-missing') throw new Fault('usage', misuse.message, { hint: 'Choose one with --procedure <name>.' });
  if (misuse !== undefined) throw new Fault('usage', misuse.message, { hint: misuse.hint });
  if (errors.length > 0 || plan === undefined) throw new Fault('invalid', wording(errors).join('\n\n'), { hint: correct });
  refuseUnknownKernels(plan, config.kernels);
  return { plan, texts, warnings: wording(diagnostics.filter((diagnostic) => diagnostic.severity === 'warning')) };
}

/** Every block that a run can reach must have a kernel, before the first step. */
function refuseUnknownKernels(plan: Plan, kernels: Config['kernels']): void {
  const blocks = Object.values(plan.documents)
    .flatMap(blocksOf)
    .map(({ block }) => block);
  const unknown = blocks.filter((block) => kernelFor(block, kernels) === undefined);
  if (unknown.length === 0) return;
  const lines = unknown.map(
    ({ place, language, flags }) => `${place.path}:${place.line}: there is no kernel for "${[language, ...flags].join(' ')}".`,
  );
  throw new Fault('invalid', lines.join('\n'), { hint: 'There are: bash, sh, sql, js, python, and what runbook.yaml names under kernels.' });
}

/**
 * The stage of a name.
 * @throws Fault `usage` for an unknown stage.
 */
export function stageConfig(config: Config, name: string): StageConfig {
  const found = Object.hasOwn(config.stages, name) ? config.stages[name] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(config.stages);
  const meant = nearest(name, names);
  const has = names.length === 0 ? 'runbook.yaml names no stages.' : `This project has: ${names.join(', ')}.`;
  throw new Fault('usage', `Unknown stage "${name}". ${has}`, {
    hint: meant === undefined ? 'Name the stage in runbook.yaml under stages.' : `Did you mean --stage ${meant}?`,
  });
}

/**
 * The plan for the documents as they are on disk now. Among the texts is that of `runbook.yaml`, as the engine obeys it.
 * @throws Fault `usage` or `invalid`: nothing that a run could reach is left unread.
 */
export async function prepareFromDisk(project: Project, request: Request): Promise<Prepared> {
  const prepared = prepare(project.config, request, (path) => readText(project, path));
  const problems = await wrongCalls(prepared.plan);
  if (problems.length > 0)
    throw new Fault('invalid', formatDiagnostics(problems, (path) => prepared.texts.get(path)).join('\n\n'), {
      hint: correct,
    });
  if (project.configText === undefined) return prepared;
  return { ...prepared, texts: new Map([['runbook.yaml', project.configText], ...prepared.texts]) };
}

/** A run as its journal tells it, the plan to go on with, and every document that the run has ever followed, as it was last. */
export type Recorded = { readonly started: RunStarted; readonly plan: Plan; readonly run: Run; readonly documents: Plan['documents'] };

/**
 * Reads a run from its journal and the copies of what it accepted: each event is judged by the documents of its time, and not needed any more.
 * @throws Fault `record` when the journal does not begin with `run-started`, or a copy is not what was accepted.
 */
export function recordedRun(project: Project, folder: RunFolder, text: { readonly events: Iterable<Event> }): Recorded {
  const events = Iterator.from(text.events);
  const first = events.next();
  const started = startOf(folder, { events: first.done === true ? [] : [first.value] });
  const plans = new Map<string, Plan>();
  const planOf = acceptedPlans(project, folder, started, plans);
  const run = fold(planOf(started.files), withFirst(started, events), planOf);
  const plan = planOf(run.files);
  return { started, plan, run, documents: Object.assign({}, ...[...plans.values(), plan].map(({ documents }) => documents)) };
}

function* withFirst<T>(first: T, others: Iterable<T>): Generator<T> {
  yield first;
  yield* others;
}

/**
 * The plan that a run followed while these files (SHA-256 by path) were what it had accepted. `plans` keeps what was made before.
 * @throws Fault `record` when a copy is not what was accepted.
 */
export function acceptedPlans(
  project: Project,
  folder: RunFolder,
  started: RunStarted,
  plans: Map<string, Plan> = new Map(),
): (files: Run['files']) => Plan {
  return (files) => {
    const key = JSON.stringify(files);
    const plan = plans.get(key) ?? planFromCopies(project, folder, started, files);
    plans.set(key, plan);
    return plan;
  };
}

function planFromCopies(project: Project, folder: RunFolder, started: RunStarted, files: Run['files']): Plan {
  return planOfRecord(project.config, started, (path) => (files[path] === undefined ? undefined : keptCopy(folder.copies, files[path])));
}

/**
 * The plan that a run followed. `read` gives the text of a document as it was accepted; `config` holds where no `runbook.yaml` was.
 * @throws Fault `invalid` or `usage` where the documents do not make that plan.
 */
export function planOfRecord(config: Config, started: RunStarted, read: (path: string) => string | undefined): Plan {
  const configText = read('runbook.yaml');
  return prepare(configText === undefined ? config : parseConfig('runbook.yaml', configText).config, requestOf(started), read).plan;
}

/** What was asked for when a run started. */
export function requestOf({ document, procedures, stage, selection, asIs }: RunStarted): Request {
  return { document, procedures, stage, selection, asIs };
}
