/** `runbook note`: writes something into the record of a run that is under way elsewhere, or that stopped. */

import { existsSync, writeFileSync } from 'node:fs';
import { text as allOf } from 'node:stream/consumers';
import { escapeText } from '../core/escape.ts';
import { Fault } from '../fault.ts';
import { reopenJournal } from '../runtime/journal.ts';
import { type Lock, tryRun } from '../runtime/lock.ts';
import { clearNotes, leaveNote, noteLength, notOnRecord, waitingNotes } from '../runtime/notes.ts';
import { pause } from '../runtime/pause.ts';
import { whoAmI } from '../runtime/preflight.ts';
import { recordedRun } from '../runtime/prepare.ts';
import { openProject, type Project } from '../runtime/project.ts';
import { stateFolder } from '../runtime/root.ts';
import { findRun, type RunFolder, readRun, runFolder } from '../runtime/run-store.ts';
import { Secrets } from '../runtime/secrets.ts';
import type { Io } from './io.ts';
import { reportText } from './report.ts';

/** How long the engine that drives the run is waited for. Without it the note is safe as well, so nobody has to wait longer. */
const patienceMs = 5000;

/** Records a note; without words, or with `-`, from standard input. */
export async function note(io: Io, wanted: string, words: readonly string[]): Promise<void> {
  const project = openProject(io.cwd);
  const folder = runFolder(project, findRun(project, wanted));
  refuseEnded(folder);
  const said = words.length === 0 || (words.length === 1 && words[0] === '-') ? await readText(io, folder.run) : words.join(' ');
  const text = checked(said, folder.run);
  const person = whoAmI(io.env);
  const { path, id } = leaveNote(folder, { ...person, text });
  const claim = { run: folder.run, operator: person.operator, at: new Date().toISOString() };
  for (const deadline = Date.now() + patienceMs; existsSync(path); await pause(50)) {
    const taken = tryRun(stateFolder(project), claim);
    if ('release' in taken) writeDown(io, project, { folder, path, lock: taken });
    else if (Date.now() >= deadline) {
      io.stdout.write(`Kept for run ${folder.run}: the engine that drives it (process ${taken.holder.process.pid}) records it when it next can.\n`);
      return;
    }
  }
  if (!readRun(folder).events.some((event) => event.type === 'note-added' && event.id === id)) {
    refuseEnded(folder);
    throw new Error(`The note ${id} left the inbox and is not on record.`);
  }
  io.stdout.write(`Noted in run ${folder.run}: ${[...text].length} characters by ${escapeText(person.operator, { colour: false })}.\n`);
}

async function readText(io: Io, run: string): Promise<string> {
  if (io.stdin.isTTY) io.stderr.write(`What is to be noted in run ${run}? End with Ctrl+D.\n`);
  return allOf(io.stdin);
}

function checked(said: string, run: string): string {
  const text = said.trim();
  const again = `runbook note ${run} "…"`;
  if (text === '') throw new Fault('usage', 'Expected a text to note, found none.', { hint: again });
  const { length } = text;
  if (length > noteLength)
    throw new Fault('usage', `Expected a note of at most ${noteLength} characters, found ${length}. Nothing was noted.`, {
      hint: `Make it shorter, or attach the file to the ticket and note where it is: ${again}`,
    });
  return text;
}

/** Nobody drives the run, so its notes are recorded here; the lock keeps every engine away meanwhile. */
function writeDown(io: Io, project: Project, { folder, path, lock }: { folder: RunFolder; path: string; lock: Lock }): void {
  try {
    // It may have ended since, with this note still in the inbox.
    if (existsSync(path)) refuseEnded(folder, path);
    const before = readRun(folder);
    if (before.torn > 0) io.stderr.write(`The last line of the journal (${before.torn} bytes) was not written to its end and is dropped.\n`);
    const waiting = waitingNotes(folder);
    const secrets = new Secrets([]);
    const facts = notOnRecord(recordedRun(project, folder, before).run, waiting).map(({ fact }) => secrets.cleanFact(fact));
    const journal = reopenJournal(folder.journal, before, () => new Date());
    try {
      if (facts.length > 0) journal.append(facts, { durable: true });
    } finally {
      journal.close();
    }
    clearNotes(waiting);
    refreshReport(project, folder);
  } finally {
    lock.release();
  }
}

/** `run-ended` is the last event of a run, so that its hash stands for all of it. */
function refuseEnded(folder: RunFolder, path?: string): void {
  const last = readRun(folder).events.at(-1);
  if (last?.type !== 'run-ended') return;
  if (path !== undefined) clearNotes(waitingNotes(folder).filter((note) => note.path === path));
  throw new Fault(
    'usage',
    `Run ${folder.run} has ended (${last.result}, ${last.at}), and nothing is added to a run that has ended. Nothing was noted.`,
    {
      hint: `Write it into the ticket, beside the report: runbook attach ${folder.run} --to …`,
    },
  );
}

/** The report that the engine left tells what the journal holds, and names its head. */
function refreshReport(project: Project, folder: RunFolder): void {
  if (!existsSync(folder.report)) return;
  writeFileSync(folder.report, reportText(project, folder));
}
