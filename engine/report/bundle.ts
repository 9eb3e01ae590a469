/** The record of a run as one zip file: the same bytes whenever and wherever it is made. */

import { createHash } from 'node:crypto';
import { Zip, ZipDeflate } from 'fflate';

/** A file of the bundle: its path below the top folder, and its content in pieces. */
export type Part = { readonly path: string; readonly pieces: () => Iterable<string | Uint8Array> };

const unix = 3;
const readable = 0o100644;

/**
 * The parts below a folder `top`, and behind them SHA256SUMS, which `sha256sum -c` in that folder checks. In memory is never more than
 * a piece of one part.
 */
export function* zipOf(top: string, parts: readonly Part[]): Iterable<Uint8Array> {
  let ready: Uint8Array[] = [];
  const zip = new Zip((error, bytes) => {
    if (error !== null) throw error;
    ready.push(bytes);
  });
  const taken = (): readonly Uint8Array[] => {
    const all = ready;
    ready = [];
    return all;
  };
  const sums: string[] = [];
  for (const { path, pieces } of parts) {
    const sum = createHash('sha256');
    const file = opened(zip, `${top}/${path}`);
    for (const piece of pieces()) {
      const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
      sum.update(bytes);
      file.push(bytes);
      yield* taken();
    }
    file.push(new Uint8Array(), true);
    sums.push(`${sum.digest('hex')}  ${path}\n`);
    yield* taken();
  }
  opened(zip, `${top}/SHA256SUMS`).push(new TextEncoder().encode(sums.join('')), true);
  zip.end();
  yield* taken();
}

function opened(zip: Zip, path: string): ZipDeflate {
  // A zip file keeps local times: with one time for all, the bytes do not tell where and when it was made.
  const fixedTime = new Date(1980, 0, 1, 12);
  const file = Object.assign(new ZipDeflate(path, { level: 6 }), { mtime: fixedTime, os: unix, attrs: (readable << 16) >>> 0 });
  zip.add(file);
  return file;
}
