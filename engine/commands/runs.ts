/** `runbook runs`: the history of this project, unfinished runs first. */

import { escapeText, safeJson } from '../core/escape.ts';
import { Fault } from '../fault.ts';
import { historyOf, type ListedRun } from '../runtime/history.ts';
import { findRoot, type Rooted, stateFolder } from '../runtime/root.ts';
import type { Io } from './io.ts';

/** The options of `runs`, as typed. */
export type RunsOptions = {
  readonly stage?: string;
  readonly unfinished: boolean;
  readonly limit: string;
  readonly all: boolean;
  readonly json: boolean;
};

/**
 * Prints the runs: all that have not ended, newest first, then those that ended last. One whose record is damaged does not hide the others.
 * @throws Fault `usage` for a number that is none, or a stage that nobody knows.
 */
export async function runs(io: Io, options: RunsOptions): Promise<void> {
  const limit = limitOf(options);
  const project = { root: findRoot(io.cwd) };
  const { unfinished, finished } = historyOf(project);
  const wanted = ({ stage }: ListedRun): boolean => options.stage === undefined || stage === options.stage;
  const open = await Promise.all(unfinished.filter(wanted).map((run) => withProcess(project, run)));
  const { taken: ended, more } = options.unfinished ? { taken: [], more: false } : take(finished(), wanted, limit);
  if (open.length + ended.length === 0) await refuseUnknown(io, options.stage);
  if (options.json) {
    io.stdout.write(`${safeJson({ version: 1, runs: [...open, ...ended], more })}\n`);
    return;
  }
  if (open.length + ended.length === 0) {
    io.stdout.write(`${noneWords(options)} Start one with: runbook run <name> --stage <stage>\n`);
    return;
  }
  for (const { run, document, stage, operator, startedAt, result } of [...open, ...ended]) {
    io.stdout.write(`${escapeText(`${run}  ${stage.padEnd(11)} ${result.padEnd(26)} ${document}  ${operator}  ${startedAt}`, { colour: false })}\n`);
  }
  if (more) io.stdout.write(`These are the last ${limit} that ended. More: runbook runs --limit ${10 * limit}, or --all\n`);
  const next = open.find(({ result }) => !result.startsWith('running'));
  if (next !== undefined) io.stdout.write(`Next: runbook resume ${next.run}\n`);
}

/** A stage that has runs may be gone from `runbook.yaml`; one that has none and is not there either is a slip of the hand. */
async function refuseUnknown(io: Io, stage: string | undefined): Promise<void> {
  if (stage === undefined) return;
  const [{ openProject }, { stageConfig }] = await Promise.all([import('../runtime/project.ts'), import('../runtime/prepare.ts')]);
  stageConfig(openProject(io.cwd).config, stage);
}

/** A run that has not ended may be under way at this moment. */
async function withProcess(project: Rooted, listed: ListedRun): Promise<ListedRun> {
  const { driverOf } = await import('../runtime/lock.ts');
  const pid = driverOf(stateFolder(project), listed.run);
  return pid === undefined ? listed : { ...listed, result: `running (process ${pid})` };
}

function limitOf({ limit, all }: RunsOptions): number {
  if (all) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,8}$/.test(limit)) return Number(limit);
  throw new Fault('usage', `--limit wants a number from 1, found "${limit}".`, { hint: 'runbook runs --limit 100, or runbook runs --all' });
}

/** The first so many that are wanted, and whether there are more. */
function take(
  all: Iterable<ListedRun>,
  wanted: (run: ListedRun) => boolean,
  limit: number,
): { readonly taken: readonly ListedRun[]; readonly more: boolean } {
  const taken: ListedRun[] = [];
  for (const run of all) {
    if (!wanted(run)) continue;
    if (taken.length === limit) return { taken, more: true };
    taken.push(run);
  }
  return { taken, more: false };
}

function noneWords({ stage, unfinished }: RunsOptions): string {
  return `No ${unfinished ? 'unfinished ' : ''}runs${stage === undefined ? '' : ` on stage ${stage}`}${unfinished || stage !== undefined ? '.' : ' yet.'}`;
}
