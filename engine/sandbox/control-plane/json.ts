/** Reads and writes what the JSON and CBOR protocols carry, as the client's schema describes it: only times and bytes differ from plain values. */

import { isRecord } from '../../core/is-record.ts';
import { membersOf, type Shape } from '../../runtime/aws-shape.ts';
import { refuse } from './refusal.ts';

/** The typed input. Unknown members are ignored, as AWS ignores them here; a value of another type refuses the call. */
export function readValue(shape: Shape, value: unknown, path = ''): unknown {
  if (shape.isUnitSchema()) return {};
  if (shape.isStructSchema()) return isRecord(value) ? readStructure(shape, value, path) : mismatch(path, 'a structure');
  if (shape.isListSchema()) {
    if (!Array.isArray(value)) return mismatch(path, 'a list');
    return value.map((item, index) => readValue(shape.getValueSchema(), item, `${path}[${index}]`));
  }
  if (shape.isMapSchema()) {
    if (!isRecord(value)) return mismatch(path, 'a map');
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readValue(shape.getValueSchema(), item, `${path}.${key}`)]));
  }
  if (shape.isTimestampSchema()) return readTime(value, path);
  if (shape.isBlobSchema())
    return value instanceof Uint8Array ? value : typeof value === 'string' ? Buffer.from(value, 'base64') : mismatch(path, 'bytes');
  const wanted = shape.isBooleanSchema() ? 'boolean' : shape.isNumericSchema() ? 'number' : 'string';
  return typeof value === wanted ? value : mismatch(path, `a ${wanted}`);
}

function readStructure(shape: Shape, value: Record<string, unknown>, path: string): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const { name, shape: member, required } of membersOf(shape)) {
    const below = value[name];
    if (below !== undefined && below !== null) input[name] = readValue(member, below, path === '' ? name : `${path}.${name}`);
    else if (required) {
      const where = `${path === '' ? '' : `${path}.`}${name}`;
      refuse('ValidationException', `1 validation error detected: Value null at '${where}' failed to satisfy constraint: Member must not be null`);
    }
  }
  return input;
}

/** Seconds since 1970 in JSON, tag 1 in CBOR. */
function readTime(value: unknown, path: string): Date {
  if (value instanceof Date) return value;
  const seconds = isRecord(value) && value.tag === 1 ? value.value : value;
  const time = typeof seconds === 'number' ? new Date(seconds * 1000) : typeof seconds === 'string' ? new Date(seconds) : undefined;
  if (time === undefined || Number.isNaN(time.getTime())) return mismatch(path, 'a time in seconds since 1970');
  return time;
}

function mismatch(path: string, wanted: string): never {
  return refuse('SerializationException', `${path === '' ? 'The request' : path} should be ${wanted}.`);
}

/** How times and bytes are put. */
export type Encoding = { time(value: Date): unknown; bytes(value: Uint8Array): unknown };

/** JSON has neither. */
export const inJson: Encoding = { time: (value) => value.getTime() / 1000, bytes: (value) => Buffer.from(value).toString('base64') };

/** The output as plain values. */
export function writeValue(shape: Shape, value: unknown, encoding: Encoding): unknown {
  if (value === undefined || value === null) return undefined;
  if (shape.isStructSchema() && isRecord(value)) {
    return Object.fromEntries(
      membersOf(shape)
        .map(({ name, shape: member }) => [name, writeValue(member, value[name], encoding)] as const)
        .filter(hasValue),
    );
  }
  if (shape.isListSchema() && Array.isArray(value)) return value.map((item) => writeValue(shape.getValueSchema(), item, encoding));
  if (shape.isMapSchema() && isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, writeValue(shape.getValueSchema(), item, encoding)]));
  }
  if (value instanceof Date) return encoding.time(value);
  if (value instanceof Uint8Array) return encoding.bytes(value);
  return value;
}

function hasValue(entry: readonly [string, unknown]): boolean {
  return entry[1] !== undefined;
}
