/**
 * Answers as the CLI shows them before a query: times as ISO 8601, bytes as base64, what the SDK adds left out.
 *
 * One difference is meant: what the service itself marks as sensitive, such as a `SecretString`, is shown as `(sensitive)`. A step's output is
 * recorded, and a secret must not be. Times are exact to the millisecond, as the SDK reads them.
 */

import type { Shape } from '../../runtime/aws-shape.ts';
import { type Fields, Float, type Value } from './answer-value.ts';
import { doubles } from './doubles.ts';
import type { Answer } from './sdk.ts';

/** How times are shown: XML carries them as texts with an offset of their own, JSON as numbers, which the CLI shows in local time. */
export type TimeZone = 'utc' | 'local';

/** What stands in the place of a sensitive value. */
const sensitive = '(sensitive)';

/** The answer to an operation as values. Members that it does not have are left out. */
export function valuesOf(answer: Answer, shape: Shape, zone: TimeZone): Fields {
  return shape.isStructSchema() ? structure(answer, shape, zone) : {};
}

function structure(answer: object, shape: Shape, zone: TimeZone): Fields {
  const given = new Map(Object.entries(answer));
  return Object.fromEntries(
    Array.from(shape.structIterator(), ([name, member]): readonly [string, Value] | undefined => {
      const value = given.get(name);
      if (value === undefined || value === null) return undefined;
      return [name, shown(value, member, { zone, double: doubles.has(`${shape.getName()}.${name}`) })];
    }).filter((entry) => entry !== undefined),
  );
}

type Manner = { readonly zone: TimeZone; readonly double: boolean };

function shown(value: unknown, shape: Shape, manner: Manner): Value {
  if (shape.getMergedTraits().sensitive) return sensitive;
  if (value === undefined || value === null) return null;
  if (value instanceof Date) return timeText(value, manner.zone);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'number') return manner.double ? new Float(value) : value;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item) => shown(item, shape.getValueSchema(), manner));
  if (typeof value !== 'object') return String(value);
  if (shape.isStructSchema()) return structure(value, shape, manner.zone);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shown(item, shape.getValueSchema(), manner)]));
}

function timeText(time: Date, zone: TimeZone): string {
  const offset = zone === 'local' ? -time.getTimezoneOffset() : 0;
  const [date = '', clock = ''] = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, -1).split('T');
  const [seconds, fraction = '000'] = clock.split('.');
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) => String(part).padStart(2, '0'));
  return `${date}T${seconds}${fraction === '000' ? '' : `.${fraction}000`}${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
}
