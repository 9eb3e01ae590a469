/** What `runbook init` writes, taken from the package. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { packageFolder } from '../place.ts';

/** The documents to begin with: a small runbook that needs only bash, or that of the database. */
export type Content = 'first' | 'database';

/** What is wanted. `target` is the folder of the documents, relative to the root with `/`; `.` is the root itself. */
export type Wishes = { readonly target: string; readonly content: Content; readonly workflow: boolean; readonly preCommit: boolean };

/** A file to be written: its path relative to the root, with `/`. */
export type InitFile = { readonly path: string; readonly text: string };

/** The steps of the database documents call these, in the folder where they run. */
const scripts = 'test/fixtures/lego-api/scripts';

const documents = {
  first: { folder: 'templates/first', runbook: 'runbooks/maintenance-notice.md', playbook: 'playbooks/maintenance-notice-failure.md' },
  database: { folder: '.', runbook: 'runbooks/database-operations.md', playbook: 'playbooks/database-operations-failure.md' },
} as const;

/** Everything that is written, in the order in which it is told. The first documents were reviewed `today`, a date. */
export function initFiles(root: string, wishes: Wishes, today: string): readonly InitFile[] {
  const { target, content } = wishes;
  const { folder, runbook, playbook } = documents[content];
  const written = content === 'first' ? (text: string) => dated(text, today) : (text: string) => text;
  return [
    { path: 'runbook.yaml', text: configFor(root, wishes) },
    ...[runbook, playbook].map((path) => ({ path: posix.join(target, path), text: written(original(posix.join(folder, path))) })),
    ...templateNames().map((name) => ({ path: posix.join(target === '.' ? 'templates' : target, name), text: original(`templates/${name}`) })),
    ...(content === 'database' ? programs() : []),
    ...(wishes.workflow ? [{ path: '.github/workflows/runbooks.yml', text: withManager(root, original('templates/checks/runbooks.yml')) }] : []),
    ...(wishes.preCommit ? [{ path: '.pre-commit-config.yaml', text: withManager(root, preCommitFor(target)) }] : []),
  ];
}

/** Whether a file is what would be written; the day on which that was done does not count. */
export function isSame(found: string, text: string): boolean {
  return found === text || dated(found, '') === dated(text, '');
}

/** Whether documents in a folder are found although `runbook.yaml` does not name it. */
function isUsual(root: string, target: string): boolean {
  const other = ['runbooks', 'playbooks'].some((name) => existsSync(join(root, name)));
  return target === '.' || (target === 'docs/operations' && !other);
}

/** The days that stand in the documents of the package. */
function dated(text: string, day: string): string {
  return text.replace(/^(reviewed: |\| )20\d\d-\d\d-\d\d\b/gm, (_, before: string) => `${before}${day}`);
}

function configFor(root: string, { target, content }: Wishes): string {
  const stages = original(posix.join(documents[content].folder, 'runbook.yaml')).replace(/^ +cwd: .*\n/m, '');
  return isUsual(root, target) ? stages : `runbooks: ${target}/runbooks\nplaybooks: ${target}/playbooks\n${stages}`;
}

function templateNames(): readonly string[] {
  return readdirSync(join(packageFolder, 'templates')).filter((name) => name.endsWith('-TEMPLATE.md'));
}

function programs(): readonly InitFile[] {
  const names = readdirSync(join(packageFolder, scripts), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'));
  return names.toSorted().map((name) => ({ path: `scripts/${name}`, text: original(`${scripts}/${name}`) }));
}

function preCommitFor(target: string): string {
  const text = original('templates/checks/pre-commit-config.yaml');
  return target === '.' ? text : text.replace('(runbooks|', () => `${target.replaceAll('.', '\\.')}/(runbooks|`);
}

/** The commands of the package manager whose lock file is there; without one, those of npm. */
function withManager(root: string, text: string): string {
  const [install, call] = existsSync(join(root, 'pnpm-lock.yaml'))
    ? ['corepack enable && pnpm install --frozen-lockfile', 'pnpm exec']
    : existsSync(join(root, 'yarn.lock'))
      ? ['corepack enable && yarn install --immutable', 'yarn run']
      : ['npm ci', 'npx --no --'];
  return text.replace('npm ci', install).replace('npx --no --', call);
}

function original(path: string): string {
  return readFileSync(join(packageFolder, path), 'utf8');
}
