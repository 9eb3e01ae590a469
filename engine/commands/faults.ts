/** Faults of the sandbox, by name: listed, switched by hand, or given to one run. */

import { nearest } from '../document/nearest.ts';
import { Fault } from '../fault.ts';
import type { StageConfig } from '../runtime/config.ts';
import type { Project } from '../runtime/project.ts';
import { projectSandbox } from '../runtime/sandbox-stage.ts';
import { type FaultName, type FaultStatus, type FaultWish, faultList, isFault } from '../sandbox/control-plane/faults/faults.ts';
import { listFaults, setFault } from '../sandbox/control-plane-client.ts';
import { accessOf, runningControlPlane } from '../sandbox/control-plane-process.ts';
import { findHome } from '../sandbox/home.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

/** The fault of a name. @throws Fault `usage` when there is none. */
export function faultNamed(name: string): FaultName {
  if (isFault(name)) return name;
  const names = faultList.map((entry) => entry.name);
  const meant = nearest(name, names);
  throw new Fault('usage', `Unknown fault "${name}". There is: ${names.join(', ')}.`, {
    hint: meant === undefined ? 'runbook sandbox faults' : `Did you mean ${meant}?`,
  });
}

/** The faults that a run asks for. @throws Fault `usage` on a stage that is no sandbox. */
export function faultsFor(name: string, { sandbox }: StageConfig, wanted: readonly string[]): readonly FaultName[] {
  const faults = wanted.map(faultNamed);
  if (faults.length > 0 && !sandbox)
    throw new Fault('usage', `--fault breaks things on purpose, and stage ${name} is not a sandbox.`, {
      hint: 'Leave it out, or take a sandbox stage.',
    });
  return faults;
}

/** Switches the faults on, and off again when it is disposed of. What a fault did to the world, such as a password that was changed, goes with it. */
export async function withFaults(project: Project, faults: readonly FaultName[]): Promise<AsyncDisposable> {
  for (const name of faults) await switchFault(project, { name, on: true });
  return {
    async [Symbol.asyncDispose]() {
      for (const name of faults) await switchFault(project, { name, on: false });
    },
  };
}

/** Switches one fault, and gives all of them as they are then. The sandbox is started where it does not run. */
export async function switchFault({ root, config }: Project, wish: FaultWish): Promise<readonly FaultStatus[]> {
  const { aws } = await startSandbox(root, projectSandbox(config));
  return setFault(aws, wish);
}

/** All faults. Where the sandbox does not run, nothing is started to say so. */
export async function faultsOf(root: string): Promise<readonly FaultStatus[]> {
  const found = await runningControlPlane(await findHome(root));
  return found === undefined ? faultList.map((entry) => ({ ...entry, on: false })) : listFaults(accessOf(found));
}
