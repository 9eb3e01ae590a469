/** One engine at a time makes, starts, stops or deletes the sandbox of a project; the others wait. */

import { randomUUID } from 'node:crypto';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Fault, hasCode } from '../fault.ts';
import { identify, isAlive, isProcessIdentity, type ProcessIdentity } from '../runtime/process-identity.ts';
import { readJson } from './json-file.ts';

const holder = z.object({ process: z.custom<ProcessIdentity>(isProcessIdentity), nonce: z.string() });
type Holder = z.infer<typeof holder>;

/** Making a data folder takes seconds even on a slow disk; who holds the lock for longer is stuck. */
const patienceMs = 120_000;

/** Runs `work` while no other engine does. `onWait` hears once who is in the way. */
export async function exclusively<T>(root: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  const folder = join(root, '.runbook');
  const path = join(folder, 'sandbox.lock');
  const mine: Holder = { process: identify(process.pid), nonce: randomUUID() };
  const draft = `${path}.${mine.nonce}`;
  try {
    await mkdir(folder, { recursive: true });
    // The folder keeps itself out of git.
    await tryWrite(join(folder, '.gitignore'), '*\n');
    await tryWrite(draft, JSON.stringify(mine));
  } catch (cause) {
    throw new Fault('preflight', `The sandbox keeps its state in ${folder}, which cannot be written.`, { hint: `ls -ld ${folder}`, cause });
  }
  try {
    await acquire(draft, path, onWait);
  } finally {
    await rm(draft, { force: true });
  }
  try {
    return await work();
  } finally {
    if ((await read(path))?.nonce === mine.nonce) await rm(path, { force: true });
  }
}

async function acquire(draft: string, path: string, onWait: (pid: number) => void): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let told = false;
  while (!(await unlessThere(link(draft, path)))) {
    const other = await read(path);
    if (other === undefined || !isAlive(other.process)) {
      await clear(path, other?.nonce);
      continue;
    }
    const { pid } = other.process;
    if (!told) onWait(pid);
    told = true;
    if (Date.now() > deadline) {
      throw new Fault('preflight', `Process ${pid} has been changing this project's sandbox for more than ${patienceMs / 1000} seconds.`, {
        hint: `ps -p ${pid}`,
      });
    }
    await sleep(25);
  }
}

/** False if what it makes is there already. A link appears whole or not at all, so nobody ever reads half a holder. */
async function unlessThere(made: Promise<void>): Promise<boolean> {
  try {
    await made;
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Writes a new file and leaves one that is there as it is. */
function tryWrite(path: string, text: string): Promise<boolean> {
  return unlessThere(writeFile(path, text, { flag: 'wx', mode: 0o644 }));
}

/**
 * Takes away the lock of an engine that died. Two may try at once and the slower one may catch the faster one's new lock: it is put
 * back. What remains of that race cannot harm: data folders appear by one rename, and PostgreSQL refuses a second server on one.
 */
async function clear(path: string, dead: string | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await read(aside))?.nonce !== dead) await unlessThere(link(aside, path));
  await rm(aside, { force: true });
}

function read(path: string): Promise<Holder | undefined> {
  return readJson(path, holder);
}
