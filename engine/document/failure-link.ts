/** Failure links: `**If this fails:** [text](playbook.md#entry)` names the entry for the steps of its section. */

import type { Definition, Root } from 'mdast';
import { toString as textOf } from 'mdast-util-to-string';
import type { Target } from '../core/plan.ts';
import type { Collector, Span } from './collector.ts';
import { resolveLink } from './link.ts';
import { extentOf } from './markdown.ts';
import type { Section } from './section.ts';
import { visit } from './visit.ts';

/** A failure link that leads to a place in a document; whether the place exists is for the plan to see. */
export type FailureLink = { readonly target: Target; readonly at: Span; readonly offset: number };

/** Where links of the form `[text][name]` lead. */
export type Definitions = ReadonlyMap<string, string>;

/** The link definitions of a document; the first of a name counts. */
export function definitionsOf(root: Root): Definitions {
  const definitions = new Map<string, string>();
  visit(root, 'definition', ({ identifier, url }: Definition) => {
    if (!definitions.has(identifier)) definitions.set(identifier, url);
  });
  return definitions;
}

/** The failure links of a section. */
export function failureLinksOf(section: Section, definitions: Definitions, report: Collector): readonly FailureLink[] {
  const links: FailureLink[] = [];
  visit(section.tree, 'strong', (strong, index, parent) => {
    if (!/^if this fails:?$/i.test(textOf(strong).trim())) return;
    const link = parent?.children.slice(index).find((node) => node.type === 'link' || node.type === 'linkReference');
    if (link === undefined) {
      const hint = 'Write **If this fails:** [text](playbook.md#entry).';
      report.warning('failure-link', extentOf(strong).span, ['This names no playbook entry, so none is suggested from here.', hint]);
      return;
    }
    const { span, start } = extentOf(link);
    const target = resolveLink(report.path, link.type === 'link' ? link.url : String(definitions.get(link.identifier)));
    if ('problem' in target) report.error('link', span, `The failure link names no playbook entry: ${target.problem}.`);
    else if (target.anchor === '')
      report.error('link', span, ['The failure link names a document, but no entry of it.', "Write the heading's #anchor behind the file."]);
    else links.push({ target, at: span, offset: start });
  });
  return links;
}

/** A step of a section, and the text that is its own: from its fence (the first one: from the heading) to the next step. */
type Stretch = { readonly id: string; readonly start: number; readonly end: number };

/** Which link belongs to which step. A single link of a section is for all of its steps; else each step has the one behind its fence. */
export function assignLinks(links: readonly FailureLink[], stretches: readonly Stretch[], report: Collector): ReadonlyMap<string, Target> {
  const assigned = new Map<string, Target>();
  const [only] = links;
  if (only !== undefined && stretches.length === 0)
    report.warning('failure-link', only.at, 'No step stands in this section, so this link belongs to none.');
  for (const { id, start, end } of stretches) {
    const [own, second] = links.length === 1 ? links : links.filter(({ offset }) => offset >= start && offset < end);
    if (own !== undefined) assigned.set(id, own.target);
    if (second !== undefined) report.error('failure-link', second.at, `The step ${id} has two failure links.`);
  }
  return assigned;
}
