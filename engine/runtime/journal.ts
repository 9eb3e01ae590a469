/** The journal: the run's list of events on disk, one canonical JSON object (RFC 8785) a line, each with the hash of the line before. */

import { hash } from 'node:crypto';
import { closeSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import canonicalize from 'canonicalize';
import type { Event, Fact } from '../core/event.ts';
import { Fault, messageOf } from '../fault.ts';
import { chainLines, origin } from './chain.ts';

/** A list of events that only grows. Nobody else knows that it is a file. */
export interface Journal {
  /**
   * Records facts at this moment. With `durable` they, and all before them, are on disk when it returns.
   * @throws Fault `record` when they cannot be written. None of them is then on record, and nothing more can be appended.
   */
  append(facts: readonly Fact[], options: { readonly durable: boolean }): readonly Event[];
  /**
   * Puts masked events in the place of those that `clean` gives back changed. These lines and all behind them are written anew, since each has
   * the hash of the one before; then comes the fact that tells of it, made of the numbers of the changed ones and the head until now. All of
   * it at once: whenever the machine dies there is the old journal or the new one. Without a fact nothing is done.
   * @throws Fault `record` when the journal is not intact, or cannot be written.
   */
  repair(clean: (event: Event) => Event, tell: Tell): readonly Event[];
  /** Hash of the last line: it stands for the whole journal. */
  head(): string;
  /** How many events it holds. */
  length(): number;
  close(): void;
}

/** The fact that tells of a repair: the events before it, which of them are changed, and the head until then. Undefined: there is nothing to tell. */
type Tell = (before: readonly Event[], changed: readonly number[], head: string) => Fact | undefined;

/** What a journal holds. `torn` is the length in bytes of a last line that was not written to its end, and is not among the events. */
export type JournalText = { readonly events: readonly Event[]; readonly head: string; readonly torn: number; readonly bytes: number };

/**
 * Reads a journal and checks its chain.
 * @throws Fault `record` when it cannot be read, or when a line is not what was written, with its number.
 */
export function readJournal(path: string): JournalText {
  const bytes = readBytes(path);
  const events: Event[] = [];
  let head = origin;
  let from = 0;
  for (const { number, hash: sum, event, wrong, end } of chainLines(bytes)) {
    if (wrong[0] !== undefined || event === undefined) throw damaged(path, number, wrong[0] ?? 'this is not an event.');
    events.push(event);
    head = sum;
    from = end;
  }
  return { events, head, torn: bytes.length - from, bytes: from };
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const hint = 'Check the rights of the run folder. Without its record a run cannot be shown or gone on with.';
    throw new Fault('record', `The journal ${path} cannot be read: ${messageOf(cause)}`, { hint, cause });
  }
}

function damaged(path: string, number: number, what: string): Fault {
  return new Fault('record', `${path}:${number}: ${what}`, {
    hint: 'The record was changed or damaged after it was written. Keep it as it is and look at it by hand.',
  });
}

/** Creates the journal of a new run. Fails when there is one. */
export function createJournal(path: string, now: () => Date): Journal {
  return opened(path, 'ax', { seq: 0, at: '', head: origin, bytes: 0, torn: 0 }, now);
}

/** Goes on with the journal of an unfinished run. A torn last line is cut off first. */
export function reopenJournal(path: string, text: JournalText, now: () => Date): Journal {
  const at = text.events.at(-1)?.at ?? '';
  return opened(path, 'a', { seq: text.events.length, at, head: text.head, bytes: text.bytes, torn: text.torn }, now);
}

/** How far a journal has come: its last event's number, time and hash, the length of its lines, and of a torn one behind them. */
type End = { readonly seq: number; readonly at: string; readonly head: string; readonly bytes: number; readonly torn: number };

