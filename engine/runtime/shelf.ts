/** The documents of a project by title and front matter: what a list shows of many at once. */

import { basename } from 'node:path';
import { readOutline } from '../document/outline.ts';
import { foldersOf, isFile, markdownPaths, type Project, readText } from './project.ts';
import { configName } from './root.ts';

/** One document in a list. */
export type ListedDocument = {
  readonly name: string;
  readonly kind: 'runbook' | 'playbook';
  readonly path: string;
  readonly title: string;
  readonly owner?: string;
  readonly reviewed?: string;
  readonly stages?: readonly string[];
};

/** The documents, and every path on which they depend (relative to the root), be it there or not. */
export type Shelf = { readonly documents: readonly ListedDocument[]; readonly dependsOn: readonly string[] };

/** Reads the documents of a project: runbooks, then playbooks, by path. */
export function readShelf(project: Project): Shelf {
  const kinds = (['runbook', 'playbook'] as const).map((kind) => ({ kind, paths: markdownPaths(project, kind) }));
  return {
    documents: kinds.flatMap(({ kind, paths }) => paths.filter((path) => isFile(project, path)).map((path) => listed(project, kind, path))),
    // The plain folder comes before the other one wherever it is there.
    dependsOn: [...new Set([configName, ...kinds.flatMap(({ kind, paths }) => [`${kind}s`, ...foldersOf(project, kind), ...paths])])],
  };
}

function listed(project: Project, kind: ListedDocument['kind'], path: string): ListedDocument {
  const { title, frontMatter } = readOutline(path, readText(project, path) ?? '');
  const { owner, reviewed, stages } = frontMatter;
  return {
    name: basename(path, '.md'),
    kind,
    path,
    title,
    ...(owner !== undefined && { owner }),
    ...(reviewed !== undefined && { reviewed }),
    ...(stages !== undefined && { stages }),
  };
}
