/** `runbook list`: the documents of the project. */

import { basename } from 'node:path';
import { escapeText, safeJson } from '../core/escape.ts';
import { readOutline } from '../document/outline.ts';
import { documentPaths, openProject, readText } from '../runtime/project.ts';
import type { Io } from './io.ts';

/** One document in the list. */
type Listed = {
  readonly name: string;
  readonly kind: 'runbook' | 'playbook';
  readonly path: string;
  readonly title: string;
  readonly owner?: string;
  readonly reviewed?: string;
  readonly stages?: readonly string[];
};

/** Prints runbooks and playbooks with their titles. */
export function list(io: Io, options: { readonly json: boolean }): void {
  const project = openProject(io.cwd);
  const documents = (['runbook', 'playbook'] as const).flatMap((kind) =>
    documentPaths(project, kind).map((path): Listed => {
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
    }),
  );
  if (options.json) {
    io.stdout.write(`${safeJson({ version: 1, documents })}\n`);
    return;
  }
  if (documents.length === 0) {
    io.stdout.write(`No documents in ${project.root}. Put runbooks into runbooks/ and playbooks into playbooks/.\n`);
    return;
  }
  const width = Math.max(...documents.map((document) => document.name.length));
  for (const { name, kind, title, owner, reviewed } of documents) {
    const about = [owner, reviewed === undefined ? undefined : `reviewed ${reviewed}`].filter((part) => part !== undefined).join(', ');
    io.stdout.write(`${escapeText(`${name.padEnd(width)}  ${kind.padEnd(8)}  ${title}${about === '' ? '' : `  (${about})`}`, { colour: false })}\n`);
  }
}
