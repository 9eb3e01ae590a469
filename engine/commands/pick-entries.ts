/** What the picker offers: the runbooks of the project with their procedures, stages and unfinished runs. */

import { basename } from 'node:path';
import { parseDocument } from '../document/parse.ts';
import { documentPaths, type Project, readText } from '../runtime/project.ts';
import type { PickEntry } from '../view/pick.tsx';
import { listRuns } from './runs.ts';

/** An entry for every runbook. */
export function pickEntries(project: Project): readonly PickEntry[] {
  return documentPaths(project, 'runbook').map((path) => pickEntry(project, path));
}

/** The entry for one document. */
export function pickEntry(project: Project, path: string): PickEntry {
  const { document } = parseDocument(path, readText(project, path) ?? '');
  const { owner, stages: listed } = document.frontMatter;
  const stages = Object.entries(project.config.stages).filter(([name]) => listed === undefined || listed.includes(name));
  const open = listRuns(project).filter((run) => !run.finished && run.document === path);
  return {
    name: basename(path, '.md'),
    title: document.title,
    ...(owner !== undefined && { owner }),
    procedures: document.procedures.map(({ anchor, title }) => ({ anchor, title })),
    stages: stages.map(([name, stage]) => ({ name, sandbox: stage.sandbox, typed: stage.confirm === 'typed' })),
    unfinished: open.map(({ run, stage, result, operator, startedAt }) => ({ run, stage, text: `${result}, by ${operator}, ${startedAt}` })),
  };
}
