/** The journal: the run's list of events on disk, one canonical JSON object (RFC 8785) a line, each with the hash of the line before. */

import { hash } from 'node:crypto';
import { closeSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import canonicalize from 'canonicalize';
import type { Event, Fact } from '../core/event.ts';
import { Fault, messageOf } from '../fault.ts';
import { chainLines, origin } from './chain.ts';
import { piecesOf } from './lines-of-file.ts';

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

/** The fact that tells of a repair: the numbers of the events that are changed, and the head until then. Undefined: there is nothing to tell. */
type Tell = (changed: readonly number[], head: string) => Fact | undefined;

/**
 * How far a journal has come: how many events it has, the time of the last one (ISO 8601), its hash, the length of all lines in bytes, and of a
 * last one behind them that was not written to its end.
 */
export type JournalEnd = { readonly seq: number; readonly at: string; readonly head: string; readonly bytes: number; readonly torn: number };

/** What a journal holds. A torn last line is not among the events. */
export type JournalText = JournalEnd & { readonly events: readonly Event[] };

const beginning: JournalEnd = { seq: 0, at: '', head: origin, bytes: 0, torn: 0 };

/** A journal that is read and checked event by event: there may be many. They come once; `end` is known when all have come. */
export type JournalReading = { readonly events: Iterable<Event>; readonly end: () => JournalEnd };

/**
 * Begins to read a journal.
 * @throws Fault `record`, while the events come, when it cannot be read, or when a line is not what was written, with its number.
 */
export function readingJournal(path: string): JournalReading {
  const read = { bytes: 0 };
  let end = beginning;
  function* events(): Generator<Event> {
    for (const line of intactLines(path, read)) {
      end = endAt(line);
      yield line.event;
    }
  }
  return { events: events(), end: () => ({ ...end, torn: read.bytes - end.bytes }) };
}

/**
 * Reads a journal and checks its chain.
 * @throws Fault `record` as `readingJournal` does.
 */
export function readJournal(path: string): JournalText {
  const { events, end } = readingJournal(path);
  return { events: [...events], ...end() };
}

type IntactLine = { readonly number: number; readonly hash: string; readonly event: Event; readonly end: number };

function endAt({ number, event, hash: head, end }: IntactLine): JournalEnd {
  return { seq: number, at: event.at, head, bytes: end, torn: 0 };
}

/** The lines of a journal, read in pieces: it may be large. Counts what was read. @throws Fault `record` as `readJournal` does. */
function* intactLines(path: string, read = { bytes: 0 }): Generator<IntactLine> {
  for (const { number, hash: sum, event, wrong, end } of chainLines(readable(path, read))) {
    if (wrong[0] !== undefined || event === undefined) throw damaged(path, number, wrong[0] ?? 'this is not an event.');
    yield { number, hash: sum, event, end };
  }
}

function* readable(path: string, read: { bytes: number }): Generator<Buffer> {
  try {
    for (const piece of piecesOf(path)) {
      read.bytes += piece.length;
      yield piece;
    }
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
  return opened(path, 'ax', beginning, now);
}

/** Goes on with the journal of an unfinished run. A torn last line is cut off first. */
export function reopenJournal(path: string, end: JournalEnd, now: () => Date): Journal {
  return opened(path, 'a', end, now);
}

function opened(path: string, flags: string, start: JournalEnd, now: () => Date): Journal {
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
      const masked = maskedEvents(path, clean);
      const fact = tell([...masked.keys()], end.head);
      if (fact === undefined) return [];
      const told = asRead({ ...fact, at: notBefore(end.at, now().toISOString()) });
      const first = masked.keys().next().value ?? end.seq + 1;
      end = recording(path, () => {
        if (broken !== undefined) throw broken;
        refuseOthers(descriptor, end.bytes);
        const { kept, events } = cutAt(path, first);
        const after = events.map((event, index) => masked.get(first + index) ?? event);
        const { text, next } = linesOf([...after, told], kept);
        writeFileSync(`${path}.draft`, Buffer.concat([readFileSync(path).subarray(0, kept.bytes), text]), { mode: 0o600, flush: true });
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

/** The events that are others once they are masked, as they are then, by the number of their line. */
function maskedEvents(path: string, clean: (event: Event) => Event): ReadonlyMap<number, Event> {
  const masked = new Map<number, Event>();
  for (const { number, event } of intactLines(path)) {
    const cleaned = clean(event);
    if (JSON.stringify(cleaned) !== JSON.stringify(event)) masked.set(number, asRead(cleaned));
  }
  return masked;
}

/** How far a journal had come before its line `number`, and the events from there on. */
function cutAt(path: string, number: number): { readonly kept: JournalEnd; readonly events: readonly Event[] } {
  let kept = beginning;
  const events: Event[] = [];
  for (const line of intactLines(path)) {
    if (line.number < number) kept = endAt(line);
    else events.push(line.event);
  }
  return { kept, events };
}

/** Two engines that append to one journal would break its chain. */
function refuseOthers(descriptor: number, expected: number): void {
  const { size } = fstatSync(descriptor);
  if (size !== expected) throw new Error(`the journal has ${size} bytes and should have ${expected}, so another engine goes on with this run.`);
}

/** An event as it will be read again: without what JSON has no form for. RFC 8785 refuses half a surrogate pair, which a cut text may end in. */
function asRead(event: Event): Event {
  const text = JSON.stringify(event);
  // Written as an escape only where it has no partner; few texts have one at all, and looking at each value takes most of the time.
  if (!/\\u[dD][89a-fA-F]/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value));
}

function linesOf(events: readonly Event[], end: JournalEnd): { readonly text: Buffer; readonly next: JournalEnd } {
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
