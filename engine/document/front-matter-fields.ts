/** The keys of the front matter: what each may hold and what becomes of it. */

import { slug } from 'github-slugger';
import type { FrontMatter } from '../core/plan.ts';
import { isDay } from './day.ts';
import { resolveLink } from './link.ts';

/** A scalar, or a list of scalars, as written. */
export type FlatValue = string | readonly string[];

/** What a value means, or in words what was expected instead. */
export type FieldReading = Partial<FrontMatter> | string;

type Field = (value: FlatValue, document: string) => FieldReading;

const fields = new Map<string, Field>([
  ['kind', (value) => (value === 'runbook' || value === 'playbook' ? { kind: value } : 'runbook or playbook')],
  ['owner', (value) => (typeof value === 'string' ? { owner: value } : 'text')],
  ['severity', (value) => (typeof value === 'string' ? { severity: value } : 'text')],
  ['reviewed', (value) => (typeof value === 'string' && isDay(value) ? { reviewed: value } : 'a date such as 2026-01-31')],
  ['review-every', (value) => (/^[1-9][0-9]{0,3}$/.test(String(value)) ? { reviewEvery: Number(value) } : 'a number of days such as 90')],
  ['stages', readStages],
  ['playbook', readPlaybook],
  ['requires', readRequires],
  ['files', (value) => ({ files: typeof value === 'string' ? [value] : value })],
  ['rehearsal', (value) => ({ rehearsal: listOf(value).map((name) => slug(name)) })],
  ['escalation', (value) => (typeof value === 'string' ? { escalation: value } : 'text')],
]);

/** Every key that the engine reads. */
export const knownKeys: readonly string[] = [...fields.keys()];

/** Reads the value of a key; undefined for a key that is not known. */
export function readField(key: string, value: FlatValue, document: string): FieldReading | undefined {
  return fields.get(key)?.(value, document);
}

/** A YAML list, or words with commas between them. */
function listOf(value: FlatValue): readonly string[] {
  return typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value;
}

function readStages(value: FlatValue): FieldReading {
  const stages = listOf(value);
  return stages.every((stage) => /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(stage)) ? { stages } : 'names of stages, such as staging, production';
}

function readPlaybook(value: FlatValue, document: string): FieldReading {
  const expected = 'the path of a .md file relative to this one';
  if (typeof value !== 'string') return expected;
  const target = resolveLink(document, value);
  return 'document' in target && target.anchor === '' && target.document.endsWith('.md') ? { playbook: target.document } : expected;
}

function readRequires(value: FlatValue): FieldReading {
  const requires = listOf(value).map((item) => {
    const [, tool, minimum] = /^([A-Za-z0-9][A-Za-z0-9._+-]*)(?:\s*>=\s*([0-9]+(?:\.[0-9]+)*))?$/.exec(item) ?? [];
    return tool === undefined ? undefined : { tool, ...(minimum !== undefined && { minimum }) };
  });
  const known = requires.filter((requirement) => requirement !== undefined);
  return known.length === requires.length ? { requires: known } : 'tools, each with an optional minimum, such as psql >=15';
}
