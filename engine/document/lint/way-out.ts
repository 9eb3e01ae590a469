/** Coverage by playbooks: for every change that can fail there is an entry, and every entry can be reached. */

import { sections } from '../../core/variables.ts';
import type { DocumentRead } from '../document-read.ts';
import type { Rule, World } from './rule.ts';
import { changingSteps } from './step-places.ts';

/** A step that changes something, and for which no playbook has an entry. A runbook without any playbook has its escalation. */
export const wayOutMissing: Rule = {
  id: 'way-out-missing',
  severity: 'error',
  scope: 'frame',
  check: (read, world) => {
    const playbooks = playbooksOf(read, world);
    if (playbooks.length === 0) return [];
    const symptoms = playbooks.flatMap(({ document }) => document.symptoms);
    const named = new Set(symptoms.flatMap(({ steps }) => (steps === 'any' ? [] : steps)));
    const any = symptoms.some(({ steps }) => steps === 'any');
    return changingSteps(read)
      .filter(({ step }) => step.failureLink === undefined && !any && !named.has(step.id))
      .map(({ step, at }) => ({
        at,
        words: [
          `When the step ${step.id} fails, nothing leads to an entry of a playbook.`,
          'Write **If this fails:** [text](playbook.md#entry) below it, or a row for it into the table of symptoms.',
        ],
      }));
  },
};

/** The playbooks that a document leads to; a playbook helps itself. What cannot be read has been reported. */
function playbooksOf(read: DocumentRead, { find }: World): readonly DocumentRead[] {
  const { path, frontMatter } = read.document;
  if (frontMatter.kind === 'playbook') return [read];
  const paths = [frontMatter.playbook, ...read.links.map(({ target }) => target.document)];
  return [...new Set(paths)].filter((other) => other !== undefined && other !== path).flatMap((other) => find(String(other)) ?? []);
}

/** An entry that the engine never suggests. */
export const entryUnreachable: Rule = {
  id: 'entry-unreachable',
  severity: 'warning',
  scope: 'frame',
  check: ({ document }, { documents }) => {
    if (document.frontMatter.kind === 'runbook') return [];
    const targets = documents().flatMap((other) =>
      sections(other.document).flatMap(({ steps }) => steps.flatMap(({ failureLink }) => failureLink ?? [])),
    );
    const reached = new Set([
      ...document.symptoms.map(({ entry }) => entry),
      ...targets.filter((target) => target.document === document.path).map(({ anchor }) => anchor),
    ]);
    return document.procedures
      .filter(({ anchor }) => !reached.has(anchor))
      .map(({ title, place }) => ({
        at: { line: place.line, column: place.column, length: title.length + 3 },
        words: [
          `No symptom and no step leads to the entry "${title}", so it is never suggested.`,
          'Write a row into the table of symptoms, or link it with **If this fails:**.',
        ],
      }));
  },
};
