/** `runbook report`: the executed runbook, made from the journal, the kept documents and the logs. */

import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plan } from '../core/plan.ts';
import { withoutRecognised } from '../core/redact.ts';
import type { Run } from '../core/run.ts';
import { Fault } from '../fault.ts';
import { markdownReport } from '../report/markdown.ts';
import { recordedRun } from '../runtime/prepare.ts';
import { openProject } from '../runtime/project.ts';
import { attemptFolders, findRun, type RunFolder, readRun, runFolder } from '../runtime/run-store.ts';
import type { Io } from './io.ts';

/** How much of the end of a log a report can take. */
const excerptBytes = 32 * 1024;

/** Writes the report of a run to standard output, or to the file after `-o`. */
export function report(io: Io, wanted: string, options: { readonly format: string; readonly output?: string }): void {
  if (options.format !== 'md')
    throw new Fault('usage', `Unknown format "${options.format}". This version writes: md.`, { hint: `runbook report ${wanted} --format md` });
  const project = openProject(io.cwd);
  const folder = runFolder(project, findRun(project, wanted));
  const text = readRun(folder);
  const { plan, run, documents } = recordedRun(project, folder, text);
  // The secrets of the run are not known any more, and what it wrote was searched for them at its end.
  const markdown = withoutRecognised(reportText(folder, { ...plan, documents }, run, text.head));
  if (options.output === undefined) io.stdout.write(markdown);
  else writeFileSync(resolve(io.cwd, options.output), markdown);
}

/** The report of a run as markdown. `head` is the hash of the journal's last line. */
export function reportText(folder: RunFolder, plan: Plan, run: Run, head: string): string {
  const folders = attemptFolders(folder);
  return markdownReport(plan, run, {
    head,
    block: (attempt) => read(folders.get(attempt), 'block'),
    log: (attempt) => logEnd(folders.get(attempt)),
  });
}

function read(folder: string | undefined, name: string): string {
  const path = folder === undefined ? undefined : join(folder, name);
  return path !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** The end of a log, and how many bytes stand before it. */
function logEnd(folder: string | undefined): { readonly text: string; readonly cut: number } {
  const path = folder === undefined ? undefined : join(folder, 'log');
  if (path === undefined || !existsSync(path)) return { text: '', cut: 0 };
  const descriptor = openSync(path, 'r');
  try {
    const cut = Math.max(0, fstatSync(descriptor).size - excerptBytes);
    const bytes = Buffer.alloc(excerptBytes);
    return { text: bytes.subarray(0, readSync(descriptor, bytes, 0, excerptBytes, cut)).toString('utf8'), cut };
  } finally {
    closeSync(descriptor);
  }
}
