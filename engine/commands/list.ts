/** `runbook list`: the documents of the project. */

import { escapeText, safeJson } from '../core/escape.ts';
import { shelfOf } from '../runtime/kept-shelf.ts';
import { findRoot } from '../runtime/root.ts';
import type { Shelf } from '../runtime/shelf.ts';
import type { Io } from './io.ts';

/** Prints runbooks and playbooks with their titles. */
export async function list(io: Io, options: { readonly json: boolean }): Promise<void> {
  const root = findRoot(io.cwd);
  const documents = await shelfOf({ root, engine: io.version, env: io.env }, () => readAnew(root));
  if (options.json) {
    io.stdout.write(`${safeJson({ version: 1, documents })}\n`);
    return;
  }
  if (documents.length === 0) {
    io.stdout.write(`No documents in ${root}. Put runbooks into runbooks/ and playbooks into playbooks/.\n`);
    return;
  }
  const width = Math.max(...documents.map((document) => document.name.length));
  for (const { name, kind, title, owner, reviewed } of documents) {
    const about = [owner, reviewed === undefined ? undefined : `reviewed ${reviewed}`].filter((part) => part !== undefined).join(', ');
    io.stdout.write(`${escapeText(`${name.padEnd(width)}  ${kind.padEnd(8)}  ${title}${about === '' ? '' : `  (${about})`}`, { colour: false })}\n`);
  }
}

async function readAnew(root: string): Promise<Shelf> {
  const [{ readShelf }, { openProject }] = await Promise.all([import('../runtime/shelf.ts'), import('../runtime/project.ts')]);
  return readShelf(openProject(root));
}
