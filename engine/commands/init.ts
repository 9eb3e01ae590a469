/** `runbook init`: puts the runbook and playbook, their templates and what they need into another repository. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTwoFilesPatch } from 'diff';
import { escapeText } from '../core/escape.ts';
import { Fault } from '../fault.ts';
import { openProject } from '../runtime/project.ts';
import type { Io } from './io.ts';

/** The package: two folders above this file, in the sources and once built. */
const origin = fileURLToPath(new URL('../..', import.meta.url));

/** The steps of the documents call these, in the folder where they run. */
const scripts = 'test/fixtures/lego-api/scripts';

/** A file to be written: its path relative to the repository, with `/`. */
type Planned = { readonly path: string; readonly text: string };

/** What became of it. */
type Written = Planned & { readonly kind: 'written' | 'the same' | 'kept'; readonly found?: string };

/**
 * Writes what is missing. A file that is there is never touched: where it differs, the difference is shown.
 * @throws Fault `usage` for a folder outside the repository.
 */
export function init(io: Io, folder: string | undefined): void {
  const { root } = openProject(io.cwd);
  const target = relative(root, resolve(io.cwd, folder ?? '.')).replaceAll('\\', '/');
  if (target.startsWith('..'))
    throw new Fault('usage', `${folder} is outside the repository ${root}.`, { hint: 'Give a folder inside it: runbook init docs/operations' });
  const results = planned(target).map((file) => put(root, file));
  const say = (text: string): void => void io.stdout.write(`${escapeText(text, { colour: false, newlines: true })}\n`);
  const marks = { written: '✔ written', 'the same': '○ is there', kept: '! kept    ' } as const;
  for (const { kind, path } of results) say(`${marks[kind]}  ${path}`);
  for (const { kind, path, text, found = '' } of results)
    if (kind === 'kept') say(`\n${path} was there and is kept. What the engine would have written:\n${createTwoFilesPatch(path, path, found, text)}`);
  const at = relative(io.cwd, root);
  say(
    `\nNext: put your accounts, clusters and capacities into ${posix.join(at, 'runbook.yaml')}, then: runbook run database-operations --stage local --procedure check-connections`,
  );
}

/** Everything that is written, in the order in which it is told. */
function planned(target: string): readonly Planned[] {
  const documents = ['runbooks/database-operations.md', 'playbooks/database-operations-failure.md'].map((path) => ({ path, from: path }));
  const templates = readdirSync(join(origin, 'templates')).map((name) => ({ path: name, from: `templates/${name}` }));
  const programs = readdirSync(join(origin, scripts), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'));
  return [
    ...[...documents, ...templates].map(({ path, from }) => ({ path: posix.join(target, path), text: original(from) })),
    ...programs.sort().map((name) => ({ path: `scripts/${name}`, text: original(`${scripts}/${name}`) })),
    { path: 'runbook.yaml', text: configFor(target) },
  ];
}

/** The stages of the example, at home in the repository; where the documents are is said if it is no usual place. */
function configFor(target: string): string {
  const stages = original('runbook.yaml').replace(/^ +cwd: .*\n/m, '');
  if (['.', '', 'docs/operations'].includes(target)) return stages;
  return `runbooks: ${target}/runbooks\nplaybooks: ${target}/playbooks\n${stages}`;
}

function original(path: string): string {
  return readFileSync(join(origin, path), 'utf8');
}

function put(root: string, file: Planned): Written {
  const path = join(root, file.path);
  if (existsSync(path)) {
    const found = readFileSync(path, 'utf8');
    return { ...file, kind: found === file.text ? 'the same' : 'kept', found };
  }
  mkdirSync(dirname(path), { recursive: true });
  // A file that somebody else made in between is not overwritten either.
  writeFileSync(path, file.text, { flag: 'wx' });
  return { ...file, kind: 'written' };
}
