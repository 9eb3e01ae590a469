import { type Diagnostic, formatDiagnostic } from '../../engine/document/diagnostic.ts';
import { parseDocument } from '../../engine/document/parse.ts';
import { buildPlan, type PlanRequest } from '../../engine/document/plan.ts';

/** The path under which single documents are parsed in tests. */
export const path = 'runbooks/database-operations.md';

/** A document with front matter and title around a body. */
export function runbook(body: string, frontMatter = 'kind: runbook'): string {
  return `---\n${frontMatter}\n---\n\n# Database operations\n\n${body}`;
}

/** A playbook around a body. */
export function playbook(body: string): string {
  return `---\nkind: playbook\n---\n\n# When database operations fail\n\n${body}`;
}

/** A procedure with one step of low risk around its info string's further words and its block. */
export function procedure(info: string, block = 'true'): string {
  return runbook(`## Take a snapshot\n\n\`\`\`${info}\n${block}\n\`\`\`\n`);
}

/** All diagnostics as they are printed, each with its rule. */
function printed(diagnostics: readonly Diagnostic[], source: (path: string) => string | undefined): string {
  return diagnostics.map((diagnostic) => `[${diagnostic.rule}] ${formatDiagnostic(diagnostic, source(diagnostic.place.path))}`).join('\n');
}

/** What is wrong with a document, as printed. */
export function problems(source: string, options: { asIs?: boolean } = {}): string {
  return printed(parseDocument(path, source, options).diagnostics, () => source);
}

/** The rules that a document breaks. */
export function rules(source: string, options: { asIs?: boolean } = {}): readonly string[] {
  return parseDocument(path, source, options).diagnostics.map((diagnostic) => diagnostic.rule);
}

const stage = { name: 'staging', sandbox: false, confirm: 'ask', onFailure: 'ask', variables: {} } as const;

/** Plans the document at `path` of a project that consists of `files`. */
export function plan(
  files: Readonly<Record<string, string>>,
  request: Partial<PlanRequest> = {},
): ReturnType<typeof buildPlan> & { readonly text: string } {
  const read = (file: string): string | undefined => new Map(Object.entries(files)).get(file);
  const result = buildPlan({ document: path, procedures: undefined, stage, knownStages: [], selection: { readOnly: false }, ...request }, read);
  return { ...result, text: printed(result.diagnostics, read) };
}
