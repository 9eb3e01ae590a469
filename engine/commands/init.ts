/** `runbook init`: puts a first runbook and playbook, the templates and what checks them into a repository. */

import { existsSync } from 'node:fs';
import { join, posix, relative, resolve } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { escapeText } from '../core/escape.ts';
import { Fault } from '../fault.ts';
import { appendLine, createFile, lookAt, replaceFile } from '../runtime/new-file.ts';
import { isIgnored } from '../runtime/preflight.ts';
import { foldersOf, openProject, type Project } from '../runtime/project.ts';
import { type Content, type InitFile, initFiles, isSame, type Wishes } from './init-files.ts';
import { nextLines } from './init-next.ts';
import type { Io } from './io.ts';
import { openQuestions, type Questions } from './questions.ts';

/** What the command line says; what it leaves open is asked for on a terminal. */
export type InitOptions = { readonly content?: Content; readonly workflow?: boolean; readonly preCommit?: boolean; readonly yes: boolean };

/** A file, and what is to become of it. */
type Settled = InitFile &
  ({ readonly kind: 'new' | 'the same' | 'left alone' } | { readonly kind: 'kept' | 'replaced'; readonly found: string; readonly seen: boolean });

/** Ignores itself for git; other tools read only the topmost .gitignore. */
const records = '.runbook/';

/**
 * Writes what is missing. A file that is there is replaced only where a person says so, and then it is kept beside the new one.
 * Everything is asked before anything is written.
 * @throws Fault `usage` for a folder outside the repository, `unconfirmed` when the person at the terminal does not want it.
 */
export async function init(io: Io, folder: string | undefined, options: InitOptions): Promise<void> {
  const project = openProject(io.cwd);
  const { root } = project;
  const asking = !options.yes && io.stdin.isTTY && io.stderr.isTTY;
  const questions = asking ? openQuestions(io, 'Nothing was written.') : undefined;
  try {
    const wishes = await wishesOf(io, project, { folder, options, questions });
    const files = initFiles(root, wishes, new Date().toISOString().slice(0, 10));
    const settled = await settle(root, files, questions);
    const ignored = await isIgnored(root, records);
    await confirm(root, [...written(settled), ...(ignored === false ? [`.gitignore, the line ${records}`] : [])], questions);
    // Each is told when it was written: if a later one cannot be, those before it are known.
    for (const file of settled) say(io, lineOf(root, file));
    if (ignored !== undefined) say(io, ignored ? `○ is there  .gitignore: ${records} is ignored` : ignoreRecords(root));
    showKept(io, settled);
    say(
      io,
      `\nNext:\n${nextLines(io, root, wishes)
        .map((line) => `  ${line}`)
        .join('\n')}`,
    );
  } finally {
    questions?.close();
  }
}

type Wanted = { readonly folder: string | undefined; readonly options: InitOptions; readonly questions: Questions | undefined };

/** From the flags, else from the person, else as it is usual. */
async function wishesOf(io: Io, project: Project, { folder, options, questions }: Wanted): Promise<Wishes> {
  const usual = folder ?? usualFolder(project);
  const named = folder === undefined && questions !== undefined ? await questions.text('In which folder do the documents go?', usual) : usual;
  // What was typed is seen from where it was typed; what is usual is seen from the root.
  const target = targetOf(project, folder === undefined && named === usual ? join(project.root, named) : resolve(io.cwd, named), named);
  const content = options.content ?? (await contentOf(folder === undefined && named === usual ? undefined : target, questions));
  const workflow = options.workflow ?? (await questions?.yes('Check them in every pull request, by a workflow of GitHub?', false)) ?? false;
  const preCommit = options.preCommit ?? (await questions?.yes('Check them before every commit, by pre-commit?', false)) ?? false;
  return { target, content, workflow, preCommit };
}

/** Where the project looks for documents already; else the root. */
function usualFolder(project: Project): string {
  const [first = 'runbooks'] = foldersOf(project, 'runbook');
  const there = project.config.runbooks !== undefined || existsSync(join(project.root, first));
  return there ? posix.dirname(posix.normalize(first)) : '.';
}

