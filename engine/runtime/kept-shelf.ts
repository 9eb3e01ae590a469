/**
 * What a list of documents shows, kept in the user's cache: to read runbook.yaml and the front matter of every document takes longer than all
 * else that a list does. It holds as long as every file and folder on which it depends is what it was.
 */

import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../cache.ts';
import { isRecord } from '../core/is-record.ts';
import type { ListedDocument, Shelf } from './shelf.ts';

/** Of which project (absolute), for which engine, and whose cache. */
export type Shelved = { readonly root: string; readonly engine: string; readonly env: NodeJS.ProcessEnv };

/** What lies in the cache. A path leads to what `stampOf` says of it. */
type Kept = { readonly engine: string; readonly stamps: Readonly<Record<string, string>>; readonly documents: readonly ListedDocument[] };

/** The clock of a file system ticks coarsely: what was changed twice within this time may look as if it was changed once. */
const unsureMs = 2000;

/** The longest name that every file system takes, with room for the draft's. */
const longestName = 200;

/** The documents as they were kept, or else as `read` gives them. Whatever is wrong with the cache, the documents are right. */
export async function shelfOf(shelved: Shelved, read: () => Promise<Shelf>): Promise<readonly ListedDocument[]> {
  const path = pathOf(shelved);
  const kept = path === undefined ? undefined : keptIn(path, shelved);
  if (kept !== undefined) return kept;
  const before = Date.now();
  const { documents, dependsOn } = await read();
  if (path !== undefined) keep(path, shelved, { documents, dependsOn, before });
  return documents;
}

function pathOf({ root, env }: Shelved): string | undefined {
  const name = `${encodeURIComponent(root)}.json`;
  const folder = name.length > longestName ? undefined : cacheFolder(env);
  return folder && join(folder, 'shelves', name);
}

function keptIn(path: string, { root, engine }: Shelved): readonly ListedDocument[] | undefined {
  try {
    const kept: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isRecord(kept) || kept.engine !== engine || !isRecord(kept.stamps)) return undefined;
    if (Object.entries(kept.stamps).some(([name, stamp]) => stampOf(join(root, name)).text !== stamp)) return undefined;
    // Written by `keep` alone, in one piece, in a folder where nobody else writes.
    return (kept as Kept).documents;
  } catch {
    return undefined;
  }
}

function keep(path: string, { root, engine }: Shelved, { documents, dependsOn, before }: Shelf & { readonly before: number }): void {
  const stamps = dependsOn.map((name) => [name, stampOf(join(root, name))] as const);
  if (stamps.some(([, { changedAt }]) => changedAt > before - unsureMs)) return;
  const kept: Kept = { engine, stamps: Object.fromEntries(stamps.map(([name, { text }]) => [name, text])), documents };
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(kept), { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    // Read anew the next time.
  }
}

/** What tells one state of a file or folder from another, and when it last changed (milliseconds since 1970). A link counts as what it leads to. */
function stampOf(path: string): { readonly text: string; readonly changedAt: number } {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return { text: '', changedAt: 0 };
  const { dev, ino, mode, size, mtimeMs, ctimeMs } = found;
  return { text: [dev, ino, mode, size, mtimeMs, ctimeMs].join(' '), changedAt: Math.max(mtimeMs, ctimeMs) };
}
