/** The journal: the run's list of events on disk, one canonical JSON object a line, each with the hash of the line before. */

import { hash } from 'node:crypto';
import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import canonicalize from 'canonicalize';
import type { Event, Fact } from '../core/event.ts';
import { Fault } from '../fault.ts';

/** A list of events that only grows. Nobody else knows that it is a file. */
export interface Journal {
  /** Records facts at this moment. With `durable` they, and all before them, are on disk when it returns. */
  append(facts: readonly Fact[], options: { readonly durable: boolean }): readonly Event[];
  /** Hash of the last line: it stands for the whole journal. */
  head(): string;
  close(): void;
}

/** What a journal holds. `torn` is the length in bytes of a last line that was not written to its end, and is not among the events. */
export type JournalText = { readonly events: readonly Event[]; readonly head: string; readonly torn: number; readonly bytes: number };

const origin = '0'.repeat(64);

/**
 * Reads a journal and checks its chain.
 * @throws Fault `record` when a line is not what was written, with its number.
 */
export function readJournal(path: string): JournalText {
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n');
  const torn = lines.pop() ?? '';
  let head = origin;
  const events = lines.map((line, index) => {
    const refuse = (what: string): Fault =>
      new Fault('record', `${path}:${index + 1}: ${what}`, {
        hint: 'The record was changed or damaged after it was written. Keep it as it is and look at it by hand.',
      });
    const { seq, prev, ...event } = parseLine(line, refuse);
    if (seq !== index + 1) throw refuse(`expected event ${index + 1}, found ${String(seq)}.`);
    if (prev !== head) throw refuse('the hash of the line before does not match.');
    head = hash('sha256', line);
    return event;
  });
  return { events, head, torn: Buffer.byteLength(torn), bytes: Buffer.byteLength(text) - Buffer.byteLength(torn) };
}

type Line = Event & { readonly seq: number; readonly prev: string };

function parseLine(line: string, refuse: (what: string) => Fault): Line {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw refuse('this is not JSON.');
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || !('at' in value)) throw refuse('this is not an event.');
  // The chain proves that the line is one that this engine wrote, so its shape is known.
  return value as Line;
}

/** Creates the journal of a new run. Fails when there is one. */
export function createJournal(path: string, now: () => Date): Journal {
  return opened(path, 'ax', { seq: 0, head: origin }, now);
}

/** Goes on with the journal of an unfinished run. A torn last line is cut off first. */
export function reopenJournal(path: string, text: JournalText, now: () => Date): Journal {
  if (text.torn > 0) recording(path, () => truncateSync(path, text.bytes));
  return opened(path, 'a', { seq: text.events.length, head: text.head }, now);
}

function opened(path: string, flags: string, start: { seq: number; head: string }, now: () => Date): Journal {
  const descriptor = recording(path, () => openSync(path, flags, 0o600));
  recording(path, () => syncFolder(dirname(path)));
  let { seq, head } = start;
  return {
    append(facts, { durable }) {
      const at = now().toISOString();
      const events = facts.map((fact): Event => ({ ...fact, at }));
      let text = '';
      for (const event of events) {
        const line = canonicalize({ ...event, seq: ++seq, prev: head }) ?? '';
        head = hash('sha256', line);
        text += `${line}\n`;
      }
      recording(path, () => {
        writeAll(descriptor, text);
        if (durable) fdatasyncSync(descriptor);
      });
      return events;
    },
    head: () => head,
    close: () => closeSync(descriptor),
  };
}

function writeAll(descriptor: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
}

/** A new name in a folder is durable only when the folder itself is synced. */
function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** No record, no run: whatever goes wrong here stops the run. */
function recording<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('record', `The record cannot be written: ${why}`, {
      hint: `Make room and check the rights of ${dirname(path)}, then go on with: runbook resume`,
      cause,
    });
  }
}
