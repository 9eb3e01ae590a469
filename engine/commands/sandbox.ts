/** `runbook sandbox start|status|stop|reset|faults|fault`: the embedded stage by hand. */

import { escapeText, safeJson } from '../core/escape.ts';
import { meantOr } from '../document/nearest.ts';
import { Fault } from '../fault.ts';
import { holderOf } from '../runtime/lock.ts';
import type { Project } from '../runtime/project.ts';
import { stateFolder } from '../runtime/root.ts';
import { projectSandbox } from '../runtime/sandbox-stage.ts';
import type { FaultWish } from '../sandbox/control-plane/faults/faults.ts';
import { resetSandbox, startSandbox, stopSandbox } from '../sandbox/sandbox.ts';
import { type ClusterStatus, type SandboxStatus, sandboxStatus } from '../sandbox/status.ts';
import { faultNamed, faultsOf, switchFault } from './faults.ts';
import { plainActions, sandboxActions } from './sandbox-actions.ts';

/** What can be done with the sandbox. */
export type SandboxAction = { readonly kind: (typeof plainActions)[number] } | ({ readonly kind: 'fault' } & FaultWish);

/**
 * The action of the words that were typed.
 * @throws Fault `usage` when it is none.
 */
export function actionOf(
  action: string,
  { fault, state, table }: { readonly [Word in 'fault' | 'state' | 'table']: string | undefined },
): SandboxAction {
  const kind = plainActions.find((name) => name === action);
  if (kind !== undefined) {
    if (fault === undefined) return { kind };
    throw new Fault('usage', `sandbox ${kind} takes no name; found "${fault}".`, { hint: `runbook sandbox ${kind}` });
  }
  if (action !== 'fault')
    throw new Fault('usage', `Unknown action "${action}". There is: ${sandboxActions.join(', ')}.`, {
      hint: meantOr('runbook sandbox status', action, sandboxActions),
    });
  if (fault !== undefined && state !== undefined && state !== 'on' && state !== 'off')
    throw new Fault('usage', `A fault is switched on or off; found "${state}".`, {
      hint: meantOr(`runbook sandbox fault ${faultNamed(fault)} on`, state, ['on', 'off']),
    });
  if (fault === undefined || (state !== 'on' && state !== 'off'))
    throw new Fault('usage', 'sandbox fault wants the name of a fault, and on or off.', { hint: 'runbook sandbox faults lists them.' });
  return { kind: 'fault', name: faultNamed(fault), on: state === 'on', table };
}

/** Does it and says what is so afterwards: lines for people, or one JSON object. */
export async function sandbox(
  action: SandboxAction,
  options: { readonly project: Project; readonly json: boolean; readonly write: (text: string) => void },
): Promise<void> {
  const { project, json, write } = options;
  const { root } = project;
  const say = (text: string): void => {
    if (!json) write(`${escapeText(text, { colour: false, newlines: true })}\n`);
  };
  const show = (value: object): void => {
    if (json) write(`${safeJson({ version: 1, ...value })}\n`);
  };
  switch (action.kind) {
    case 'start': {
      await startSandbox(root, { ...projectSandbox(project.config), onProgress: say });
      const status = await sandboxStatus(root);
      for (const line of describe(status)) say(line);
      return show({ sandbox: status });
    }
    case 'status': {
      const status = await sandboxStatus(root);
      for (const line of describe(status)) say(line);
      return show({ sandbox: status });
    }
    case 'stop': {
      refuseInUse(project, 'stopped');
      const stopped = await stopSandbox(root);
      say(stopped ? 'Sandbox stopped. Its data is kept; the next run starts it again.' : 'The sandbox is not running.');
      return show({ sandbox: await sandboxStatus(root) });
    }
    case 'reset': {
      refuseInUse(project, 'deleted');
      await resetSandbox(root);
      say('Sandbox deleted, with all its data. The next run makes a new one.');
      return show({ sandbox: await sandboxStatus(root) });
    }
    case 'faults': {
      const faults = await faultsOf(root);
      for (const { name, on, does, ends } of faults) say(`${on ? '● on ' : '○ off'}  ${name}: ${does}\n       Ends it: ${ends}.`);
      return show({ faults });
    }
    case 'fault': {
      const faults = await switchFault(project, action);
      for (const { name, on, does, ends } of faults) {
        if (name === action.name) say(on ? `Fault ${name} is on. ${does}\nEnds it: ${ends}.` : `Fault ${name} is off.`);
      }
      return show({ faults });
    }
    default:
      action satisfies never;
  }
}

/** A run whose database goes away in the middle of a step would have to be settled by hand. */
function refuseInUse(project: Project, what: string): void {
  for (const [name, stage] of Object.entries(project.config.stages)) {
    const holder = stage.sandbox ? holderOf(stateFolder(project), name) : undefined;
    if (holder === undefined) continue;
    throw new Fault(
      'preflight',
      `The sandbox is not ${what}: run ${holder.run} of ${holder.operator} uses it on stage ${name} (process ${holder.process.pid}).`,
      {
        hint: 'Wait until that run has ended, or stop it where it runs. See it with: runbook runs',
      },
    );
  }
}

function describe(status: SandboxStatus): readonly string[] {
  if (status.folder === undefined)
    return ['There is no sandbox for this project. A run on a sandbox stage makes it, and so does: runbook sandbox start'];
  const { database } = status;
  const files = `  files     ${status.folder} (${Math.ceil((status.bytes ?? 0) / 1024 / 1024)} MB)`;
  const clusters = (status.clusters ?? []).map((cluster) => `  cluster   ${describeCluster(cluster)}`);
  const { controlPlane } = status;
  const aws = controlPlane?.running ? [`  aws       ${controlPlane.endpoint}, process ${controlPlane.pid}`] : [];
  if (!status.running) return [`The sandbox is stopped. PostgreSQL ${status.version}`, ...aws, ...clusters, files];
  return [
    `The sandbox is running. PostgreSQL ${status.version}, process ${status.pid}, since ${status.startedAt}`,
    ...(database === undefined
      ? []
      : [
          `  database  ${database.database} on ${database.host}:${database.port}, user ${database.user}`,
          `  psql      PGPASSFILE=${quoted(status.passwords)} psql -h ${database.host} -p ${database.port} -U ${database.user} ${database.database}`,
        ]),
    ...aws,
    ...clusters,
    files,
    `  log       ${status.log}`,
  ];
}

function describeCluster({ name: folder, identifier, running, host, port, pid, problem }: ClusterStatus): string {
  const name = identifier ?? folder;
  if (problem !== undefined) return `${name}: ${problem}`;
  return running ? `${name} on ${host}:${port}, process ${pid}` : `${name}, stopped`;
}

/** The path of a project may hold blanks. */
function quoted(path = ''): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
