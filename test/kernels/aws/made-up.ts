/** Answers that are made up from the schema of an operation's output: deterministic, and with everything that real ones have. */

import { doubles } from '../../../engine/kernels/aws/doubles.ts';
import { membersOf, type Shape } from '../../../engine/runtime/aws-shape.ts';
import type { Known } from './known.ts';
import type { Asked } from './recorder.ts';

/** Where a value stands, and what was asked. */
type Place = {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly asked: string;
  readonly lone: boolean;
  readonly known: Known;
  readonly first: boolean;
  /** There is no further page. */
  readonly ends: boolean;
};

/** The answer to a request. Answers in pages have two, unless one thing was asked for by its name. */
export function made(
  shape: Shape,
  { service, operation, parameters }: Asked,
  { known, first }: { readonly known: Known; readonly first: boolean },
): object {
  const asked = JSON.stringify(parameters);
  const second = /"(Marker|[nN]extToken)":/.test(asked);
  const lone = Object.keys(parameters).some((name) => /(Identifier|Name|SecretId|AlarmNames.*|TopicArn)$/.test(name));
  const ends = lone || second || asked.includes('empty');
  if (!shape.isStructSchema()) return {};
  return structure(shape, { path: `${service}.${operation}${second ? ' 2' : ''}`, name: operation, depth: 0, asked, lone, known, first, ends });
}

function structure(shape: Shape, place: Place): Record<string, unknown> {
  const [service] = place.path.split('.');
  const known = place.known.get(`${service}.${shape.getName()}`);
  const members = membersOf(shape).flatMap(({ name, shape: member }): [string, unknown][] => {
    const path = `${place.path}.${name}`;
    if (known?.has(name) === false) return [];
    if (/^(Marker|[nN]extToken)$/.test(name)) return place.ends ? [] : [[name, 'page-2']];
    const always = place.depth === 0 || /^(.*Identifier|.*Id|.*Name|.*Status|Name|.*Time|Message|Date|Timestamp|(Min|Max)Capacity)$/.test(name);
    if (place.depth > 5 || name === 'SecretBinary' || (!always && dice(path, 5) === 0)) return [];
    const value = madeFor(member, { ...place, path, name, depth: place.depth + 1, double: doubles.has(`${shape.getName()}.${name}`) });
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(members);
}

function madeFor(shape: Shape, place: Place & { readonly double: boolean }): unknown {
  const { path, name, depth, asked, lone } = place;
  if (shape.isStructSchema()) return structure(shape, place);
  if (shape.isListSchema()) {
    const length = depth === 1 ? (asked.includes('empty') ? 0 : lone ? 1 : 3 - dice(path, 2)) : dice(path, 4);
    return Array.from({ length }, (_, index) => madeFor(shape.getValueSchema(), { ...place, path: `${path}[${index}]` }));
  }
  if (shape.isMapSchema()) {
    const keys = name === 'Attributes' ? ['DisplayName', 'Policy', 'Owner', 'SubscriptionsPending'] : ['p50', 'p99.9'];
    return Object.fromEntries(keys.map((key) => [key, madeFor(shape.getValueSchema(), { ...place, path: `${path}.${key}`, name: key })]));
  }
  if (shape.isTimestampSchema())
    return new Date(Date.UTC(2026, 1 + dice(path, 10), 1 + dice(path, 28), dice(path, 24), 7, 9, [0, 0, 120, 123, 999][dice(path, 5)]));
  if (shape.isBooleanSchema()) return dice(path, 2) === 1;
  if (shape.isNumericSchema()) return numberFor(place);
  if (shape.isBlobSchema()) return Buffer.from(path);
  if (shape.getMergedTraits().sensitive) return secretOf(path);
  return textFor(place);
}

/** As long as what the kernel shows in its place, so that tables are as wide. */
function secretOf(path: string): string {
  return `secret-${dice(path, 0x10000).toString(16).padStart(4, '0')}`;
}

function numberFor({ path, name, double }: Place & { readonly double: boolean }): number {
  if (name === 'MinCapacity' && double) return 0.5;
  if (name === 'MaxCapacity' && double) return 4;
  const numbers = double ? [0, 4, 0.1, 98.6, 1234567.5, 1e-7, 33.333333333333336, 12] : [0, 1, 7, 35, 100, 5432, 65536];
  return numbers[dice(path, numbers.length)] ?? 1;
}

const texts = [
  'Finished DB Instance backup',
  'Größe – 数据库 🧱',
  'a < b & "c" > \'d\'',
  'The parameter max_connections was set to a value incompatible with the memory that the instance has; it will be applied after a reboot.',
  'first line\nsecond line',
  ' padded ',
  '',
  'back\\slash\tand tab',
];

function textFor({ path, name, asked, first }: Place): string {
  if (/^(Status|DBInstanceStatus)$/.test(name))
    return asked.includes('broken') ? 'failed' : asked.includes('slow') && first ? 'creating' : 'available';
  if (/Arn$/i.test(name)) return `arn:aws:rds:us-east-1:000000000000:thing:${dice(path, 100000)}`;
  if (/(Identifier|Id|Ids|Name|Names)$/.test(name))
    return ['lego-api-staging', 'lego-api-production', 'Lego_api.dev', 'lego'][dice(path, 4)] + (dice(path, 3) === 0 ? '' : `-${dice(path, 90)}`);
  if (/Version$/.test(name)) return ['16.4', '15.10', '8.0'][dice(path, 3)] ?? '16.4';
  if (name === 'Account') return '000000000000';
  if (/(Description|Message|Reason|Value|Label|Policy|DisplayName|Data)$/.test(name)) return texts[dice(path, texts.length)] ?? '';
  return ['db.serverless', 'aurora-postgresql', 'sun:05:00-sun:05:30', 'in-sync', 'true', '3.10', 'None'][dice(path, 7)] ?? '';
}

/** A number below `sides` that depends on nothing but the path. */
function dice(path: string, sides: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${path}/${sides}`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  hash ^= hash >>> 15;
  return (Math.imul(hash, 0x2c1b3c6d) >>> 0) % sides;
}
