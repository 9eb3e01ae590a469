/** Single values as the client wants them: the text of an option, or a value from JSON. */

import type { Shape } from '../../runtime/aws-shape.ts';

/** A value, or what was expected in its place. */
export type Scalar = { readonly value: unknown } | { readonly expected: string; readonly hint?: string };

/** How bytes are written, of `--cli-binary-format`. */
export type BinaryFormat = 'base64' | 'raw-in-base64-out';

/** What a parameter takes, for messages. */
export function kindOf(shape: Shape): 'list' | 'structure' | 'map' | 'boolean' | 'number' | 'time' | 'bytes' | 'text' {
  if (shape.isListSchema()) return 'list';
  if (shape.isMapSchema()) return 'map';
  if (shape.isStructSchema()) return 'structure';
  if (shape.isBooleanSchema()) return 'boolean';
  if (shape.isNumericSchema()) return 'number';
  if (shape.isTimestampSchema()) return 'time';
  if (shape.isBlobSchema()) return 'bytes';
  return 'text';
}

/** True for what takes a single value. */
export function isScalar(shape: Shape): boolean {
  return !['list', 'structure', 'map'].includes(kindOf(shape));
}

/** The value that a text stands for. */
export function scalarOf(shape: Shape, text: string, binary: BinaryFormat | undefined): Scalar {
  switch (kindOf(shape)) {
    case 'number':
      return /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? { value: Number(text) } : { expected: 'a number' };
    case 'boolean':
      return /^(true|false)$/i.test(text) ? { value: text.toLowerCase() === 'true' } : { expected: 'true or false' };
    case 'time':
      return timeOf(text);
    case 'bytes':
      return bytesOf(text, binary);
    case 'text':
      return { value: text };
    default:
      return { expected: `a ${kindOf(shape)}` };
  }
}

/** The value that a scalar of JSON stands for: JSON has types of its own, and nothing is converted. */
export function scalarOfJson(shape: Shape, value: unknown, binary: BinaryFormat | undefined): Scalar {
  const kind = kindOf(shape);
  if (kind === 'number') return typeof value === 'number' ? { value } : { expected: 'a number' };
  if (kind === 'boolean') return typeof value === 'boolean' ? { value } : { expected: 'true or false' };
  if (kind === 'time' && typeof value === 'number') return timeOf(String(value));
  return typeof value === 'string' ? scalarOf(shape, value, binary) : { expected: 'a text in quotes' };
}

const iso = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** A time: ISO 8601 with its zone, or seconds since 1970. */
function timeOf(text: string): Scalar {
  if (/^\d+(\.\d+)?$/.test(text)) return { value: new Date(Number(text) * 1000) };
  const found = iso.exec(text);
  const date = /^\d{4}-\d\d-\d\d$/.test(text);
  const hint = 'Write it as 2026-11-22T10:00:00Z.';
  // The CLI would take the time zone of the machine, and so another moment on each.
  if (date || (found !== null && found[8] === undefined))
    return { expected: 'a time with its zone', hint: `Write it as ${date ? `${text}T00:00:00` : text}Z.` };
  if (found === null) return { expected: 'a time', hint };
  const [, year, month, day, hour, minute, second = '00', fraction = '0', zone = 'Z'] = found;
  const offset = /^z$/i.test(zone) ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3)}${offset}`);
  // Without this check 31 February would become a day in March.
  const exists = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  return Number.isNaN(at.getTime()) || !exists ? { expected: 'a time that exists', hint } : { value: at };
}

/** Bytes: the two versions of the CLI read the same text differently, so the block has to say how. */
function bytesOf(text: string, binary: BinaryFormat | undefined): Scalar {
  switch (binary) {
    case undefined:
      return { expected: 'bytes whose form is given', hint: 'Add --cli-binary-format base64, and write the bytes in base64.' };
    case 'raw-in-base64-out':
      return { value: new TextEncoder().encode(text) };
    case 'base64':
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return { expected: 'bytes in base64' };
      return { value: new Uint8Array(Buffer.from(text, 'base64')) };
    default:
      return binary satisfies never;
  }
}
