/** What a step was when it last went well on a stage, found in the records of other runs of the project. */

import { setImmediate as breathe } from 'node:timers/promises';
import type { Event } from '../core/event.ts';
import type { Since } from '../core/need.ts';
import type { Block, Step } from '../core/plan.ts';
import type { Run } from '../core/run.ts';
import { sections } from '../core/variables.ts';
import { difference } from './approved.ts';
import { recordedRun } from './prepare.ts';
import type { Project } from './project.ts';
import { readRun, runFolder, runIds, startOf } from './run-store.ts';

/** How many of the newest runs are looked at. A step that is not among them is as good as new. */
const mostRuns = 50;

/** A block that went well. */
type Success = { readonly run: string; readonly at: string; readonly block: Block };

/**
 * Compares steps with the newest other run on the same stage in which they ended well. Records are read when a step is asked for, newest
 * first, each once, and no further back than is needed.
 */
export function sinceLastSuccess(project: Project, { id, stage }: Pick<Run, 'id' | 'stage'>): (document: string, step: Step) => Promise<Since> {
  let others: readonly string[] | undefined;
  let searched = 0;
  let unread = 0;
  const found = new Map<string, Success>();
  return async (document, step) => {
    others ??= runIds(project).filter((other) => other !== id);
    const key = keyOf(document, step.id);
    for (; !found.has(key) && searched < Math.min(others.length, mostRuns); searched += 1) {
      // Keys are answered between two records.
      await breathe();
      const successes = successesIn(project, others[searched] ?? '', stage);
      if (successes === undefined) unread += 1;
      for (const [name, success] of successes ?? []) if (!found.has(name)) found.set(name, success);
    }
    const last = found.get(key);
    if (last !== undefined) return compared(document, last, step.block);
    return { kind: 'never', ...(others.length > mostRuns && { searched: mostRuns }), ...(unread > 0 && { unread }) };
  };
}

function keyOf(document: string, step: string): string {
  return `${document}#${step}`;
}

/** Every step that ended well in a run on a stage, as it was then; undefined where the record cannot be read. */
function successesIn(project: Project, id: string, stage: string): ReadonlyMap<string, Success> | undefined {
  const folder = runFolder(project, id);
  try {
    const text = readRun(folder);
    if (startOf(folder, text).stage !== stage || !text.events.some(ends)) return new Map();
    const { run, planOf } = recordedRun(project, folder, text);
    const then = filesThen(text.events);
    const successes = new Map<string, Success>();
    for (const frame of run.frames) {
      for (const [step, { state }] of Object.entries(frame.steps)) {
        const moment = then.get(`${frame.id}/${step}`);
        if (moment === undefined || (state.kind !== 'ok' && state.kind !== 'recovered')) continue;
        const document = planOf(moment.files).documents[frame.document];
        const block = (document === undefined ? [] : sections(document)).flatMap(({ steps }) => steps).find((other) => other.id === step)?.block;
        if (block !== undefined) successes.set(keyOf(frame.document, step), { run: run.id, at: moment.at, block });
      }
    }
    return successes;
  } catch {
    // Whatever is wrong with the record of another run, it is no reason to stop this one; the question says that it was passed over.
    return undefined;
  }
}

function ends(event: Event): boolean {
  return event.type === 'attempt-ended' || event.type === 'step-attested';
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
