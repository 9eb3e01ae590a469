/** What an engine holds against others: always its run, and its stage as soon as the run can change something there. */

import type { Plan, Step } from '../core/plan.ts';
import { sections } from '../core/variables.ts';
import { type Claim, type Lock, takeRun, takeStage } from '../runtime/lock.ts';
import type { Project } from '../runtime/project.ts';
import { stateFolder } from '../runtime/root.ts';

/** A run that is held. */
export type Hold = {
  /** True while the stage is held as well. */
  readonly stage: () => boolean;
  /**
   * Takes the stage where this plan can change something.
   * @throws Fault `preflight` while another run holds it.
   */
  readonly forPlan: (plan: Plan) => void;
  readonly release: () => void;
};

/**
 * Takes a run.
 * @throws Fault `preflight` while another engine goes on with it.
 */
export async function holdRun(project: Project, claim: Claim): Promise<Hold> {
  const state = stateFolder(project);
  const run = await takeRun(state, claim);
  let stage: Lock | undefined;
  return {
    stage: () => stage !== undefined,
    forPlan(plan) {
      if (changesAnything(plan)) stage ??= takeStage(state, plan.stage.name, claim);
    },
    release() {
      stage?.release();
      run.release();
    },
  };
}

/** True when a step of the chosen procedures, or of a playbook that can be opened, could change something. */
function changesAnything({ selection, documents, document: path, procedures }: Plan): boolean {
  if (selection.readOnly) return false;
  const chosen = Object.values(documents).flatMap((document): readonly Step[] => {
    const all = sections(document);
    const reached = document.path === path ? all.filter(({ anchor }) => procedures.includes(anchor)) : all;
    return reached.flatMap(({ steps }) => steps);
  });
  return chosen.some(({ risk }) => risk !== 'low');
}
