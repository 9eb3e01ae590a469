/** A canary: a secret that is let out in every form, and a search for it that shares nothing with what masks it. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The ways in which programs print a value. In base64 it stands at each of its three offsets. */
export function formsOfCanary(value: string): readonly string[] {
  const base64 = ['', 'x', 'xy'].map((before) => Buffer.from(`${before}${value}tail`).toString('base64'));
  const hex = Buffer.from(value).toString('hex');
  return [
    value,
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(value),
    JSON.stringify(value),
    JSON.stringify(value).replace(/[^\0-~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
    `'${value.replaceAll("'", "'\\''")}'`,
    value.replace(/[^A-Za-z0-9]/gu, '\\$&'),
  ];
}

/** Where a canary, or half of one, shows in some bytes: as it is, or when they are decoded in one of the usual ways. */
export function canaryIn(bytes: Uint8Array, value: string): string | undefined {
  const raw = Buffer.from(bytes);
  const middle = Math.floor(value.length / 2);
  const needles = [value, value.slice(0, middle), value.slice(middle)].map((text) => Buffer.from(text));
  const shows = (text: Buffer): boolean => needles.some((needle) => text.includes(needle));
  for (const [way, decode] of Object.entries(decoders)) if (decode(raw).some(shows)) return way;
  return undefined;
}

const decoders: Readonly<Record<string, (raw: Buffer) => readonly Buffer[]>> = {
  'as it is': (raw) => [raw],
  'in hex': (raw) => runs(raw, /[0-9a-f]{8,}/gi).flatMap((run) => [0, 1].map((from) => Buffer.from(run.slice(from), 'hex'))),
  'in base64': (raw) =>
    runs(raw, /[A-Za-z0-9+/_-]{8,}/g).flatMap((run) =>
      [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from).replaceAll('-', '+').replaceAll('_', '/'), 'base64')),
    ),
  'URL-encoded': (raw) => [
    Buffer.from(
      raw.toString('latin1').replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    ),
  ],
  'in JSON': (raw) => [
    Buffer.from(
      raw
        .toString('utf8')
        .replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        .replace(/\\(["\\/])/g, '$1'),
    ),
  ],
  'in shell quotes': (raw) => [Buffer.from(raw.toString('utf8').replaceAll("'\\''", "'"))],
  'with backslashes': (raw) => [Buffer.from(raw.toString('utf8').replace(/\\(.)/gsu, '$1'))],
};

function runs(raw: Buffer, pattern: RegExp): readonly string[] {
  return raw.toString('latin1').match(pattern) ?? [];
}

/** Files below a folder in which a canary shows, and how. */
export function filesWithCanary(folder: string, value: string): readonly string[] {
  return globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const way = canaryIn(readFileSync(path), value);
      return way === undefined ? [] : [`${path.slice(folder.length + 1)} ${way}`];
    });
}
