/** `runbook resume`: goes on with a run that has not ended, from its journal and the documents that it accepted. */

import { apply } from '../core/apply.ts';
import type { Plan } from '../core/plan.ts';
import { Fault } from '../fault.ts';
import { changesOnDisk } from '../runtime/approved.ts';
import { historyOf } from '../runtime/history.ts';
import { type JournalEnd, readingJournal, reopenJournal } from '../runtime/journal.ts';
import { checkGit, gitState, whoAmI } from '../runtime/preflight.ts';
import { type Recorded, recordedRun, requestOf, stageConfig } from '../runtime/prepare.ts';
import { openProject, type Project } from '../runtime/project.ts';
import { findRun, type RunFolder, runFolder } from '../runtime/run-store.ts';
import { conduct } from './conduct.ts';
import { givenValues } from './given.ts';
import { callerOf, prepareGround, recordFirst, signerFor } from './ground.ts';
import { holdRun } from './hold.ts';
import type { Io } from './io.ts';
import { flagsOf, type RunOptions } from './run-options.ts';

/** The options of `resume`: those of `run` that still make sense. */
export type ResumeOptions = Pick<
  RunOptions,
  'yes' | 'confirm' | 'allow' | 'onFailure' | 'sign' | 'strict' | 'json' | 'plain' | 'screenReader' | 'fullscreen' | 'notify' | 'var' | 'secretFile'
>;

/** Goes on with a run; without an id, with the newest one that has not ended. Gives the exit code. */
export async function resume(io: Io, wanted: string | undefined, options: ResumeOptions): Promise<number> {
  const project = openProject(io.cwd);
  const id = wanted === undefined ? newestUnfinished(project) : findRun(project, wanted);
  const folder = runFolder(project, id);
  const person = whoAmI(io.env);
  const hold = await holdRun(project, { run: id, operator: person.operator, at: new Date().toISOString() });
  try {
    // Read once nobody else can go on with it any more.
    const { end, started, plan, run: before } = readRecord(project, folder);
    if (end.torn > 0) io.stderr.write(`The last line of the journal (${end.torn} bytes) was not written to its end and is dropped.\n`);
    if (before.status.kind === 'ended')
      throw new Fault('usage', `Run ${id} has ended: ${before.status.result}.`, { hint: `Start a new one: ${again(plan)}` });
    const { stage } = started;
    const git = await gitState(project.root);
    checkGit(stage, stageConfig(project.config, stage), git);
    hold.forPlan(plan);
    const ground = await prepareGround(io, project, { stage, plan, run: id });
    const changed = changesOnDisk(project, plan, before.files, { copies: folder.copies, cwd: ground.identity.cwd });
    const signer = await signerFor(io, project, options);
    const journal = reopenJournal(folder.journal, end, () => new Date());
    const event = recordFirst(journal, ground.secrets, {
      type: 'run-resumed',
      ...person,
      engine: io.version,
      ...(git !== undefined && { git: { commit: git.commit, dirty: git.dirty } }),
      ...(changed.length > 0 && { changed: changed.map(({ path }) => path) }),
      ...callerOf(ground),
    });
    const run = apply(plan, before, event);
    return await conduct(io, {
      project,
      request: requestOf(started),
      ground,
      folder,
      journal,
      hold,
      flags: flagsOf(io, options),
      showing: options,
      strict: options.strict,
      ...(signer !== undefined && { signer }),
      given: givenValues(io, plan, options),
      started: { plan, run },
      event,
    });
  } finally {
    hold.release();
  }
}

/** The run, and how far its journal has come. The events may be many, so none is kept. */
function readRecord(project: Project, folder: RunFolder): Recorded & { readonly end: JournalEnd } {
  const { events, end } = readingJournal(folder.journal);
  const recorded = recordedRun(project, folder, { events });
  return { end: end(), ...recorded };
}

/** A run whose record is not intact may be the one that is meant, so it is not passed over. */
function newestUnfinished(project: Project): string {
  const [newest] = historyOf(project).unfinished;
  if (newest === undefined) throw new Fault('usage', 'There is no unfinished run in this project.', { hint: 'runbook runs shows what there is.' });
  return newest.run;
}

function again(plan: Plan): string {
  return `runbook run ${plan.document} --stage ${plan.stage.name}`;
}
