/** The linter: what is wrong with documents before anybody runs them. Pure: files, stages and the day come from outside. */

import type { Document, Stage } from '../../core/plan.ts';
import { sections } from '../../core/variables.ts';
import { collector, nowhere } from '../collector.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { DocumentRead } from '../document-read.ts';
import { readDocument } from '../parse.ts';
import { checkSymptoms } from '../reach.ts';
import { keyOf, plannedProblems, unreported } from './planned.ts';
import type { Rule, World } from './rule.ts';
import { rules } from './rules.ts';

/** What is linted, and what it is looked at with. Paths are relative to the project root, with `/`. */
export type LintSource = Pick<World, 'today' | 'exists' | 'templates'> & {
  readonly paths: readonly string[];
  /** Every document of the project: whether an entry is reached is seen by all of them. */
  readonly project: readonly string[];
  readonly stages: readonly Stage[];
  readonly read: (path: string) => string | undefined;
};

/** What the linter found, and the documents that are whole enough for their blocks to be looked at. */
export type Linted = { readonly diagnostics: readonly Diagnostic[]; readonly documents: readonly Document[] };

/** After one of these nobody can tell where a section ends, or what kind of document this is. */
const shapeless = new Set(['kind-missing', 'too-large', 'too-nested', 'fence-unclosed', 'front-matter-unclosed', 'front-matter-syntax']);

/** Lints documents. Each file is parsed once, however many look at it. */
export function lint(source: LintSource): Linted {
  const { paths, stages } = source;
  const world = worldOf(source);
  const documents: Document[] = [];
  const found = paths.flatMap((path) => {
    const read = world.find(path);
    if (read === undefined) return missing(path);
    const own = read.report.diagnostics();
    if (own.some(({ rule }) => shapeless.has(rule))) return [...own, ...inText(read, world)];
    if (!read.front.present && sections(read.document).length === 0) return [...own, ...inText(read, world)];
    documents.push(read.document);
    return [...own, ...plannedProblems(read, stages, world), ...unknownSymptoms(read, world), ...ruled(read, world, rules)];
  });
  return { diagnostics: sorted(found, paths), documents };
}

function worldOf({ project, paths, read, ...given }: LintSource): World {
  const kept = new Map<string, DocumentRead | undefined>();
  const find = (path: string): DocumentRead | undefined => {
    if (!kept.has(path)) {
      const text = read(path);
      kept.set(path, text === undefined ? undefined : readDocument(path, text, {}));
    }
    return kept.get(path);
  };
  return { ...given, find, documents: () => [...new Set([...project, ...paths])].flatMap((path) => find(path) ?? []) };
}

function missing(path: string): readonly Diagnostic[] {
  const report = collector(path);
  report.error('document-missing', nowhere, 'There is no such file, or it cannot be read.');
  return report.diagnostics();
}

/** What holds for every markdown file: one without front matter and steps is no document of ours. */
function inText(read: DocumentRead, world: World): readonly Diagnostic[] {
  return ruled(
    read,
    world,
    rules.filter(({ scope }) => scope === 'text'),
  );
}

function ruled(read: DocumentRead, world: World, some: readonly Rule[]): readonly Diagnostic[] {
  const report = collector(read.document.path);
  for (const { id, severity, check } of some) for (const { at, words } of check(read, world)) report[severity](id, at, words);
  return report.diagnostics();
}

/** A playbook may serve several runbooks, so its symptoms are held against all of them. */
function unknownSymptoms(read: DocumentRead, world: World): readonly Diagnostic[] {
  if (read.document.frontMatter.kind === 'runbook') return [];
  const all = new Map(world.documents().map((other) => [other.document.path, other]));
  const runbook = [...all.values()].find(({ document }) => document.frontMatter.kind === 'runbook');
  if (runbook === undefined) return [];
  const mine = unreported(read);
  checkSymptoms(runbook, all.set(read.document.path, mine));
  return mine.report.diagnostics();
}

/** In the order of the documents and their texts, each once; a link that leads nowhere for several reasons is one mistake. */
export function sorted(diagnostics: readonly Diagnostic[], paths: readonly string[]): readonly Diagnostic[] {
  const links = new Set(diagnostics.filter(({ rule }) => linkRules.has(rule)).map(placeKey));
  const once = new Map(
    diagnostics
      .filter(({ place }) => paths.includes(place.path))
      .filter((diagnostic) => diagnostic.rule !== 'link-broken' || !links.has(placeKey(diagnostic)))
      .map((diagnostic) => [keyOf(diagnostic), diagnostic]),
  );
  return [...once.values()].toSorted(
    ({ place: a }, { place: b }) => paths.indexOf(a.path) - paths.indexOf(b.path) || a.line - b.line || a.column - b.column,
  );
}

/** Rules of plans that look at a link of the text. */
const linkRules: ReadonlySet<string> = new Set(['link', 'symptom']);

function placeKey({ place: { path, line, column } }: Diagnostic): string {
  return `${path}:${line}:${column}`;
}
