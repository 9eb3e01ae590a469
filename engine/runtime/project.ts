/** Where the project is, and its documents. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { formatDiagnostic } from '../document/diagnostic.ts';
import { nearest } from '../document/nearest.ts';
import { Fault } from '../fault.ts';
import { type Config, parseConfig } from './config.ts';

/** A project: its root (absolute), what `runbook.yaml` says, and that file's text where there is one. */
export type Project = { readonly root: string; readonly config: Config; readonly configText?: string };

const configName = 'runbook.yaml';

/** The project around a folder: the nearest folder upwards with `runbook.yaml`, else the git root, else the folder itself. */
export function openProject(folder: string): Project {
  const root = upwards(folder, configName) ?? upwards(folder, '.git') ?? folder;
  const path = join(root, configName);
  if (!existsSync(path)) return { root, config: parseConfig(configName, '').config };
  const configText = readFileSync(path, 'utf8');
  const { config, diagnostics } = parseConfig(configName, configText);
  if (diagnostics.length > 0) {
    const text = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, configText)).join('\n');
    throw new Fault('invalid', text, { hint: `Correct ${path} and try again.` });
  }
  return { root, config, configText };
}

function upwards(folder: string, name: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, name))) return at;
    if (dirname(at) === at) return undefined;
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
  return foldersOf(project, kind)
    .flatMap((folder) => markdownIn(join(project.root, folder)).map((name) => `${folder.replace(/\/+$/, '')}/${name}`))
    .sort();
}

function foldersOf(project: Project, kind: 'runbook' | 'playbook'): readonly string[] {
  const named = kind === 'runbook' ? project.config.runbooks : project.config.playbooks;
  if (named !== undefined) return named;
  const plain = `${kind}s`;
  return existsSync(join(project.root, plain)) ? [plain] : [`docs/operations/${kind}s`];
}

function markdownIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() && entry.name.endsWith('.md') ? [entry.name] : []));
}

/**
 * The document that a name means, and the procedure after `#`.
 * A name is a file's name without `.md` (runbooks first, then playbooks), or a path from the working folder.
 * @throws Fault `usage` for an unknown name.
 */
export function findDocument(project: Project, cwd: string, name: string): { readonly path: string; readonly procedure?: string } {
  const [wanted = '', procedure] = name.split('#', 2);
  const anchor = procedure === undefined ? {} : { procedure };
  const all = [...documentPaths(project, 'runbook'), ...documentPaths(project, 'playbook')];
  const named = all.find((path) => basename(path, '.md') === wanted);
  if (named !== undefined) return { path: named, ...anchor };
  const file = isAbsolute(wanted) ? wanted : resolve(cwd, wanted);
  if (wanted !== '' && existsSync(file) && statSync(file).isFile()) {
    const path = projectPath(project, file);
    if (!path.startsWith('../') && !isAbsolute(path)) return { path, ...anchor };
    throw new Fault('usage', `${file} is outside the project ${project.root}.`, {
      hint: `Go to that file's project first, or use -C ${dirname(file)}.`,
    });
  }
  const names = all.map((path) => basename(path, '.md'));
  const meant = nearest(wanted, names);
  const found = names.length === 0 ? 'No documents were found' : `This project has: ${names.join(', ')}`;
  const hint = meant === undefined ? 'runbook list shows what there is.' : `Did you mean "${meant}"?`;
  throw new Fault('usage', `Unknown runbook "${wanted}". ${found}.`, { hint });
}
