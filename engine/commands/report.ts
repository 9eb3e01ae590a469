/** `runbook report`: the executed runbook, made from the journal, the kept documents and the logs. */

import { closeSync, existsSync, lstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { recognisedRedactor, withoutRecognised } from '../core/redact.ts';
import { nearest } from '../document/nearest.ts';
import { Fault, messageOf } from '../fault.ts';
import type { Part } from '../report/bundle.ts';
import type { Told } from '../report/facts.ts';
import { markdownReport } from '../report/markdown.ts';
import type { Evidence, Log } from '../report/output.ts';
import { recordedRun } from '../runtime/prepare.ts';
import { openProject, type Project } from '../runtime/project.ts';
import { attemptFolders, findRun, type RunFolder, readRun, runFolder } from '../runtime/run-store.ts';
import type { Io } from './io.ts';
import { writeOutput } from './output-file.ts';

/** What a report can be. */
export const formats = ['md', 'html', 'json', 'junit', 'txt', 'zip'] as const;

/** The name of a format. */
export type Format = (typeof formats)[number];

/** Writes the report of a run to standard output, or to the file after `-o`, whose name also says the format. */
export async function report(io: Io, wanted: string, options: { readonly format?: string; readonly output?: string }): Promise<void> {
  const format = formatOf(wanted, options);
  if (format === 'zip' && options.output === undefined && io.stdout.isTTY)
    throw new Fault('usage', 'A zip file is not for a terminal.', { hint: `runbook report ${wanted} --format zip -o ${wanted}.zip` });
  const project = openProject(io.cwd);
  const folder = runFolder(project, findRun(project, wanted));
  await writeOutput(io, options.output, await parts(format, toldBy(project, folder), folder));
}

function formatOf(wanted: string, { format, output }: { readonly format?: string; readonly output?: string }): Format {
  const name = format ?? formatOfFile(output);
  const found = formats.find((known) => known === name);
  if (found !== undefined) return found;
  const meant = nearest(name, formats) ?? 'md';
  throw new Fault('usage', `Unknown format "${name}". There are: ${formats.join(', ')}.`, { hint: `runbook report ${wanted} --format ${meant}` });
}

function formatOfFile(output: string | undefined): string {
  const extension = output?.match(/\.(md|html|json|txt|zip|xml)$/)?.[1] ?? 'md';
  return extension === 'xml' ? 'junit' : extension;
}

/** The bytes of a report, in pieces. Each format but the first is loaded when it is asked for: a run writes that one itself. */
async function parts(format: Format, told: Told, folder: RunFolder): Promise<Iterable<string | Uint8Array>> {
  const evidence = evidenceOf(folder);
  switch (format) {
    case 'md':
      return [withoutRecognised(markdownReport(told, evidence))];
    case 'html':
      return (await import('../report/html.ts')).htmlReport(told, evidence);
    case 'json':
      return (await import('../report/json.ts')).jsonReport(told, evidence);
    case 'junit':
      return (await import('../report/junit.ts')).junitReport(told, evidence);
    case 'txt':
      return (await import('../report/text.ts')).textReport(told, evidence);
    case 'zip':
      return bundle(told, folder, evidence);
    default:
      return format satisfies never;
  }
}

/** The report that a run leaves in its folder: the same that `runbook report` makes later, from the same record. */
export function reportText(project: Project, folder: RunFolder): string {
  return withoutRecognised(markdownReport(toldBy(project, folder), evidenceOf(folder)));
}

/** A report as one piece, for a ticket. */
export async function reportBytes(project: Project, folder: RunFolder, format: Format): Promise<Buffer> {
  return Buffer.concat(Array.from(await parts(format, toldBy(project, folder), folder), (part) => Buffer.from(part)));
}

function toldBy(project: Project, folder: RunFolder): Told {
  const text = readRun(folder);
  const { plan, run, documents } = recordedRun(project, folder, text);
  return { plan: { ...plan, documents }, run, events: text.events, head: text.head };
}

/**
 * What the attempts ran and printed. The secrets of the run are not known any more, and what it wrote was searched for them at its end; what looks
 * like one is masked here once more.
 */
function evidenceOf(folder: RunFolder): Evidence {
  const folders = attemptFolders(folder);
  return {
    block: (attempt) => {
      const path = fileIn(folders.get(attempt), 'block');
      return path === undefined ? '' : withoutRecognised(readFileSync(path, 'utf8'));
    },
    log: (attempt) => {
      const path = fileIn(folders.get(attempt), 'log');
      return path === undefined ? { bytes: 0, read: () => [] } : logOf(path);
    },
  };
}

/** What a block put in the place of a file is none: a link would lead elsewhere, a pipe would be waited for. */
function fileIn(folder: string | undefined, name: string): string | undefined {
  const path = folder === undefined ? undefined : join(folder, name);
  return path !== undefined && lstatSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined;
}

function logOf(path: string): Log {
  return { bytes: statSync(path).size, read: (from, to) => masked(bytesOf(path, from, to)) };
}

function* masked(pieces: Iterable<Uint8Array>): Iterable<Uint8Array> {
  const stream = recognisedRedactor();
  for (const piece of pieces) yield stream.push(piece);
  yield stream.end();
}

/** The bytes of a file between two offsets, in pieces that fit into any memory. */
function* bytesOf(path: string, from: number, to: number): Iterable<Uint8Array> {
  const descriptor = openSync(path, 'r');
  try {
    for (let at = from; at < to; ) {
      const piece = Buffer.allocUnsafe(Math.min(64 * 1024, to - at));
      const size = readSync(descriptor, piece, 0, piece.length, at);
      if (size === 0) return;
      at += size;
      yield piece.subarray(0, size);
    }
  } finally {
    closeSync(descriptor);
  }
}

async function bundle(told: Told, folder: RunFolder, evidence: Evidence): Promise<Iterable<Uint8Array>> {
  const [{ zipOf }, { htmlReport }, { jsonReport }] = await Promise.all([
    import('../report/bundle.ts'),
    import('../report/html.ts'),
    import('../report/json.ts'),
  ]);
  const kept = recordFiles(folder);
  const bytes = kept.reduce((sum, path) => sum + statSync(join(folder.path, path)).size, 0);
  if (bytes > largestBundle)
    throw new Fault('record', `The record of this run has ${bytes} bytes; a zip file holds less than ${largestBundle}.`, {
      hint: `tar -C '${join(folder.path, '..')}' --exclude private -cz -f ${folder.run}.tar.gz ${folder.run}`,
    });
  const files = kept.map((path): Part => {
    const { size } = statSync(join(folder.path, path));
    return { path, pieces: () => bytesOf(join(folder.path, path), 0, size) };
  });
  return zipOf(folder.run, [
    ...files,
    { path: 'report.md', pieces: () => [withoutRecognised(markdownReport(told, evidence))] },
    { path: 'report.html', pieces: () => htmlReport(told, evidence) },
    { path: 'report.json', pieces: () => jsonReport(told, evidence) },
  ]);
}

/** A zip file counts its bytes with 32 bits; the reports need some of them. */
const largestBundle = 2 ** 32 - 2 ** 28;

/** What of a run's folder belongs to the record; never a private file. Paths in it, in order. */
function recordFiles(folder: RunFolder): readonly string[] {
  const attempts = namesIn(folder.attempts).flatMap((name) => ['block', 'log', 'result.json'].map((file) => `attempts/${name}/${file}`));
  const copies = namesIn(folder.copies).flatMap((name) => (/^[0-9a-f]{64}$/.test(name) ? [`files/${name}`] : []));
  const all = ['journal.jsonl', 'journal.sig', ...attempts, ...copies];
  return all.filter((path) => lstatSync(join(folder.path, path), { throwIfNoEntry: false })?.isFile() === true).sort();
}

function namesIn(path: string): readonly string[] {
  try {
    return existsSync(path) ? readdirSync(path) : [];
  } catch (cause) {
    throw new Fault('record', `The record cannot be read: ${messageOf(cause)}`, { hint: `Check the rights of ${path}.`, cause });
  }
}
