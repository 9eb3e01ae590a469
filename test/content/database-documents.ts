/** The documents of database operations as the tests of the content read them. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document, Step } from '../../engine/core/plan.ts';
import { parseDocument } from '../../engine/document/parse.ts';

const root = join(import.meta.dirname, '../..');

export const runbookPath = 'runbooks/database-operations.md';
export const playbookPath = 'playbooks/database-operations-failure.md';

/** The text of a file of the repository; undefined where there is none. */
export const source = (path: string): string | undefined => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined);

/** A document with what is wrong with it. */
export const read = (path: string): ReturnType<typeof parseDocument> => parseDocument(path, source(path) ?? '');

/** All steps of a document, those before the procedures first. */
export const stepsOf = ({ before, procedures }: Document): readonly Step[] => [...(before?.steps ?? []), ...procedures.flatMap(({ steps }) => steps)];

export const runbook: Document = read(runbookPath).document;
export const playbook: Document = read(playbookPath).document;
export const steps: readonly Step[] = [...stepsOf(runbook), ...stepsOf(playbook)];

/** A step of one of both by its id. */
export function step(id: string): Step {
  const found = steps.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`No step ${id}.`);
  return found;
}
