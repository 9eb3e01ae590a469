/** Where the project is, and its documents. */

import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { formatDiagnostic } from '../document/diagnostic.ts';
import { nearest } from '../document/nearest.ts';
import { Fault, messageOf } from '../fault.ts';
import { type Config, parseConfig } from './config.ts';
import { configName, findRoot, type Rooted } from './root.ts';

/** A project: its root, what `runbook.yaml` says, and that file's text where there is one. */
export type Project = Rooted & { readonly config: Config; readonly configText?: string };

/**
 * The project around a folder.
 * @throws Fault `invalid` when `runbook.yaml` cannot be read or is not valid.
 */
export function openProject(folder: string): Project {
  const root = findRoot(folder);
  const path = join(root, configName);
  if (!existsSync(path)) return { root, config: parseConfig(configName, '').config };
  const configText = readConfig(path);
  const { config, diagnostics } = parseConfig(configName, configText);
  if (diagnostics.length > 0) {
    const text = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, configText)).join('\n');
    throw new Fault('invalid', text, { hint: `Correct ${path} and try again.` });
  }
  return { root, config, configText };
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = messageOf(cause);
    throw new Fault('invalid', `${path} cannot be read: ${why}`, { hint: `ls -ld '${path}'`, cause });
  }
}

/** A path as documents and journals name it: relative to the root, with `/`. */
export function projectPath(project: Project, path: string): string {
  return relative(project.root, path).split(sep).join('/');
}

/** The text of a file of the project, or undefined where there is none to read. */
export function readText(project: Project, path: string): string | undefined {
  try {
    return readFileSync(join(project.root, path), 'utf8');
  } catch {
    return undefined;
  }
}

/** Paths of all documents of a kind, sorted by name. */
export function documentPaths(project: Project, kind: 'runbook' | 'playbook'): readonly string[] {
  return markdownPaths(project, kind).filter((path) => isFile(project, path));
}

/** Paths of everything that is named like a document of a kind, be it a link that leads nowhere; sorted. */
export function markdownPaths(project: Project, kind: 'runbook' | 'playbook'): readonly string[] {
  return foldersOf(project, kind)
    .flatMap((folder) => namesIn(join(project.root, folder)).map((name) => posix.join(folder, name)))
    .filter((path) => path.endsWith('.md'))
    .sort();
}

/** The folders in which documents of a kind are looked for, relative to the root. */
export function foldersOf(project: Project, kind: 'runbook' | 'playbook'): readonly string[] {
  const named = kind === 'runbook' ? project.config.runbooks : project.config.playbooks;
  if (named !== undefined) return named;
  const plain = `${kind}s`;
  return existsSync(join(project.root, plain)) ? [plain] : [`docs/operations/${kind}s`];
}

/** What is no folder has no names in it. */
function namesIn(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}

/** Whether a path (relative to the root, or absolute) is that of a file, or of a link that leads to one. */
export function isFile(project: Project, path: string): boolean {
  return statSync(resolve(project.root, path), { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * The document that a name means, and the procedure after `#`.
 * A name is a file's name without `.md` (runbooks first, then playbooks), or a path from the working folder.
 * @throws Fault `usage` for an unknown name.
 */
export function findDocument(project: Project, cwd: string, name: string): { readonly path: string; readonly procedure?: string } {
  const hash = name.indexOf('#');
  const wanted = hash < 0 ? name : name.slice(0, hash);
  const anchor = hash < 0 ? {} : { procedure: name.slice(hash + 1) };
  const all = [...documentPaths(project, 'runbook'), ...documentPaths(project, 'playbook')];
  const path = all.find((candidate) => basename(candidate, '.md') === wanted) ?? pathOf(project, resolve(cwd, wanted));
  if (path !== undefined) return { path, ...anchor };
  const names = all.map((candidate) => basename(candidate, '.md'));
  const meant = nearest(basename(wanted, '.md'), names);
  const found = names.length === 0 ? `No documents were found in ${foldersIn(project)}` : `This project has: ${names.join(', ')}`;
  const hint = meant === undefined ? 'runbook list shows what there is.' : `Did you mean "${meant}"?`;
  throw new Fault('usage', `Unknown runbook "${wanted}". ${found}.`, { hint });
}

/** The project path of a file; undefined where there is none. */
function pathOf(project: Project, file: string): string | undefined {
  if (!isFile(project, file)) return undefined;
  // The project may have been reached by a link, and the file not, or the other way round.
  const real = join(realpathSync(dirname(file)), basename(file));
  const paths = [projectPath(project, file), projectPath({ ...project, root: realpathSync(project.root) }, real)];
  const inside = paths.find((path) => !path.startsWith('../') && !isAbsolute(path));
  if (inside !== undefined) return inside;
  throw new Fault('usage', `${file} is outside the project ${project.root}.`, {
    hint: `Go to that file's project first, or use -C ${dirname(file)}.`,
  });
}

function foldersIn(project: Project): string {
  const folders = [...foldersOf(project, 'runbook'), ...foldersOf(project, 'playbook')].map((folder) => posix.join(folder, '/'));
  return [...new Set(folders)].join(' and ');
}
