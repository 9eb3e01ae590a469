/** From a document to every playbook that it can lead to, and whether each link leads somewhere. */

import { sections } from '../core/variables.ts';
import { didYouMean, type Span } from './collector.ts';
import type { DocumentRead } from './document-read.ts';
import { nearest } from './nearest.ts';

/** Reads a document of the project, by its path relative to the root; undefined where there is none. */
type FindDocument = (path: string) => DocumentRead | undefined;

/** The documents by path, the first one first. Playbooks may lead to each other in circles. */
export function reach(first: DocumentRead, find: FindDocument): ReadonlyMap<string, DocumentRead> {
  const documents = new Map([[first.document.path, first]]);
  // A map that grows while it is walked hands out what was added, too.
  for (const from of documents.values()) {
    for (const { path, at } of leadingOut(from)) {
      if (documents.has(path)) continue;
      const document = find(path);
      if (document === undefined) from.report.error('link', at, `There is no file ${path}.`);
      else documents.set(path, document);
    }
  }
  for (const from of documents.values()) checkLinks(from, documents);
  return documents;
}

function leadingOut({ document, front, links }: DocumentRead): readonly { readonly path: string; readonly at: Span }[] {
  const { playbook } = document.frontMatter;
  const own = playbook === undefined ? [] : [{ path: playbook, at: front.at('playbook') }];
  return [...own, ...links.map((link) => ({ path: link.target.document, at: link.at }))];
}

function checkLinks({ document, front, links, report }: DocumentRead, documents: ReadonlyMap<string, DocumentRead>): void {
  for (const { target, at } of links) {
    const entries = documents.get(target.document)?.document.procedures.map((procedure) => procedure.anchor);
    // A file that is not there has been reported.
    if (entries === undefined || entries.includes(target.anchor)) continue;
    report.error('link', at, [`${target.document} has no entry #${target.anchor} with steps.`, didYouMean(nearest(target.anchor, entries))]);
  }
  const { playbook } = document.frontMatter;
  if (playbook !== undefined && documents.get(playbook)?.document.frontMatter.kind === 'runbook') {
    report.error('playbook-kind', front.at('playbook'), [`${playbook} is not a playbook.`, 'Write kind: playbook in its front matter.']);
  }
}

/** Warns of symptoms for steps that none of the documents has. Started from a playbook, its runbooks are not among them. */
export function checkSymptoms(first: DocumentRead, documents: ReadonlyMap<string, DocumentRead>): void {
  if (first.document.frontMatter.kind === 'playbook') return;
  const all = [...documents.values()].flatMap(({ document }) => sections(document).flatMap((procedure) => procedure.steps));
  const ids = new Set(all.map((step) => step.id));
  for (const { symptoms, report } of documents.values()) {
    for (const { symptom, stepAt } of symptoms) {
      const unknown = symptom.steps === 'any' ? [] : symptom.steps.filter((id) => !ids.has(id));
      for (const id of unknown)
        report.warning('symptom-step', stepAt, [`No document of this plan has a step "${id}".`, didYouMean(nearest(id, ids))]);
    }
  }
}
