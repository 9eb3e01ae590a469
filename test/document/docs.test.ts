import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { knownKeys } from '../../engine/document/front-matter-fields.ts';
import { flags, keys } from '../../engine/document/keys.ts';

const docs = readFileSync(new URL('../../docs/annotations.md', import.meta.url), 'utf8');
const folder = new URL('../../engine/document/', import.meta.url);
// The linter's own rules stand in docs/lint.md.
const sources = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(new URL(file, folder), 'utf8'));

test('the reference names every key and flag', () => {
  const missing = [...keys.keys(), ...flags.keys(), ...knownKeys].filter((word) => !docs.includes(`\`${word}\``) && !docs.includes(`${word}=<id>`));
  expect(missing).toEqual([]);
});

test('the reference names every rule, and no other', () => {
  const used = new Set(
    sources.flatMap((source) => Array.from(source.matchAll(/(?:error|warning|\[severity\])\(\s*'([a-z-]+)'/g), (match) => String(match[1]))),
  );
  const table = docs.slice(docs.indexOf('| Rule |'));
  const listed = table
    .split('\n')
    .slice(2)
    .flatMap((row) => Array.from(String(row.split('|')[1]).matchAll(/`([a-z-]+)`/g), (match) => String(match[1])));
  expect([...listed].sort()).toEqual([...used].sort());
});
