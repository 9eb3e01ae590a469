/**
 * One run at a time may change a stage, and one engine at a time may go on with a run. The holder is shown to the second one. For now this holds
 * on one host only.
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
import { z } from 'zod';
import { Fault, hasCode, messageOf } from '../fault.ts';
import { identify, isAlive, processIdentity } from './process-identity.ts';

const holder = z.object({
  /** Of this one claim: the same run can hold a stage, lose it with its engine, and hold it again. */
  id: z.string(),
  run: z.string(),
  operator: z.string(),
  host: z.string(),
  at: z.string(),
  process: processIdentity,
});

/** Who holds a stage or a run. */
type Holder = z.infer<typeof holder>;

/** What the screen says of this lock. */
export const lockScope = 'this host only';

/** What an engine claims a stage or a run for. `at`: since when, ISO 8601. */
export type Claim = { readonly run: string; readonly operator: string; readonly at: string };

/** A held stage or run. */
export interface Lock {
  release(): void;
}

/**
 * Takes a stage for a run. A holder whose process is gone is replaced; one that lives never is, whatever its age.
 * @throws Fault `preflight` while another run holds the stage, or when the lock cannot be written.
 */
export function takeStage(stateFolder: string, stage: string, claim: Claim): Lock {
  const words = { of: `Stage ${stage}`, held: ({ run, operator }: Holder) => `is held by run ${run} of ${operator}` };
  return hold(join(stateFolder, 'locks'), stage, words, claim);
}

/**
 * Takes a run for one engine: two that go on with it would break its record. As for a stage, only the dead are replaced.
 * @throws Fault `preflight` while another engine goes on with the run, or when the lock cannot be written.
 */
export function takeRun(stateFolder: string, claim: Claim): Lock {
  const words = { of: `Run ${claim.run}`, held: ({ operator }: Holder) => `is under way already, by ${operator}` };
  return hold(join(stateFolder, 'locks', 'runs'), claim.run, words, claim);
}

/** How a refusal begins: what was wanted, and what is the matter with it. */
type Words = { readonly of: string; readonly held: (holder: Holder) => string };

function hold(folder: string, name: string, words: Words, claim: Claim): Lock {
  const path = join(folder, `${name}.json`);
  const mine: Holder = { ...claim, id: randomUUID(), host: hostname(), process: identify(process.pid) };
  const draft = join(folder, `.${name}.${mine.id}`);
  try {
    mkdirSync(folder, { recursive: true });
    try {
      // On disk before it gets its name: after a power cut there is a whole claim or none.
      writeFileSync(draft, JSON.stringify(mine), { mode: 0o644, flush: true });
      take(path, draft, words);
    } finally {
      rmSync(draft, { force: true });
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const why = messageOf(cause);
    throw new Fault('preflight', `${words.of} cannot be locked: ${why}`, { hint: `Check the rights and the room of ${folder}.`, cause });
  }
  return { release: () => release(path, mine.id) };
}

/** The run that holds a stage and whose process lives on this host, as far as can be told; asked without taking anything. */
export function livingHolder(
  stateFolder: string,
  stage: string,
): { readonly run: string; readonly operator: string; readonly pid: number } | undefined {
  try {
    const path = join(stateFolder, 'locks', `${stage}.json`);
    const first = read(path);
    const last = first === undefined ? undefined : lastOf(path, first);
    return last === undefined || !isAlive(last.process) ? undefined : { run: last.run, operator: last.operator, pid: last.process.pid };
  } catch {
    // Whoever takes the stage is told what is wrong with the lock.
    return undefined;
  }
}

function take(path: string, draft: string, words: Words): void {
  for (;;) {
    const first = read(path);
    if (first === undefined) {
      if (linked(draft, path)) return;
      continue;
    }
    const last = lastOf(path, first);
    refuseLiving(path, words, last);
    const place = successor(path, last);
    if (!linked(draft, place)) continue;
    // If another run has become the first of the chain since, what hangs on the old first counts for nothing.
    if (read(path)?.id === first.id) {
      renameSync(draft, path);
      tidy(path);
      return;
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

function refuseLiving(path: string, { of, held }: Words, last: Holder): void {
  const {
    host,
    at,
    process: { pid, ...birth },
  } = last;
  const since = `${of} ${held(last)} on ${host} since ${at} (process ${pid})`;
  if (isAlive({ pid, ...birth }))
    throw new Fault('preflight', `${since}.`, { hint: 'Wait until that run has ended, or look at it with: runbook runs' });
  // The folder is shared with another machine or container, whose processes cannot be seen from here.
  if (host !== hostname())
    throw new Fault('preflight', `${since}. Whether it still runs there cannot be seen from this host.`, {
      hint: `If it does not: rm '${path}'`,
    });
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
  try {
    return holder.parse(JSON.parse(text));
  } catch (cause) {
    throw new Fault('preflight', `${path} does not say who holds it.`, { hint: `When no run is under way: rm '${path}'`, cause });
  }
}
