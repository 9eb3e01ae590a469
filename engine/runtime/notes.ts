/**
 * Notes from other terminals. A journal has one writer, so each note is a file in the run's inbox until that writer has it on record:
 *
 *     notes/.<id>  ──link──▶  notes/000001.json  ──durable in the journal──▶  removed
 *
 * The number gives the order, and linking it fails when it is taken. A writer that dies before it removes the file finds the note's id in
 * the journal, so the note is neither lost nor recorded twice.
 */

import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Fact } from '../core/event.ts';
import type { Run } from '../core/run.ts';
import { Fault, hasCode, messageOf } from '../fault.ts';
import { syncFolder } from './journal.ts';
import type { RunFolder } from './run-store.ts';

/** The longest text of a note, in characters. */
export const noteLength = 4000;

const written = z.object({ id: z.uuid(), operator: z.string(), host: z.string(), text: z.string().min(1).max(noteLength) });

/** A note as its writer leaves it. */
type Written = Readonly<z.infer<typeof written>>;

/** A note in the inbox, and the file that it is in. */
export type WaitingNote = { readonly path: string; readonly fact: Extract<Fact, { type: 'note-added' }> };

/** The inbox of a run: private, as a note may hold what is masked before it is recorded. */
function inboxOf(folder: RunFolder): string {
  return join(folder.path, 'notes');
}

/**
 * Puts a note into the inbox, and gives its file and id. It is on disk when this returns.
 * @throws Fault `record` when it cannot be written.
 */
export function leaveNote(folder: RunFolder, note: Omit<Written, 'id'>): { readonly path: string; readonly id: string } {
  const inbox = inboxOf(folder);
  const id = randomUUID();
  const draft = join(inbox, `.${id}`);
  try {
    mkdirSync(inbox, { recursive: true, mode: 0o700 });
    writeFileSync(draft, JSON.stringify({ id, ...note }), { mode: 0o600, flush: true });
    try {
      const path = numbered(inbox, draft);
      syncFolder(inbox);
      return { path, id };
    } finally {
      rmSync(draft, { force: true });
    }
  } catch (cause) {
    throw new Fault('record', `The note cannot be written: ${messageOf(cause)}`, { hint: `Check the rights and the room of ${inbox}.`, cause });
  }
}

/** Gives the draft the number after the last one in the inbox. Two writers cannot get the same one. */
function numbered(inbox: string, draft: string): string {
  for (let number = (namesIn(inbox).map(Number.parseFloat).at(-1) ?? 0) + 1; ; number++) {
    const path = join(inbox, `${String(number).padStart(6, '0')}.json`);
    try {
      linkSync(draft, path);
      return path;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
}

/**
 * The notes in the inbox, in order. A folder may be read while files are made in it, and show a later one without an earlier one: so it is
 * read twice, and what is behind the last of the first time waits for the next time.
 */
export function waitingNotes(folder: RunFolder): readonly WaitingNote[] {
  const inbox = inboxOf(folder);
  const last = namesIn(inbox).at(-1);
  if (last === undefined) return [];
  return namesIn(inbox)
    .filter((name) => name <= last)
    .flatMap((name) => readNote(join(inbox, name)) ?? []);
}

/** What is in the inbox and is no note stays there, and never disturbs a run. */
function readNote(path: string): WaitingNote | undefined {
  try {
    return { path, fact: { type: 'note-added', ...written.parse(JSON.parse(readFileSync(path, 'utf8'))) } };
  } catch {
    return undefined;
  }
}

function namesIn(inbox: string): readonly string[] {
  try {
    return readdirSync(inbox)
      .filter((name) => /^\d+\.json$/.test(name))
      .sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Removes the inbox of a run that has ended: what is in it now came too late, and its writer is told so. */
export function removeInbox(folder: RunFolder): void {
  rmSync(inboxOf(folder), { recursive: true, force: true });
}

/** The notes that are not on record yet. */
export function notOnRecord(run: Run, notes: readonly WaitingNote[]): readonly WaitingNote[] {
  const known = new Set(run.notes.map(({ id }) => id));
  return notes.filter(({ fact }) => !known.has(fact.id));
}

/** Takes notes that are on record out of the inbox. One that cannot be removed is known by its id the next time. */
export function clearNotes(notes: readonly WaitingNote[]): void {
  for (const { path } of notes) {
    try {
      rmSync(path, { force: true });
    } catch {
      // Its id is in the journal.
    }
  }
}
