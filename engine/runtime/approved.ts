/** What was approved is what runs: the files that a run depends on, as they were accepted and as they are now. */

import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { globSync } from 'tinyglobby';
import type { FileChange } from '../core/need.ts';
import type { Plan } from '../core/plan.ts';
import { sections } from '../core/variables.ts';
import { Fault } from '../fault.ts';
import { type Project, projectPath } from './project.ts';

/** Bytes by project path. */
export type Snapshot = ReadonlyMap<string, Buffer>;

/** Larger files are hashed, but no copy is kept and no difference shown. */
const largestCopy = 1024 * 1024;

/**
 * Every file that a run depends on, as it is now: documents, `runbook.yaml`, declared files.
 * `texts` are the documents as the plan read them; `cwd` is the stage's working folder.
 */
export function snapshot(project: Project, plan: Plan, texts: ReadonlyMap<string, string | undefined>, cwd: string): Snapshot {
  const files = new Map<string, Buffer>();
  for (const path of Object.keys(plan.documents)) {
    const text = texts.get(path);
    if (text !== undefined) files.set(path, Buffer.from(text));
  }
  for (const path of ['runbook.yaml', ...declaredFiles(project, plan, cwd)]) {
    const file = join(project.root, path);
    if (!files.has(path) && existsSync(file)) files.set(path, readFileSync(file));
  }
  return files;
}

function declaredFiles(project: Project, plan: Plan, cwd: string): readonly string[] {
  const globs = Object.values(plan.documents).flatMap((document) => [
    ...document.frontMatter.files,
    ...sections(document).flatMap((section) => section.steps.flatMap((step) => (step.files === undefined ? [] : [step.files]))),
  ]);
  if (globs.length === 0) return [];
  const found = globSync(globs, {
    cwd,
    absolute: true,
    dot: true,
    onlyFiles: true,
    followSymbolicLinks: true,
    ignore: ['**/node_modules/**', '**/.git/**'],
  });
  return found.map((file) => projectPath(project, file)).sort();
}

/** SHA-256 (hex) by path. */
export function hashes(files: Snapshot): Readonly<Record<string, string>> {
  return Object.fromEntries([...files].map(([path, bytes]) => [path, sha256(bytes)]));
}

/** SHA-256 as hex. */
export function sha256(bytes: string | Uint8Array): string {
  return hash('sha256', bytes);
}

/** Keeps a copy of each file under its hash, so that a report can be made and a difference shown later. */
export function keepCopies(folder: string, files: Snapshot): void {
  mkdirSync(folder, { recursive: true });
  for (const bytes of files.values()) {
    if (bytes.length > largestCopy) continue;
    const path = join(folder, sha256(bytes));
    if (!existsSync(path)) writeFileSync(path, bytes, { mode: 0o600 });
  }
}

/**
 * The text that had this hash when it was accepted, or undefined where no copy was kept.
 * @throws Fault `record` when the copy is not what it was.
 */
export function keptCopy(folder: string, sha: string): string | undefined {
  const path = join(folder, sha);
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  if (sha256(bytes) !== sha)
    throw new Fault('record', `${path} is not what was recorded: its hash does not match its name.`, {
      hint: 'Keep the run folder as it is and look at it by hand.',
    });
  return bytes.toString('utf8');
}

/** What differs between the accepted hashes and the files as they are now. `copies` is the folder of `keepCopies`. */
export function changesSince(accepted: Readonly<Record<string, string>>, files: Snapshot, copies: string): readonly FileChange[] {
  const paths = [...new Set([...Object.keys(accepted), ...files.keys()])].sort();
  return paths.flatMap((path): readonly FileChange[] => {
    const before = accepted[path];
    const now = files.get(path);
    const sha = now === undefined ? undefined : sha256(now);
    if (before === sha) return [];
    const kind = before === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
    const old = before === undefined ? '' : keptCopy(copies, before);
    return [{ path, kind, diff: difference(path, old, now), ...(sha !== undefined && { sha256: sha }) }];
  });
}

function difference(path: string, before: string | undefined, now: Buffer | undefined): string {
  if (before === undefined || (now?.length ?? 0) > largestCopy) return 'The difference cannot be shown: the file is too large.';
  const patch = createTwoFilesPatch(`${path} (accepted)`, `${path} (now)`, before, now?.toString('utf8') ?? '', undefined, undefined, { context: 3 });
  return patch.replace(/^=+\n/, '');
}
