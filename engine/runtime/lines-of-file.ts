/** Lines of a file that may be large, read from its beginning or its end. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const lineFeed = 0x0a;
const piece = 16 * 1024;

/** The first line of a file; undefined where it has no whole one. */
export function firstLine(path: string): string | undefined {
  return reading(path, (descriptor, size) => {
    for (let wanted = piece; ; wanted *= 4) {
      const bytes = read(descriptor, 0, Math.min(wanted, size));
      const end = bytes.indexOf(lineFeed);
      if (end >= 0) return bytes.subarray(0, end).toString('utf8');
      if (wanted >= size) return undefined;
    }
  });
}

/** The whole lines of a file, last first. What stands behind the last line feed was not written to its end, and is left out. */
export function* linesFromEnd(path: string): Generator<string> {
  const descriptor = openSync(path, 'r');
  try {
    let from = fstatSync(descriptor).size;
    let rest: Buffer = Buffer.alloc(0);
    let torn = true;
    for (let wanted = piece; from > 0; ) {
      const size = Math.min(wanted, from);
      from -= size;
      rest = Buffer.concat([read(descriptor, from, size), rest]);
      if (torn) rest = rest.subarray(0, rest.lastIndexOf(lineFeed) + 1);
      torn &&= rest.length === 0;
      const before = rest.length;
      for (let start = lineBefore(rest); start > 0; start = lineBefore(rest)) {
        yield rest.subarray(start, rest.length - 1).toString('utf8');
        rest = rest.subarray(0, start);
      }
      // A line longer than a piece would be copied once for each piece of it.
      wanted = rest.length < before ? piece : wanted * 4;
    }
    if (rest.length > 0) yield rest.subarray(0, rest.length - 1).toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** A file from its beginning to its end, piece by piece. Each piece is gone when the next one is asked for. */
export function* piecesOf(path: string): Generator<Buffer> {
  const descriptor = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(1024 * 1024);
    for (let size = readSync(descriptor, piece); size > 0; size = readSync(descriptor, piece)) yield piece.subarray(0, size);
  } finally {
    closeSync(descriptor);
  }
}

/** The whole lines of bytes that come in pieces, without their line feeds. Each line is gone when the next one is asked for. */
export function* linesOfPieces(pieces: Iterable<Buffer>): Generator<Buffer> {
  let begun: Buffer[] = [];
  for (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, from)) {
      const rest = piece.subarray(from, end);
      yield begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
      begun = [];
      from = end + 1;
    }
    if (from < piece.length) begun.push(Buffer.from(piece.subarray(from)));
  }
}

/** Where the last line of some bytes begins, as far as that can be told: 0 where it may begin further ahead. */
function lineBefore(bytes: Buffer): number {
  return bytes.length < 2 ? 0 : bytes.lastIndexOf(lineFeed, bytes.length - 2) + 1;
}

function reading<T>(path: string, work: (descriptor: number, size: number) => T): T {
  const descriptor = openSync(path, 'r');
  try {
    return work(descriptor, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

function read(descriptor: number, from: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, size, from));
}
