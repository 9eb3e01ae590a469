/** What was approved is what runs: the files that a run depends on, as they were accepted and as they are now. */

import { createHash, hash } from 'node:crypto';
import { closeSync, constants, existsSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { globSync } from 'tinyglobby';
import type { FileChange } from '../core/need.ts';
import type { Plan } from '../core/plan.ts';
import { sections } from '../core/variables.ts';
import { Fault, hasCode, messageOf } from '../fault.ts';
import { syncFolder } from './journal.ts';
import { type Project, projectPath, readText } from './project.ts';

/** Files by project path. */
export type Snapshot = ReadonlyMap<string, FileState>;

/** A file at one moment: its hash, and its bytes where a copy of them is kept. A run cannot be resumed without a copy that is `needed`. */
type FileState = { readonly sha256: string; readonly bytes?: Buffer; readonly needed: boolean };

/** Declared files that are larger, or that all together are, are hashed, but no copy is kept and no difference shown. */
const largestCopy = 1024 * 1024;
const allCopies = 64 * largestCopy;

/**
 * Every file that a run depends on, as it is now: documents, `runbook.yaml`, declared files.
 * `texts` are files as the plan read them, the documents among them; `cwd` is the stage's working folder.
 * @throws Fault `preflight` when one of them is there and cannot be read.
 */
export function snapshot(project: Project, plan: Plan, texts: ReadonlyMap<string, string | undefined>, cwd: string): Snapshot {
  const files = new Map<string, FileState>();
  for (const path of ['runbook.yaml', ...Object.keys(plan.documents)]) {
    const text = texts.get(path);
    if (text !== undefined) files.set(path, { sha256: sha256(text), bytes: Buffer.from(text), needed: true });
  }
  const config = files.has('runbook.yaml') ? undefined : readFile(join(project.root, 'runbook.yaml'), largestCopy);
  if (config !== undefined) files.set('runbook.yaml', { ...config, needed: true });
  let room = allCopies;
  for (const path of declaredFiles(project, plan, cwd)) {
    const file = files.has(path) ? undefined : readFile(join(project.root, path), Math.min(room, largestCopy));
    if (file === undefined) continue;
    room -= file.bytes?.length ?? 0;
    files.set(path, { ...file, needed: false });
  }
  return files;
}

/**
 * What is not as it was accepted (SHA-256 by path), with the documents read from disk. `copies` are those of what was accepted; `cwd` is the
 * stage's working folder.
 * @throws Fault `preflight` when a file is there and cannot be read.
 */
export function changesOnDisk(
  project: Project,
  plan: Plan,
  accepted: Readonly<Record<string, string>>,
  { copies, cwd }: { readonly copies: string; readonly cwd: string },
): readonly FileChange[] {
  const texts = new Map(Object.keys(plan.documents).map((path) => [path, readText(project, path)]));
  return changesSince(accepted, snapshot(project, plan, texts, cwd), copies);
}

function declaredFiles(project: Project, plan: Plan, cwd: string): readonly string[] {
  const globs = Object.values(plan.documents).flatMap((document) => [
    ...document.frontMatter.files,
    ...sections(document).flatMap((section) => section.steps.flatMap((step) => (step.files === undefined ? [] : [step.files]))),
  ]);
  return filesMatching(project, globs, cwd);
}

/** The files of declared globs, as project paths in order. `cwd` is the stage's working folder. */
export function filesMatching(project: Project, globs: readonly string[], cwd: string): readonly string[] {
  if (globs.length === 0) return [];
  const found = globSync([...globs], {
    cwd,
    absolute: true,
    dot: true,
    onlyFiles: true,
    followSymbolicLinks: true,
    // The engine's own records change with every step.
    ignore: ['**/node_modules/**', '**/.git/**', '**/.runbook/**'],
  });
  return found.map((file) => projectPath(project, file)).sort();
}

/** A file through one descriptor, so that it cannot be another one half way; with its bytes when there are no more than `most`. */
function readFile(path: string, most: number): { readonly sha256: string; readonly bytes?: Buffer } | undefined {
  let descriptor: number | undefined;
  try {
    // Opening a pipe would wait for whoever writes to it.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const about = fstatSync(descriptor);
    if (!about.isFile()) return undefined;
    if (about.size > most) return { sha256: hashOfLarge(descriptor) };
    const bytes = readFileSync(descriptor);
    return { sha256: sha256(bytes), bytes };
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return undefined;
    throw new Fault('preflight', `${path} belongs to what is run and cannot be read: ${messageOf(cause)}`, { hint: `ls -l '${path}'`, cause });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function hashOfLarge(descriptor: number): string {
  const sum = createHash('sha256');
  const chunk = Buffer.allocUnsafe(largestCopy);
  for (let size = readSync(descriptor, chunk); size > 0; size = readSync(descriptor, chunk)) sum.update(chunk.subarray(0, size));
  return sum.digest('hex');
}

/** SHA-256 (hex) by path. */
export function hashes(files: Snapshot): Readonly<Record<string, string>> {
  return Object.fromEntries([...files].map(([path, file]) => [path, file.sha256]));
}

/** SHA-256 as hex. */
export function sha256(bytes: string | Uint8Array): string {
  return hash('sha256', bytes);
}

/**
 * Keeps a copy of each file under its hash, so that a run can be resumed, a report made and a difference shown later.
 * @throws Fault `record` when they cannot be written.
 */
export function keepCopies(folder: string, files: Snapshot): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const file of files.values()) {
      const path = join(folder, file.sha256);
      if (file.bytes === undefined || existsSync(path)) continue;
      // Under its own name there is a whole copy or none, whenever the engine dies.
      writeFileSync(`${path}.draft`, file.bytes, { mode: 0o600, flush: file.needed });
      renameSync(`${path}.draft`, path);
    }
    syncFolder(folder);
  } catch (cause) {
    throw new Fault('record', `What is about to be run cannot be kept: ${messageOf(cause)}`, {
      hint: `Check the rights and the room of ${folder}. Without a record no step is run.`,
      cause,
    });
  }
}

