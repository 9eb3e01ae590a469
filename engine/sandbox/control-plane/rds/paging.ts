/** Filters and pages of Describe operations. */

import type { Filter } from '@aws-sdk/client-rds';
import { refuse } from '../refusal.ts';

/** The records that every filter lets through. Each filter that an operation has gives the values that a record is found by. */
export function filtered<Item>(
  items: readonly Item[],
  filters: readonly Filter[] | undefined,
  known: Readonly<Record<string, (item: Item) => readonly (string | undefined)[]>>,
): Item[] {
  let left = [...items];
  for (const { Name: name = '', Values: values = [] } of filters ?? []) {
    const valuesOf = Object.hasOwn(known, name) ? known[name] : undefined;
    if (valuesOf === undefined) return refuse('InvalidParameterValue', `Unrecognized filter name: ${name}`);
    if (values.length === 0) refuse('InvalidParameterValue', `The filter ${name} has no values.`);
    const wanted = values.map((value) => value.toLowerCase());
    left = left.filter((item) => valuesOf(item).some((value) => value !== undefined && wanted.includes(value.toLowerCase())));
  }
  return left;
}

/** What every paged operation takes. */
export type PageInput = { readonly MaxRecords?: number | undefined; readonly Marker?: string | undefined };

/** One page of records. The marker names the last record that was shown, so that deletions in between do no harm. */
export function page<Item>(
  items: readonly Item[],
  input: PageInput,
  keyOf: (item: Item) => string,
): { readonly items: Item[]; readonly Marker: string | undefined } {
  const size = input.MaxRecords ?? 100;
  if (!Number.isInteger(size) || size < 20 || size > 100)
    refuse('InvalidParameterValue', `Invalid value ${size} for MaxRecords. Must be between 20 and 100.`);
  const after = input.Marker === undefined || input.Marker === '' ? undefined : readMarker(input.Marker);
  const sorted = items.toSorted((a, b) => compare(keyOf(a), keyOf(b))).filter((item) => after === undefined || compare(keyOf(item), after) > 0);
  const shown = sorted.slice(0, size);
  const last = shown.at(-1);
  return { items: shown, Marker: last !== undefined && sorted.length > size ? Buffer.from(`after:${keyOf(last)}`).toString('base64url') : undefined };
}

function readMarker(marker: string): string {
  const text = Buffer.from(marker, 'base64url').toString();
  if (!text.startsWith('after:')) refuse('InvalidParameterValue', 'The parameter Marker is not one that an earlier answer gave.');
  return text.slice('after:'.length);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
