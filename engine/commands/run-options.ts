/** What the command line of `run` says, and what that asks for; `plan`, `resume` and `to-sh` know parts of it. */

import { Fault } from '../fault.ts';
import type { StageConfig } from '../runtime/config.ts';
import type { Flags } from '../runtime/flags.ts';
import type { Request } from '../runtime/prepare.ts';
import type { Io } from './io.ts';

/** The options of `run`, as typed. */
export type RunOptions = {
  readonly stage: string;
  readonly procedure: readonly string[];
  readonly all: boolean;
  readonly asIs: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly only: readonly string[];
  readonly readOnly: boolean;
  readonly var: readonly string[];
  readonly secretFile: readonly string[];
  readonly plan?: string;
  readonly fault: readonly string[];
  readonly ticket?: string;
  readonly reason?: string;
  readonly yes: boolean;
  readonly confirm?: string;
  readonly allow: readonly string[];
  readonly onFailure?: 'ask' | 'stop' | 'playbook';
  readonly sign: boolean;
  readonly strict: boolean;
  readonly json: boolean;
  readonly plain: boolean;
  readonly screenReader: boolean;
  readonly fullscreen: boolean;
  readonly notify: boolean;
};

/** What a run of a document is asked for. */
export function requestFor(
  found: { readonly path: string; readonly procedure?: string },
  options: Pick<RunOptions, 'stage' | 'procedure' | 'all' | 'asIs' | 'from' | 'to' | 'only' | 'readOnly'>,
  stage: StageConfig,
): Request {
  const { from, to, only, readOnly, asIs } = options;
  const named = [...(found.procedure === undefined ? [] : [found.procedure]), ...options.procedure];
  if (options.all && named.length > 0)
    throw new Fault('usage', '--all runs every procedure, and a procedure was named as well.', { hint: 'Leave one of the two out.' });
  if (options.all && !stage.sandbox)
    throw new Fault('usage', `--all rehearses every procedure, and stage ${options.stage} is not a sandbox.`, {
      hint: `Choose what to do: --procedure <name>`,
    });
  const selection = { readOnly, ...(from !== undefined && { from }), ...(to !== undefined && { to }), ...(only.length > 0 && { only }) };
  return { document: found.path, procedures: options.all ? 'all' : named.length > 0 ? named : undefined, stage: options.stage, selection, asIs };
}

/** The flags that answer questions; without a terminal a failure stops the run. */
export function flagsOf(io: Io, { yes, confirm, allow, onFailure }: Pick<RunOptions, 'yes' | 'confirm' | 'allow' | 'onFailure'>): Flags {
  return { yes, allow, onFailure: onFailure ?? (io.stdin.isTTY ? 'ask' : 'stop'), ...(confirm !== undefined && { confirm }) };
}
