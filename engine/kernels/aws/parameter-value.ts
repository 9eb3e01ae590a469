/** The value of an option, fitted to the schema of its parameter: words, shorthand or JSON in, what the client sends out. */

import { isRecord } from '../../core/is-record.ts';
import { nearest } from '../../document/nearest.ts';
import { membersOf, type Shape } from '../../runtime/aws-shape.ts';
import { type BinaryFormat, isScalar, kindOf, type Scalar, scalarOf, scalarOfJson } from './scalar.ts';
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
export function readValue(shape: Shape, words: readonly string[], reader: ValueReader): unknown {
  const kind = kindOf(shape);
  const [text = ''] = words;
  if (isScalar(shape)) return scalar(scalarOf(shape, text, reader.binary), text, reader);
  // A value that may turn out to be JSON, shorthand or neither is not looked into.
  if (words.some((word) => opening(word, reader.unknowns)?.pasted === false)) return settle(words.join(' '), reader.unknowns);
  if (kind === 'list') return readList(shape, words, reader);
  if (text.trim() === '') return fail(reader, `The value is empty, and ${reader.name} is a ${kind}.`);
  return readComplex(shape, text, reader);
}

function readList(shape: Shape, words: readonly string[], reader: ValueReader): unknown {
  const [text = ''] = words;
  const item = shape.getValueSchema();
  if (words.length === 1 && text.trimStart().startsWith('[')) return fromJson(shape, text, reader);
  if (isScalar(item)) return all(words.map((word) => scalar(scalarOf(item, word, reader.binary), word, reader)));
  // The first word decides for all: they are JSON, or they are shorthand.
  const json = text.trimStart().startsWith('{') || text.trimStart().startsWith('[');
  return all(words.map((word) => (json ? fromJson(item, word, reader) : fromShorthand(item, word, reader))));
}

function readComplex(shape: Shape, text: string, reader: ValueReader): unknown {
  return /^\s*[{[]/.test(text) ? fromJson(shape, text, reader) : fromShorthand(shape, text, reader);
}

function fromJson(shape: Shape, text: string, reader: ValueReader): unknown {
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
  return fitTo(shape, json, { ...reader, form: 'json', path: reader.name });
}

function fromShorthand(shape: Shape, text: string, reader: ValueReader): unknown {
  try {
    return fitTo(shape, parseShorthand(text), { ...reader, form: 'shorthand', path: reader.name });
  } catch (error) {
    if (!(error instanceof ShorthandError)) throw error;
    const hint = error.message.endsWith('reads a file.') ? 'Files are not read. Use a variable: "$NAME".' : exampleOf(shape);
    const reason = reader.secretive ? '.' : `: ${asWritten(error.message, reader.unknowns)}`;
    return fail(reader, `The value of ${reader.name} is not shorthand${reason}`, hint);
  }
}

function exampleOf(shape: Shape): string {
  const names = shape.isStructSchema() ? membersOf(shape).map(({ name }) => name) : ['Name', 'Other'];
  return `Shorthand is ${names
    .slice(0, 2)
    .map((name) => `${name}=…`)
    .join(',')}; or write JSON in single quotes.`;
}

type Fitting = ValueReader & { readonly form: Form; readonly path: string };

/** Fits a parsed value to a shape, member by member. */
function fitTo(shape: Shape, value: unknown, fitting: Fitting): unknown {
  const { unknowns, path, form } = fitting;
  const kind = kindOf(shape);
  if (kind === 'list') {
    // In shorthand a list of one is written as its only value.
    const items = Array.isArray(value) ? value : form === 'shorthand' ? [value] : undefined;
    if (items === undefined) return isLone(value, unknowns) ? settle(String(value), unknowns) : mismatch(fitting, 'a list', value);
    return all(items.map((item, index) => fitTo(shape.getValueSchema(), item, { ...fitting, path: `${path}[${index}]` })));
  }
  if (kind === 'structure' || kind === 'map') {
    const entries = value instanceof Map ? [...value] : isRecord(value) && form === 'json' ? Object.entries(value) : undefined;
    if (entries === undefined) return isLone(value, unknowns) ? settle(String(value), unknowns) : mismatch(fitting, `a ${kind}`, value);
    if (entries.some(([name]) => isUnknown(String(name), unknowns))) return settle(entries.map(([name]) => name).join(','), unknowns);
    return kind === 'map' ? fitMap(shape, entries, fitting) : fitStructure(shape, entries, fitting);
  }
  if (typeof value === 'string') {
    const read = form === 'json' && !isLone(value, unknowns) ? scalarOfJson : scalarOf;
    return scalar(read(shape, value, fitting.binary), value, { ...fitting, name: path });
  }
  const read = form === 'json' ? scalarOfJson(shape, value, fitting.binary) : { expected: `a ${kind}` };
  return 'value' in read ? read.value : mismatch(fitting, read.expected, value);
}

function fitMap(shape: Shape, entries: readonly (readonly [string, unknown])[], fitting: Fitting): unknown {
  const fitted = entries.map(
    ([name, value]) =>
      [name, fitTo(shape.getValueSchema(), value, { ...fitting, path: fitting.secretive ? fitting.path : `${fitting.path}.${name}` })] as const,
  );
  return Object.fromEntries(fitted);
}

function fitStructure(shape: Shape, entries: readonly (readonly [string, unknown])[], fitting: Fitting): unknown {
  const members = membersOf(shape);
  const names = members.map(({ name }) => name);
  const fitted: [string, unknown][] = [];
  for (const [name, value] of entries) {
    const member = members.find((each) => each.name === name);
    if (member === undefined) {
      const near = fitting.secretive ? undefined : nearest(name, names);
      fail(
        fitting,
        `${fitting.path} has no member ${fitting.secretive ? 'of that name' : `"${name}"`}.`,
        near === undefined ? `It has: ${names.join(', ')}.` : `Did you mean ${near}?`,
      );
    } else fitted.push([name, fitTo(member.shape, value, { ...fitting, path: `${fitting.path}.${name}` })]);
  }
  for (const { name, required } of members)
    if (required && !entries.some(([given]) => given === name)) fail(fitting, `${fitting.path} needs the member ${name}.`);
  return Object.fromEntries(fitted);
}

function scalar(read: Scalar, text: string, reader: ValueReader): unknown {
  if (isUnknown(text, reader.unknowns)) return settle(text, reader.unknowns);
  if ('value' in read) return read.value;
  const found = reader.secretive ? 'the value of the variable' : `"${shorten(text)}"`;
  return fail(reader, `${reader.name} takes ${read.expected}, and ${found} is none.`, reader.secretive ? undefined : read.hint);
}

function mismatch(fitting: Fitting, expected: string, value: unknown): undefined {
  return fail(fitting, `${fitting.path} takes ${expected}, and ${described(value)} is none.`);
}

function described(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a structure';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

function fail(reader: ValueReader, message: string, hint?: string): undefined {
  reader.report(message, hint);
  return undefined;
}

function all(values: readonly unknown[]): readonly unknown[] | undefined {
  return values.includes(undefined) ? undefined : values;
}

/** True for a text that is nothing but a value to come. */
function isLone(value: unknown, unknowns: Unknowns): boolean {
  return typeof value === 'string' && value.length === 1 && unknowns.has(value);
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
