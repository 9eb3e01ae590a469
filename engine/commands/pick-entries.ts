/** What the picker offers: the runbooks of the project with their procedures, stages and unfinished runs. */

import { basename } from 'node:path';
import { parseDocument } from '../document/parse.ts';
import { historyOf, type ListedRun } from '../runtime/history.ts';
import { documentPaths, type Project, readText } from '../runtime/project.ts';
import type { PickEntry } from '../view/pick.tsx';

/** An entry for every runbook. */
export function pickEntries(project: Project): readonly PickEntry[] {
  const { unfinished } = historyOf(project);
  return documentPaths(project, 'runbook').map((path) => pickEntry(project, path, unfinished));
}

/** The entry for one document. `unfinished` are the runs that have not ended. */
export function pickEntry(project: Project, path: string, unfinished: readonly ListedRun[]): PickEntry {
  const { document } = parseDocument(path, readText(project, path) ?? '');
  const { owner, stages: listed } = document.frontMatter;
  const stages = Object.entries(project.config.stages).filter(([name]) => listed === undefined || listed.includes(name));
  const open = unfinished.filter((run) => run.document === path);
  return {
    name: basename(path, '.md'),
    title: document.title,
    ...(owner !== undefined && { owner }),
    procedures: document.procedures.map(({ anchor, title }) => ({ anchor, title })),
    stages: stages.map(([name, stage]) => ({ name, sandbox: stage.sandbox, typed: stage.confirm === 'typed' })),
    unfinished: open.map(({ run, stage, result, operator, startedAt }) => ({ run, stage, text: `${result}, by ${operator}, ${startedAt}` })),
  };
}
