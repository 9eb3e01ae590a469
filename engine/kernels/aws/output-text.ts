/** `--output text`: values with tabs between them; what is nested follows on lines that begin with its name. */

import { compareTexts, type Fields, isFields, isList, isPlain, type Value, wordOf } from './answer-value.ts';

/** The lines for a value. */
export function textLines(value: Value): string {
  return linesOf(value, undefined, undefined)
    .map((line) => `${line}\n`)
    .join('');
}

/** `columns`: the names that the elements of a list share, so that the same value stands in the same place of each line. */
function linesOf(value: Value, name: string | undefined, columns: readonly string[] | undefined): readonly string[] {
  if (isFields(value)) return linesOfFields(value, name, columns);
  return isList(value) ? linesOfList(value, name) : [wordOf(value)];
}

function linesOfFields(fields: Fields, name: string | undefined, columns: readonly string[] | undefined): readonly string[] {
  const names = Object.keys(fields).toSorted(compareTexts);
  const plain = columns ?? names.filter((one) => isPlain(fields[one] ?? null));
  const words = plain.map((one) => (Object.hasOwn(fields, one) ? wordOf(fields[one] ?? null) : ''));
  const line = words.length === 0 ? [] : [[...(name === undefined ? [] : [name.toUpperCase()]), ...words].join('\t')];
  const nested = names.filter((one) => !plain.includes(one));
  return [...line, ...nested.flatMap((one) => linesOf(fields[one] ?? null, one, undefined))];
}

function linesOfList(list: readonly Value[], name: string | undefined): readonly string[] {
  if (list.some(isFields)) {
    const columns = plainNames(list);
    return list.flatMap((item) => linesOf(item, name, columns));
  }
  const plain = list.filter(isPlain);
  const lists = list.filter((item) => !isPlain(item));
  return [...linesOfPlain(plain, name), ...lists.flatMap((item) => linesOf(item, name, undefined))];
}

function linesOfPlain(plain: readonly Value[], name: string | undefined): readonly string[] {
  if (plain.length === 0) return [];
  return name === undefined ? [plain.map(wordOf).join('\t')] : plain.map((item) => `${name.toUpperCase()}\t${wordOf(item)}`);
}

/** Every name under which some element holds a plain value. */
function plainNames(list: readonly Value[]): readonly string[] {
  const all = list.filter(isFields).flatMap((fields) => Object.entries(fields).flatMap(([name, value]) => (isPlain(value) ? [name] : [])));
  return [...new Set(all)].toSorted(compareTexts);
}
