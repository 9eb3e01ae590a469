/** The value of an option, fitted to the schema of its parameter: words, shorthand or JSON in, what the client sends out. */

import type { NormalizedSchema } from '@smithy/core/schema';
import { nearest } from '../../document/nearest.ts';
import { type BinaryFormat, kindOf, type Scalar, scalarOf, scalarOfJson } from './scalar.ts';
import { parseShorthand, ShorthandError } from './shorthand.ts';
import { asWritten, isUnknown, opening, settle, type Unknowns } from './unknowns.ts';

/** What values are read with. */
export type ValueReader = {
  readonly unknowns: Unknowns;
  readonly binary: BinaryFormat | undefined;
  /** The name of the parameter, as the API has it. */
  readonly name: string;
  /** True when the words hold the value of a variable: it may be a secret, and no message repeats it. */
  readonly secretive: boolean;
  readonly report: (message: string, hint?: string) => void;
};

/** Where a value comes from decides how its scalars and lists are read. */
type Form = 'json' | 'shorthand';

/** Reads the words behind an option; undefined after a problem was reported. */
export function readValue(schema: NormalizedSchema, words: readonly string[], reader: ValueReader): unknown {
  const kind = kindOf(schema);
  const [text = ''] = words;
  if (kind !== 'list' && kind !== 'structure' && kind !== 'map') return scalar(scalarOf(schema, text, reader.binary), text, reader);
  // A value that may turn out to be JSON, shorthand or neither is not looked into.
  if (words.some((word) => opening(word, reader.unknowns)?.pasted === false)) return settle(words.join(' '), reader.unknowns);
  if (kind === 'list') return readList(schema, words, reader);
  if (text.trim() === '') return fail(reader, `The value is empty, and ${reader.name} is a ${kind}.`);
  return readComplex(schema, text, reader);
}

function readList(schema: NormalizedSchema, words: readonly string[], reader: ValueReader): unknown {
  const [text = ''] = words;
  const item = schema.getValueSchema();
  if (words.length === 1 && text.trimStart().startsWith('[')) return fromJson(schema, text, reader);
  const kind = kindOf(item);
  if (kind !== 'list' && kind !== 'structure' && kind !== 'map')
    return all(words.map((word) => scalar(scalarOf(item, word, reader.binary), word, reader)));
  // The first word decides for all: they are JSON, or they are shorthand.
  const json = text.trimStart().startsWith('{') || text.trimStart().startsWith('[');
  return all(words.map((word) => (json ? fromJson(item, word, reader) : fromShorthand(item, word, reader))));
}

function readComplex(schema: NormalizedSchema, text: string, reader: ValueReader): unknown {
  return /^\s*[{[]/.test(text) ? fromJson(schema, text, reader) : fromShorthand(schema, text, reader);
}

function fromJson(schema: NormalizedSchema, text: string, reader: ValueReader): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|[\ue000-\uf8ff]/g, (found) => (reader.unknowns.has(found) ? `"${found}"` : found)));
  } catch (error) {
    // A number such as 1{n}: what it will be is seen when the step runs.
    const outside = text.replace(/"(?:[^"\\]|\\.)*"/g, '');
    if (isUnknown(outside, reader.unknowns)) return settle(text, reader.unknowns);
    const reason = error instanceof Error && !reader.secretive ? `: ${asWritten(error.message, reader.unknowns)}` : '';
    return fail(
      reader,
      `The value of ${reader.name} is not JSON${reason}.`,
      'JSON stands in single quotes, and names and texts in it in double quotes.',
    );
  }
  return fitTo(schema, json, { ...reader, form: 'json', path: reader.name });
}

function fromShorthand(schema: NormalizedSchema, text: string, reader: ValueReader): unknown {
  try {
    return fitTo(schema, parseShorthand(text), { ...reader, form: 'shorthand', path: reader.name });
  } catch (error) {
    if (!(error instanceof ShorthandError)) throw error;
    const hint = error.message.endsWith('reads a file.') ? 'Files are not read. Use a variable: "$NAME".' : exampleOf(schema);
    const reason = reader.secretive ? '.' : `: ${asWritten(error.message, reader.unknowns)}`;
    return fail(reader, `The value of ${reader.name} is not shorthand${reason}`, hint);
  }
}

function exampleOf(schema: NormalizedSchema): string {
  const members = schema.isStructSchema() ? Array.from(schema.structIterator(), ([name]) => name).slice(0, 2) : ['Name', 'Other'];
  return `Shorthand is ${members.map((member) => `${member}=…`).join(',')}; or write JSON in single quotes.`;
}

type Fitting = ValueReader & { readonly form: Form; readonly path: string };

