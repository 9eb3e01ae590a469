/** `runbook new`: a document from its template, ready to be written over. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { escapeText } from '../core/escape.ts';
import { meantOr } from '../document/nearest.ts';
import { Fault, hasCode, messageOf } from '../fault.ts';
import { packageFolder } from '../place.ts';
import { foldersOf, openProject, type Project } from '../runtime/project.ts';
import type { Io } from './io.ts';

type Kind = 'runbook' | 'playbook';

/** Writes a new document from the team's own template, or else from ours. What is there is never overwritten. */
export function newDocument(io: Io, wanted: string, name: string): void {
  const kind = kindOf(wanted);
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))
    throw new Fault('usage', `A document is named by words of lower-case letters and digits with - between them; found "${name}".`, {
      hint: `Try: runbook new ${kind} ${suggested(name)}`,
    });
  const project = openProject(io.cwd);
  const folder = folderFor(project, kind);
  const path = posix.join(folder, `${name}.md`);
  const template = templateOf(project, folder, kind);
  write(join(project.root, path), filled(project, readFileSync(template.path, 'utf8'), kind, name), path);
  const shown = relative(io.cwd, join(project.root, path));
  const from = template.own === undefined ? '' : ` from ${template.own}`;
  io.stdout.write(
    `${escapeText(`Written: ${shown}${from}\nWrite over everything in it. What is left of the template is found by: runbook lint ${shown}`, { colour: false, newlines: true })}\n`,
  );
}

/** Where documents of this kind are; before the first one, beside the others or else in the root. */
function folderFor(project: Project, kind: Kind): string {
  const [usual = `${kind}s`] = foldersOf(project, kind);
  return project.config[`${kind}s`] === undefined && !existsSync(join(project.root, posix.dirname(usual))) ? `${kind}s` : usual;
}

function kindOf(wanted: string): Kind {
  if (wanted === 'runbook' || wanted === 'playbook') return wanted;
  throw new Fault('usage', `There are runbooks (an outcome to reach) and playbooks (a failure to recover from); found "${wanted}".`, {
    hint: meantOr('runbook new runbook restart-the-workers', wanted, ['runbook', 'playbook']),
  });
}

/** A name that could have been meant. */
function suggested(name: string): string {
  const words = name
    .toLowerCase()
    .replace(/\.md$/, '')
    .match(/[a-z0-9]+/g) ?? ['restart', 'the', 'workers'];
  return words.join('-');
}

/** The team's own template stands beside the folder of its documents, or in `templates`. */
function templateOf(project: Project, folder: string, kind: Kind): { readonly path: string; readonly own?: string } {
  const name = `${kind.toUpperCase()}-TEMPLATE.md`;
  for (const own of [posix.join(posix.dirname(folder), name), posix.join('templates', name)])
    if (existsSync(join(project.root, own))) return { path: join(project.root, own), own };
  return { path: join(packageFolder, 'templates', name) };
}

/** What is known already stands in the document: its title, the stages of the project, the day. */
function filled(project: Project, template: string, kind: Kind, name: string): string {
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('-', ' ')}`;
  const stages = Object.keys(project.config.stages);
  const text = template
    .replace(new RegExp(`^# Name of the (?:${kind}|failure)$`, 'm'), () => `# ${title}`)
    .replace(/^reviewed: .*$/m, `reviewed: ${new Date().toISOString().slice(0, 10)}`);
  return stages.length === 0 ? text : text.replace(/^stages: .*$/m, `stages: [${stages.join(', ')}]`);
}

function write(path: string, text: string, shown: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    // A file that somebody else made in between is not overwritten either.
    writeFileSync(path, text, { flag: 'wx' });
  } catch (cause) {
    if (hasCode(cause, 'EEXIST'))
      throw new Fault('usage', `${shown} is there already, and nothing was written.`, { hint: 'Choose another name, or edit that file.' });
    throw new Fault('usage', `${shown} cannot be written: ${messageOf(cause)}`, { hint: `ls -ld '${dirname(path)}'`, cause });
  }
}
