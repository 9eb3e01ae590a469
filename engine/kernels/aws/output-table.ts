/** `--output table`: boxes in boxes, as the CLI draws them where no terminal tells it a width. */

import { compareTexts, type Fields, Float, isFields, isList, isPlain, type Value, wordOf } from './answer-value.ts';
import { drawTable, type Section } from './table-drawing.ts';

/** The table for a value; nothing for an empty one. */
export function tableText(value: Value, title: string): string {
  const sections: Section[] = [];
  return add(sections, value, { title, depth: 0 }) ? drawTable(sections) : '';
}

type Place = { readonly title: string | undefined; readonly depth: number };

/** Adds sections for a value. False: there is nothing to show. */
function add(sections: Section[], value: Value, { title, depth }: Place): boolean {
  if (isEmpty(value)) return false;
  if (title !== undefined) sections.push({ title, depth, headers: [], rows: [] });
  if (isList(value)) addList(sections, value, { title, depth });
  if (isFields(value)) addFields(sections, value, depth);
  return true;
}

function addList(sections: Section[], list: readonly Value[], { title, depth }: Place): void {
  if (isFields(list[0])) {
    addRecords(sections, list.filter(isFields), { title, depth });
    return;
  }
  for (const item of list) {
    const plain = isPlain(item) ? [item] : isList(item) && item.every(isPlain) ? item : undefined;
    if (plain === undefined) add(sections, item, { title: undefined, depth });
    else sections.at(-1)?.rows.push(plain.map(wordOf));
  }
}

/** One structure: its plain values in a row, or side by side with its name when there is only one; the rest below it. */
function addFields(sections: Section[], fields: Fields, depth: number): void {
  const { plain, nested } = namesIn([fields]);
  const section = sections.at(-1);
  const [only = ''] = plain;
  if (plain.length === 1) section?.rows.push([only, wordOf(fields[only] ?? null)]);
  else if (plain.length > 1 && section !== undefined) {
    section.headers = plain;
    section.rows.push(plain.map((name) => wordOf(fields[name] ?? null)));
  }
  for (const name of nested) add(sections, fields[name] ?? null, { title: name, depth: depth + 1 });
}

/** Structures of one kind: a row each, under the names of all of them. What is nested in one stands below it, and then the next begins anew. */
function addRecords(sections: Section[], records: readonly Fields[], { title, depth }: Place): void {
  const { plain, nested } = namesIn(records);
  records.forEach((record, at) => {
    if (at > 0 && nested.length > 0) sections.push({ title: title ?? '', depth, headers: [], rows: [] });
    const section = sections.at(-1);
    if (section === undefined) return;
    section.headers = plain;
    section.rows.push(plain.map((name) => (Object.hasOwn(record, name) ? wordOf(record[name] ?? null) : '')));
    for (const name of nested) if (Object.hasOwn(record, name)) add(sections, record[name] ?? null, { title: name, depth: depth + 1 });
  });
}

function namesIn(all: readonly Fields[]): { readonly plain: string[]; readonly nested: string[] } {
  const entries = all.flatMap((fields) => Object.entries(fields));
  const names = (wanted: boolean) =>
    [...new Set(entries.flatMap(([name, value]) => (isPlain(value) === wanted ? [name] : [])))].toSorted(compareTexts);
  return { plain: names(true), nested: names(false) };
}

function isEmpty(value: Value): boolean {
  if (value instanceof Float) return value.value === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === null || value === false || value === 0 || value === '';
}
