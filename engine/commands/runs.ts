/** `runbook runs`: the history of this project, unfinished runs first. */

import { escapeText } from '../core/escape.ts';
import { Fault } from '../fault.ts';
import { openProject, type Project } from '../runtime/project.ts';
import { readRun, runFolder, runIds, startOf } from '../runtime/run-store.ts';
import type { Io } from './io.ts';

/** One run in the list. */
export type ListedRun = {
  readonly run: string;
  readonly document: string;
  readonly stage: string;
  readonly operator: string;
  readonly startedAt: string;
  readonly lastAt: string;
  readonly result: string;
  readonly finished: boolean;
};

/** Prints the runs; a journal that is not intact is listed as such and does not hide the others. */
export function runs(io: Io, options: { readonly json: boolean }): void {
  const project = openProject(io.cwd);
  const listed = listRuns(project);
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ version: 1, runs: listed }, null, 2)}\n`);
    return;
  }
  if (listed.length === 0) {
    io.stdout.write('No runs yet. Start one with: runbook run <name> --stage <stage>\n');
    return;
  }
  for (const { run, document, stage, operator, startedAt, result } of listed) {
    io.stdout.write(`${escapeText(`${run}  ${stage.padEnd(11)} ${result.padEnd(26)} ${document}  ${operator}  ${startedAt}`, { colour: false })}\n`);
  }
  const open = listed.find((candidate) => !candidate.finished);
  if (open !== undefined) io.stdout.write(`Next: runbook resume ${open.run}\n`);
}

/** All runs, unfinished ones first, each group newest first. */
export function listRuns(project: Project): readonly ListedRun[] {
  const all = runIds(project).map((id) => describeRun(project, id));
  return [...all.filter((run) => !run.finished), ...all.filter((run) => run.finished)];
}

function describeRun(project: Project, id: string): ListedRun {
  const folder = runFolder(project, id);
  try {
    const text = readRun(folder);
    const { document, stage, operator, at } = startOf(folder, text);
    const last = text.events.at(-1);
    const result = last?.type === 'run-ended' ? last.result : last?.type === 'run-stopped' ? `stopped (${last.because})` : 'not ended';
    return { run: id, document, stage, operator, startedAt: at, lastAt: last?.at ?? at, result, finished: last?.type === 'run-ended' };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { run: id, document: '?', stage: '?', operator: '?', startedAt: '?', lastAt: '?', result: 'record not intact', finished: true };
  }
}
