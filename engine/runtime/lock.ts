/** One run at a time may change a stage. The holder is shown to the second one. For now this holds on one host only. */

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

/** Who holds a stage. */
export type Holder = {
  readonly run: string;
  readonly operator: string;
  readonly host: string;
  readonly at: string;
  readonly process: ProcessIdentity;
};

/** A held stage. */
export interface Lock {
  release(): void;
}

/** What the screen says of this lock. */
export const lockScope = 'this host only';

/**
 * Takes a stage for a run. A holder whose process is gone is replaced; one that lives never is, whatever its age.
 * @throws Fault `preflight` while another run holds the stage.
 */
export function takeStage(stateFolder: string, stage: string, claim: { readonly run: string; readonly operator: string; readonly at: string }): Lock {
  const folder = join(stateFolder, 'locks');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${stage}.json`);
  const holder: Holder = { ...claim, host: hostname(), process: identify(process.pid) };
  const mine = join(folder, `.${stage}.${process.pid}.${claim.run}`);
  writeFileSync(mine, JSON.stringify(holder), { mode: 0o644 });
  try {
    take(path, mine, stage);
  } finally {
    rmSync(mine, { force: true });
  }
  return {
    release: () => {
      if (read(path)?.run === claim.run) rmSync(path, { force: true });
    },
  };
}

function take(path: string, mine: string, stage: string): void {
  // Between the link and the reading the holder may release: then it is tried again.
  for (let tries = 0; tries < 100; tries++) {
    if (exclusively(mine, path)) return;
    const holder = read(path);
    if (holder === undefined) continue;
    if (isAlive(holder.process)) throw held(stage, holder);
    replace(path, mine, stage, holder);
    return;
  }
  throw new Fault('preflight', `The lock of stage ${stage} cannot be read: ${path}`, {
    hint: 'Look at that file; when no run is under way, delete it.',
  });
}

/** A link is made or not, at once: two runs cannot both have made it. */
function exclusively(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Replaces a dead holder. Only the one who gets hold of the takeover file may do so, else two could replace each other. */
function replace(path: string, mine: string, stage: string, dead: Holder): void {
  const takeover = `${path}.${dead.run}.takeover`;
  if (!exclusively(mine, takeover)) {
    const other = read(takeover);
    if (other !== undefined && isAlive(other.process)) throw held(stage, other);
    rmSync(takeover, { force: true });
    if (!exclusively(mine, takeover)) throw held(stage, read(takeover) ?? dead);
  }
  const still = read(path);
  if (still !== undefined && still.run !== dead.run) {
    rmSync(takeover, { force: true });
    throw held(stage, still);
  }
  renameSync(takeover, path);
}

function read(path: string): Holder | undefined {
  try {
    // Written by this module alone, in one piece.
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function held(stage: string, holder: Holder): Fault {
  const message = `Stage ${stage} is held by run ${holder.run} of ${holder.operator} on ${holder.host} since ${holder.at} (process ${holder.process.pid}).`;
  return new Fault('preflight', message, { hint: 'Wait until that run has ended, or look at it with: runbook runs' });
}
