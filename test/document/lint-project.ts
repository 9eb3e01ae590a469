import type { Stage } from '../../engine/core/plan.ts';
import { formatDiagnostic } from '../../engine/document/diagnostic.ts';
import { type Linted, type LintSource, lint } from '../../engine/document/lint/lint.ts';
import { rules } from '../../engine/document/lint/rules.ts';

/** The day on which documents are linted in tests. */
const today = '2026-11-22';

/** A stage that asks, with some variables. */
export function stageNamed(name: string, variables: Readonly<Record<string, string>> = {}, region?: string): Stage {
  return { name, sandbox: false, confirm: 'ask', onFailure: 'ask', variables, ...(region !== undefined && { region }) };
}

type Given = Partial<Omit<LintSource, 'read' | 'exists'>>;

/** Lints a project that consists of `files`: all of its documents, unless `paths` names some. */
export function linted(files: Readonly<Record<string, string>>, given: Given = {}): Linted & { readonly reads: readonly string[] } {
  const all = new Map(Object.entries(files));
  const documents = [...all.keys()].filter((path) => /^(?:run|play)books\//.test(path) && path.endsWith('.md'));
  const reads: string[] = [];
  const result = lint({
    paths: documents,
    project: documents,
    stages: [],
    today,
    templates: [],
    exists: (path) => [...all.keys()].some((file) => file === path || file.startsWith(`${path}/`)),
    read: (path) => {
      reads.push(path);
      return all.get(path);
    },
    ...given,
  });
  return { ...result, reads };
}

/** What one rule, of the linter or of a plan, finds in a project, as printed. */
export function found(rule: string, files: Readonly<Record<string, string>>, given: Given = {}): string {
  return linted(files, given)
    .diagnostics.filter((diagnostic) => diagnostic.rule === rule)
    .map((diagnostic) => formatDiagnostic(diagnostic, files[diagnostic.place.path]))
    .join('\n');
}

/** The rules of the linter itself that a project breaks, in the order of the text. */
export function brokenRules(files: Readonly<Record<string, string>>, given: Given = {}): readonly string[] {
  const own = new Set(rules.map(({ id }) => id));
  return linted(files, given).diagnostics.flatMap(({ rule }) => (own.has(rule) ? [rule] : []));
}
