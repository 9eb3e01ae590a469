/** What a step was when it last went well on a stage, found in the records of other runs of the project. */

import { setImmediate as breathe } from 'node:timers/promises';
import { fold } from '../core/apply.ts';
import type { Event } from '../core/event.ts';
import { stepOf } from '../core/frame.ts';
import type { Since } from '../core/need.ts';
import type { Block, Document, Plan, Step } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { parseDocument } from '../document/parse.ts';
import { difference, keptCopy } from './approved.ts';
import type { Project } from './project.ts';
import { newestRuns, type RunFolder, type RunStarted, readRun, runFolder, startOf } from './run-store.ts';

/** How many of the newest runs are looked at. A step that is not among them is as good as new. */
const mostRuns = 50;

/** A block that went well. */
type Success = { readonly run: string; readonly at: string; readonly block: Block };

/** Another run, as far as it was looked at: its events, and once they are asked for the steps that ended well. */
type Past = {
  readonly folder: RunFolder;
  readonly started: RunStarted;
  readonly events: readonly Event[];
  successes?: ReadonlyMap<string, Success>;
};

/** The run that asks, and the plan that it follows. */
type Asking = { readonly plan: Plan; readonly run: Pick<Run, 'id' | 'stage' | 'files'>; readonly asIs: boolean };

/**
 * Compares steps with the newest other run on the same stage in which they ended well. Records are read when a step is asked for, newest
 * first, each once, and no further back than is needed; documents are parsed only where such a step may be found, and not again where they
 * are what the run that asks follows.
 */
export function sinceLastSuccess(project: Project, { plan, run, asIs }: Asking): (document: string, step: Step) => Promise<Since> {
  const documents = new Map(Object.values(plan.documents).map((document) => [`${run.files[document.path]} ${document.path}`, document] as const));
  const records: (Past | undefined)[] = [];
  let others: readonly string[] | undefined;
  return async (document, step) => {
    others ??= newestRuns(project, mostRuns + 2).filter((other) => other !== run.id);
    const key = keyOf(document, step.id);
    for (const [index, other] of others.slice(0, mostRuns).entries()) {
      // Keys are answered between two records.
      if (records.length <= index) {
        await breathe();
        records.push(readRecord(project, other));
      }
      const record = records[index];
      if (record === undefined || record.started.stage !== run.stage || record.started.asIs !== asIs || !mayHold(record, step.id)) continue;
      try {
        record.successes ??= successesIn(record, documents, plan);
      } catch {
        records[index] = undefined;
      }
      const last = record.successes?.get(key);
      if (last !== undefined) return compared(document, last, step.block);
    }
    const unread = records.filter((record) => record === undefined).length;
    return { kind: 'never', ...(others.length > mostRuns && { searched: mostRuns }), ...(unread > 0 && { unread }) };
  };
}

function keyOf(document: string, step: string): string {
  return `${document}#${step}`;
}

/** Whatever is wrong with the record of another run, it is no reason to stop this one; the question says that it was passed over. */
function readRecord(project: Project, id: string): Past | undefined {
  const folder = runFolder(project, id);
  try {
    const text = readRun(folder);
    return { folder, started: startOf(folder, text), events: text.events };
  } catch {
    return undefined;
  }
}

/** False where a step of this id cannot have ended well: most records need not be looked at any closer. */
function mayHold({ events }: Past, id: string): boolean {
  return events.some((event) => {
    if (event.type === 'playbook-left') return event.as === 'done';
    if (!('step' in event) || event.step !== id) return false;
    if (event.type === 'attempt-ended') return event.purpose === 'run' && event.outcome.kind === 'exited' && event.outcome.code === 0;
    return (event.type === 'step-attested' && event.done) || (event.type === 'step-settled' && event.as === 'happened');
  });
}

/** Every step that ended well in a run, as it was then. `documents` holds what was parsed before, by hash and path. */
function successesIn({ folder, started, events }: Past, documents: Map<string, Document>, current: Plan): ReadonlyMap<string, Success> {
  const paths = new Set([started.document, ...events.flatMap((event) => (event.type === 'playbook-entered' ? [event.target.document] : []))]);
  // The fold asks nothing else of a plan than its documents.
  const planOf = (files: Run['files']): Plan => {
    const found = [...paths].map((path) => documentAt(folder, files[path], path, started.asIs, documents));
    return {
      ...current,
      document: started.document,
      procedures: started.procedures,
      selection: started.selection,
      documents: Object.fromEntries(found.map((document) => [document.path, document])),
    };
  };
  const run = fold(planOf(started.files), events, planOf);
  const then = filesThen(events);
  const successes = new Map<string, Success>();
  for (const frame of run.frames) {
    for (const [step, { state }] of Object.entries(frame.steps)) {
      const moment = then.get(`${frame.id}/${step}`);
      if (moment === undefined || (state.kind !== 'ok' && state.kind !== 'recovered')) continue;
      const { block } = stepOf(planOf(moment.files), frame, step);
      successes.set(keyOf(frame.document, step), { run: run.id, at: moment.at, block });
    }
  }
  return successes;
}

function documentAt(folder: RunFolder, sha256: string | undefined, path: string, asIs: boolean, documents: Map<string, Document>): Document {
  const known = documents.get(`${sha256} ${path}`);
  if (known !== undefined) return known;
  const text = sha256 === undefined ? undefined : keptCopy(folder.copies, sha256);
  if (text === undefined) throw new Error(`There is no copy of ${path}.`);
  const { document } = parseDocument(path, text, { asIs });
  documents.set(`${sha256} ${path}`, document);
  return document;
}

/** The files that were accepted when a step (`frame/step`) was last run or attested, and when that was. */
function filesThen(events: readonly Event[]): ReadonlyMap<string, { readonly files: Run['files']; readonly at: string }> {
  const then = new Map<string, { files: Run['files']; at: string }>();
  let files: Record<string, string> = {};
  for (const event of events) {
    if (event.type === 'run-started') files = { ...event.files };
    if (event.type === 'changes-accepted') {
      files = { ...files };
      for (const { path, sha256 } of event.files) {
        if (sha256 === undefined) delete files[path];
        else files[path] = sha256;
      }
    }
    if ((event.type === 'attempt-started' && event.purpose === 'run') || event.type === 'step-attested')
      then.set(`${event.frame}/${event.step}`, { files, at: event.at });
  }
  return then;
}

function compared(document: string, { run, at, block }: Success, now: Block): Since {
  const [before, after] = kindOf(block) === kindOf(now) ? [block.source, now.source] : [whole(block), whole(now)];
  if (before === after) return { kind: 'compared', run, at, lines: 0, diff: '' };
  const diff = difference(
    { name: `${document}:${block.place.line} (run ${run})`, text: before },
    { name: `${document}:${now.place.line} (now)`, text: after },
  );
  return { kind: 'compared', run, at, lines: changedLines(diff), diff };
}

/** What decides, beside its text, how a block is run. */
function kindOf({ language, flags }: Block): string {
  return [language, ...flags].join(' ');
}

function whole(block: Block): string {
  return `${kindOf(block)}\n${block.source}`;
}

/** A line that was replaced counts once. What stands before the first hunk names the texts. */
function changedLines(diff: string): number {
  const all = diff.split('\n');
  const lines = all.slice(all.findIndex((line) => line.startsWith('@@')) + 1);
  const count = (mark: string): number => lines.filter((line) => line.startsWith(mark)).length;
  return Math.max(1, count('+'), count('-'));
}
