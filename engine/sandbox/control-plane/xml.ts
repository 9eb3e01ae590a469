/** Writes an answer of the Query protocol as the client's schema describes it. */

import { isRecord } from '../../core/is-record.ts';
import { membersOf, type Shape } from '../../runtime/aws-shape.ts';
import { isFlat, wireName } from './wire-name.ts';

/** The whole answer of an operation. An operation without output has no result element. */
export function writeResult(answer: {
  readonly operation: string;
  readonly namespace: string;
  readonly shape: Shape;
  readonly output: unknown;
  readonly requestId: string;
}): string {
  const { operation, namespace, shape, output, requestId } = answer;
  const result = shape.isStructSchema() ? element(`${operation}Result`, writeStructure(shape, output)) : '';
  const metadata = element('ResponseMetadata', element('RequestId', text(requestId)));
  return `<${operation}Response xmlns="${namespace}">${result}${metadata}</${operation}Response>`;
}

/** An error, in the form that every Query service has. */
export function writeError(error: {
  readonly namespace: string;
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly requestId: string;
}): string {
  const type = element('Type', error.status < 500 ? 'Sender' : 'Receiver');
  const body = element('Error', type + element('Code', text(error.code)) + element('Message', text(error.message)));
  return `<ErrorResponse xmlns="${error.namespace}">${body}${element('RequestId', text(error.requestId))}</ErrorResponse>`;
}

function writeStructure(shape: Shape, value: unknown): string {
  if (!isRecord(value)) throw new Error(`${shape.getName()} is a structure; the handler gave ${typeof value}.`);
  const members = membersOf(shape);
  for (const name of Object.keys(value)) {
    if (name !== '$metadata' && !members.some((member) => member.name === name)) throw new Error(`${shape.getName()} has no member ${name}.`);
  }
  return members.map(({ name, shape: member }) => write(member, value[name], wireName(member, name))).join('');
}

function write(shape: Shape, value: unknown, name: string): string {
  if (value === undefined || value === null) return '';
  if (shape.isStructSchema()) return element(name, writeStructure(shape, value));
  if (shape.isListSchema()) return writeList(shape, value, name);
  if (shape.isMapSchema()) return writeMap(shape, value, name);
  return element(name, text(simple(shape, value)));
}

function writeList(shape: Shape, value: unknown, name: string): string {
  if (!Array.isArray(value)) throw new Error(`${name} is a list; the handler gave ${typeof value}.`);
  const item = shape.getValueSchema();
  if (isFlat(shape)) return value.map((entry) => write(item, entry, name)).join('');
  return element(name, value.map((entry) => write(item, entry, wireName(item, 'member'))).join(''));
}

function writeMap(shape: Shape, value: unknown, name: string): string {
  if (!isRecord(value)) throw new Error(`${name} is a map; the handler gave ${typeof value}.`);
  const [keys, values] = [shape.getKeySchema(), shape.getValueSchema()];
  const entries = Object.entries(value).map(
    ([key, entry]) => element(wireName(keys, 'key'), text(key)) + write(values, entry, wireName(values, 'value')),
  );
  if (isFlat(shape)) return entries.map((entry) => element(name, entry)).join('');
  return element(name, entries.map((entry) => element('entry', entry)).join(''));
}

function simple(shape: Shape, value: unknown): string {
  if (shape.isTimestampSchema() && value instanceof Date) return value.toISOString();
  if (shape.isBlobSchema() && value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  const wanted = shape.isBooleanSchema() ? 'boolean' : shape.isNumericSchema() ? 'number' : 'string';
  if (typeof value !== wanted) throw new Error(`${shape.getMemberName()} is a ${wanted}; the handler gave ${typeof value}.`);
  return String(value);
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** XML has no place for most control characters, not even escaped. */
function text(value: string): string {
  return value
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}
