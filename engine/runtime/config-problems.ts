/** What is wrong with `runbook.yaml`, in words and with its place: what was expected, what was found, what was probably meant. */

import { type Document, isAlias, isMap, isScalar, isSeq, visit } from 'yaml';
import type { z } from 'zod';
import { nearest } from '../document/nearest.ts';
import { messageOf } from '../fault.ts';

/** A problem and where it is: an offset in the text and how many characters it is about. */
export type Found = { readonly offset: number; readonly length: number; readonly message: string; readonly hint?: string };

/** What YAML itself has to say, and what would be lost when the text becomes values. */
export function misread(document: Document): readonly Found[] {
  const found: Found[] = [...document.errors, ...document.warnings].map(({ message, pos }) => ({ offset: pos[0], length: 1, message }));
  visit(document, {
    Alias(_key, node) {
      if (node.resolve(document) !== undefined) return;
      found.push({ offset: node.range?.[0] ?? 0, length: node.source.length + 1, message: `*${node.source}: there is no anchor &${node.source}.` });
    },
  });
  if (found.length > 0) return found;
  try {
    document.toJS();
    return [];
  } catch (error) {
    // A few lines of aliases of aliases can stand for gigabytes.
    return [{ offset: 0, length: 0, message: `The aliases cannot be followed: ${messageOf(error)}.` }];
  }
}

type Path = readonly PropertyKey[];

/** The problems that the schema found. `keysAt` gives the keys that may stand at a path. */
export function configProblems(
  document: Document,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  keysAt: (path: Path) => readonly string[],
): readonly Found[] {
  const problem = (path: Path, message: string, hint?: string): Found => {
    const { offset, length } = foundAt(document, path);
    const where = path.length === 0 ? 'The file' : path.map(String).join('.');
    return { offset, length, message: `${where}: ${message}`, ...(hint !== undefined && { hint }) };
  };
  return issues.flatMap((issue): readonly Found[] => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => problem([...path, key], 'unknown key.', meant(key, keysAt(path))));
    if (issue.code === 'invalid_key') return issue.issues.slice(0, 1).map(({ message }) => problem(path, `${message}.`));
    const told = issue.code === 'custom' || issue.message.includes('found');
    const here = valueAt(value, path);
    return [problem(path, told ? `${issue.message}.` : `${issue.message}, found ${wordsOf(here)}.`, emptyHint(path, here))];
  });
}

function meant(key: string, known: readonly string[]): string {
  if (key === '<<') return 'Merge keys are not read: write the keys out.';
  const near = nearest(key, known);
  return near === undefined ? `It can be: ${known.join(', ')}.` : `Did you mean "${near}"?`;
}

function emptyHint(path: Path, value: unknown): string | undefined {
  return value === null && path.length === 2 && path[0] === 'stages'
    ? `A stage that has nothing to say is written: ${String(path[1])}: {}`
    : undefined;
}

/** Where a path stands: at its key if that is there, else at the nearest one above. `source` is how a plain value is written. */
export function foundAt(document: Document, path: Path): { readonly offset: number; readonly length: number; readonly source?: string } {
  let node: unknown = document.contents;
  let place = { offset: 0, length: 0 };
  for (const name of path) {
    const at = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(at)) {
      node = at.items[Number(name)];
      if (isScalar(node)) place = { offset: node.range?.[0] ?? place.offset, length: String(node.source ?? '').length || 1 };
      continue;
    }
    const pair = isMap(at) ? at.items.find(({ key }) => isScalar(key) && String(key.value) === String(name)) : undefined;
    if (pair === undefined || !isScalar(pair.key)) return place;
    place = { offset: pair.key.range?.[0] ?? place.offset, length: String(name).length || 1 };
    node = pair.value;
  }
  const last = isAlias(node) ? node.resolve(document) : node;
  return isScalar(last) && last.source !== undefined ? { ...place, source: last.source } : place;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined), value);
}

function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'object') return 'a mapping';
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}
