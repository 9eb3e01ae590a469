/** `runbook` without arguments: the picker on a terminal, short help elsewhere. */

import { basename } from 'node:path';
import { parseDocument } from '../document/parse.ts';
import { documentPaths, openProject, type Project, readText } from '../runtime/project.ts';
import type { PickEntry } from '../view/pick.tsx';
import { hasColour, hasUnicode, type Io, modeOf } from './io.ts';
import { resume } from './resume.ts';
import { run } from './run.ts';
import { listRuns } from './runs.ts';

const help = `runbook runs operations runbooks that stay plain markdown.

  runbook list                              the runbooks of this project
  runbook run <name> --stage <stage>        run one
  runbook resume                            go on with an unfinished run
  runbook --help                            all commands
`;

/** Lets the operator choose, then does what was chosen. Gives the exit code. */
export async function pickAndRun(io: Io): Promise<number> {
  if (modeOf(io, {}) !== 'terminal') {
    io.stdout.write(help);
    return 0;
  }
  const project = openProject(io.cwd);
  const { pick } = await import('../view/pick.tsx');
  const { stdin, stdout } = io;
  const picked = await pick(entriesOf(project), { stdin, stdout, colour: hasColour(io, stdout), unicode: hasUnicode(io) });
  if (picked === undefined) return 0;
  const answers = { yes: false, allow: [], strict: false, json: false, plain: false, var: [], secretFile: [] };
  if (picked.kind === 'resume') return resume(io, picked.run, answers);
  const all = picked.procedure === 'all';
  return run(io, picked.name, {
    ...answers,
    stage: picked.stage,
    procedure: all ? [] : [picked.procedure],
    all,
    asIs: false,
    only: [],
    readOnly: false,
  });
}

function entriesOf(project: Project): readonly PickEntry[] {
  const open = listRuns(project).filter((listed) => !listed.finished);
  const stages = Object.entries(project.config.stages);
  return documentPaths(project, 'runbook').map((path) => {
    const { document } = parseDocument(path, readText(project, path) ?? '');
    const { owner, stages: listed } = document.frontMatter;
    return {
      name: basename(path, '.md'),
      title: document.title,
      ...(owner !== undefined && { owner }),
      procedures: document.procedures.map(({ anchor, title }) => ({ anchor, title })),
      stages: stages
        .filter(([name]) => listed === undefined || listed.includes(name))
        .map(([name, stage]) => ({ name, sandbox: stage.sandbox, typed: stage.confirm === 'typed' })),
      unfinished: open
        .filter((other) => other.document === path)
        .map((other) => ({ run: other.run, stage: other.stage, text: `${other.result}, by ${other.operator}, ${other.startedAt}` })),
    };
  });
}
