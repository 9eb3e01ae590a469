/**
 * `--query`: JMESPath as the CLI applies it. Two things that its users rely on are not in the libraries for JavaScript: texts can be ordered
 * (`SnapshotCreateTime<='2026-11-01'`), and a whole number that the service calls a double stays one (`4.0`).
 */

import { compareTexts, type Fields, isFields, isList, numberIn, same, type Value } from './answer-value.ts';
import { type Applied, callFunction } from './query-functions.ts';
import type { Query } from './query-tree.ts';
import { QueryError } from './query-words.ts';

/** What a query finds in a value. @throws QueryError for a function that does not fit what it is given. */
export function search(query: Query, value: Value): Value {
  switch (query.kind) {
    case 'field':
      return isFields(value) && Object.hasOwn(value, query.name) ? (value[query.name] ?? null) : null;
    case 'current':
      return value;
    case 'literal':
      return query.value;
    case 'chain':
      return query.steps.reduce((found, step) => search(step, found), value);
    case 'index':
      return isList(value) ? (value.at(query.index) ?? null) : null;
    case 'slice':
      return isList(value) ? slice(value, query.bounds) : null;
    case 'each':
      return project(search(query.of, value), query.then);
    case 'each-value': {
      const found = search(query.of, value);
      return isFields(found) ? project(Object.values(found), query.then) : null;
    }
    case 'filter': {
      const found = search(query.of, value);
      return isList(found)
        ? project(
            found.filter((item) => holds(search(query.where, item))),
            query.then,
          )
        : null;
    }
    case 'flatten': {
      const found = search(query.of, value);
      return isList(found) ? found.flatMap((item) => (isList(item) ? item : [item])) : null;
    }
    case 'compare':
      return compare(query.sign, search(query.left, value), search(query.right, value));
    case 'or': {
      const left = search(query.left, value);
      return holds(left) ? left : search(query.right, value);
    }
    case 'and': {
      const left = search(query.left, value);
      return holds(left) ? search(query.right, value) : left;
    }
    case 'not':
      return !holds(search(query.of, value));
    case 'call': {
      const given = query.of.map((one): Value | Applied => (one.kind === 'expression' ? (item) => search(one.of, item) : search(one, value)));
      return callFunction(query.name, given);
    }
    case 'expression':
      throw new QueryError('& stands only before what a function is given');
    case 'list':
      return value === null ? null : query.items.map((item) => search(item, value));
    case 'hash':
      return value === null ? null : fieldsOf(query.entries.map(([name, item]) => [name, search(item, value)]));
    default:
      return query satisfies never;
  }
}

/** False are only null, false and what is empty; 0 is true. */
function holds(value: Value): boolean {
  if (value === null || value === false || value === '') return false;
  if (isList(value)) return value.length > 0;
  return !isFields(value) || Object.keys(value).length > 0;
}

function project(list: Value, then: Query): Value {
  return isList(list) ? list.map((item) => search(then, item)).filter((found) => found !== null) : null;
}

function fieldsOf(entries: readonly (readonly [string, Value])[]): Fields {
  return Object.fromEntries(entries);
}

function slice(list: readonly Value[], [from, to, by]: readonly (number | undefined)[]): readonly Value[] {
  const step = by ?? 1;
  if (step === 0) throw new QueryError('the step of a slice cannot be 0');
  const last = list.length - 1;
  const [low, high] = step > 0 ? [0, last + 1] : [-1, last];
  const within = (bound: number) => Math.min(Math.max(bound < 0 ? bound + list.length : bound, low), high);
  const start = from === undefined ? (step > 0 ? low : high) : within(from);
  const end = to === undefined ? (step > 0 ? high : low) : within(to);
  const found: Value[] = [];
  for (let at = start; step > 0 ? at < end : at > end; at += step) found.push(list[at] ?? null);
  return found;
}

function compare(sign: string, left: Value, right: Value): Value {
  if (sign === '==') return same(left, right);
  if (sign === '!=') return !same(left, right);
  const order = orderOf(left, right);
  if (order === undefined) return null;
  if (sign === '<') return order < 0;
  if (sign === '<=') return order <= 0;
  return sign === '>' ? order > 0 : order >= 0;
}

function orderOf(left: Value, right: Value): number | undefined {
  const [a, b] = [numberIn(left), numberIn(right)];
  if (a !== undefined && b !== undefined) return a - b;
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right);
  const [oneNumber, oneText] = [a ?? b, [left, right].find((side) => typeof side === 'string')];
  if (oneNumber !== undefined && oneText !== undefined) throw new QueryError(`a number and a text cannot be ordered: ${oneNumber} and '${oneText}'`);
  return undefined;
}