function opened(path: string, flags: string, start: End, now: () => Date): Journal {
  let descriptor = recording(path, () => openSync(path, flags, 0o600));
  recording(path, () => {
    refuseOthers(descriptor, start.bytes + start.torn);
    if (start.torn > 0) ftruncateSync(descriptor, start.bytes);
    syncFolder(dirname(path));
  });
  let end = start;
  let broken: unknown;
  return {
    append(facts, { durable }) {
      const at = notBefore(end.at, now().toISOString());
      const events = facts.map((fact) => asRead({ ...fact, at }));
      const { text, next } = linesOf(events, end);
      recording(path, () => {
        if (broken !== undefined) throw broken;
        try {
          refuseOthers(descriptor, end.bytes);
          write(descriptor, text, { durable, from: end.bytes });
        } catch (cause) {
          broken = cause;
          throw cause;
        }
      });
      end = next;
      return events;
    },
    repair(clean, tell) {
      const before = readJournal(path).events;
      const after = before.map((event) => asRead(clean(event)));
      const changed = after.flatMap((event, index) => (canonicalize(event) === canonicalize(before[index]) ? [] : [index + 1]));
      const fact = tell(before, changed, end.head);
      if (fact === undefined) return [];
      const told = asRead({ ...fact, at: notBefore(end.at, now().toISOString()) });
      const first = (changed[0] ?? after.length + 1) - 1;
      end = recording(path, () => {
        if (broken !== undefined) throw broken;
        refuseOthers(descriptor, end.bytes);
        const kept = linesBefore(path, first);
        const { text, next } = linesOf([...after.slice(first), told], kept.end);
        writeFileSync(`${path}.draft`, Buffer.concat([kept.bytes, text]), { mode: 0o600, flush: true });
        renameSync(`${path}.draft`, path);
        syncFolder(dirname(path));
        closeSync(descriptor);
        descriptor = openSync(path, 'a', 0o600);
        return next;
      });
      return [told];
    },
    head: () => end.head,
    length: () => end.seq,
    close: () => closeSync(descriptor),
  };
}

/** A clock that is set back must not make a record of which nobody knows what came first. Both are ISO 8601 in UTC. */
function notBefore(last: string, now: string): string {
  return now < last ? last : now;
}

/** The first lines of a journal as they are, and how far they come. */
function linesBefore(path: string, count: number): { readonly bytes: Buffer; readonly end: End } {
  const bytes = readFileSync(path);
  let start: End = { seq: 0, at: '', head: origin, bytes: 0, torn: 0 };
  for (const { number, hash: head, event, end } of chainLines(bytes)) {
    if (number > count) break;
    start = { seq: number, at: event?.at ?? '', head, bytes: end, torn: 0 };
  }
  return { bytes: bytes.subarray(0, start.bytes), end: start };
}

/** Two engines that append to one journal would break its chain. */
function refuseOthers(descriptor: number, expected: number): void {
  const { size } = fstatSync(descriptor);
  if (size !== expected) throw new Error(`the journal has ${size} bytes and should have ${expected}, so another engine goes on with this run.`);
}

/** An event as it will be read again: without what JSON has no form for. RFC 8785 refuses half a surrogate pair, which a cut text may end in. */
function asRead(event: Event): Event {
  return JSON.parse(JSON.stringify(event), (_key, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value));
}

function linesOf(events: readonly Event[], end: End): { readonly text: Buffer; readonly next: End } {
  let { seq, head } = end;
  const lines = events.map((event) => {
    const line = canonicalize({ ...event, seq: ++seq, prev: head }) ?? '';
    head = hash('sha256', line);
    return `${line}\n`;
  });
  const text = Buffer.from(lines.join(''));
  return { text, next: { seq, at: events.at(-1)?.at ?? end.at, head, bytes: end.bytes + text.length, torn: 0 } };
}

function write(descriptor: number, text: Uint8Array, { durable, from }: { readonly durable: boolean; readonly from: number }): void {
  try {
    for (let rest = text; rest.length > 0; ) rest = rest.subarray(writeSync(descriptor, rest));
    if (durable) fdatasyncSync(descriptor);
  } catch (cause) {
    // What was told to have failed must not be found later, and after a failed sync nobody knows what is on disk.
    cutBack(descriptor, from);
    throw cause;
  }
}

function cutBack(descriptor: number, bytes: number): void {
  try {
    ftruncateSync(descriptor, bytes);
  } catch {
    // The failure that led here is the one to report; reading drops a torn line.
  }
}

/** A new name in a folder is durable only when the folder itself is synced. */
export function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** No record, no run: whatever goes wrong here stops the run. */
function recording<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new Fault('record', `The record cannot be written: ${messageOf(cause)}`, {
      hint: `Make room and check the rights of ${dirname(path)}, then go on with: runbook resume`,
      cause,
    });
  }
}
