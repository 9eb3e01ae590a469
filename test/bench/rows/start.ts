/** How long it takes until a command that changes nothing has answered. */

import { setTimeout as pause } from 'node:timers/promises';
import { cli, makeProject, type TestProject } from '../../helpers/project.ts';
import { type Row, ratios, timed } from '../measure.ts';
import { sampleRunbook } from '../sample-runbook.ts';
import { addFinished } from './history.ts';

const rounds = 15;
const bare = (): number => timed(['node', '-e', '0']);

/** Twenty runbooks of 20 KB, and a history of twenty runs. */
function makeShelf(): TestProject {
  const shelf = Array.from({ length: 20 }, (_, index) => [`runbooks/shelf-${index}.md`, sampleRunbook(20_000)] as const);
  const project = makeProject(Object.fromEntries(shelf), { spoilsRecords: true });
  addFinished(project, 20);
  return project;
}

function row(args: readonly string[], title: string, { goal, code = 0 }: { readonly goal: number; readonly code?: number }): Row {
  return {
    what: title,
    against: '`node -e 0`',
    goal,
    unit: 'x',
    async measure() {
      using project = makeShelf();
      // As a project is found: what has changed within the last two seconds is kept by nobody.
      await pause(2500);
      return await ratios(rounds, () => timed(['node', cli, ...args], { cwd: project.root }, code), bare);
    },
  };
}

export const startRows: readonly Row[] = [
  row(['--version'], '`runbook --version`', { goal: 1.4 }),
  row(['list'], '`runbook list` of 20 runbooks of 20 KB', { goal: 1.4 }),
  row(['runs'], '`runbook runs`', { goal: 1.4 }),
  row(['lint', 'runbooks/shelf-0.md'], '`runbook lint` of one runbook of 20 KB', { goal: 4, code: 3 }),
  row(['plan', 'shelf-0#sort-shelf-1', '--stage', 'dev'], '`runbook plan` of one runbook of 20 KB', { goal: 4 }),
];
