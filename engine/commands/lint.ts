/** `runbook lint`: what is wrong with documents, found without running anything. */

import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { escapeText, safeJson } from '../core/escape.ts';
import { type Diagnostic, formatDiagnostics } from '../document/diagnostic.ts';
import { type Linted, lint as lintDocuments, sorted } from '../document/lint/lint.ts';
import { rules } from '../document/lint/rules.ts';
import { withoutSecrets } from '../document/lint/secret.ts';
import { normalise } from '../document/normalise.ts';
import { exitCodes, Fault, messageOf } from '../fault.ts';
import { findBash } from '../kernels/kernel.ts';
import { packageFolder } from '../place.ts';
import type { Findings } from '../report/findings.ts';
import { blockProblems } from '../runtime/block-problems.ts';
import { stageOf } from '../runtime/config.ts';
import { documentPaths, findDocument, openProject, type Project, readText } from '../runtime/project.ts';
import { hasUnicode, type Io } from './io.ts';

/** The options of `lint`. `strict`: a warning is enough for exit code 3. `fix`: mend first what can be mended. */
export type LintOptions = { readonly format: 'pretty' | 'json' | 'sarif' | 'github' | 'junit'; readonly strict: boolean; readonly fix: boolean };

/** Lints documents, all of the project where none is named. Gives the exit code: 3 when there is an error, or a warning and `strict`. */
export async function lint(io: Io, named: readonly string[], { format, strict, fix }: LintOptions): Promise<number> {
  const project = openProject(io.cwd);
  const all = [...documentPaths(project, 'runbook'), ...documentPaths(project, 'playbook')];
  const paths = named.length === 0 ? all : [...new Set(named.flatMap((name) => pathsOf(project, io.cwd, name)))];
  if (paths.length === 0)
    throw new Fault('usage', `There are no documents in ${project.root}.`, { hint: 'Name a file or folder: runbook lint docs/operations' });
  if (fix) {
    const { fixFiles } = await import('./fix.ts');
    const tell = (line: string): void => void io.stderr.write(`${line}\n`);
    fixFiles(project.root, paths, (path) => readText(project, path), tell);
  }
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
  if (format === 'json') io.stdout.write(asJson(paths, diagnostics));
  else {
    const text = asText(io, paths, diagnostics, read);
    if (format === 'pretty') io.stdout.write(text);
    else await writeForHost(io, format, { text, ...inRepository(io, project, { documents: paths, found: diagnostics }) });
  }
  return diagnostics.some(({ severity }) => strict || severity === 'error') ? exitCodes.invalid : exitCodes.finished;
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
  const folders = [join(packageFolder, 'templates'), ...Array.from(parents, (parent) => join(project.root, parent))];
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

/** Code hosts know paths from the top of the repository; the project may be a folder of it. */
function inRepository(io: Io, { root }: Project, { documents, found }: Findings): Findings {
  const top = [io.env.GITHUB_WORKSPACE, io.env.CI_PROJECT_DIR, repositoryAbove(root)].find((folder) => folder !== undefined && folder !== '');
  const prefix = top === undefined ? '' : relative(realpathSync.native(top), realpathSync.native(root)).split(sep).join('/');
  if (prefix === '' || prefix.startsWith('..')) return { documents, found };
  const below = (path: string): string => `${prefix}/${path}`;
  return {
    documents: documents.map(below),
    found: found.map((finding) => ({ ...finding, place: { ...finding.place, path: below(finding.place.path) } })),
  };
}

function repositoryAbove(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return dirname(folder) === folder ? undefined : repositoryAbove(dirname(folder));
}

/** Prints what code hosts and test viewers read. On GitHub all of it stands in the log and in the step's summary, and the worst beside the lines. */
async function writeForHost(
  io: Io,
  format: 'sarif' | 'github' | 'junit',
  { text, ...findings }: Findings & { readonly text: string },
): Promise<void> {
  const { annotations, inertLog, junit, sarif, summary } = await import('../report/findings.ts');
  if (format === 'sarif') return void io.stdout.write(sarif(findings, { version: io.version, helpOf: (rule) => helpOf(rule, io.env.RUNBOOK_DOCS) }));
  if (format === 'junit') return void io.stdout.write([...junit(findings)].join(''));
  io.stdout.write(inertLog(text, randomUUID()) + annotations(findings));
  const file = io.env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  try {
    appendFileSync(file, summary(findings));
  } catch (error) {
    io.stderr.write(`The summary was not written. ${escapeText(messageOf(error), { colour: false })}\n`);
  }
}

/** Where a rule is described, below the address of the folder docs/ that `RUNBOOK_DOCS` has. */
function helpOf(rule: string, docs: string | undefined): string | undefined {
  if (docs === undefined || !/^https?:\/\/[^\s<>"]+$/.test(docs)) return undefined;
  const own = rules.some(({ id }) => id === rule) || rule === 'shell-syntax' || rule === 'kernel-unknown';
  const page = own ? `lint.md#${rule}` : rule.startsWith('aws-') ? 'aws.md' : 'annotations.md#rules';
  return `${docs.replace(/\/$/, '')}/${page}`;
}

function counts(diagnostics: readonly Diagnostic[]): { readonly errors: number; readonly warnings: number } {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: diagnostics.length - errors };
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
