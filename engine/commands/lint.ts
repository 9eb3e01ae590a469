/** `runbook lint`: what is wrong with documents, found without running anything. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { escapeText, safeJson } from '../core/escape.ts';
import { type Diagnostic, formatDiagnostics } from '../document/diagnostic.ts';
import { type Linted, lint as lintDocuments, sorted } from '../document/lint/lint.ts';
import { withoutSecrets } from '../document/lint/secret.ts';
import { normalise } from '../document/normalise.ts';
import { exitCodes, Fault, messageOf } from '../fault.ts';
import { findBash } from '../kernels/kernel.ts';
import { blockProblems } from '../runtime/block-problems.ts';
import { stageOf } from '../runtime/config.ts';
import { documentPaths, findDocument, openProject, type Project, readText } from '../runtime/project.ts';
import { hasUnicode, type Io } from './io.ts';

/** The options of `lint`. */
export type LintOptions = { readonly format: 'pretty' | 'json' };

/** Lints documents, all of the project where none is named. Gives the exit code: 3 when there is an error. */
export async function lint(io: Io, named: readonly string[], { format }: LintOptions): Promise<number> {
  const project = openProject(io.cwd);
  const all = [...documentPaths(project, 'runbook'), ...documentPaths(project, 'playbook')];
  const paths = named.length === 0 ? all : [...new Set(named.flatMap((name) => pathsOf(project, io.cwd, name)))];
  if (paths.length === 0)
    throw new Fault('usage', `There are no documents in ${project.root}.`, { hint: 'Name a file or folder: runbook lint docs/operations' });
  const texts = new Map<string, string | undefined>();
  const read = (path: string): string | undefined => {
    if (!texts.has(path)) texts.set(path, readText(project, path));
    return texts.get(path);
  };
  const linted = lintDocuments({
    paths,
    project: all,
    stages: Object.entries(project.config.stages).map(([name, stage]) => stageOf(name, stage)),
    today: new Date().toISOString().slice(0, 10),
    templates: templatesOf(project, all),
    exists: (path) => existsSync(join(project.root, path)),
    read,
  });
  const diagnostics = sorted([...linted.diagnostics, ...(await inBlocks(io, project, linted))], paths);
  io.stdout.write(format === 'json' ? asJson(paths, diagnostics) : asText(io, paths, diagnostics, read));
  return diagnostics.some(({ severity }) => severity === 'error') ? exitCodes.invalid : exitCodes.finished;
}

/** The document of a name or path, or every markdown file below a folder. */
function pathsOf(project: Project, cwd: string, name: string): readonly string[] {
  const folder = resolve(cwd, name);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const { path, procedure } = findDocument(project, cwd, name);
    if (procedure !== undefined) throw new Fault('usage', `Documents are linted as a whole, not only ${name}.`, { hint: `runbook lint ${path}` });
    return [path];
  }
  return markdownBelow(folder).map((file) => findDocument(project, cwd, file).path);
}

function markdownBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return markdownBelow(path);
      return entry.name.endsWith('.md') && statSync(path, { throwIfNoEntry: false })?.isFile() ? [path] : [];
    });
}

/** The engine's own templates, beside its program, and those of the project beside its folders of documents. */
function templatesOf(project: Project, documents: readonly string[]): readonly string[] {
  const parents = new Set(documents.map((path) => posix.join(posix.dirname(path), '..')));
  const folders = [fileURLToPath(new URL('../../templates/', import.meta.url)), ...Array.from(parents, (parent) => join(project.root, parent))];
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder).flatMap((name) => (/-TEMPLATE\.md$/.test(name) ? [normalise(readFileSync(join(folder, name), 'utf8'))] : [])),
    );
}

async function inBlocks(io: Io, project: Project, { documents }: Linted): Promise<readonly Diagnostic[]> {
  const bash = await findBash(io.env.PATH).catch((error: unknown) => {
    io.stderr.write(`Shell syntax was not checked. ${escapeText(messageOf(error), { colour: false, newlines: true })}\n`);
    return undefined;
  });
  return blockProblems(documents, { config: project.config, bash });
}

function asJson(paths: readonly string[], diagnostics: readonly Diagnostic[]): string {
  const { errors, warnings } = counts(diagnostics);
  const found = diagnostics.map(({ place, ...diagnostic }) => ({ ...diagnostic, ...place }));
  return `${safeJson({ version: 1, documents: paths, errors, warnings, diagnostics: found })}\n`;
}

function asText(io: Io, paths: readonly string[], diagnostics: readonly Diagnostic[], read: (path: string) => string | undefined): string {
  const sources = new Map(paths.map((path) => [path, withoutSecrets(normalise(read(path) ?? ''))]));
  const named = diagnostics.map((diagnostic) => ({ ...diagnostic, message: `${diagnostic.message} [${diagnostic.rule}]` }));
  const found = formatDiagnostics(named, (path) => sources.get(path));
  const { errors, warnings } = counts(diagnostics);
  const unicode = hasUnicode(io);
  const [good, bad] = unicode ? ['✔', '✖'] : ['ok', 'FAIL'];
  const parts = [...(errors > 0 ? [plural(errors, 'error')] : []), ...(warnings > 0 ? [plural(warnings, 'warning')] : [])];
  const mark = errors > 0 ? bad : good;
  return `${[...found, `${mark} ${plural(paths.length, 'document')}, ${parts.join(' and ') || 'no problems'}`].join('\n\n')}\n`;
}

function counts(diagnostics: readonly Diagnostic[]): { readonly errors: number; readonly warnings: number } {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: diagnostics.length - errors };
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
