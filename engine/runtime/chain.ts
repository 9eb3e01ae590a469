/** The lines of a journal and what is wrong with each: shared by whoever reads a journal and whoever proves it. */

import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Event } from '../core/event.ts';
import { linesOfPieces } from './lines-of-file.ts';

/** What the first line has in the place of the hash of the line before. */
export const origin = '0'.repeat(64);

/** A line: its number from 1, the SHA-256 of its bytes, its event where it holds one, and what is wrong with it. */
export type ChainLine = { readonly number: number; readonly hash: string; readonly event?: Event; readonly wrong: readonly string[] };

/** The lines of a journal one after the other; `end` is where each ends in the bytes, after its line feed. What follows the last one is torn. */
export function* chainLines(pieces: Iterable<Buffer>): Generator<ChainLine & { readonly end: number }> {
  let before: { readonly hash: string; readonly seq: number } = { hash: origin, seq: 0 };
  let end = 0;
  let number = 0;
  for (const line of linesOfPieces(pieces)) {
    // The hash is that of the bytes: decoding would turn all that is not UTF-8 into the same character.
    const sum = hash('sha256', line);
    const { seq, event, wrong } = look(line, before);
    before = { hash: sum, seq };
    end += line.length + 1;
    number += 1;
    yield { number, hash: sum, wrong, end, ...(event !== undefined && { event }) };
  }
}

type Looked = { readonly seq: number; readonly event?: Event; readonly wrong: readonly string[] };

/** What a line holds. A number that is not the next one is told once: the lines after it count on from it. */
function look(line: Buffer, before: { readonly hash: string; readonly seq: number }): Looked {
  const expected = before.seq + 1;
  if (!isUtf8(line)) return { seq: expected, wrong: ['this is not UTF-8.'] };
  const text = line.toString('utf8');
  const value = parsed(text);
  if (value === undefined) return { seq: expected, wrong: ['this is not JSON.'] };
  if (!isLine(value)) return { seq: expected, wrong: ['this is not an event.'] };
  const { seq, prev, ...event } = value;
  const wrong: string[] = [];
  // A key that stands there twice, or a byte more, would let two readers see two different events.
  if (canonical(value) !== text) wrong.push('this is not how the engine writes an event.');
  if (seq !== expected) wrong.push(`expected event ${expected}, found ${String(seq)}.`);
  if (prev !== before.hash) wrong.push('the hash of the line before does not match.');
  // The chain proves that a line without fault is one that this engine wrote, so its shape is known; who proves a journal trusts no shape.
  return { seq: typeof seq === 'number' ? seq : expected, event: event as Event, wrong };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isLine(value: unknown): value is { readonly seq: unknown; readonly prev: unknown; readonly type: string; readonly at: string } {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('at' in value)) return false;
  return typeof value.type === 'string' && typeof value.at === 'string';
}

/** RFC 8785; undefined for what has no such form, such as half a surrogate pair. */
function canonical(value: unknown): string | undefined {
  try {
    return canonicalize(value);
  } catch {
    return undefined;
  }
}