/** Fits a parsed value to a schema, member by member. */
function fitTo(schema: NormalizedSchema, value: unknown, fitting: Fitting): unknown {
  const { unknowns, path, form } = fitting;
  const kind = kindOf(schema);
  if (kind === 'list') {
    // In shorthand a list of one is written as its only value.
    const items = Array.isArray(value) ? value : form === 'shorthand' ? [value] : undefined;
    if (items === undefined) return isLone(value, unknowns) ? settle(String(value), unknowns) : mismatch(fitting, 'a list', value);
    return all(items.map((item, index) => fitTo(schema.getValueSchema(), item, { ...fitting, path: `${path}[${index}]` })));
  }
  if (kind === 'structure' || kind === 'map') {
    const entries = value instanceof Map ? [...value] : isRecord(value) && form === 'json' ? Object.entries(value) : undefined;
    if (entries === undefined) return isLone(value, unknowns) ? settle(String(value), unknowns) : mismatch(fitting, `a ${kind}`, value);
    if (entries.some(([name]) => isUnknown(String(name), unknowns))) return settle(entries.map(([name]) => name).join(','), unknowns);
    return kind === 'map' ? fitMap(schema, entries, fitting) : fitStructure(schema, entries, fitting);
  }
  if (typeof value === 'string') {
    const read = form === 'json' && !isLone(value, unknowns) ? scalarOfJson : scalarOf;
    return scalar(read(schema, value, fitting.binary), value, { ...fitting, name: path });
  }
  const read = form === 'json' ? scalarOfJson(schema, value, fitting.binary) : { expected: `a ${kind}` };
  return 'value' in read ? read.value : mismatch(fitting, read.expected, value);
}

function fitMap(schema: NormalizedSchema, entries: readonly (readonly [string, unknown])[], fitting: Fitting): unknown {
  const fitted = entries.map(
    ([name, value]) =>
      [name, fitTo(schema.getValueSchema(), value, { ...fitting, path: fitting.secretive ? fitting.path : `${fitting.path}.${name}` })] as const,
  );
  return Object.fromEntries(fitted);
}

function fitStructure(schema: NormalizedSchema, entries: readonly (readonly [string, unknown])[], fitting: Fitting): unknown {
  const members = new Map(schema.structIterator());
  const fitted: [string, unknown][] = [];
  for (const [name, value] of entries) {
    const member = members.get(name);
    if (member === undefined) {
      const near = fitting.secretive ? undefined : nearest(name, members.keys());
      fail(
        fitting,
        `${fitting.path} has no member ${fitting.secretive ? 'of that name' : `"${name}"`}.`,
        near === undefined ? `It has: ${[...members.keys()].join(', ')}.` : `Did you mean ${near}?`,
      );
    } else fitted.push([name, fitTo(member, value, { ...fitting, path: `${fitting.path}.${name}` })]);
  }
  for (const name of requiredMembers(schema))
    if (!entries.some(([given]) => given === name)) fail(fitting, `${fitting.path} needs the member ${name}.`);
  return Object.fromEntries(fitted);
}

/** The members of a structure that have to be given; they stand first in its schema, and the schema says how many they are. */
export function requiredMembers(schema: NormalizedSchema): readonly string[] {
  const raw: unknown = schema.getSchema();
  if (!Array.isArray(raw)) return [];
  const [, , , , names, , required]: readonly unknown[] = raw;
  return Array.isArray(names) && typeof required === 'number' ? names.slice(0, required).map(String) : [];
}

function scalar(read: Scalar, text: string, reader: ValueReader): unknown {
  if (isUnknown(text, reader.unknowns)) return settle(text, reader.unknowns);
  if ('value' in read) return read.value;
  const found = reader.secretive ? 'the value of the variable' : `"${shorten(text)}"`;
  return fail(reader, `${reader.name} takes ${read.expected}, and ${found} is none.`, reader.secretive ? undefined : read.hint);
}

function mismatch(fitting: Fitting, expected: string, value: unknown): undefined {
  const found =
    value instanceof Map
      ? 'a structure'
      : Array.isArray(value)
        ? 'a list'
        : value === null
          ? 'null'
          : typeof value === 'object'
            ? 'a structure'
            : `a ${typeof value}`;
  return fail(fitting, `${fitting.path} takes ${expected}, and ${found.replace('string', 'text')} is none.`);
}

function fail(reader: ValueReader, message: string, hint?: string): undefined {
  reader.report(message, hint);
  return undefined;
}

function all(values: readonly unknown[]): readonly unknown[] | undefined {
  return values.includes(undefined) ? undefined : values;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a text that is nothing but a value to come. */
function isLone(value: unknown, unknowns: Unknowns): boolean {
  return typeof value === 'string' && value.length === 1 && unknowns.has(value);
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
