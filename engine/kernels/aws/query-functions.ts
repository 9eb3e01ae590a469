/** The functions of JMESPath, with the types that they take and the numbers that they give, as the CLI has them. */

import { compareTexts, Float, isFields, isList, numberIn, same, type Value } from './answer-value.ts';
import { asciiJson } from './json-text.ts';
import { QueryError } from './query-words.ts';

/** An expression that a function applies itself, such as `&Name` in `sort_by(Items, &Name)`. */
export type Applied = (value: Value) => Value;

/** What a function takes in one place: `any`, or types with `|` between them; `list of …` for lists whose elements are all the same. */
type Takes = string;
type Given = Value | Applied;
type JmesFunction = { readonly takes: readonly Takes[]; readonly more?: true; readonly run: (...given: never[]) => Value };

const functions: Readonly<Record<string, JmesFunction>> = {
  abs: { takes: ['number'], run: (n: Value) => alike(n, Math.abs(number(n))) },
  avg: { takes: ['list of numbers'], run: (list: readonly Value[]) => (list.length === 0 ? null : new Float(sum(list) / list.length)) },
  ceil: { takes: ['number'], run: (n: Value) => Math.ceil(number(n)) },
  contains: { takes: ['list|text', 'any'], run: contains },
  ends_with: { takes: ['text', 'text'], run: (text: string, end: string) => text.endsWith(end) },
  floor: { takes: ['number'], run: (n: Value) => Math.floor(number(n)) },
  join: { takes: ['text', 'list of texts'], run: (between: string, list: readonly string[]) => list.join(between) },
  keys: { takes: ['object'], run: (fields: object) => Object.keys(fields) },
  length: { takes: ['text|list|object'], run: (of: string | object) => (typeof of === 'string' ? [...of].length : Object.keys(of).length) },
  map: { takes: ['expression', 'list'], run: (apply: Applied, list: readonly Value[]) => list.map(apply) },
  max: { takes: ['list of numbers|list of texts'], run: (list: readonly Value[]) => furthest(list, (item) => item, 1) },
  max_by: { takes: ['list', 'expression'], run: (list: readonly Value[], by: Applied) => furthest(list, by, 1) },
  merge: { takes: ['object'], more: true, run: (...all: readonly object[]) => Object.assign({}, ...all) },
  min: { takes: ['list of numbers|list of texts'], run: (list: readonly Value[]) => furthest(list, (item) => item, -1) },
  min_by: { takes: ['list', 'expression'], run: (list: readonly Value[], by: Applied) => furthest(list, by, -1) },
  not_null: { takes: ['any'], more: true, run: (...all: readonly Value[]) => all.find((one) => one !== null) ?? null },
  reverse: {
    takes: ['text|list'],
    run: (of: string | readonly Value[]) => (typeof of === 'string' ? [...of].reverse().join('') : of.toReversed()),
  },
  sort: { takes: ['list of texts|list of numbers'], run: (list: readonly Value[]) => list.toSorted(order) },
  sort_by: { takes: ['list', 'expression'], run: sortBy },
  starts_with: { takes: ['text', 'text'], run: (text: string, start: string) => text.startsWith(start) },
  sum: { takes: ['list of numbers'], run: (list: readonly Value[]) => (list.some((n) => n instanceof Float) ? new Float(sum(list)) : sum(list)) },
  to_array: { takes: ['any'], run: (of: Value) => (isList(of) ? of : [of]) },
  to_number: { takes: ['any'], run: toNumber },
  to_string: { takes: ['any'], run: (of: Value) => (typeof of === 'string' ? of : asciiJson(of)) },
  type: { takes: ['any'], run: (of: Value) => wireTypes[typeOf(of)] ?? null },
  values: { takes: ['object'], run: (fields: Readonly<Record<string, Value>>) => Object.values(fields) },
};