/**
 * The text that had this hash when it was accepted, or undefined where no copy was kept.
 * @throws Fault `record` when the copy is not what it was, or cannot be read.
 */
export function keptCopy(folder: string, sha: string): string | undefined {
  const path = join(folder, sha);
  const hint = 'Keep the run folder as it is and look at it by hand.';
  if (!existsSync(path)) return undefined;
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new Fault('record', `The record cannot be read: ${messageOf(cause)}`, { hint, cause });
  }
  if (sha256(bytes) !== sha) throw new Fault('record', `${path} is not what was recorded: its hash does not match its name.`, { hint });
  return bytes.toString('utf8');
}

/** What differs between the accepted hashes and the files as they are now. `copies` is the folder of `keepCopies`. */
export function changesSince(accepted: Readonly<Record<string, string>>, files: Snapshot, copies: string): readonly FileChange[] {
  const paths = [...new Set([...Object.keys(accepted), ...files.keys()])].sort();
  return paths.flatMap((path): readonly FileChange[] => {
    // A file may be named like something that every object has.
    const before = Object.hasOwn(accepted, path) ? accepted[path] : undefined;
    const now = files.get(path);
    if (before === now?.sha256) return [];
    const kind = before === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
    const old = before === undefined ? '' : keptCopy(copies, before);
    const diff = difference(
      { name: `${path} (accepted)`, text: old },
      { name: `${path} (now)`, text: now === undefined ? '' : now.bytes?.toString('utf8') },
    );
    return [{ path, kind, diff, ...(now !== undefined && { sha256: now.sha256 }) }];
  });
}

/** Comparing two large texts that have little in common takes minutes; what took this long is not worth reading either. */
const patienceMs = 1000;

/** A text with the name that it has in a difference; undefined where no copy is kept. */
type Named = { readonly name: string; readonly text: string | undefined };

/** What changed between two texts that are not the same, as a unified diff, or in words why it cannot be shown. */
export function difference(old: Named, current: Named): string {
  const { text: before } = old;
  const { text: now } = current;
  if (before === undefined || now === undefined) return 'The difference cannot be shown: no copy is kept of a file of this size.';
  if (before.includes('\0') || now.includes('\0')) return 'The difference cannot be shown: this is not a text.';
  if (before === now) return now === '' ? 'The file is empty.' : 'The difference cannot be shown: it lies in bytes that are not text.';
  const patch = createTwoFilesPatch(old.name, current.name, before, now, undefined, undefined, { context: 3, timeout: patienceMs });
  return patch?.replace(/^=+\n/, '') ?? 'The difference cannot be shown: the two texts have too little in common.';
}
