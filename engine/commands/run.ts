/** `runbook run`: from a name to a run that has ended or can be resumed. */

import { begin } from '../core/apply.ts';
import type { Fact } from '../core/event.ts';
import { exitCodes, Fault } from '../fault.ts';
import { hashes, keepCopies, snapshot } from '../runtime/approved.ts';
import type { StageConfig } from '../runtime/config.ts';
import { historyOf } from '../runtime/history.ts';
import { createJournal } from '../runtime/journal.ts';
import { checkGit, gitState, whoAmI } from '../runtime/preflight.ts';
import { prepareFromDisk, type Request, stageConfig } from '../runtime/prepare.ts';
import { findDocument, openProject, type Project } from '../runtime/project.ts';
import { createRunFolder, discardUnbegun } from '../runtime/run-store.ts';
import { conduct } from './conduct.ts';
import { givenValues } from './given.ts';
import { callerOf, prepareGround, recordFirst, signerFor } from './ground.ts';
import { type Hold, holdRun } from './hold.ts';
import { hasColour, hasUnicode, type Io, modeOf } from './io.ts';
import { pickEntry } from './pick-entries.ts';
import { flagsOf, type RunOptions, requestFor } from './run-options.ts';
import { suspendSelf } from './suspend.ts';

/** Runs procedures of a document on a stage. Gives the exit code. */
export async function run(io: Io, name: string, options: RunOptions): Promise<number> {
  const project = openProject(io.cwd);
  const stage = stageConfig(project.config, options.stage);
  const found = findDocument(project, io.cwd, name);
  demand(io, options, stage);
  const request = await withProcedure(io, project, requestFor(found, options, stage), options);
  if (request === undefined) return exitCodes.finished;
  const breaking = options.fault.length === 0 ? undefined : await import('./faults.ts');
  const faults = breaking?.faultsFor(options.stage, stage, options.fault) ?? [];
  // Git looks while the documents are read.
  const looking = gitState(project.root);
  const { plan, texts } = await prepareFromDisk(project, request);
  const given = givenValues(io, plan, options);
  const person = whoAmI(io.env);
  const git = await looking;
  checkGit(options.stage, stage, git);
  const now = new Date();
  const folder = createRunFolder(project, now);
  let hold: Hold | undefined;
  try {
    hold = await holdRun(project, { run: folder.run, operator: person.operator, at: now.toISOString() });
    hold.forPlan(plan);
    const ground = await prepareGround(io, project, { stage: options.stage, plan, run: folder.run });
    const signer = await signerFor(io, project, options);
    const files = snapshot(project, plan, texts, ground.identity.cwd);
    if (options.plan !== undefined) {
      const { demandPlan } = await import('./saved-plan.ts');
      demandPlan(io, options.plan, { plan, given: options.var, files: hashes(files) });
    }
    keepCopies(folder.copies, files);
    const journal = createJournal(folder.journal, () => new Date());
    const started: Extract<Fact, { type: 'run-started' }> = {
      type: 'run-started',
      run: folder.run,
      document: plan.document,
      asIs: options.asIs,
      procedures: plan.procedures,
      stage: options.stage,
      selection: plan.selection,
      variables: plan.stage.variables,
      ...(plan.stage.region !== undefined && { region: plan.stage.region }),
      ...(options.ticket !== undefined && { ticket: options.ticket }),
      ...(options.reason !== undefined && { reason: options.reason }),
      ...(git !== undefined && { git: { commit: git.commit, dirty: git.dirty } }),
      files: hashes(files),
      ...person,
      engine: io.version,
      ...(faults.length > 0 && { faults }),
      ...callerOf(ground),
    };
    const event = recordFirst(journal, ground.secrets, started);
    await using _ = await breaking?.withFaults(project, faults);
    // What a fault did may have changed the database's secret, as a step may.
    ground.identity.attempted({ changes: faults.length > 0 });
    return await conduct(io, {
      project,
      request: { ...request, procedures: plan.procedures },
      ground,
      folder,
      journal,
      hold,
      flags: flagsOf(io, options),
      showing: options,
      strict: options.strict,
      ...(signer !== undefined && { signer }),
      given,
      started: { plan, run: begin(plan, event) },
      event,
    });
  } finally {
    hold?.release();
    discardUnbegun(project, folder);
  }
}

/** Of several procedures the operator picks one at the terminal; undefined when the picker was left. */
async function withProcedure(io: Io, project: Project, request: Request, options: RunOptions): Promise<Request | undefined> {
  if (request.procedures !== undefined || modeOf(io, options) !== 'terminal') return request;
  const entry = pickEntry(project, request.document, historyOf(project).unfinished);
  if (entry.procedures.length < 2) return request;
  const { pick } = await import('../view/pick.tsx');
  const { stdin, stdout } = io;
  const offered = { ...entry, stages: entry.stages.filter((stage) => stage.name === request.stage), unfinished: [] };
  const picked = await pick([offered], { stdin, stdout, colour: hasColour(io, stdout), unicode: hasUnicode(io), suspendSelf });
  if (picked?.kind !== 'run') return undefined;
  return { ...request, procedures: picked.procedure === 'all' ? 'all' : [picked.procedure] };
}

/** What must be said on the command line before anything starts. */
function demand(io: Io, options: RunOptions, stage: StageConfig): void {
  const { confirm, yes, ticket, reason, onFailure } = options;
  if (confirm !== undefined && confirm !== options.stage)
    throw new Fault('unconfirmed', `--confirm says "${confirm}", and the stage is "${options.stage}".`, {
      hint: `Give the stage's own name: --confirm ${options.stage}`,
    });
  if (stage.ticket === 'required' && ticket === undefined)
    throw new Fault('usage', `Stage ${options.stage} wants a change ticket.`, { hint: 'Give it with --ticket <id>.' });
  if (stage.reason === 'required' && reason === undefined)
    throw new Fault('usage', `Stage ${options.stage} wants a reason.`, { hint: 'Give it with --reason "…".' });
  if (onFailure === 'playbook' && !stage.sandbox && stage['on-failure'] !== 'playbook') {
    const hint = `Leave it out, or set stages.${options.stage}.on-failure: playbook in runbook.yaml.`;
    throw new Fault(
      'usage',
      `--on-failure=playbook opens playbooks without a person, and stage ${options.stage} is neither a sandbox nor allows it.`,
      { hint },
    );
  }
  if (io.stdin.isTTY || confirm !== undefined || (yes && stage.confirm !== 'typed')) return;
  const way = stage.confirm === 'typed' ? `--confirm ${options.stage}, and --allow <step> for each step of risk high` : '--yes';
  throw new Fault('unconfirmed', 'Steps have to be confirmed, and there is no terminal to ask.', { hint: `Run it in a terminal, or use ${way}.` });
}