/** Calls a function. @throws QueryError when there is none of that name, or when it does not take what it is given. */
export function callFunction(name: string, given: readonly Given[]): Value {
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (found === undefined) throw new QueryError(`there is no function ${name}()`);
  const { takes, more, run } = found;
  if (more === undefined ? given.length !== takes.length : given.length < takes.length) {
    throw new QueryError(`${name}() takes ${takes.length}${more === undefined ? '' : ' or more'}, and is given ${given.length}`);
  }
  given.forEach((one, at) => {
    const types = (takes[at] ?? (more ? takes.at(-1) : undefined) ?? 'any').split('|');
    if (!types.some((type) => fits(one, type))) throw new QueryError(`${name}() takes ${types.join(' or ')}, and is given ${described(one)}`);
  });
  // What was given has just been compared with what it takes; the table has no type for that.
  return run(...(given as never[]));
}

function fits(given: Given, type: Takes): boolean {
  if (type === 'any') return typeof given !== 'function';
  if (type === 'list of numbers') return typeOf(given) === 'list' && isList(given as Value) && (given as readonly Value[]).every(isNumber);
  if (type === 'list of texts') return typeOf(given) === 'list' && (given as readonly Value[]).every((item) => typeof item === 'string');
  return typeOf(given) === type;
}

const wireTypes: Readonly<Record<string, string>> = {
  text: 'string',
  truth: 'boolean',
  list: 'array',
  object: 'object',
  number: 'number',
  null: 'null',
};

function typeOf(given: Given): string {
  if (typeof given === 'function') return 'expression';
  if (given === null) return 'null';
  if (isNumber(given)) return 'number';
  if (isList(given)) return 'list';
  if (isFields(given)) return 'object';
  return typeof given === 'string' ? 'text' : 'truth';
}

function described(given: Given): string {
  return typeof given === 'function' ? 'an expression' : `${typeOf(given)}: ${asciiJson(given)}`.slice(0, 80);
}

function isNumber(value: Value): boolean {
  return numberIn(value) !== undefined;
}

function number(value: Value): number {
  return numberIn(value) ?? Number.NaN;
}

function alike(of: Value, result: number): Value {
  return of instanceof Float ? new Float(result) : result;
}

function sum(list: readonly Value[]): number {
  return list.reduce<number>((total, item) => total + number(item), 0);
}

function contains(of: string | readonly Value[], what: Value): boolean {
  if (typeof of !== 'string') return of.some((item) => same(item, what));
  if (typeof what !== 'string') throw new QueryError(`contains() looks for a text in a text, and is given ${described(what)}`);
  return of.includes(what);
}

function order(a: Value, b: Value): number {
  return typeof a === 'string' && typeof b === 'string' ? compareTexts(a, b) : number(a) - number(b);
}

function sortBy(list: readonly Value[], by: Applied): Value {
  const keyed = list.map((item) => ({ item, key: by(item) }));
  sameTypes(
    'sort_by',
    keyed.map(({ key }) => key),
  );
  return keyed.toSorted((a, b) => order(a.key, b.key)).map(({ item }) => item);
}

/** The first of the greatest (`way` 1) or the least (-1). */
function furthest(list: readonly Value[], by: Applied, way: 1 | -1): Value {
  const keys = list.map(by);
  sameTypes(way === 1 ? 'max_by' : 'min_by', keys);
  let best = 0;
  keys.forEach((key, at) => {
    if (order(key, keys[best] ?? null) * way > 0) best = at;
  });
  return list[best] ?? null;
}

function sameTypes(name: string, keys: readonly Value[]): void {
  const first = keys[0] ?? null;
  if (keys.length === 0) return;
  const wrong = keys.find((key) => (typeOf(key) !== 'number' && typeOf(key) !== 'text') || typeOf(key) !== typeOf(first));
  if (wrong !== undefined) throw new QueryError(`${name}() needs numbers alone or texts alone, and finds ${described(wrong)}`);
}

function toNumber(of: Value): Value {
  if (isNumber(of)) return of;
  if (typeof of !== 'string') return null;
  const text = of.trim();
  if (/^[+-]?\d+(_\d+)*$/.test(text)) return Number(text.replaceAll('_', ''));
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? new Float(Number(text)) : null;
}
