/**
 * One run at a time may change a stage, and one process at a time writes to the journal of a run. The holder is shown to the second one.
 * For now this holds on one host only.
 *
 *     locks/<stage>.json  ──dead──▶  <stage>.json.after.<its id>  ──dead──▶  <stage>.json.after.<its id> …
 *
 * The last claim of this chain is the holder. A file name for the successor of one claim can be linked once only, so of many runs that
 * find the same dead holder one succeeds it. The new holder then becomes the first of the chain and removes the rest.
 */

import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isRecord } from '../core/is-record.ts';
import { Fault, hasCode, messageOf } from '../fault.ts';
import { pause } from './pause.ts';
import { identify, isAlive, isProcessIdentity, type ProcessIdentity } from './process-identity.ts';

/** Who holds a stage or a run. `id` is of this one claim: the same run can hold a stage, lose it with its engine, and hold it again. */
type Holder = Claim & { readonly id: string; readonly host: string; readonly process: ProcessIdentity };

function isHolder(value: unknown): value is Holder {
  if (!isRecord(value) || !isProcessIdentity(value.process)) return false;
  return ['id', 'run', 'operator', 'host', 'at'].every((key) => typeof value[key] === 'string');
}

/** For which run something is taken, by whom and when. */
export type Claim = { readonly run: string; readonly operator: string; readonly at: string };

/** What the screen says of this lock. */
export const lockScope = 'this host only';

/** A stage or run that is held. */
export interface Lock {
  release(): void;
}

/**
 * Takes a stage for a run. A holder whose process is gone is replaced; one that lives never is, whatever its age.
 * @throws Fault `preflight` while another run holds the stage, or when the lock cannot be written.
 */
export function takeStage(stateFolder: string, stage: string, claim: Claim): Lock {
  const taken = take(join(stateFolder, 'locks'), stage, `Stage ${stage}`, claim);
  if ('release' in taken) return taken;
  const { holder, path } = taken;
  const since = `Stage ${stage} is held by run ${holder.run} of ${ownerWords(holder)}.`;
  if (isAlive(holder.process)) throw new Fault('preflight', since, { hint: 'Wait until that run has ended, or look at it with: runbook runs' });
  throw new Fault('preflight', `${since} Whether it still runs there cannot be seen from this host.`, { hint: `If it does not: rm '${path}'` });
}

/** How long a run that is held is waited for: whoever only writes a note is done sooner. */
const patienceMs = 2000;

/**
 * Takes a run, so that nobody else writes to its journal, until it is released or this process is gone.
 * @throws Fault `preflight` while another engine drives the run, or when the lock cannot be written.
 */
export async function takeRun(stateFolder: string, claim: Claim): Promise<Lock> {
  for (const deadline = Date.now() + patienceMs; ; await pause(50)) {
    const taken = tryRun(stateFolder, claim);
    if ('release' in taken) return taken;
    if (Date.now() < deadline) continue;
    throw new Fault('preflight', `Run ${claim.run} is driven by ${ownerWords(taken.holder)}.`, {
      hint: isAlive(taken.holder.process) ? 'Go on with it there, or stop it there first.' : `If nothing runs there any more: rm '${taken.path}'`,
    });
  }
}

/** Takes a run as `takeRun` does, or gives who has it at this moment. */
export function tryRun(stateFolder: string, claim: Claim): Lock | Held {
  return take(join(stateFolder, 'locks', 'runs'), claim.run, `Run ${claim.run}`, claim);
}

/** Somebody else has it: `holder` lives, or is of another host. */
type Held = { readonly holder: Holder; readonly path: string };

function take(folder: string, name: string, what: string, claim: Claim): Lock | Held {
  const path = join(folder, `${name}.json`);
  const mine: Holder = { ...claim, id: randomUUID(), host: hostname(), process: identify(process.pid) };
  const draft = join(folder, `.${name}.${mine.id}`);
  try {
    mkdirSync(folder, { recursive: true });
    try {
      // On disk before it gets its name: after a power cut there is a whole claim or none.
      writeFileSync(draft, JSON.stringify(mine), { mode: 0o644, flush: true });
      const holder = succeed(path, draft);
      return holder === undefined ? { release: () => release(path, mine.id) } : { holder, path };
    } finally {
      rmSync(draft, { force: true });
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('preflight', `${what} cannot be locked: ${messageOf(cause)}`, { hint: `Check the rights and the room of ${folder}.`, cause });
  }
}

/** The process of this host that drives a run, as far as can be told; asked without taking anything. */
export function driverOf(stateFolder: string, run: string): number | undefined {
  return livingHolder(join(stateFolder, 'locks', 'runs', `${run}.json`))?.process.pid;
}

/** Who holds a stage and lives on this host, as far as can be told; asked without taking anything. */
export function holderOf(stateFolder: string, stage: string): Holder | undefined {
  return livingHolder(join(stateFolder, 'locks', `${stage}.json`));
}

function livingHolder(path: string): Holder | undefined {
  try {
    const first = read(path);
    const last = first === undefined ? undefined : lastOf(path, first);
    return last !== undefined && isAlive(last.process) ? last : undefined;
  } catch {
    // Whoever takes it is told what is wrong with the lock.
    return undefined;
  }
}

/** Makes the draft the claim that counts, unless one counts that is not known to be dead: then that one is given. */
function succeed(path: string, draft: string): Holder | undefined {
  for (;;) {
    const first = read(path);
    if (first === undefined) {
      if (linked(draft, path)) return undefined;
      continue;
    }
    const last = lastOf(path, first);
    // Of another host: the folder is shared with another machine or container, whose processes cannot be seen from here.
    if (isAlive(last.process) || last.host !== hostname()) return last;
    const place = successor(path, last);
    if (!linked(draft, place)) continue;
    // If another run has become the first of the chain since, what hangs on the old first counts for nothing.
    if (read(path)?.id === first.id) {
      renameSync(draft, path);
      tidy(path);
      return undefined;
    }
    rmSync(place, { force: true });
  }
}

/** A link is made or not, at once: two runs cannot both have made it. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function lastOf(path: string, first: Holder): Holder {
  let last = first;
  for (let next = read(successor(path, last)); next !== undefined; next = read(successor(path, last))) last = next;
  return last;
}

function successor(path: string, of: Holder): string {
  return `${path}.after.${of.id}`;
}

function ownerWords({ operator, host, at, process: { pid } }: Holder): string {
  return `${operator} on ${host} since ${at} (process ${pid})`;
}

/** Only the holder comes here, and nobody succeeds one that lives, so none of these files is in use. */
function tidy(path: string): void {
  const folder = join(path, '..');
  for (const name of readdirSync(folder)) if (join(folder, name).startsWith(`${path}.after.`)) rmSync(join(folder, name), { force: true });
}

/** Nobody but the holder removes its claim while it lives. */
function release(path: string, id: string): void {
  try {
    if (read(path)?.id === id) rmSync(path, { force: true });
  } catch {
    // A claim that cannot be removed ends with this process.
  }
}

function read(path: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const value = parsed(text);
  if (isHolder(value)) return value;
  throw new Fault('preflight', `${path} does not say who holds it.`, { hint: `When no run is under way: rm '${path}'` });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
