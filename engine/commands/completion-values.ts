/** The names that a project has, for completion: documents, procedures, steps, inputs, stages, runs, faults. */

import { sections } from '../core/variables.ts';
import type { DocumentRead } from '../document/document-read.ts';
import { fileName, readOutline } from '../document/outline.ts';
import { documentPaths, findDocument, openProject, type Project, readText } from '../runtime/project.ts';
import type { Candidate, Typed } from './completion.ts';

/** What can be completed by name. */
export type Kind =
  | 'document'
  | 'procedure'
  | 'step'
  | 'input'
  | 'secret'
  | 'stage'
  | 'run'
  | 'unfinished'
  | 'fault'
  | 'action'
  | 'state'
  | 'kind'
  | 'schema'
  | 'file';

const newest = 100;

/**
 * All names of a kind, for a word that begins with `now`.
 * @throws Fault for a project that cannot be read.
 */
export async function valuesOf(kind: Exclude<Kind, 'file'>, typed: Typed, now: string): Promise<readonly Candidate[]> {
  switch (kind) {
    case 'document':
      return now.includes('#') ? ofProcedures(typed, now) : ofDocuments(openProject(typed.cwd));
    case 'procedure':
      return (await readTyped(typed)).procedures.map(({ anchor, title }) => ({ value: anchor, about: title }));
    case 'step':
      return sections(await readTyped(typed)).flatMap(({ steps }) => steps.map(({ id, title }) => ({ value: id, about: title })));
    case 'input':
    case 'secret':
      return (await readTyped(typed)).inputs
        .filter(({ allowed }) => (allowed.kind === 'secret') === (kind === 'secret'))
        .map(({ name, meaning }) => ({ value: `${name}=`, about: meaning }));
    case 'stage':
      return Object.keys(openProject(typed.cwd).config.stages).map(plain);
    case 'run':
    case 'unfinished':
      return ofRuns(typed, kind === 'unfinished', now);
    case 'fault':
      return (await import('../sandbox/control-plane/faults/faults.ts')).faultList.map(({ name, does }) => ({ value: name, about: does }));
    case 'action':
      return (await import('./sandbox-actions.ts')).sandboxActions.map(plain);
    case 'state':
      return ['on', 'off'].map(plain);
    case 'kind':
      return ['runbook', 'playbook'].map(plain);
    case 'schema':
      return (await import('./schema.ts')).schemaNames.map(plain);
    default:
      return kind satisfies never;
  }
}

const plain = (value: string): Candidate => ({ value, about: '' });

function ofDocuments(project: Project): readonly Candidate[] {
  const paths = (['runbook', 'playbook'] as const).flatMap((kind) => documentPaths(project, kind));
  return paths.map((path) => ({ value: fileName(path), about: readOutline(path, readText(project, path) ?? '').title }));
}

async function ofProcedures(typed: Typed, now: string): Promise<readonly Candidate[]> {
  const name = now.slice(0, now.indexOf('#'));
  const { procedures } = await readNamed(typed, name);
  return procedures.map(({ anchor, title }) => ({ value: `${name}#${anchor}`, about: title }));
}

/** The document that the line names. */
function readTyped(typed: Typed): Promise<DocumentRead['document']> {
  return readNamed(typed, typed.words[0] ?? '');
}

async function readNamed(typed: Typed, name: string): Promise<DocumentRead['document']> {
  const project = openProject(typed.cwd);
  const { path } = findDocument(project, typed.cwd, name);
  const { parseDocument } = await import('../document/parse.ts');
  return parseDocument(path, readText(project, path) ?? '').document;
}

/** Whole ids; where none begins so, the ends of ids, by which a run can be named as well. */
async function ofRuns(typed: Typed, unfinishedOnly: boolean, now: string): Promise<readonly Candidate[]> {
  const { historyOf } = await import('../runtime/history.ts');
  const { unfinished, finished } = historyOf(openProject(typed.cwd));
  const found = [...unfinished];
  if (!unfinishedOnly)
    for (const run of finished()) {
      if (found.length >= newest) break;
      found.push(run);
    }
  const ids = found.map(({ run, document, stage, result }) => ({ value: run, about: `${document} ${stage} ${result}` }));
  if (ids.some(({ value }) => value.startsWith(now))) return ids;
  return ids.map(({ value, about }) => ({ value: value.slice(value.lastIndexOf('-') + 1), about }));
}
