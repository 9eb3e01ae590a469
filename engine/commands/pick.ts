/** `runbook` without arguments: the picker on a terminal, short help elsewhere. */

import { openProject } from '../runtime/project.ts';
import { hasColour, hasUnicode, type Io, modeOf } from './io.ts';
import { pickEntries } from './pick-entries.ts';
import { resume } from './resume.ts';
import { run } from './run.ts';
import { suspendSelf } from './suspend.ts';

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
  const picked = await pick(pickEntries(project), { stdin, stdout, colour: hasColour(io, stdout), unicode: hasUnicode(io), suspendSelf });
  if (picked === undefined) return 0;
  const answers = {
    yes: false,
    allow: [],
    fault: [],
    sign: false,
    strict: false,
    json: false,
    plain: false,
    screenReader: false,
    fullscreen: false,
    notify: true,
    var: [],
    secretFile: [],
  };
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