function targetOf({ root }: Project, path: string, named: string): string {
  const target = relative(root, path).replaceAll('\\', '/') || '.';
  const hint = 'Give a folder inside it: runbook init docs/operations';
  if (/^\.\.(?:\/|$)/.test(target)) throw new Fault('usage', `${named} is outside the repository ${root}.`, { hint });
  // It also stands in runbook.yaml and in the settings of pre-commit.
  if (!/^[\w.@/-]+$/.test(target))
    throw new Fault('usage', `Expected a folder of letters, digits and . _ @ - /, found "${target}".`, { hint: 'runbook init docs/operations' });
  return target;
}

/** `docs/operations` is where the database documents are at home. */
async function contentOf(target: string | undefined, questions: Questions | undefined): Promise<Content> {
  const usual = target === 'docs/operations' ? 'database' : 'first';
  if (questions === undefined) return usual;
  const keys = {
    first: 'a small runbook and its playbook; they run at once and need only bash',
    database: 'those of a database: Aurora and Drizzle',
  };
  return questions.choice('Which documents do you want to begin with?', keys, usual);
}

async function settle(root: string, files: readonly InitFile[], questions: Questions | undefined): Promise<readonly Settled[]> {
  const settled: Settled[] = [];
  for (const file of files) settled.push(await settleOne(root, file, questions));
  return settled;
}

async function settleOne(root: string, file: InitFile, questions: Questions | undefined): Promise<Settled> {
  const place = lookAt(root, file.path);
  if (place.kind === 'free') return { ...file, kind: 'new' };
  if (place.kind === 'other') return { ...file, kind: 'left alone' };
  const found = place.text;
  if (isSame(found, file.text)) return { ...file, kind: 'the same' };
  if (questions === undefined) return { ...file, kind: 'kept', found, seen: false };
  const keys = { k: 'keep mine', t: `take the new one; mine is kept as ${file.path}.bak`, d: 'show the difference' };
  for (let seen = false; ; seen = true) {
    const key = await questions.choice(`${file.path} is there, and differs from the new one.`, keys, 'k');
    if (key !== 'd') return { ...file, kind: key === 't' ? 'replaced' : 'kept', found, seen };
    questions.say(difference(file, found));
  }
}

/** Asks once more, with all that would be written; where nothing would be, there is nothing to ask. */
async function confirm(root: string, files: readonly string[], questions: Questions | undefined): Promise<void> {
  if (questions === undefined || files.length === 0) return;
  questions.say(`To be written in ${root}:\n${files.map((file) => `  ${file}`).join('\n')}`);
  if (!(await questions.yes('Write them?', true))) throw new Fault('unconfirmed', 'Nothing was written.');
}

function written(settled: readonly Settled[]): readonly string[] {
  return settled.filter(({ kind }) => kind === 'new' || kind === 'replaced').map(({ path }) => path);
}

/** Writes what is to be written, and says what became of it. */
function lineOf(root: string, file: Settled): string {
  const { path, text } = file;
  switch (file.kind) {
    case 'new':
      return createFile(root, path, text) ? `✔ written   ${path}` : `! kept      ${path}, which somebody else made just now`;
    case 'replaced':
      return `✔ replaced  ${path}; yours is ${replaceFile(root, path, text)}`;
    case 'the same':
      return `○ is there  ${path}`;
    case 'kept':
      return `! kept      ${path}`;
    case 'left alone':
      return `! kept      ${path}, which is no plain file`;
    default:
      return file satisfies never;
  }
}

function ignoreRecords(root: string): string {
  if (lookAt(root, '.gitignore').kind === 'other') return `! kept      .gitignore, which is no plain file: add ${records} to it`;
  appendLine(root, '.gitignore', records);
  return `✔ written   .gitignore: ${records}`;
}

function showKept(io: Io, settled: readonly Settled[]): void {
  for (const file of settled)
    if (file.kind === 'kept' && !file.seen)
      say(io, `\n${file.path} was there and is kept. What the engine would have written:\n${difference(file, file.found)}`);
}

function difference({ path, text }: InitFile, found: string): string {
  return createTwoFilesPatch(path, path, found, text, 'yours', 'new');
}

function say(io: Io, text: string): void {
  io.stdout.write(`${escapeText(text, { colour: false, newlines: true })}\n`);
}
