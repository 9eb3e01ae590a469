/** Migrations in a copy of the application, as `drizzle-kit generate --custom` and a person with an editor leave them. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Entry = { readonly idx: number; readonly version: string; readonly when: number; readonly tag: string; readonly breakpoints: boolean };
type Journal = { readonly version: string; readonly dialect: string; readonly entries: readonly Entry[] };

/** Adds a migration that is newer than all others, or replaces its SQL. `down` is how it is taken back. */
export function addMigration(
  root: string,
  { tag, sql, down }: { readonly tag: string; readonly sql: string; readonly down?: string | undefined },
): void {
  const folder = folderOf(root);
  writeFileSync(join(folder, 'drizzle', `${tag}.sql`), sql);
  if (down !== undefined) writeFileSync(join(folder, 'rollback', `${tag}.down.sql`), down);
  const journal = readJournal(root);
  if (journal.entries.some((entry) => entry.tag === tag)) return;
  const idx = journal.entries.length;
  const when = Math.max(...journal.entries.map((entry) => entry.when)) + 1000;
  writeJournal(root, { ...journal, entries: [...journal.entries, { idx, version: '7', when, tag, breakpoints: true }] });
  const before = JSON.parse(readFileSync(snapshotAt(root, idx - 1), 'utf8'));
  writeFileSync(snapshotAt(root, idx), JSON.stringify({ ...before, id: crypto.randomUUID(), prevId: before.id }));
}

/** Takes the newest migration out again, as a revert of its commit does. */
export function removeMigration(root: string, tag: string): void {
  const folder = folderOf(root);
  const journal = readJournal(root);
  writeJournal(root, { ...journal, entries: journal.entries.filter((entry) => entry.tag !== tag) });
  rmSync(join(folder, 'drizzle', `${tag}.sql`));
  rmSync(join(folder, 'rollback', `${tag}.down.sql`), { force: true });
  rmSync(snapshotAt(root, journal.entries.length - 1));
}

function folderOf(root: string): string {
  return join(root, 'test/fixtures/lego-api');
}

function snapshotAt(root: string, idx: number): string {
  return join(folderOf(root), 'drizzle/meta', `${String(idx).padStart(4, '0')}_snapshot.json`);
}

function readJournal(root: string): Journal {
  return JSON.parse(readFileSync(join(folderOf(root), 'drizzle/meta/_journal.json'), 'utf8'));
}

function writeJournal(root: string, journal: Journal): void {
  writeFileSync(join(folderOf(root), 'drizzle/meta/_journal.json'), JSON.stringify(journal, undefined, 2));
}
